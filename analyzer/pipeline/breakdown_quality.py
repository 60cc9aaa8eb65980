"""Data quality of the breakdowns: which are missing and why, which groups were merged, which months have no counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.messages import MESSAGES
from analyzer.pipeline.quality_row import quality_row
from analyzer.report.format import many, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.report.analysis_tables import AnalysisTables
    from analyzer.report.contract import QualityRow
    from analyzer.share.breakdowns.shares import ShareBreakdown

_GROUPS = "breakdowns[].groups"
_NULLABLE = tuple(
    f"{_GROUPS}[].{name}"
    for name in (
        "difference",
        "lines_marked",
        *(f"outcomes[].{field}" for field in ("marked", "unmarked", "difference", "q")),
    )
)


def breakdown_rows(tables: AnalysisTables) -> Iterator[QualityRow]:
    """Yield how breakdowns are counted, which have no table and why, and what is not shown of small groups."""
    breakdowns = [table.shares for table in tables.breakdowns]
    yield quality_row("breakdowns-read", None, _NULLABLE)
    reasons = dict.fromkeys(b.missing for b in breakdowns if b.missing and b.missing != tables.lines_missing)
    for slug in reasons:
        columns = ", ".join(b.definition.column for b in breakdowns if b.missing == slug)
        yield quality_row(slug, f"{MESSAGES[slug].means} Not shown: by {columns}.", (_GROUPS,))
    if merged := _merged_sentence(breakdowns):
        yield quality_row("groups-merged", f"{MESSAGES['groups-merged'].means} Merged: {merged}.")
    if hidden := sum(month.people is None for month in tables.breadth):
        counts = f"{number(hidden)} of {many(len(tables.breadth), 'month')} with merged changes"
        means = MESSAGES["breadth-too-few-people"].means
        nulls = tuple(f"breadth[].{name}" for name in ("people", "with_marked", "share"))
        yield quality_row("breadth-too-few-people", f"{means} That is {counts}.", nulls)


def _merged_sentence(breakdowns: Sequence[ShareBreakdown]) -> str:
    counts = ((b.definition.column, sum(group.merged_groups for group in b.groups or ())) for b in breakdowns)
    return ", ".join(f"{number(count)} by {column}" for column, count in counts if count)
