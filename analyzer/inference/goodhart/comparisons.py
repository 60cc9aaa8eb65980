"""What the tests of gaming read, and the comparisons they share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analyzer.inference.jackknife import Interval, interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.core.arrays import Floats
    from analyzer.panel import Panel

FEWEST_PEOPLE = 6
_FEWEST_CHANGES = 40


class Sign(NamedTuple):
    """What a test found: a value on the test's own scale, its interval and p; the test says what is too small.

    holds: whether all else that the variant predicts is seen as well.
    """

    value: float
    low: float
    high: float
    p: float
    holds: bool
    note: str = ""


@dataclass(frozen=True)
class Grounds:
    """A history after inclusion. changes: author, when, ai, lines, padding (parts of its lines), one row a change.

    day: from which on a target was known, or else the declared part rose for good; None without either. target: its
    value. seed: of what is drawn.
    """

    panel: Panel
    changes: pd.DataFrame
    day: pd.Timestamp | None = None
    target: float | None = None
    seed: int = 0

    @cached_property
    def after(self) -> pd.Series:
        """Whether each change landed since the day."""
        return self.changes["when"] >= self.day

    def rise(self) -> Interval | None:
        """By how much people's own declared part is higher since the day, over those with changes on both sides."""
        if self.day is None:
            return None
        return self._by_person(lambda side: side["ai"].mean())

    def busier(self) -> Interval | None:
        """Log of changes a day since the day over before it, mean over people with changes on both sides."""
        if self.day is None or self.changes.empty:
            return None
        first, last = self.changes["when"].min(), self.changes["when"].max()
        days = {False: (self.day - first).days + 1, True: (last - self.day).days + 1}
        return self._by_person(lambda side: float(np.log(len(side) / days[bool(side["after"].iloc[0])])))

    def smaller(self) -> Interval | None:
        """Log size of people's changes before the day less that since, over those with changes on both sides."""
        if self.day is None:
            return None
        return self._by_person(lambda side: -float(np.log1p(side["lines"].astype("Float64")).mean()))

    def _by_person(self, of: Callable[[pd.DataFrame], float]) -> Interval | None:
        table = self.changes.assign(after=self.after)
        sides = table.groupby(["author", "after"])[["ai", "after", "lines"]].apply(of).unstack()  # noqa: PD010 - of one column
        if sides.shape[1] < 2:
            return None
        gaps = (sides[True] - sides[False]).dropna().to_numpy(dtype=float)
        return mean_over(gaps)

    def gap_since(self, column: str) -> tuple[Interval, Interval] | None:
        """Marked minus other changes of the same person and side in a column: before the day, and the difference since.

        Unknown values are left out. None below six people or forty changes.
        """
        if self.day is None:
            return None
        table = self.changes.assign(after=self.after, y=self.changes[column].astype("Float64"))
        table = table[table["y"].notna()].astype({"y": float, "ai": float})
        cell = [table["author"], table["after"]]
        x = table["ai"] - table["ai"].groupby(cell).transform("mean")
        y = table["y"] - table["y"].groupby(cell).transform("mean")
        sums = pd.DataFrame({"xy": x * y, "xx": x * x}).groupby(cell).sum().unstack(fill_value=0.0)  # noqa: PD010 - sums, made
        if sums.shape[1] < 4 or len(table) < _FEWEST_CHANGES:
            return None
        parts = [sums[name, side].to_numpy(dtype=float) for side in (False, True) for name in ("xy", "xx")]
        both = (parts[1] > 0) | (parts[3] > 0)
        if both.sum() < FEWEST_PEOPLE or min(parts[1].sum(), parts[3].sum()) <= 0:
            return None
        whole = [float(part.sum()) for part in parts]
        left = [whole[k] - parts[k][both] for k in range(4)]
        before, since = whole[0] / whole[1], whole[2] / whole[3]
        with np.errstate(divide="ignore", invalid="ignore"):
            refits_before = left[0] / left[1]
            refits = left[2] / left[3] - refits_before
        return interval(before, refits_before), interval(since - before, refits)


def mean_over(values: Floats) -> Interval | None:
    """Mean over people with its t interval; None below six."""
    if len(values) < FEWEST_PEOPLE:
        return None
    point = float(values.mean())
    return interval(point, (values.sum() - values) / (len(values) - 1))


def one_sided(found: Interval) -> float:
    """P that the value is not above 0."""
    half = found.p / 2
    return half if found.point > 0 else 1 - half
