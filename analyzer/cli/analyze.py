"""`aishare analyze`: the full report on one repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from analyzer.cli import console, options
from analyzer.cli.renamed import RenamedOption
from analyzer.errors import Exit
from analyzer.report.renderers import FORMATS, find_renderer, format_of_file

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.core.timings import Timings
    from analyzer.pipeline.configured_repository import ConfiguredRepository
    from analyzer.report.contract import AnalysisResult

PERIODS = ("week", "4week", "month", "quarter")


@click.command("analyze", short_help="How much of a history is marked as AI, and what that tells you.")
@options.PATH
@options.history_options
@click.option("--since", metavar="DATE", envvar="AISHARE_SINCE", help="Count from this day on (UTC).")
@click.option("--until", metavar="DATE", envvar="AISHARE_UNTIL", help="Count up to the end of this day (UTC).")
@click.option("--as-of", metavar="DATE", help="Ignore commits after this date.  [default: the analysed commit's date]")
@click.option("--by", type=click.Choice(PERIODS), envvar="AISHARE_BY", help="Length of a period.  [default: month]")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of permutations and splits.  [default: 0]")
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), help="What to write.  [default: from the file extension]"
)
@click.option("--json", "as_json", is_flag=True, help="Same as --format json.")
@click.option("--style", is_flag=True, help="Estimate unmarked AI from the style of functions (Python); takes longer.")
@click.option("--no-structure", is_flag=True, envvar="AISHARE_NO_STRUCTURE", help="Compare no functions.")
@options.STRUCTURE_FILES
@click.option("--effort", is_flag=True, help="Measure prompt effort from prompts stored in the repository.")
@click.option(
    "--transcripts",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="Also read local logs of agents below DIR; only counts are kept.",
)
@click.option(
    "--archive",
    metavar="FILE",
    help="Record last quarter's grade in FILE (once) and print the current one.",
)
@click.option(
    "--compare",
    cls=RenamedOption,
    old=["--baseline"],
    metavar="OLD.json",
    help="Show what changed since this report, and why.",
)
@click.option(
    "--fail-on",
    multiple=True,
    metavar="SLUG|GRADE",
    help="Exit with 4 where the report has this grade or warning, or gaming-flag; repeatable. Never a share.",
)
@options.PULLS
@click.option("--timings", is_flag=True, help="Print the time and memory of each stage to stderr.")
@options.cache_options
@click.option("-o", "--output", multiple=True, metavar="FILE", help='Write to FILE, "-" is stdout; repeatable.')
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the first screen."
)
def command(
    path: str,
    format_: str | None,
    as_json: bool,
    no_cache: bool,
    cache_dir: str | None,
    output: tuple[str, ...],
    color: str,
    archive: str | None,
    compare: str | None,
    fail_on: tuple[str, ...],
    pulls: str | None,
    quiet: bool,
    timings: bool,
    no_structure: bool,
    **flags: object,
) -> None:
    """How much of the history at PATH is marked as AI, and what that number tells you.

    PATH is any folder of a clone and means the whole repository; default: here. An answer of
    "unknown" is an answer: the exit code is 0.

    \b
    Examples:
      aishare analyze
      aishare analyze ../app --since 2026-01-01 --by quarter
      aishare analyze --include 'src/**' --exclude '*.sql' --json
      aishare analyze --output - --output report.html
      aishare analyze --compare last-week.json -o - -o report.html -o report.json
      aishare analyze --archive grades.json --output report.json
      aishare analyze --fail-on misleading --fail-on gaming-flag
    """
    from analyzer.core.timings import Timings, render_timings
    from analyzer.report.exit_rules import triggered, validate_names

    stages = Timings(click.get_current_context().obj)
    chosen_format = "json" if as_json else format_
    gates = validate_names(fail_on)
    old_report = None if compare is None else console.read_file(compare, "bad-comparison")
    export = None if pulls is None else console.read_file(pulls, "bad-pulls")
    if no_structure:
        flags["structure_files"] = 0
    opened = options.open_configured(path, flags, reported=True)
    cache = options.resolve_cache_dir(cache_dir, no_cache=no_cache)
    result = _answer(opened, cache, export, stages, quiet=quiet)
    if old_report is not None:
        from analyzer.report.sections.changes_since import compare_with

        result = compare_with(result, old_report)
    _write(result, output, chosen_format, color)
    if archive:
        _update_archive(archive, result, quiet=quiet)
    if timings:
        click.echo("\n".join(render_timings(stages.stages())), err=True)
    if triggered_gates := triggered(result, gates):
        click.echo(f"failed on: {', '.join(triggered_gates)}", err=True)
        raise click.exceptions.Exit(Exit.FAIL_ON)


def _answer(
    opened: ConfiguredRepository, cache_dir: Path | None, pull_requests: bytes | None, stages: Timings, *, quiet: bool
) -> AnalysisResult:
    """Return the answer; on a terminal show how far it is, and the first figure while lines are followed."""
    from analyzer.pipeline.answer_cache import analyze_cached

    with console.progress(quiet=quiet) as progress:
        answer = analyze_cached(
            opened,
            cache_dir=cache_dir,
            pull_requests=pull_requests,
            progress=stages.forward_to(progress),
            on_first_figure=lambda figure: progress.announce(figure.sentence()),
        )
    stages.begin("writing")
    console.print_notes(answer.notes, quiet=quiet)
    return answer.result


def _write(result: AnalysisResult, output: tuple[str, ...], format_: str | None, color: str) -> None:
    """Render the result for every output; the format is that of the file extension unless one is chosen."""
    for target in output or ("-",):
        colored = target == "-" and console.wants_color(color)
        console.write(find_renderer(format_ or format_of_file(target)).render(result, color=colored), target)


def _update_archive(path: str, result: AnalysisResult, *, quiet: bool) -> None:
    """Record the last quarter's grades in the archive and print the grades that stand."""
    from analyzer.pipeline.grade_archive import update_archive

    entries, text = update_archive(path, result)
    if text is not None:
        console.write(text, path)
    for entry in entries:
        if not quiet:
            why = f" {entry.reason}" if entry.reason else ""
            click.echo(f"{entry.quarter} {entry.outcome}: {entry.standing} stands.{why}", err=True)
