"""Marks that squashes lost, found again in the pull requests' own commits: counted apart from what history declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.evidence.pull_request_export import Pulls


@dataclass(frozen=True, slots=True)
class Recovered:
    """Merged changes in the range: `n`, of them `matched` by the commit that landed them, `found` marked only there.

    `floor` and `floor_with`: their declared share, as history says and with what was found.
    """

    pull_requests: int
    cut: int
    n: int
    matched: int
    found: int
    floor: float
    floor_with: float


def recovered(landed: pd.DataFrame, known: Pulls) -> Recovered | None:
    """What the pull requests add to table `units` of the range; None without a change to count.

    Only what history leaves undeclared can be added to: a squash that carries a mark already claims its whole.
    """
    counted = landed[landed["label"] != "automation"]
    if counted.empty:
        return None
    parts = counted["sha"].map(known.parts)
    found = parts[(counted["label"] == "undeclared") & (parts > 0)]
    declared = float(counted["ai"].sum())
    return Recovered(
        pull_requests=len(known.parts),
        cut=known.cut,
        n=len(counted),
        matched=int(counted["sha"].isin(list(known.parts)).sum()),
        found=len(found),
        floor=declared / len(counted),
        floor_with=(declared + float(found.sum())) / len(counted),
    )
