"""judged → how an outcome went by quarter, marked work and the rest: a description, compared with nothing.

Quarters are unmatched: other people and files stand behind each, so two curves show a course and no difference
(`inference.matched` does that). A quarter with fewer than five people who did a whole change of a side is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analyzer.evidence.recall import wilson

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats

FEWEST_PEOPLE = 5
Side = Literal["declared_ai", "other", "all"]


class Point(NamedTuple):
    """A rate of one quarter and side with its 95 % interval; `n`: what was exposed, `people` who did it."""

    period: str
    side: Side
    value: float
    low: float
    high: float
    n: float
    people: int


class Trend(NamedTuple):
    """An outcome and how it went; `better` is the direction that is."""

    id: str
    title: str
    unit: str
    better: Literal["low", "high", "neither"]
    points: list[Point]


def by_quarter(judged: pd.DataFrame, *, share: bool) -> list[Point]:
    """Rates of table `judged` by calendar quarter, marked and other parts apart; `share`: rates lie in [0, 1]."""
    table = judged[judged["author"].notna() & judged["when"].notna() & (judged["exposure"] > 0)]
    sides: tuple[tuple[Side, pd.Series], ...] = (("declared_ai", table["ai"]), ("other", 1 - table["ai"]))
    found = [point for side, part in sides for point in _points(table, part, side, share=share)]
    return sorted(found, key=lambda point: (point.period, point.side))


def by_person(landed: pd.DataFrame) -> Trend:
    """Merged changes a person who merged any, by quarter. `landed`: rows of table `units`."""
    people = landed[landed["author"].notna() & landed["merged"].notna() & (landed["label"] != "automation")]
    rows = pd.DataFrame({"author": people["author"], "when": people["merged"], "key": people["unit"]})
    counts = rows.assign(quarter=_quarters(rows["when"])).groupby(["quarter", "author"], sort=True)
    table = counts.agg(events=("key", "size"), when=("when", "min")).reset_index()
    table["exposure"] = 1.0
    table["key"] = table["author"]
    points = _points(table, pd.Series(1.0, index=table.index), "all", share=False)
    return Trend("merged_changes_per_person", "merged changes an active person", "changes", "high", points)


def _quarters(when: pd.Series) -> pd.Series:
    names: pd.Series = when.dt.strftime("%Y-Q") + when.dt.quarter.astype("str")
    return names


def _points(table: pd.DataFrame, part: pd.Series, side: Side, *, share: bool) -> list[Point]:
    """One point for each quarter that enough people stand behind."""
    rows = table.assign(part=part, events=table["events"] * part, exposure=table["exposure"] * part)
    rows = rows[rows["exposure"] > 0]
    if rows.empty:
        return []
    rows = rows.assign(quarter=_quarters(rows["when"]))
    # How much of a change is on this side: a hundred changes marked to a hundredth are one marked change.
    whole = rows.groupby(["quarter", "author", "key"])["part"].max().groupby(level=["quarter", "author"]).sum()
    keys = dict(whole.groupby(level="quarter").sum())
    enough = whole[whole >= 1].index
    sums = rows.groupby(["quarter", "author"], sort=True)[["events", "exposure"]].sum().astype(np.float64)
    shown = set(pd.Series(1, index=enough).groupby(level="quarter").size().loc[lambda n: n >= FEWEST_PEOPLE].index)
    found = []
    for quarter, group in sums.groupby(level="quarter", sort=True):
        if quarter in shown:
            events, exposure = group.to_numpy().T
            value, low, high = _rate(events, exposure, float(keys[quarter]) if share else None)
            found.append(Point(str(quarter), side, value, low, high, float(exposure.sum()), len(group)))
    return found


def _rate(events: Floats, exposure: Floats, changes: float | None) -> tuple[float, float, float]:
    """Events over exposure with a leave-one-person-out jackknife interval, t(A-1).

    A share is not surer than Wilson's interval over the changes behind it: people who all have no event would give an
    interval of no width.
    """
    total, out_of, people = events.sum(), exposure.sum(), len(events)
    point = total / out_of
    left = (total - events) / (out_of - exposure)
    reach = stdtrit(people - 1, 0.975) * np.sqrt((people - 1) / people * ((left - point) ** 2).sum())
    low, high = max(0.0, point - reach), point + reach
    if changes is None:
        return float(point), float(low), float(high)
    bottom, top = wilson(point * changes, changes)
    return float(point), float(min(low, bottom)), float(min(1.0, max(high, top)))
