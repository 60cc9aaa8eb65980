"""First screen for terminals: at most 24 lines of 80 columns, readable without colour."""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from analyzer.core.sanitize import logged
from analyzer.report.blocks import Chart, Finding, Notice, Sentence, Spark, Table
from analyzer.report.document import build_report

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.report.blocks import Block, Report, Section
    from analyzer.report.contract import AnalysisResult

WIDTH, HEIGHT = 80, 24
_BARS = "▁▂▃▄▅▆▇█"
_INDENT = "  "
_NAME_WIDTH = 12
_TITLE = "bold"


def render(result: AnalysisResult, *, color: bool = False) -> str:
    """Return the screen of a result; `color` adds ANSI codes, which carry no meaning of their own."""
    return render_screen(build_report(result), color=color)


def render_screen(report: Report, *, color: bool = False) -> str:
    """Return the blocks of a report that are meant for the first screen."""
    blocks = [(section, block) for section in report.sections for block in section.blocks if block.first_screen]
    while (
        sum(bool(line.plain) for line in _lines(report, blocks)) > HEIGHT
        and (index := _dispensable_block(blocks)) is not None
    ):
        del blocks[index]
    lines = _fit_to_screen(_lines(report, blocks))
    out = io.StringIO()
    console = Console(
        file=out,
        width=WIDTH,
        force_terminal=color,
        force_jupyter=False,  # in a notebook rich would display each line instead of writing it to `file`
        no_color=not color,
        color_system="standard" if color else None,
        highlight=False,
        emoji=False,
        markup=False,
    )
    for line in lines:
        console.print(line, no_wrap=True, overflow="ellipsis", crop=True)
    return logged(out.getvalue())


def _lines(report: Report, blocks: Sequence[tuple[Section, Block]]) -> list[Text]:
    """Return the headline, the blocks below the titles of their sections, and the closing line."""
    lines = [_headline(report)]
    current_section = None
    for section, block in blocks:
        if section is not current_section and not isinstance(block, Notice):
            lines += [Text(""), Text(section.title.upper(), style=_TITLE)]
            current_section = section
        lines += _block(block)
    return [*lines, Text(f"{report.closing}  aishare explain {_first_slug(report)} · -o FILE.html", style="dim")]


# Names of lines that a full screen can do without, in the order of removal; answers and their reasons stay.
_DISPENSABLE_LINES = ("people", "models", "tools", "because", "placebos")


def _dispensable_block(blocks: Sequence[tuple[Section, Block]]) -> int | None:
    """Return the index of the block to remove next: a second warning, a named line, the last warning, then a table."""
    notices = [n for n, (_, block) in enumerate(blocks) if isinstance(block, Notice)]
    if len(notices) > 1:
        return notices[-1]
    for name in _DISPENSABLE_LINES:
        for n, (_, block) in enumerate(blocks):
            if isinstance(block, Sentence) and block.name == name:
                return n
    if notices:
        return notices[-1]
    return next((n for n, (_, block) in enumerate(blocks) if isinstance(block, Table)), None)


def _fit_to_screen(lines: list[Text]) -> list[Text]:
    """Return at most `HEIGHT` lines.

    Blank lines are removed first, those above a title last of these, then the lines above the closing line.
    """
    fitted = list(lines)
    while len(fitted) > HEIGHT:
        blanks = [n for n, line in enumerate(fitted) if not line.plain]
        inner = [n for n in blanks if fitted[n + 1].style != _TITLE]
        del fitted[(inner or blanks or [-2])[-1]]
    return fitted


def _first_slug(report: Report) -> str:
    return next((b.slug for s in report.sections for b in s.blocks if isinstance(b, Finding)), "share")


def _headline(report: Report) -> Text:
    name, *facts = report.facts
    room = WIDTH - len("  ".join(facts)) - 2
    short = name if len(name) <= room else name[: max(room - 1, 1)] + "…"
    return Text.assemble((short, "bold"), "  ", "  ".join(facts))


def _block(block: Block) -> Iterator[Text]:
    match block:
        case Sentence(text, name):
            lead = _INDENT + (f"{name:<9}" if name else "")
            lines = textwrap.wrap(text, WIDTH - len(lead), max_lines=2, placeholder=" …", break_on_hyphens=False) or [
                ""
            ]
            yield from (Text((lead if n == 0 else " " * len(lead)) + line) for n, line in enumerate(lines))
        case Spark(values, text):
            yield Text(f"{_INDENT}{spark(values)}  {text}")
        case Finding():
            yield from _finding(block)
        case Table():
            yield Text("")
            yield from _table(block)
            yield Text("")
        case Chart(table=Table() as table):
            yield from _block(table)
        case Notice(slug, _, text):
            yield from (
                Text(line)
                for line in textwrap.wrap(
                    text, WIDTH, initial_indent="! ", subsequent_indent="  ", max_lines=2, placeholder=f" … {slug}"
                )
            )


def _finding(finding: Finding) -> Iterator[Text]:
    """Yield name, grade and text; a name too long for its column has a line for itself and the grade."""
    name, grade = f"{_INDENT}{finding.name:<{_NAME_WIDTH}} ", f"{finding.grade:<9}"
    if len(finding.name) > _NAME_WIDTH:
        yield Text.assemble(f"{_INDENT}{finding.name}: ", (finding.grade, "bold"))
        indent = " " * (len(_INDENT) + _NAME_WIDTH + 1)
        yield from (Text(indent + line) for line in textwrap.wrap(finding.text, WIDTH - len(indent)))
        return
    width = WIDTH - len(name) - len(grade) - 1
    first, *rest = textwrap.wrap(finding.text, width)
    yield Text.assemble(name, (grade, "bold"), " ", first)
    yield from (Text(" " * (WIDTH - width) + line) for line in rest)


def _table(table: Table) -> Iterator[Text]:
    grid = [table.columns, *(row for n, row in enumerate(table.rows) if n not in table.later)]
    widths = [max(len(row[i]) for row in grid) for i in range(len(table.columns))]
    for n, row in enumerate(grid):
        cells = (
            cell.rjust(w) if i in table.numeric else cell.ljust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        yield Text(_INDENT + "   ".join(cells).rstrip(), style="dim" if n == 0 else "")


def spark(values: tuple[float | None, ...]) -> str:
    """Return one bar per value, scaled from 0 to the largest value, and a dot for None."""
    top = max((v for v in values if v is not None), default=0) or 1
    return "".join("·" if v is None else _BARS[min(int(v / top * len(_BARS)), len(_BARS) - 1)] for v in values)
