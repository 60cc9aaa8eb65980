"""`aishare pr`: report on one pull request or range of commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from analyzer.cli import console, options
from analyzer.report.renderers import format_of_file

if TYPE_CHECKING:
    from analyzer.config import Settings
    from analyzer.pull_request import PullRequest

FORMATS = ("terminal", "json", "markdown", "html")


@click.command("pr", short_help="Share of new lines in one pull request, and the history of the code it touches.")
@click.argument("range_", metavar="A..B", help="Commits that B has and A has not; an empty B is HEAD.")
@options.PATH
@options.range_options
@click.option("--format", "format_", type=click.Choice(FORMATS), help="What to write.  [default: by FILE's ending]")
@click.option("--json", "as_json", is_flag=True, help="Same as --format json.")
@options.cache_options
@click.option("-o", "--output", multiple=True, metavar="FILE", help='Write to FILE, "-" is stdout; repeatable.')
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the screen.")
def command(
    range_: str,
    path: str,
    format_: str | None,
    as_json: bool,
    no_cache: bool,
    cache_dir: str | None,
    output: tuple[str, ...],
    color: str,
    quiet: bool,
    **flags: object,
) -> None:
    """How much of what A..B adds is marked as AI, and what became of earlier work in the files it touches.

    New lines are those of code and tests at B that the range's commits wrote; a line that only moved is not new.
    There is no verdict: a few commits cannot tell one. Settings are those of A: a range cannot set how it is counted.

    \b
    Examples:
      aishare pr main..HEAD
      aishare pr v1.0..v1.1 ../app --json
      aishare pr origin/main.. -o - -o pull-request.md
    """
    from analyzer.history.repository import parse_range

    base, head = parse_range(range_)
    opened = options.open_configured(path, flags | {"rev": head}, settings_rev=base, reported=True)
    from analyzer.pipeline.load import load_history
    from analyzer.pull_request import compare_range

    with console.progress(quiet=quiet) as progress:
        history = load_history(opened, options.resolve_cache_dir(cache_dir, no_cache=no_cache), progress)
        pull_request = compare_range(path, base, history)
    chosen_format = "json" if as_json else format_
    for target in output or ("-",):
        target_format = chosen_format or format_of_file(target, FORMATS)
        colored = target == "-" and console.wants_color(color)
        console.write(_render(pull_request, opened.settings, target_format, color=colored), target)


def _render(pull_request: PullRequest, settings: Settings, format_: str, *, color: bool) -> str:
    """Return the report in one of `FORMATS`."""
    from analyzer.core.json_text import pretty_json
    from analyzer.pull_request.document import build_report

    if format_ == "json":
        return pretty_json(pull_request)
    report: Any = build_report(pull_request, settings.digest())
    if format_ == "terminal":
        from analyzer.report.renderers import terminal

        return terminal.render_screen(report, color=color)
    if format_ == "markdown":
        from analyzer.report.renderers import markdown

        return markdown.render_text(report)
    from analyzer.report.renderers import html

    return html.render_page(report)
