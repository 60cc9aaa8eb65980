"""Outcomes by quarter, for marked work and for the rest.

The rates are descriptive. Quarters and sides are not matched: different people and files are behind each, so do not
compare the two curves (`inference.matching` compares). A quarter with fewer than five people with a whole change on one
side is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analyzer.core.rows import by_people
from analyzer.evidence.recall import wilson_interval
from analyzer.inference.results import Trend, TrendRate

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats
    from analyzer.inference.results import Side

MIN_PEOPLE = 5


def rates_by_quarter(outcome_rows: pd.DataFrame, *, share: bool) -> list[TrendRate]:
    """Return rates per calendar quarter of a table of outcomes, of marked and of other work.

    `share`: whether rates lie in [0, 1].
    """
    dated = outcome_rows["person"].notna() & outcome_rows["when"].notna()
    table = outcome_rows[dated & (outcome_rows["denominator"] > 0)]
    sides: tuple[tuple[Side, pd.Series], ...] = (("marked", table["ai"]), ("unmarked", 1 - table["ai"]))
    rates = [rate for side, weights in sides for rate in _rates_of_side(table, weights, side, share=share)]
    return sorted(rates, key=lambda rate: (rate.period, rate.side))


def changes_per_person(merged_changes: pd.DataFrame) -> Trend:
    """Return merged changes per person who merged any, by quarter, from the table of merged changes."""
    has_person = merged_changes["person"].notna() & merged_changes["merged"].notna()
    people = merged_changes[has_person & by_people(merged_changes)]
    rows = pd.DataFrame({"person": people["person"], "when": people["merged"], "key": people["merged_change"]})
    counts = rows.assign(quarter=_quarters(rows["when"])).groupby(["quarter", "person"], sort=True)
    table = counts.agg(events=("key", "size"), when=("when", "min")).reset_index()
    table["denominator"] = 1.0
    table["key"] = table["person"]
    points = _rates_of_side(table, pd.Series(1.0, index=table.index), "all", share=False)
    return Trend("merged_changes_per_person", "merged changes an active person", "changes", "high", points)


def _quarters(when: pd.Series) -> pd.Series:
    """Return the name of each date's quarter, such as 2025-Q1."""
    names: pd.Series = when.dt.strftime("%Y-Q") + when.dt.quarter.astype("str")
    return names


def _rates_of_side(table: pd.DataFrame, weights: pd.Series, side: Side, *, share: bool) -> list[TrendRate]:
    """Return one rate per quarter with enough people; `weights`: part of each row on this side."""
    rows = table.assign(part=weights, events=table["events"] * weights, denominator=table["denominator"] * weights)
    rows = rows[rows["denominator"] > 0]
    if rows.empty:
        return []
    rows = rows.assign(quarter=_quarters(rows["when"]))
    # Changes count by their part on this side: a hundred changes marked to a hundredth are one marked change.
    by_change = rows.groupby(["quarter", "person", "key"])["part"].max()
    by_person = by_change.groupby(level=["quarter", "person"]).sum()
    changes = dict(by_person.groupby(level="quarter").sum())
    people = pd.Series(1, index=by_person[by_person >= 1].index).groupby(level="quarter").size()
    quarters = set(people.loc[lambda n: n >= MIN_PEOPLE].index)
    sums = rows.groupby(["quarter", "person"], sort=True)[["events", "denominator"]].sum().astype(np.float64)
    rates = []
    for quarter, group in sums.groupby(level="quarter", sort=True):
        if quarter in quarters:
            events, denominator = group.to_numpy().T
            value, low, high = _rate_with_interval(events, denominator, float(changes[quarter]) if share else None)
            rates.append(TrendRate(str(quarter), side, value, low, high, float(denominator.sum()), len(group)))
    return rates


def _rate_with_interval(events: Floats, denominator: Floats, changes: float | None) -> tuple[float, float, float]:
    """Return the rate of events with a leave-one-person-out jackknife interval, t(A-1).

    The interval of a share is at least as wide as Wilson's over the changes behind it: people without any event would
    give an interval of width 0.

    Parameters
    ----------
    events, denominator : (A,) per person.
    changes : number of changes behind a share; None if the rate is not a share.
    """
    total, total_denominator, people = events.sum(), denominator.sum(), len(events)
    point = total / total_denominator
    refits = (total - events) / (total_denominator - denominator)
    half_width = stdtrit(people - 1, 0.975) * np.sqrt((people - 1) / people * ((refits - point) ** 2).sum())
    low, high = max(0.0, point - half_width), point + half_width
    if changes is None:
        return float(point), float(low), float(high)
    wilson_low, wilson_high = wilson_interval(point * changes, changes)
    return float(point), float(min(low, wilson_low)), float(min(1.0, max(high, wilson_high)))
