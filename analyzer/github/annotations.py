"""Build workflow commands that GitHub shows next to the code: at most ten, and only if asked for.

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

# GitHub shows ten annotations per level and step.
MAX_ANNOTATIONS = 10
_MAX_CHARACTERS = 1_000

Level = Literal["notice", "warning", "error"]


def workflow_command(level: Level, message: str, **properties: str) -> str:
    """Return a workflow command on one line; text from a repository can neither end it nor start another."""
    parameters = ",".join(f"{name}={_escape_property(value)}" for name, value in properties.items())
    return logged(f"::{level} {parameters}::{_escape_data(plain(message, _MAX_CHARACTERS))}")


def file_annotations(pull_request: PullRequest, limit: int) -> Iterator[str]:
    """Yield notices for the touched files with most new lines: the marked share, and what became of earlier lines."""
    for file in [file for file in pull_request.files if file.lines][: min(limit, MAX_ANNOTATIONS)]:
        says = f"{many(file.lines, 'new line')}, {percent(file.marked / file.lines)} marked AI"
        if file.churned is not None:
            says += f"; of {many(file.earlier_lines, 'earlier line')} {percent(file.churned)} were gone in 21 days"
        yield workflow_command(
            "notice", f"{says}. Unmarked does not mean human-written.", file=file.path, line="1", title="aishare"
        )


def quality_annotations(rows: Sequence[QualityRow], limit: int) -> Iterator[str]:
    """Yield the data-quality warnings: what a reader must know before relying on the figures."""
    for row in [row for row in rows if row.severity == "warning"][: min(limit, MAX_ANNOTATIONS)]:
        yield workflow_command("warning", f"{row.message} {row.fix}", title=row.slug)


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(plain(text, _MAX_CHARACTERS)).replace(":", "%3A").replace(",", "%2C")
