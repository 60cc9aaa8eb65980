"""The time range of a share, its clock and its periods; everything is UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from datetime import datetime

    from analyzer.config import By

_BLOCK_DAYS = {"week": 7, "4week": 28}
_FIRST_MONDAY = pd.Timestamp("1970-01-05", tz="UTC")


@dataclass(frozen=True, slots=True)
class Window:
    """What is counted, [since, until), and the clock: what is dated after it counts in totals and in no period."""

    since: datetime | None
    until: datetime | None
    clock: datetime | None
    by: By

    def holds(self, when: pd.Series) -> pd.Series:
        """Whether each instant is in the range; an undated one only where the range is open on both ends."""
        inside = pd.Series(data=True, index=when.index)
        if self.since is not None:
            inside &= when >= self.since
        if self.until is not None:
            inside &= when < self.until
        return inside

    def period(self, when: pd.Series) -> pd.Series:
        """Period of each instant; NA without a date and past the clock."""
        placed = when if self.clock is None else when.where(when < self.clock)
        return period_of(placed, self.by).where(placed.notna(), None)


def period_of(when: pd.Series, by: By) -> pd.Series:
    """Name of the UTC period of each instant: "2026-01", "2026-Q1", or the Monday a week or 4-week block starts.

    Blocks are counted from Monday 1970-01-05, so no --since ever shifts them.
    """
    names: pd.Series
    if by == "month":
        names = when.dt.strftime("%Y-%m")
    elif by == "quarter":
        names = when.dt.strftime("%Y-Q") + when.dt.quarter.astype("str")
    else:
        days = _BLOCK_DAYS[by]
        blocks = (when - _FIRST_MONDAY).dt.days // days
        names = (_FIRST_MONDAY + pd.to_timedelta(blocks * days, unit="D")).dt.strftime("%Y-%m-%d")
    return names


def all_periods(first: pd.Timestamp, last: pd.Timestamp, by: By) -> list[str]:
    """Every period from `first` to `last`, so that a gap shows as a gap."""
    days = pd.Series(pd.date_range(first.normalize(), last.normalize(), freq="D"))
    return list(dict.fromkeys(period_of(days, by)))
