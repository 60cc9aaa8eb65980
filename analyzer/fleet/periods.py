"""Periods of a fleet: weeks, months or quarters by name, from days and from how others write them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analyzer.share.time_window import period_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analyzer.config import By

FREQUENCY: Mapping[str, str] = {"week": "W-SUN", "month": "M", "quarter": "Q"}
LENGTHS = ("day", "week", "month", "quarter")
_FORMS = {
    "day": r"\d{4}-\d{2}-\d{2}(?:[T ].*)?",
    "week": r"\d{4}-?W\d{2}",
    "month": r"\d{4}-\d{2}",
    "quarter": r"\d{4}-?Q[1-4]",
}


class Days(NamedTuple):
    """A day inside each period that a text names (NaT where it names none), and the longest kind of period named."""

    day: pd.Series
    longest: str


def named(days: pd.Series, every: By) -> pd.Series:
    """Names of the periods that days (UTC or naive) fall in: 2026-01-05 (a week's Monday), 2026-01 or 2026-Q1."""
    return period_of(days.dt.tz_localize("UTC") if days.dt.tz is None else days, every)


def position(name: str, every: By) -> int:
    """A period's number, one more than that of the period before."""
    return int(pd.Period(name, freq=FREQUENCY[every]).ordinal)


def last_day(name: str, every: By) -> str:
    """The last day of a period, as YYYY-MM-DD."""
    return str(pd.Period(name, freq=FREQUENCY[every]).end_time.date())


def days_of(text: pd.Series) -> Days:
    """Days of dates (2026-01-31, times of day ignored), ISO weeks, months and quarters; of a week its Thursday.

    By ISO 8601 a week belongs to the year of its Thursday; here to the month and quarter of it as well.
    """
    day = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
    longest = LENGTHS[0]
    for kind in LENGTHS:
        rows = text.str.fullmatch(_FORMS[kind])
        if rows.any():
            longest = kind
            day[rows] = text[rows].map({value: _day(value, kind) or pd.NaT for value in text[rows].unique()})
    return Days(day, longest)


def _day(value: str, kind: str) -> datetime | None:
    digits = value.replace("-", "")
    try:
        if kind == "day":
            return datetime.strptime(value[:10], "%Y-%m-%d")  # noqa: DTZ007 - a day as it is written
        if kind == "week":
            return datetime.strptime(f"{digits}4", "%GW%V%u")  # noqa: DTZ007
        month = int(digits[4:]) if kind == "month" else 3 * int(digits[5]) - 2
        return datetime(int(digits[:4]), month, 1)  # noqa: DTZ001
    except ValueError:
        return None
