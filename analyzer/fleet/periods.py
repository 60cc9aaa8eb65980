"""Name, number and parse the periods of a fleet: weeks, months or quarters."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analyzer.share.time_window import period_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analyzer.config import PeriodLength

FREQUENCY: Mapping[str, str] = {"week": "W-SUN", "month": "M", "quarter": "Q"}
KINDS = ("day", "week", "month", "quarter")
_PATTERNS = {
    "day": r"\d{4}-\d{2}-\d{2}(?:[T ].*)?",
    "week": r"\d{4}-?W\d{2}",
    "month": r"\d{4}-\d{2}",
    "quarter": r"\d{4}-?Q[1-4]",
}


class ParsedDays(NamedTuple):
    """A day inside the period that each text names (NaT if it names none), and the longest kind of period used."""

    day: pd.Series
    longest: str


def period_names(days: pd.Series, every: PeriodLength) -> pd.Series:
    """Return the name of the period of each day (UTC or naive): 2026-01-05 (Monday of the week), 2026-01 or 2026-Q1."""
    return period_of(days.dt.tz_localize("UTC") if days.dt.tz is None else days, every)


def period_number(name: str, every: PeriodLength) -> int:
    """Return the number of a period; consecutive periods have consecutive numbers."""
    return int(pd.Period(name, freq=FREQUENCY[every]).ordinal)


def last_day(name: str, every: PeriodLength) -> str:
    """Return the last day of a period as YYYY-MM-DD."""
    return str(pd.Period(name, freq=FREQUENCY[every]).end_time.date())


def parse_days(text: pd.Series) -> ParsedDays:
    """Parse dates (2026-01-31, time of day ignored), ISO weeks, months and quarters into days.

    A week becomes its Thursday: by ISO 8601 a week belongs to the year of its Thursday, and here to that month and
    quarter as well.
    """
    day = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
    longest = KINDS[0]
    for kind in KINDS:
        rows = text.str.fullmatch(_PATTERNS[kind])
        if rows.any():
            longest = kind
            day[rows] = text[rows].map({value: _parse_day(value, kind) or pd.NaT for value in text[rows].unique()})
    return ParsedDays(day, longest)


def _parse_day(value: str, kind: str) -> datetime | None:
    digits = value.replace("-", "")
    try:
        if kind == "day":
            return datetime.strptime(value[:10], "%Y-%m-%d")  # noqa: DTZ007 - a calendar day has no time zone
        if kind == "week":
            return datetime.strptime(f"{digits}4", "%GW%V%u")  # noqa: DTZ007
        month = int(digits[4:]) if kind == "month" else 3 * int(digits[5]) - 2
        return datetime(int(digits[:4]), month, 1)  # noqa: DTZ001
    except ValueError:
        return None
