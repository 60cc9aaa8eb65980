"""Outcomes by quarter, for marked work and for the rest.

The rates are descriptive. Quarters and sides are not matched: different people and files are behind each, so do not
compare the two curves (`inference.matching` compares). A quarter with fewer than five people with a whole change on one
side is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analyzer.core.rows import by_people
from analyzer.evidence.recall import wilson_interval
from analyzer.inference.results import Trend, TrendRate

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Ints
    from analyzer.inference.results import Side

MIN_PEOPLE = 5
_QUARTERS = 4


def rates_by_quarter(outcome_rows: pd.DataFrame, *, share: bool) -> list[TrendRate]:
    """Return rates per calendar quarter of a table of outcomes, of marked and of other work.

    `share`: whether rates lie in [0, 1].
    """
    dated = outcome_rows["person"].notna() & outcome_rows["when"].notna()
    table = outcome_rows[dated & (outcome_rows["denominator"] > 0)]
    rows = _QuarterlyRows.of(table)
    sides: tuple[tuple[Side, Floats], ...] = (("marked", rows.marked), ("unmarked", 1 - rows.marked))
    rates = [rate for side, weights in sides for rate in _rates_of_side(rows, weights, side, share=share)]
    return sorted(rates, key=lambda rate: (rate.period, rate.side))


def changes_per_person(merged_changes: pd.DataFrame) -> Trend:
    """Return merged changes per person who merged any, by quarter, from the table of merged changes."""
    has_person = merged_changes["person"].notna() & merged_changes["merged"].notna()
    people = merged_changes[has_person & by_people(merged_changes)]
    rows = pd.DataFrame({"person": people["person"], "when": people["merged"], "key": people["merged_change"]})
    counts = rows.assign(quarter=_quarters(rows["when"])).groupby(["quarter", "person"], sort=True)
    table = counts.agg(events=("key", "size"), when=("when", "min")).reset_index()
    quarterly = _QuarterlyRows.of(table.assign(key=table["person"], denominator=1.0, ai=1.0))
    points = _rates_of_side(quarterly, quarterly.marked, "all", share=False)
    return Trend("merged_changes_per_person", "merged changes an active person", "changes", "high", points)


def _quarters(when: pd.Series) -> pd.Series:
    """Return the number of each date's quarter, counted from the year 0; numbers sort faster than names."""
    numbers: pd.Series = when.dt.year * _QUARTERS + when.dt.quarter - 1
    return numbers


def _quarter_name(number: int) -> str:
    """Return the name of a quarter, such as 2025-Q1."""
    return f"{number // _QUARTERS:04}-Q{number % _QUARTERS + 1}"


class _QuarterlyRows(NamedTuple):
    """Rows of a table of outcomes as arrays (N,): numbers of quarters, and of people and keys in their order."""

    quarter: Ints
    person: Ints
    key: Ints
    marked: Floats
    events: Floats
    denominator: Floats

    @classmethod
    def of(cls, table: pd.DataFrame) -> _QuarterlyRows:
        """Read rows that have a person and a date."""
        person, key = (pd.Categorical(table[name]).codes.astype(np.int64) for name in ("person", "key"))
        columns = (table[name].to_numpy(np.float64) for name in ("ai", "events", "denominator"))
        return cls(_quarters(table["when"]).to_numpy(np.int64), person, key, *columns)


def _rates_of_side(rows: _QuarterlyRows, weights: Floats, side: Side, *, share: bool) -> list[TrendRate]:
    """Return one rate per quarter with enough people; `weights` (N,): part of each row on this side."""
    on_side = rows.denominator * weights > 0
    if not on_side.any():
        return []
    quarter, person, key, _, events, denominator = (column[on_side] for column in rows)
    part, people, keys = weights[on_side], int(person.max()) + 1, int(key.max()) + 1
    # Grouped by one number instead of columns; its order is that of quarters, people and keys.
    by_person = quarter * people + person
    # Changes count by their part on this side: a hundred changes marked to a hundredth are one marked change.
    of_change = pd.Series(part).groupby(by_person * keys + key).max()
    of_person = of_change.groupby(of_change.index // keys).sum()
    changes = of_person.groupby(of_person.index // people).sum()
    with_change = of_person.index[of_person >= 1] // people
    sums = pd.DataFrame({"events": events * part, "denominator": denominator * part}).groupby(by_person).sum()
    quarters = sums.index // people
    rates = []
    for number in quarters.unique():
        if (with_change == number).sum() >= MIN_PEOPLE:
            y, n = sums[quarters == number].to_numpy().T
            value, low, high = _rate_with_interval(y, n, float(changes[number]) if share else None)
            rates.append(TrendRate(_quarter_name(int(number)), side, value, low, high, float(n.sum()), len(n)))
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
    low, high = point - half_width, point + half_width
    if events.min() >= 0:
        low = max(0.0, low)
    if changes is None:
        return float(point), float(low), float(high)
    wilson_low, wilson_high = wilson_interval(point * changes, changes)
    return float(point), float(min(low, wilson_low)), float(min(1.0, max(high, wilson_high)))
