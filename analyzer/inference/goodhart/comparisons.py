"""Inputs of the gaming tests, and the comparisons that several of them share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analyzer.core.constants import ALPHA
from analyzer.inference.jackknife import Interval, jackknife_interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.core.arrays import Floats
    from analyzer.panel import Panel

MIN_PEOPLE = 6
_MIN_CHANGES = 40


class GamingEvidence(NamedTuple):
    """Result of one test: a value on the test's own scale, with its interval and p-value.

    Whether the value is large enough is decided by `Variant.floor`. holds: whether the variant's other predictions
    are met as well.
    """

    value: float
    low: float
    high: float
    p: float
    holds: bool
    note: str = ""


@dataclass(frozen=True)
class GamingInputs:
    """A history after inclusion.

    Attributes
    ----------
    changes : person, when, ai, lines, padding (share of the lines), one row per change.
    day : from which a target was known, or else the marked share rose for good; None without either.
    target : value of the target.
    seed : of the permutations.
    """

    panel: Panel
    changes: pd.DataFrame
    day: pd.Timestamp | None = None
    target: float | None = None
    seed: int = 0

    @cached_property
    def since_day(self) -> pd.Series:
        """Whether each change was merged since the day."""
        return self.changes["when"] >= self.day

    def share_rise(self) -> Interval | None:
        """Return the rise of people's marked share since the day, over people with changes on both sides."""
        if self.day is None:
            return None
        return self._change_since_day(lambda side: side["ai"].mean())

    def activity_change(self) -> Interval | None:
        """Return the log ratio of changes per day, since the day to before, over people with changes on both sides."""
        if self.day is None or self.changes.empty:
            return None
        first, last = self.changes["when"].min(), self.changes["when"].max()
        days = {False: (self.day - first).days + 1, True: (last - self.day).days + 1}
        return self._change_since_day(lambda side: float(np.log(len(side) / days[bool(side["after"].iloc[0])])))

    def _change_since_day(self, statistic: Callable[[pd.DataFrame], float]) -> Interval | None:
        table = self.changes.assign(after=self.since_day)
        sides = table.groupby(["person", "after"])[["ai", "after", "lines"]].apply(statistic).unstack()  # noqa: PD010 - of one column
        if sides.shape[1] < 2:
            return None
        differences = (sides[True] - sides[False]).dropna().to_numpy(dtype=float)
        return mean_interval(differences)

    def gap_since(self, column: str) -> tuple[Interval, Interval] | None:
        """Return the difference of marked minus other changes in a column: before the day, and its change since.

        Changes are compared within person and side of the day. Unknown values are left out. None with fewer than six
        people or forty changes.
        """
        if self.day is None:
            return None
        table = self.changes.assign(after=self.since_day, y=self.changes[column].astype("Float64"))
        table = table[table["y"].notna()].astype({"y": float, "ai": float})
        person_side = [table["person"], table["after"]]
        x = table["ai"] - table["ai"].groupby(person_side).transform("mean")
        y = table["y"] - table["y"].groupby(person_side).transform("mean")
        sums = pd.DataFrame({"xy": x * y, "xx": x * x}).groupby(person_side).sum().unstack(fill_value=0.0)  # noqa: PD010 - sums, made
        if sums.shape[1] < 4 or len(table) < _MIN_CHANGES:
            return None
        sums_by_side = [sums[name, side].to_numpy(dtype=float) for side in (False, True) for name in ("xy", "xx")]
        usable = (sums_by_side[1] > 0) | (sums_by_side[3] > 0)
        if usable.sum() < MIN_PEOPLE or min(sums_by_side[1].sum(), sums_by_side[3].sum()) <= 0:
            return None
        totals = [float(column_sums.sum()) for column_sums in sums_by_side]
        left_out = [totals[k] - sums_by_side[k][usable] for k in range(4)]
        before, since = totals[0] / totals[1], totals[2] / totals[3]
        with np.errstate(divide="ignore", invalid="ignore"):
            refits_before = left_out[0] / left_out[1]
            refits = left_out[2] / left_out[3] - refits_before
        return jackknife_interval(before, refits_before), jackknife_interval(since - before, refits)

    def marked_shift(self, column: str) -> Interval | None:
        """Return by how much marked changes themselves differ since the day from before, within people, in a column.

        Marked changes that stay as they were, while the difference from the others changes, show that it is the others
        that changed: as more AI is used, more of the unmarked changes are AI-written as well. None with fewer than six
        people who have marked changes on both sides.
        """
        if self.day is None:
            return None
        table = self.changes.assign(since=self.since_day, y=self.changes[column].astype("Float64"))
        table = table[table["y"].notna() & (table["ai"] > 0)].astype({"y": float, "since": float})
        x, y = (table[name] - table[name].groupby(table["person"]).transform("mean") for name in ("since", "y"))
        sums = pd.DataFrame({"xy": x * y, "xx": x * x}).groupby(table["person"]).sum()
        sums = sums[sums["xx"] > 0]
        if len(sums) < MIN_PEOPLE:
            return None
        xy, xx = sums["xy"].to_numpy(dtype=float), sums["xx"].to_numpy(dtype=float)
        return jackknife_interval(float(xy.sum() / xx.sum()), (xy.sum() - xy) / (xx.sum() - xx))


class MarkedMove(NamedTuple):
    """By how much the gap between marked and other changes moved as a variant predicts.

    marked_moved : whether the marked changes themselves moved as well, significantly and by at least half as much.
    """

    gap: Interval
    marked_moved: bool


def marked_move(gap_change: Interval, marked_shift: Interval, factor: float) -> MarkedMove:
    """Return how the gap moved, in units in which the prediction is positive: both changes are multiplied by `factor`.

    A gap also moves where only the other changes do, as when more unmarked changes become AI-written.
    """
    gap, shift = _scaled(gap_change, factor), _scaled(marked_shift, factor)
    return MarkedMove(gap, one_sided_p(shift) < ALPHA and shift.point >= gap.point / 2)


def _scaled(change: Interval, factor: float) -> Interval:
    low, high = sorted((factor * change.low, factor * change.high))
    return Interval(factor * change.point, abs(factor) * change.se, low, high, change.df)


def mean_interval(values: Floats) -> Interval | None:
    """Return the mean over people with its t interval; None with fewer than six people."""
    if len(values) < MIN_PEOPLE:
        return None
    point = float(values.mean())
    return jackknife_interval(point, (values.sum() - values) / (len(values) - 1))


def one_sided_p(estimate: Interval) -> float:
    """Return the one-sided p-value of a value that is not above 0."""
    half = estimate.p / 2
    return half if estimate.point > 0 else 1 - half
