"""Recover marks that squashes lost from the pull requests' own commits; reported separately from the marked share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.core.rows import by_people

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.evidence.pull_request_export import PullRequestExport


@dataclass(frozen=True, slots=True)
class RecoveredMarks:
    """Marks recovered from an export of pull requests. The field names are keys of the JSON result.

    pull_requests : pull requests in the export.
    truncated : of these, those whose commits are listed only in part.
    n : merged changes in the range.
    matched : merged changes whose merge commit is in the export.
    newly_marked : merged changes that are marked only in the export.
    marked, marked_with_recovered : marked share of the merged changes, without and with recovered marks.
    """

    pull_requests: int
    truncated: int
    n: int
    matched: int
    newly_marked: int
    marked: float
    marked_with_recovered: float


def recover_marks(merged_changes: pd.DataFrame, export: PullRequestExport) -> RecoveredMarks | None:
    """Return the marks that the export adds to table `merged_changes` of the range; None without changes.

    Only unmarked changes can gain marks: a squash that carries a mark already counts as wholly marked.
    """
    counted = merged_changes[by_people(merged_changes)]
    if counted.empty:
        return None
    marked_shares = counted["sha"].map(export.marked_shares)
    recovered = marked_shares[(counted["label"] == "unmarked") & (marked_shares > 0)]
    marked = float(counted["ai"].sum())
    return RecoveredMarks(
        pull_requests=len(export.marked_shares),
        truncated=export.truncated,
        n=len(counted),
        matched=int(counted["sha"].isin(list(export.marked_shares)).sum()),
        newly_marked=len(recovered),
        marked=marked / len(counted),
        marked_with_recovered=(marked + float(recovered.sum())) / len(counted),
    )
