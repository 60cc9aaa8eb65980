"""`aishare team`: many repositories and teams."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analyzer.cli import options
from analyzer.errors import Exit, NoShareError, UsageError
from analyzer.text import logged, plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from analyzer.progress import Progress
    from analyzer.team.config import Fleet, Place
    from analyzer.team.outcomes import Brought
    from analyzer.team.result import FleetResult
    from analyzer.team.task import Done, Seen, Task


@click.command("team", short_help="Reports over many repositories and teams, with one pooled verdict.")
@click.argument("config", required=False, help="The fleet's TOML file.")
@click.option("--init", is_flag=True, help="Print an example of CONFIG with every key, and stop.")
@click.option("--as-of", metavar="DATE", help="The clock: nothing later counts.  [default: the newest commit's date]")
@click.option("--out", metavar="DIR", help="The site's folder, instead of CONFIG's.")
@click.option("--store", metavar="DIR", help="The store's folder, instead of CONFIG's.")
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
    from analyzer.report.fail_on import known
    from analyzer.team.closing import failures, read
    from analyzer.team.config import load, places
    from analyzer.team.example import EXAMPLE
    from analyzer.team.outcomes import brought
    from analyzer.team.runner import workers

    if init:
        options.write(EXAMPLE, "-")
        return
    if config is None:
        raise UsageError("bad-team", "No configuration was named.", "aishare team --init prints an example.")
    gates = known(fail_on)
    fleet, base = load(config)
    found = places(fleet, base)
    outcomes = brought(fleet, base, [place.name for place in found])
    site = Path(out).absolute() if out else base / fleet.out
    kept = Path(store).absolute() if store else base / fleet.store
    with workers(jobs or os.cpu_count() or 1, scheduler) as executor, options.progress(quiet=quiet) as hear:
        result, days = _reported(fleet, found, outcomes, site, kept, executor, hear, as_of=as_of, fill=not no_fill)
    fired = _fired(result, gates)
    for line in failures(days[-1]) if not quiet or "repositories-failed" in fired else ():
        click.echo(logged(line), err=True)
    if not quiet:
        click.echo(f"{read(days)}\nwrote {plain(str(site / 'index.html'))}", err=True)
    if fired:
        click.echo(f"failed on: {', '.join(fired)}", err=True)
        raise click.exceptions.Exit(Exit.FAIL_ON)


def _reported(
    fleet: Fleet,
    found: list[Place],
    outcomes: tuple[Brought, ...],
    site: Path,
    store: Path,
    executor: Executor,
    hear: Progress,
    *,
    as_of: str | None,
    fill: bool,
) -> tuple[FleetResult, list[list[Done]]]:
    """Every day that is due, the last one last: the last result, and what became of each repository on each day."""
    from analyzer.config import moment
    from analyzer.team.runner import seen
    from analyzer.team.schedule import due
    from analyzer.team.site import runs
    from analyzer.team.store import Store

    if as_of is not None:
        moment(as_of, "--as-of")
    looked = seen([_task(fleet, place, store, as_of) for place in found], executor, hear)
    clock = as_of or max((one.day for one in looked if one.day is not None), default=None)
    if clock is None:
        raise _none_read(looked)
    known = Store(store)
    with known.used():
        reported = [
            _day(fleet, found, outcomes, site, store, executor, hear, day, looked)
            for day in (due(runs(site, clock), clock, fleet.every) if fill else [clock])
        ]
    known.prune({d.name: d.key for d in reported[-1][1] if d.key is not None})
    return reported[-1][0], [done for _, done in reported]


def _none_read(failed: Sequence[Seen | Done]) -> NoShareError:
    """The error that ends a run, with the first reason."""
    why = next((f" The first of them, {one.name}: {one.reason}" for one in failed if one.reason), "")
    return NoShareError(
        "no-repository-read", f"No repository of the fleet could be read.{why}", "aishare doctor PATH says why."
    )


def _day(
    fleet: Fleet,
    found: list[Place],
    outcomes: tuple[Brought, ...],
    site: Path,
    store: Path,
    executor: Executor,
    hear: Progress,
    day: str,
    looked: list[Seen],
) -> tuple[FleetResult, list[Done]]:
    from analyzer.team.fleet import concluded
    from analyzer.team.quarters import with_grades
    from analyzer.team.runner import run
    from analyzer.team.site import alone, written
    from analyzer.team.store import Store

    done = run([_task(fleet, place, store, day) for place in found], executor, hear, looked)
    if not any(d.key for d in done):
        raise _none_read(done)
    hear("together", 0, 0)
    result, reports = concluded(fleet, Store(store), done, day, outcomes)
    with alone(site):
        result, grades = with_grades(site, result)
        written(site, result, reports, grades)
    return result, done


def _task(fleet: Fleet, place: Place, store: Path, as_of: str | None) -> Task:
    from analyzer.team.targets import announced
    from analyzer.team.task import Task

    return Task(
        place,
        salt=fleet.salt or "",
        store=str(store),
        cache=str(store / "histories"),
        as_of=as_of,
        since=None if fleet.since is None else fleet.since.isoformat(),
        by=fleet.every,
        include=fleet.include,
        exclude=fleet.exclude,
        targets=announced(fleet, as_of),
        owners=any(team.owners for team in fleet.teams),
    )


def _fired(result: FleetResult, gates: tuple[str, ...]) -> list[str]:
    """The gates that the fleet's result trips."""
    from analyzer.report.fail_on import fired_in

    found = {"repositories-failed"} if any(row.slug is not None for row in result.repositories) else set()
    if result.verdict is not None:
        found |= {result.verdict.grade, result.verdict.slug}
    return fired_in(found, gates)
