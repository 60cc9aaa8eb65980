"""Breakdown by top directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.share.breakdowns.base import BreakdownDefinition, group_by_path

if TYPE_CHECKING:
    from analyzer.share.breakdowns.base import BreakdownInputs, Grouping


def top_directory(path: str) -> str:
    """Return the first folder of a path with a slash, or "/" alone for a file at the top, which no folder can be."""
    folder, slash, _ = path.partition("/")
    return f"{folder}/" if slash else "/"


def _grouping(inputs: BreakdownInputs) -> Grouping | str:
    return group_by_path(inputs, lambda path: (top_directory(path),))


DIRECTORY = BreakdownDefinition(
    id="directory",
    title="By top directory",
    column="directory",
    says="The first folder of each changed code or test file; / holds the files at the top.",
    limits="Folders count by the name that they had when the change was made. Work in one folder may need another.",
    grouping=_grouping,
)
