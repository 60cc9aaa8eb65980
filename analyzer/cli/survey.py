"""`aishare survey`: ask the team about a random sample of changes, and estimate the AI share from the answers."""

from __future__ import annotations

import os
from pathlib import Path

import click

from analyzer.cli import console, options
from analyzer.core.sanitize import plain
from analyzer.errors import UsageError


@click.command("survey", short_help="Estimate AI use by asking the team about a random sample of changes.")
@options.PATH
@click.option("--answers", metavar="FILE", help="A filled sheet: estimate from it. PATH is not read then.")
@click.option("--size", type=click.IntRange(1, 10_000), default=200, show_default=True, help="Changes to ask about.")
@options.history_options
@click.option("--since", metavar="DATE", envvar="AISHARE_SINCE", help="Changes merged from this day on (UTC).")
@click.option("--until", metavar="DATE", envvar="AISHARE_UNTIL", help="Changes merged up to the end of this day (UTC).")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the random draw.  [default: 0]")
@click.option("--style", is_flag=True, help="Narrow the interval by how functions look (Python); takes longer.")
@options.cache_options
@click.option("--json", "as_json", is_flag=True, help="With --answers: the same for scripts.")
@click.option("-o", "--output", default="-", metavar="FILE", help="Write to FILE instead of stdout.")
def command(
    path: str,
    answers: str | None,
    size: int,
    no_cache: bool,
    cache_dir: str | None,
    as_json: bool,
    output: str,
    quiet: bool,
    **flags: object,
) -> None:
    """Estimate AI use by asking the team about a random sample of changes.

    Without --answers: a CSV sheet. Fill its column answer with person, AI, both or a percentage of AI; leave it empty
    where nobody knows. With --answers: the share of all changes, with a 95 % interval if the silent are like those
    who answered, and the bounds whatever they would have said. Labels and style make it narrower, never biased.

    \b
    Examples:
      aishare survey ../app --since 2026-01-01 -o sheet.csv
      aishare survey --answers sheet.csv
      aishare survey --answers sheet.csv --json
    """
    _refuse_filled_sheet(output)
    if answers is not None:
        console.write(_render_estimate(answers, as_json=as_json or output.endswith(".json")), output)
        return
    opened = options.open_configured(path, flags)
    from analyzer.pipeline.estimate_style import mean_scores_by_change
    from analyzer.pipeline.inputs import time_window
    from analyzer.pipeline.load import load_history
    from analyzer.survey.sheet import sampling_sheet, sheet_csv

    with console.progress(quiet=quiet) as progress:
        history = load_history(opened, options.resolve_cache_dir(cache_dir, no_cache=no_cache), progress)
        window = time_window(history)
        scores = mean_scores_by_change(history, window, progress) if opened.settings.style else None
        table = sampling_sheet(history, window, size, opened.settings.seed, scores)
    _refuse_filled_sheet(output)  # somebody may have answered in the meantime
    console.write(sheet_csv(table), output)
    if not quiet:
        file = "FILE" if output == "-" else plain(output)
        click.echo(
            "note: fill in the column answer: person, AI, both or a percentage of AI; empty where nobody", err=True
        )
        click.echo(f"      knows. Then: aishare survey --answers {file}", err=True)


def _refuse_filled_sheet(output: str) -> None:
    """Check that the output would not replace answers; raises `UsageError("sheet-has-answers")`."""
    if output == "-" or not os.path.isfile(output):
        return
    from analyzer.survey.sheet import holds_answers

    if holds_answers(console.read_file(output, "output-unwritable")):
        raise UsageError(
            "sheet-has-answers",
            f"{plain(output)} is a sheet with answers, and would be lost.",
            "Name another file with --output, or remove it first.",
        )


def _render_estimate(answers: str, *, as_json: bool) -> str:
    """Return the estimate from a filled sheet; raises `UsageError` for options that have no effect on it."""
    source = click.get_current_context().get_parameter_source
    for name in ("path", "size", "rev", "since", "until", "seed", "style", "include", "exclude", "config"):
        if source(name) is click.core.ParameterSource.COMMANDLINE:
            option = "PATH" if name == "path" else f"--{name}"
            raise UsageError(
                "no-such-effect", f"{option} changes nothing with --answers.", "The sheet holds all that is needed."
            )
    from analyzer.survey.estimator import estimate_from_answers
    from analyzer.survey.sheet import parse_filled_sheet, render_survey

    try:
        contents = Path(answers).read_bytes()
    except (OSError, ValueError) as reason:
        why = getattr(reason, "strerror", None) or str(reason)
        raise UsageError("bad-sheet", f"{plain(answers)}: {why}.", "Name a file you can read.") from None
    return render_survey(estimate_from_answers(parse_filled_sheet(contents, plain(answers))), as_json=as_json)
