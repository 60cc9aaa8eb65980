"""Breadth: how many of the people who merged a change in a month had a marked one. Never who."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.core.constants import SMALLEST_GROUP
from analyzer.core.rows import by_people
from analyzer.share.time_window import period_of

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.share.time_window import TimeWindow


@dataclass(frozen=True, slots=True)
class Breadth:
    """People with a merged change in one month, and those with a marked one; None where too few are active."""

    period: str
    people: int | None
    with_marked: int | None


def breadth_by_month(merged_changes: pd.DataFrame, window: TimeWindow) -> list[Breadth]:
    """Return the months of the range in which people merged changes, oldest first.

    Months are calendar months (UTC) of the merge date, up to the as-of date. Months in which fewer than
    `SMALLEST_GROUP` people were active have no counts.
    """
    merged = merged_changes["merged"]
    inside = window.contains(merged) & merged.notna() & merged_changes["person"].notna() & by_people(merged_changes)
    if window.as_of is not None:
        inside &= merged < window.as_of
    changes = merged_changes[inside]
    by_month = changes.assign(period=period_of(changes["merged"], "month"), marked=changes["ai"] > 0)
    per_person = by_month.groupby(["period", "person"])["marked"].any().reset_index()
    counts = per_person.groupby("period")["marked"].agg(["size", "sum"])
    return [
        Breadth(str(period), int(people), int(marked)) if people >= SMALLEST_GROUP else Breadth(str(period), None, None)
        for period, people, marked in counts.itertuples()
    ]
