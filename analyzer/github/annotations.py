"""Workflow commands that GitHub shows beside the code: at most ten, only where asked for.

Syntax and escapes: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
and `packages/core/src/command.ts` of actions/toolkit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from analyzer.core.sanitize import logged, plain
from analyzer.report.format import many, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.pull_request import PullRequest
    from analyzer.report.contract import QualityRow

# GitHub shows ten of a level and step.
MOST = 10
_LONGEST = 1_000

Level = Literal["notice", "warning", "error"]


def command(level: Level, message: str, **properties: str) -> str:
    """One workflow command on one line; text from a repository can neither end it nor start another."""
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return logged(f"::{level} {given}::{_data(plain(message, _LONGEST))}")


def of_files(found: PullRequest, most: int) -> Iterator[str]:
    """The touched files with most new lines: how much is declared, and what became of earlier lines there."""
    for file in [file for file in found.files if file.lines][: min(most, MOST)]:
        says = f"{many(file.lines, 'new line')}, {percent(file.declared / file.lines)} declared AI"
        if file.churned is not None:
            says += f"; of {many(file.earlier_lines, 'earlier line')} {percent(file.churned)} were gone in 21 days"
        yield command("notice", f"{says}. Undeclared is not human.", file=file.path, line="1", title="aishare")


def of_quality(rows: Sequence[QualityRow], most: int) -> Iterator[str]:
    """What a reader must know before believing the figures: warnings alone."""
    for row in [row for row in rows if row.severity == "warning"][: min(most, MOST)]:
        yield command("warning", f"{row.message} {row.fix}", title=row.slug)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(plain(text, _LONGEST)).replace(":", "%3A").replace(",", "%2C")
