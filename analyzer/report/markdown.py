"""GitHub-flavoured Markdown: the same sentences and tables, for job summaries, issues and mail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analyzer.report.model import FOLDED, Chart, Finding, Notice, Points, Sentence, Spark, Table
from analyzer.report.story import story
from analyzer.report.terminal import spark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.report.model import Block, Report
    from analyzer.report.result import Result

# Characters that start markup somewhere in a line, a mention or an issue link, and what makes a bare address a link.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#!|~@&$]|(?<=\w):(?=//)|(?<=www)\.|(?<=GH)-(?=\d))")


def render(result: Result, *, color: bool = False) -> str:  # noqa: ARG001 - one signature for all renderers
    """The report; text from the repository is escaped, so that no name becomes markup, a link or a mention."""
    return text(story(result))


def text(report: Report) -> str:
    """Any report as Markdown."""
    lines = [f"# {escaped(report.title)}", "", " · ".join(escaped(fact) for fact in report.facts[1:]), ""]
    for section in report.sections:
        lines += [f"## {escaped(section.title)}", ""]
        for block in section.blocks:
            lines += [*_block(block), ""]
    lines += ["---", "", escaped(report.closing), ""]
    lines += [f"- {name}: `{text.replace('`', '')}`" for name, text in report.footer]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text that renders as itself: every character that could start markup is escaped, "@" and "#" included."""
    return _MARKUP.sub(lambda m: f"&#{ord(m[1])};", text)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Sentence(text, name):
            yield f"**{name}** {escaped(text)}" if name else escaped(text)
        case Spark(values, text):
            yield f"`{spark(values)}` {escaped(text)}"
        case Finding(name, grade, text, slug):
            yield f"**{name}: {grade}.** {escaped(text)} `{slug}`"
        case Notice(slug, severity, text, fix):
            yield f"- {'⚠️ ' if severity == 'warning' else ''}{escaped(text)} *{escaped(fix)}* `{slug}`"
        case Table():
            yield from _table(block)
        case Points(title, items):
            yield from (f"**{title}**", "", *(f"- {escaped(item)}" for item in items))
        case Chart():
            yield f"**{block.title}.** {escaped(block.text)}"
            if block.table is not None:
                yield from ("", *_table(block.table))


def _table(table: Table) -> Iterator[str]:
    folded = len(table.rows) > FOLDED
    yield (
        f"<details><summary>{escaped(table.caption)} ({len(table.rows)} rows)</summary>"
        if folded
        else f"**{table.caption}**"
    )
    yield ""
    if table.rows:
        yield "| " + " | ".join(escaped(column) for column in table.columns) + " |"
        yield "|" + "|".join("---:" if k in table.numeric else "---" for k in range(len(table.columns))) + "|"
        yield from ("| " + " | ".join(escaped(cell) for cell in row) + " |" for row in table.rows)
    if table.note:
        yield from ("", f"*{escaped(table.note)}*")
    if folded:
        yield from ("", "</details>")
