"""Defects by mark: how many times as often marked changes need a follow-up fix as the same people's other changes.

One estimate serves the verdict and the outcome table. It is a Poisson regression with person effects and a smooth curve
of time (`models.event_rates`). The interval is a leave-one-person-out jackknife on the log scale, t(A-1), where A
counts the people who have both kinds of changes and events: only they inform the coefficient of the mark, the others
inform the curve.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import stdtr, stdtrit

from analyzer.inference.jackknife import Interval, jackknife_interval
from analyzer.inference.linalg.time_spline import time_basis
from analyzer.inference.models.event_rates import (
    EventData,
    EventFit,
    fit_events,
    leave_one_out_betas,
    prior_information,
)
from analyzer.inference.strata import OutcomeRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analyzer.core.arrays import Floats, Mask

# Largest ratio that is searched for: where people differ, power hardly grows beyond it.
MAX_DETECTABLE_RATIO = 10.0
MIN_PEOPLE, MIN_MARKED = 6, 10
# Columns of the curve: a line and four bends for two years, more for longer histories, fewer where events are few.
MIN_COLUMNS, MAX_COLUMNS, _COLUMNS_PER_YEAR, _DAYS_PER_YEAR = 5, 20, 2.5, 365.25
_EVENTS_PER_COLUMN = 10
# Events on the rarer side below which a jackknife, which sees chance through few people, may come out too small.
_FEW_EVENTS = 10.0


@dataclass(frozen=True, slots=True)
class Defects:
    """Risk of a follow-up fix, marked against the same people's other changes.

    Attributes
    ----------
    ratio, low, high : risk ratio with its 95 % interval.
    p : two-sided p of ratio 1, t(A-1); it is below .05 exactly where the interval excludes 1.
    smallest_detectable : smallest ratio above 1 that this history detects four times in five; infinite above 10.
    unmarked : rate of these people's other changes, with its jackknife interval.
    marked_rate : what that rate would be if those changes were marked: `unmarked` × `ratio`, at most 1.
    difference : `marked_rate` less `unmarked`; its ends are those of the ratio's interval, within ±1.
    changes, marked : all and marked changes of people who have both kinds (a change half marked counts as half).
    people : people who have both kinds of changes, and events: the clusters.
    """

    ratio: float
    low: float
    high: float
    p: float
    smallest_detectable: float
    unmarked: Interval
    marked_rate: Interval
    difference: Interval
    changes: int
    marked: float
    people: int


class ComparableCounts(NamedTuple):
    """What there is to compare: people with both kinds of changes, those of them with events, marks, and all events."""

    people: int
    people_with_events: int
    marked: float
    events: int

    @property
    def enough(self) -> bool:
        """Whether the ratio can be estimated."""
        return self.people_with_events >= MIN_PEOPLE and self.marked >= MIN_MARKED


class FittedRows(NamedTuple):
    """Rows of an outcome, what there is to compare in them, and the model fitted to those in strata with events."""

    rows: OutcomeRows
    counts: ComparableCounts
    data: EventData
    fit: EventFit


def estimate_defects(table: pd.DataFrame) -> Defects | None:
    """Estimate from table `outcome_rows`; None with fewer than six people to compare or ten marked changes.

    Columns `key` and `cell`, and `denominator`, may be missing: then each row is a change, and counts once.
    """
    return estimate_event_ratio(dated_rows(table))


def comparable_counts(table: pd.DataFrame) -> ComparableCounts:
    """Count what a table of outcomes has to compare."""
    return _counts(dated_rows(table))


def dated_rows(table: pd.DataFrame) -> OutcomeRows:
    """Return a table of outcomes, less what cannot be compared, as arrays (`dated_table`), with people as strata."""
    rows = rows_by_kind(dated_table(table))
    return rows._replace(cell=rows.cluster)


def rows_by_kind(table: pd.DataFrame) -> OutcomeRows:
    """Return a sorted table of outcomes as arrays, with strata of person and kind of file (column `cell`)."""
    return OutcomeRows.from_table(table)


def dated_table(table: pd.DataFrame, order: Sequence[str] = ("person", "when", "key", "cell")) -> pd.DataFrame:
    """Return the rows with a person, a date, a mark and a denominator, in their order of these columns."""
    if "key" not in table:
        table = table.assign(key=table.index.astype(str), cell="")
    if "denominator" not in table:
        table = table.assign(denominator=1.0)
    dated = table[["person", "when", "ai"]].notna().all(axis=1) & (table["denominator"] > 0)
    return table[dated].sort_values(list(order), kind="stable")


def _counts(rows: OutcomeRows) -> ComparableCounts:
    both = with_both_kinds(rows)
    changes = _marks_by_change(rows.select(both))
    people = len(np.unique(rows.cluster[both]))
    with_events = len(np.unique(rows.cluster[both & has_events(rows)]))
    return ComparableCounts(people, with_events, float(changes.sum()), int((rows.events > 0).sum()))


def _marks_by_change(rows: OutcomeRows) -> Floats:
    """Return the mark of each change (or commit), one per key."""
    return rows.marked[np.unique(rows.key, return_index=True)[1]]


def with_both_kinds(rows: OutcomeRows) -> Mask:
    """Return which rows (N,) are in strata with marked and unmarked work."""
    n = int(rows.cell.max(initial=-1)) + 1
    marked, unmarked = (np.bincount(rows.cell, weights=side, minlength=n) for side in (rows.marked, 1 - rows.marked))
    mask: Mask = ((marked > 0) & (unmarked > 0))[rows.cell]
    return mask


def has_events(rows: OutcomeRows) -> Mask:
    """Return which rows (N,) are in strata with events."""
    n = int(rows.cell.max(initial=-1)) + 1
    mask: Mask = (np.bincount(rows.cell, weights=rows.events, minlength=n) > 0)[rows.cell]
    return mask


def event_data(rows: OutcomeRows) -> EventData:
    """Return the rows of strata with events as input of the model; a stratum without any says nothing of a ratio."""
    rows = rows.select(has_events(rows))
    years = float(np.ptp(rows.days)) / _DAYS_PER_YEAR if len(rows.days) else 0.0
    columns = min(max(MIN_COLUMNS, round(_COLUMNS_PER_YEAR * years)), MAX_COLUMNS)
    columns = min(columns, int((rows.events > 0).sum()) // _EVENTS_PER_COLUMN)
    nearby = () if rows.nearby is None else (rows.nearby,)
    # Each regressor in one piece: sums over rows are then several times faster.
    design = np.vstack([rows.marked, *nearby, time_basis(rows.days, columns).T]).T
    weight = np.ones(len(rows.days)) if rows.weight is None else rows.weight
    return EventData.of(rows.cell, rows.cluster, design, rows.events * weight, rows.denominator * weight)


def fit_rows(rows: OutcomeRows) -> FittedRows | None:
    """Fit the model to rows sorted by cluster, which is the person, then by cell; None with too little to compare."""
    counts = _counts(rows)
    if not counts.enough:
        return None
    data = event_data(rows)
    return FittedRows(rows, counts, data, fit_events(data))


def estimate_event_ratio(rows: OutcomeRows) -> Defects | None:
    """Estimate from rows sorted by cluster, which is the person, then by cell; None with too little to compare."""
    fitted = fit_rows(rows)
    return None if fitted is None else estimate_from_fit(fitted)


def estimate_from_fit(fitted: FittedRows) -> Defects:
    """Estimate from the model fitted to rows."""
    rows, counts, data, fit = fitted
    refits = leave_one_out_betas(data, fit)
    people = counts.people_with_events
    beta, df = float(fit.theta[0]), people - 1
    variance = df / people * float(((refits - beta) ** 2).sum())
    se = math.sqrt(max(variance, _chance_variance(data, fit, always=rows.weight is not None)))
    half_width = float(stdtrit(df, 0.975)) * se
    low, high = math.exp(beta - half_width), math.exp(beta + half_width)
    unmarked, marked_rate, difference = _standardised(rows, data, fit, refits, (low, high), se)
    both = rows.select(with_both_kinds(rows))
    return Defects(
        ratio=math.exp(beta),
        low=low,
        high=high,
        p=2 * float(stdtr(df, -abs(beta) / se)),
        smallest_detectable=_smallest_detectable(data, fit, se, df),
        unmarked=unmarked,
        marked_rate=marked_rate,
        difference=difference,
        changes=len(np.unique(both.key)),
        marked=counts.marked,
        people=people,
    )


def _chance_variance(data: EventData, fit: EventFit, *, always: bool) -> float:
    """Return the least variance of the coefficient: its variance by chance, in full where events are few.

    With no event on one side every refit says the same, and the jackknife alone would be certain. Chance is that of
    events that come in clumps (lines of one fix), estimated from the residuals. It fades out as events become many,
    unless it counts `always`: where rows are weighted by what they say, it is never larger than the truth.
    """
    fitted = np.maximum(fit.fitted, 0.0)
    dispersion = float(((data.events - fitted) ** 2).sum() / max(fitted.sum(), 1e-300))
    marks = data.design[:, 0]
    rarer = min(float((marks * fitted).sum()), float(((1 - marks) * fitted).sum())) / max(dispersion, 1e-300)
    fading = 1.0 if always else min(1.0, _FEW_EVENTS / max(rarer, 1e-300))
    return dispersion * float(fit.covariance[0, 0]) * fading


def _smallest_detectable(data: EventData, fit: EventFit, se: float, df: int) -> float:
    """Return the smallest ratio above 1 that a two-sided 5 % test detects four times in five; infinite above 10.

    The standard error is the observed one, scaled to the events that a ratio of that size would bring.
    """
    threshold = float(stdtrit(df, 0.975) + stdtrit(df, 0.80)) * se
    marks, beta = data.design[:, 0], float(fit.theta[0])
    unmarked_level = fit.fitted * np.exp(-beta * marks)
    logs = np.linspace(0.0, math.log(MAX_DETECTABLE_RATIO), 200)

    def information(log_ratio: float) -> float:
        mean = unmarked_level * np.exp(log_ratio * marks)
        squares, sums, totals = (data.by_stratum(mean * power) for power in (marks**2, marks, np.ones_like(marks)))
        return float((squares - sums**2 / np.maximum(totals, 1e-300)).sum()) + float(
            prior_information(np.array(log_ratio))
        )

    enough = threshold**2 * information(beta)
    # Information grows with the ratio, so that one threshold parts what is detected from what is not.
    first = bisect_left(logs, True, key=lambda value: value**2 * information(float(value)) >= enough)  # noqa: FBT003
    return float(np.exp(logs[first])) if first < len(logs) else math.inf


def _standardised(
    rows: OutcomeRows, data: EventData, fit: EventFit, refits: Floats, ratios: tuple[float, float], se: float
) -> tuple[Interval, Interval, Interval]:
    """Return the unmarked rate, the same rate if marked, and their difference.

    Parameters
    ----------
    refits : (A,) coefficients without each person who has events.
    ratios : ends of the ratio's interval.
    se : standard error of the coefficient.
    """
    both, with_events = with_both_kinds(rows), has_events(rows)
    people = np.unique(rows.cluster[both])
    n = int(rows.cluster.max()) + 1
    # The prior moves half an event to a side that has none; residuals of unmarked work add up to that.
    expected = rows.events.copy()
    expected[with_events] += fit.fitted - data.events
    events, denominators = (
        np.bincount(rows.cluster[both], weights=((1 - rows.marked) * values)[both], minlength=n)[people]
        for values in (expected, rows.denominator)
    )
    betas = np.full(n, fit.theta[0])
    betas[np.unique(rows.cluster[with_events])] = refits
    rate = float(events.sum() / denominators.sum())
    rates = (events.sum() - events) / (denominators.sum() - denominators)
    marked = min(1.0, rate * math.exp(fit.theta[0]))
    marked_rates = np.minimum(1.0, rates * np.exp(betas[people]))
    low, high = (min(1.0, rate * end) - rate for end in ratios)
    clusters = len(np.unique(rows.cluster[both & with_events]))
    difference = Interval(marked - rate, rate * math.exp(fit.theta[0]) * se, low, high, clusters - 1)
    return _share(jackknife_interval(rate, rates)), _share(jackknife_interval(marked, marked_rates)), difference


def _share(rate: Interval) -> Interval:
    return Interval(rate.point, rate.se, max(0.0, rate.low), min(1.0, rate.high), rate.df)
