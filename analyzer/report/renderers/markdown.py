"""GitHub-flavoured Markdown: the same sentences and tables, for job summaries, issues and mail."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING

from analyzer.report.blocks import FOLDED, Chart, Finding, Notice, Points, Sentence, Spark, Table
from analyzer.report.document import story
from analyzer.report.renderers.terminal import spark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.report.blocks import Block, Report
    from analyzer.report.contract import Result

# Characters that start markup somewhere in a line, and what makes a bare address a link.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>!|~&$]|(?<=\w):(?=//)|(?<=www)\.|[@#]|(?<=GH)-(?=\d))")
# GitHub looks for mentions and issue links in rendered text, where a reference to a character is that character.
_LINKING = frozenset("@#-")
_NOTHING = "&#8203;"


def render(result: Result, *, color: bool = False) -> str:  # noqa: ARG001 - one signature for all renderers
    """The report; text from the repository is escaped, so that no name becomes markup, a link or a mention."""
    return text(story(result))


def text(report: Report) -> str:
    """Any report as Markdown."""
    lines = [] if report.up is None else [f"[← {escaped(report.up[1])}]({report.up[0]})", ""]
    lines += [f"# {escaped(report.title)}", "", " · ".join(escaped(fact) for fact in report.facts[1:]), ""]
    for section in report.sections:
        lines += [f"## {escaped(section.title)}", ""]
        for block in section.blocks:
            lines += [*_block(block), ""]
    lines += ["---", "", escaped(report.closing), ""]
    lines += [f"- {name}: `{text.replace('`', '')}`" for name, text in report.footer]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text that renders as itself: what could start markup is escaped, a mention is cut off from its sign."""
    return _MARKUP.sub(lambda m: f"&#{ord(m[1])};{_NOTHING if m[1] in _LINKING else ''}", text)


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
            yield from table(block)
        case Points(title, items):
            yield from (f"**{title}**", "", *(f"- {escaped(item)}" for item in items))
        case Chart():
            yield f"**{block.title}.** {escaped(block.text)}"
            if block.table is not None:
                yield from ("", *table(block.table))


def table(rows: Table, *, fold: bool = True) -> Iterator[str]:
    """Lines of a table under its caption; a long one is folded where `fold` lets it be."""
    folded = fold and len(rows.rows) > FOLDED
    yield (
        f"<details><summary>{escaped(rows.caption)} ({len(rows.rows)} rows)</summary>"
        if folded
        else f"**{rows.caption}**"
    )
    yield ""
    if rows.rows:
        yield "| " + " | ".join(escaped(column) for column in rows.columns) + " |"
        yield "|" + "|".join("---:" if k in rows.numeric else "---" for k in range(len(rows.columns))) + "|"
        for row, link in zip_longest(rows.rows, rows.links, fillvalue=""):
            first, *rest = (escaped(cell) for cell in row)
            yield "| " + " | ".join([f"[{first}]({link})" if link else first, *rest]) + " |"
    if rows.note:
        yield from ("", f"*{escaped(rows.note)}*")
    if folded:
        yield from ("", "</details>")
