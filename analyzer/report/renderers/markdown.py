"""GitHub-flavoured Markdown for job summaries, issues and mail."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING

from analyzer.report.blocks import FOLDED, Chart, Finding, Notice, Points, Sentence, Spark, Table
from analyzer.report.document import build_report
from analyzer.report.renderers.terminal import spark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.report.blocks import Block, Report
    from analyzer.report.contract import AnalysisResult

# Characters that start markup anywhere in a line, or that make a bare address a link.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>!|~&$]|(?<=\w):(?=//)|(?<=www)\.|[@#]|(?<=GH)-(?=\d))")
# GitHub looks for mentions and issue links in rendered text, where a character reference counts as its character.
_REFERENCE_CHARACTERS = frozenset("@#-")
_ZERO_WIDTH_SPACE = "&#8203;"


def render(result: AnalysisResult, *, color: bool = False) -> str:  # noqa: ARG001 - one signature for all renderers
    """Return the report of a result; no text of the repository becomes markup, a link or a mention."""
    return render_text(build_report(result))


def render_text(report: Report) -> str:
    """Return any report as Markdown."""
    lines = [] if report.up is None else [f"[← {escape(report.up[1])}]({report.up[0]})", ""]
    lines += [f"# {escape(report.title)}", "", " · ".join(escape(fact) for fact in report.facts[1:]), ""]
    for section in report.sections:
        lines += [f"## {escape(section.title)}", ""]
        for block in section.blocks:
            lines += [*_block(block), ""]
    lines += ["---", "", escape(report.closing), ""]
    lines += [f"- {name}: `{text.replace('`', '')}`" for name, text in report.footer]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Return text that renders as itself.

    Characters that could start markup become character references, and a zero-width space follows those that could
    start a mention or an issue link.
    """
    return _MARKUP.sub(lambda m: f"&#{ord(m[1])};{_ZERO_WIDTH_SPACE if m[1] in _REFERENCE_CHARACTERS else ''}", text)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Sentence(render_text, name):
            yield f"**{name}** {escape(render_text)}" if name else escape(render_text)
        case Spark(values, render_text):
            yield f"`{spark(values)}` {escape(render_text)}"
        case Finding(name, grade, render_text, slug):
            yield f"**{name}: {grade}.** {escape(render_text)} `{slug}`"
        case Notice(slug, severity, render_text, fix):
            yield f"- {'⚠️ ' if severity == 'warning' else ''}{escape(render_text)} *{escape(fix)}* `{slug}`"
        case Table():
            yield from table_lines(block)
        case Points(title, items):
            yield from (f"**{title}**", "", *(f"- {escape(item)}" for item in items))
        case Chart():
            yield f"**{block.title}.** {escape(block.text)}"
            if block.table is not None:
                yield from ("", *table_lines(block.table))


def table_lines(rows: Table, *, fold: bool = True) -> Iterator[str]:
    """Yield the lines of a table with its caption; long tables are folded if `fold` is set."""
    folded = fold and len(rows.rows) > FOLDED
    yield (
        f"<details><summary>{escape(rows.caption)} ({len(rows.rows)} rows)</summary>"
        if folded
        else f"**{rows.caption}**"
    )
    yield ""
    if rows.rows:
        yield "| " + " | ".join(escape(column) for column in rows.columns) + " |"
        yield "|" + "|".join("---:" if k in rows.numeric else "---" for k in range(len(rows.columns))) + "|"
        for row, link in zip_longest(rows.rows, rows.links, fillvalue=""):
            first, *rest = (escape(cell) for cell in row)
            yield "| " + " | ".join([f"[{first}]({link})" if link else first, *rest]) + " |"
    if rows.note:
        yield from ("", f"*{escape(rows.note)}*")
    if folded:
        yield from ("", "</details>")
