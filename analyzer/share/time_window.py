"""The time range of an analysis, its as-of date and its periods; all times are UTC."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.core.constants import BLOCK_DAYS, FIRST_MONDAY

if TYPE_CHECKING:
    from datetime import datetime

    from analyzer.config import PeriodLength

_DAYS_PER_PERIOD = {"week": 7, "4week": BLOCK_DAYS}
_MONTHS, _QUARTERS = 12, 4


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """The counted range [since, until) and the as-of date; later dates count in totals but belong to no period."""

    since: datetime | None
    until: datetime | None
    as_of: datetime | None
    by: PeriodLength

    def contains(self, when: pd.Series) -> pd.Series:
        """Return whether each instant is in the range; undated ones are only if the range is open on both ends."""
        mask = pd.Series(data=True, index=when.index)
        if self.since is not None:
            mask &= when >= self.since
        if self.until is not None:
            mask &= when < self.until
        return mask

    def starting(self, start: datetime | None) -> TimeWindow:
        """Return the part of the range that does not lie before `start`."""
        since = max((day for day in (self.since, start) if day is not None), default=None)
        return replace(self, since=since)

    def period(self, when: pd.Series) -> pd.Series:
        """Return the period of each instant; None if it has no date or lies after the as-of date."""
        dated = when if self.as_of is None else when.where(when < self.as_of)
        return period_of(dated, self.by).where(dated.notna(), None)


def period_of(when: pd.Series, by: PeriodLength) -> pd.Series:
    """Return the name of each instant's period: "2026-01", "2026-Q1", or the Monday on which a (4-)week block starts.

    Blocks are counted from Monday 1970-01-05, so that --since cannot shift them.
    """
    if by == "month":
        number = when.dt.year * _MONTHS + when.dt.month
    elif by == "quarter":
        number = when.dt.year * _QUARTERS + when.dt.quarter
    else:
        number = (when - FIRST_MONDAY).dt.days // _DAYS_PER_PERIOD[by]
    # One name per period, not one per instant: a history has many more commits than months.
    period, first = pd.factorize(number)[0], number.notna() & ~number.duplicated()
    names = pd.array([*_period_names(when[first], by), None], dtype="str")
    return pd.Series(names.take(period), index=when.index, dtype="str")


def _period_names(when: pd.Series, by: PeriodLength) -> pd.Series:
    names: pd.Series
    if by == "month":
        names = when.dt.strftime("%Y-%m")
    elif by == "quarter":
        names = when.dt.strftime("%Y-Q") + when.dt.quarter.astype("str")
    else:
        days = _DAYS_PER_PERIOD[by]
        blocks = (when - FIRST_MONDAY).dt.days // days
        names = (FIRST_MONDAY + pd.to_timedelta(blocks * days, unit="D")).dt.strftime("%Y-%m-%d")
    return names


def all_periods(first: pd.Timestamp, last: pd.Timestamp, by: PeriodLength) -> list[str]:
    """Return every period from `first` to `last`, so that gaps are visible."""
    days = pd.Series(pd.date_range(first.normalize(), last.normalize(), freq="D"))
    return list(dict.fromkeys(period_of(days, by)))
