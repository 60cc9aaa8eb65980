"""Row of data quality on how merged changes were recognised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.pipeline.quality_row import quality_row
from analyzer.report.format import many, number, percent
from analyzer.share.recognised_changes import SESSION, recognised_changes

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from analyzer.report.contract import QualityRow


def recognised_rows(merged_changes: pd.DataFrame) -> Iterator[QualityRow]:
    """Yield by whose words the merged changes of the range were recognised, and which share are work sessions."""
    rows = recognised_changes(merged_changes)
    total = sum(row.changes for row in rows)
    if not total:
        return
    counts = ", ".join(f"{row.title} {number(row.changes)}" for row in rows)
    sessions = sum(row.changes for row in rows if row.how == SESSION)
    sentence = f"{many(total, 'merged change')}, by what names them: {counts}."
    if sessions:
        sentence += f" {percent(sessions / total)} are work sessions: their commits name no request."
    yield quality_row("merged-by", sentence)
