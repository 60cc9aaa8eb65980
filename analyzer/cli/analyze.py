"""`aishare analyze`: the main job on one repository."""

from __future__ import annotations

import click

from analyzer.cli import options

FORMATS = ("terminal", "json", "html")  # renderers.RENDERERS, named here so that --help imports no renderer (tested)


@click.command("analyze", short_help="How much of a history is declared AI, and what that tells you.")
@options.PATH
@options.history_options
@click.option("--since", metavar="DATE", help="Count from this day on (UTC).")
@click.option("--until", metavar="DATE", help="Count up to the end of this day (UTC).")
@click.option(
    "--as-of",
    metavar="DATE",
    help="The report's clock: nothing later is counted.  [default: the analysed commit's date]",
)
@click.option(
    "--by", type=click.Choice(["week", "4week", "month", "quarter"]), help="Length of a period.  [default: month]"
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    help="What to write.  [default: terminal; html for an .html file]",
)
@click.option("--json", "as_json", is_flag=True, help="Same as --format json.")
@click.option("-o", "--output", default="-", metavar="FILE", help="Write to FILE instead of stdout.")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colour the first screen.",
)
def command(
    path: str, format_: str | None, as_json: bool, output: str, color: str, quiet: bool, **flags: object
) -> None:
    """How much of the history at PATH is declared AI, and what that number tells you.

    PATH is any folder of a clone and means the whole repository; default: here. An answer of
    "unknown" is an answer: the exit code is 0.

    \b
    Examples:
      aishare analyze
      aishare analyze ../app --since 2026-01-01 --by quarter
      aishare analyze --include 'src/**' --exclude '*.sql' --json
      aishare analyze --output report.html
    """
    from analyzer.pipeline import conclude
    from analyzer.reading import configured, read
    from analyzer.report.renderers import renderer

    chosen = "json" if as_json else format_ or _by_suffix(output)
    repository, settings = configured(path, flags)
    with options.progress(quiet=quiet) as hear:
        result = conclude(read(repository, settings, hear)).result
    colored = output == "-" and options.wants_color(color)
    options.write(renderer(chosen).render(result, color=colored), output)


def _by_suffix(output: str) -> str:
    suffix = output.rsplit(".", 1)[-1].lower()
    return {"html": "html", "htm": "html", "json": "json"}.get(suffix, "terminal") if "." in output else "terminal"
