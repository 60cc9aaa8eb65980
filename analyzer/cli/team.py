"""`aishare team`: report on many repositories and teams."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from analyzer.cli import console, options
from analyzer.core.sanitize import logged, plain
from analyzer.errors import Exit, UsageError

if TYPE_CHECKING:
    from analyzer.fleet.result import FleetResult


@click.command("team", short_help="Reports over many repositories and teams, with one pooled verdict.")
@click.argument("config", required=False, help="The fleet's TOML file.")
@click.option("--init", is_flag=True, help="Print an example of CONFIG with every key, and stop.")
@click.option("--as-of", metavar="DATE", help="Ignore commits after this date.  [default: the newest commit's date]")
@click.option("--out", metavar="DIR", help="The site's folder, instead of CONFIG's.")
@click.option("--store", metavar="DIR", help="The store's folder, instead of CONFIG's.")
@click.option("--force", is_flag=True, help="Replace files in the site's folder that aishare did not write.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes on this machine.  [default: one a core]")
@click.option("--scheduler", metavar="tcp://…", help="Run on a dask cluster instead (extra: cluster).")
@click.option("--no-fill", is_flag=True, help="Leave periods that no run saw as they are.")
@click.option(
    "--fail-on",
    multiple=True,
    metavar="SLUG|GRADE",
    help="Exit with 4 where the fleet has this grade or warning, or repositories-failed; repeatable. Never a share.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress and no notes.")
@options.VERBOSE
def command(
    config: str | None,
    init: bool,
    as_of: str | None,
    out: str | None,
    store: str | None,
    force: bool,
    jobs: int | None,
    scheduler: str | None,
    no_fill: bool,
    fail_on: tuple[str, ...],
    quiet: bool,
) -> None:
    """Read every repository of CONFIG and write one site: all together, a page a team, a page a repository.

    What the store has of the same commits and settings is not read again; a repository that cannot be read is a row of
    the report. Earlier runs stay in the site. A URL is fetched into a mirror beside the store.

    \b
    Examples:
      aishare team --init > team.toml
      aishare team team.toml
      aishare team team.toml --as-of 2026-06-30 --fail-on repositories-failed
    """
    if init:
        from analyzer.fleet.config_example import EXAMPLE

        console.write(EXAMPLE, "-")
        return
    if config is None:
        raise UsageError("bad-team", "No configuration was named.", "aishare team --init prints an example.")
    from analyzer.fleet.config import load_config, output_folder, repository_sources
    from analyzer.report.exit_rules import validate_names

    gates = validate_names(fail_on)
    fleet, base = load_config(config)
    repositories = repository_sources(fleet, base)
    from analyzer.fleet.daily_reports import FleetReporter
    from analyzer.fleet.metrics.files import load_metric_files
    from analyzer.fleet.scheduling.executors import worker_pool
    from analyzer.fleet.scheduling.run_summary import failure_lines, read_summary, repair_lines

    metric_files = load_metric_files(fleet, base, [repository.name for repository in repositories])
    site, store_dir = output_folder(base, fleet.out, out), output_folder(base, fleet.store, store)
    with worker_pool(jobs or os.cpu_count() or 1, scheduler) as pool, console.progress(quiet=quiet) as progress:
        reporter = FleetReporter(fleet, repositories, metric_files, site, store_dir, pool, progress, force)
        result, days = reporter.report_due_days(as_of, fill=not no_fill)
    triggered_gates = _triggered_gates(result, gates)
    for line in failure_lines(days[-1]) if not quiet or "repositories-failed" in triggered_gates else ():
        click.echo(logged(line), err=True)
    if not quiet:
        for line in repair_lines(days):
            click.echo(logged(line), err=True)
        click.echo(f"{read_summary(days)}\nwrote {plain(str(site / 'index.html'))}", err=True)
    if triggered_gates:
        click.echo(f"failed on: {', '.join(triggered_gates)}", err=True)
        raise click.exceptions.Exit(Exit.FAIL_ON)


def _triggered_gates(result: FleetResult, gates: tuple[str, ...]) -> list[str]:
    """Return the gates that the result of the fleet trips."""
    from analyzer.report.exit_rules import triggered_in

    reached_gates = {"repositories-failed"} if any(row.slug is not None for row in result.repositories) else set()
    if result.verdict is not None:
        reached_gates |= {result.verdict.grade, result.verdict.slug}
    return triggered_in(reached_gates, gates)
