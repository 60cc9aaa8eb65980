"""Data-quality rows of a range: problems of the clone, each with its fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.evidence.records import names_lines
from analyzer.pipeline.data_quality import quality_row
from analyzer.report.format import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.pipeline.load import History
    from analyzer.report.contract import QualityRow


def quality_rows(history: History) -> list[QualityRow]:
    """Return every row, warnings first."""
    return sorted(_find_problems(history), key=lambda row: row.severity != "warning")


def _find_problems(history: History) -> Iterator[QualityRow]:
    if not names_lines(history.repository):
        yield quality_row("notes-not-fetched")
    if history.repository.partial:
        yield quality_row("promisor-clone")
    if history.lines is None:
        return
    if history.lines.objects_mismatch:
        yield quality_row("objects-mismatch")
    unknown, counted = history.lines.count_missing()
    if unknown:
        says = f"{number(unknown)} of {number(counted)} changes of code and test files lack their contents here"
        yield quality_row("contents-missing", f"{says}; their lines are in no count.")
    if not history.lines.attributes_read:
        yield quality_row("attributes-unreadable")
