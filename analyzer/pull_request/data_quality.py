"""Data-quality rows of a range: problems of the clone, each with its fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.sanitize import plain
from analyzer.evidence.records import names_lines
from analyzer.pipeline.data_quality import settings_rows
from analyzer.pipeline.quality_row import quality_row
from analyzer.report.format import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.pipeline.load import History
    from analyzer.report.contract import QualityRow


_MAX_NAMES = 5


def quality_rows(history: History, changed_settings: Sequence[str]) -> list[QualityRow]:
    """Return every row, warnings first; `changed_settings`: files with settings that the range changes."""
    rows = [*settings_rows(history.repository_settings), *_find_problems(history)]
    if changed_settings:
        names = ", ".join(plain(name) for name in changed_settings[:_MAX_NAMES])
        more = f" and {len(changed_settings) - _MAX_NAMES} more" if len(changed_settings) > _MAX_NAMES else ""
        message = f"The range changes {names}{more}; the settings of its base apply."
        rows.append(quality_row("settings-changed-in-range", message))
    return sorted(rows, key=lambda row: row.severity != "warning")


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
    if history.lines.attributes is None:
        yield quality_row("attributes-unreadable")
