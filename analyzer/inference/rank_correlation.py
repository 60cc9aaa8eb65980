"""Rank correlation of share and outcome, over all rows and within people. Reported, never graded.

Spearman's coefficient (Am. J. Psychol. 1904) is the correlation of mid-ranks, so no scale, log or outlier decides it.
The pooled coefficient also compares people with each other; the median of each person's own coefficient does not. Where
the two disagree, differences between people explain the pooled one (Simpson, JRSS B 1951). Both contain seasons and
trends that all people share, which the recorded estimate partials out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtr

from analyzer.core.constants import ALPHA
from analyzer.inference.jackknife import jackknife_interval, leave_one_out
from analyzer.inference.results import Ranks

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Ints, Mask

# Below five rows no order is rare: with four, the two extreme orders have a two-sided p of 2/4! = 0.083.
MIN_ROWS = 5
# Below six values no two of them contain the median in 95 %: with five, the outermost miss it in 2/2⁵ = 0.063.
MIN_PEOPLE = 6


def differ_in_sign(pooled: tuple[float, float, float], within: tuple[float, float, float]) -> bool:
    """Return whether the pooled correlation and the one within people differ in sign beyond noise (Simpson).

    A correlation has a sign only if its interval leaves out 0. The two differ if

    1. the pooled one has a sign, and the one within people has none or the opposite sign, or
    2. the one within people has a sign, and the pooled one is on the other side of 0.

    In both cases the one with a sign must lie outside the other's interval: a weak estimate is not yet a different
    one. Case 1 counts a link that disappears like one that is reversed, as in Simpson's own example. A pooled
    correlation on the same side of 0 that is only too weak for a sign does not count, because trends that all people
    share often give a sign within people alone.

    Parameters
    ----------
    pooled, within : estimate and both ends of its interval.
    """
    (pooled_point, pooled_low, pooled_high), (within_point, within_low, within_high) = pooled, within
    pooled_sign, within_sign = _sign(pooled_low, pooled_high), _sign(within_low, within_high)
    disappears = within_sign != pooled_sign and not within_low <= pooled_point <= within_high
    is_reversed = pooled_point * within_sign < 0 and not pooled_low <= within_point <= pooled_high
    return bool((pooled_sign and disappears) or is_reversed)


def rank_correlations(y: Floats, share: Floats, rows: Mask, people: Ints) -> Ranks | None:
    """Return the pooled correlation and the median within people; None below six people.

    A person counts with five rows in which both share and outcome vary. Where a person has several rows of the panel
    (regimes), ranks are taken in each and the coefficients averaged by their cells, so that nobody is compared across
    regimes. The pooled correlation takes all cells together.

    Parameters
    ----------
    y : (A, P) outcome.
    share : (A, P) treatment.
    rows : (A, P) cells of the estimate.
    people : (A,) the person of each row.
    """
    coefficients, rows_within = _within_people(y, share, rows, people)
    if len(coefficients) < MIN_PEOPLE:
        return None
    pooled = spearman(share[rows], y[rows])
    refits = [spearman(share[cells], y[cells]) for _, chunk in leave_one_out(rows, people) for cells in chunk]
    pooled_interval = jackknife_interval(pooled, np.array(refits))
    if not math.isfinite(pooled_interval.low):
        return None
    over_all_rows = (pooled, max(pooled_interval.low, -1.0), min(pooled_interval.high, 1.0))
    within_people = (float(np.median(coefficients)), *median_interval(coefficients))
    return Ranks(
        *over_all_rows,
        *within_people,
        simpson=differ_in_sign(over_all_rows, within_people),
        n_people=len(refits),
        n_rows=int(rows.sum()),
        n_people_within=len(coefficients),
        n_rows_within=rows_within,
    )


def spearman(first: Floats, second: Floats) -> float:
    """Return the correlation of mid-ranks of two series (N,); NaN where one of them is constant."""
    a, b = (_centred_ranks(values) for values in (first, second))
    size = math.sqrt(float(a @ a) * float(b @ b))
    return min(max(float(a @ b) / size, -1.0), 1.0) if size > 0 else math.nan


def median_interval(values: Floats) -> tuple[float, float]:
    """Return the order statistics that contain the median in at least 95 %, by the binomial; ±∞ below six values.

    They are the d-th smallest and largest value, with the largest d for which 2 P(Bin(n, ½) < d) ≤ 5 %: the medians
    that a sign test does not reject (Conover, Practical Nonparametric Statistics, 1999, 3.2). No shape is assumed.
    """
    ordered, n, d = np.sort(values), len(values), 0
    while 2 * d < n and 2 * bdtr(d, n, 0.5) <= ALPHA:
        d += 1
    return (float(ordered[d - 1]), float(ordered[n - d])) if d else (-math.inf, math.inf)


def _within_people(y: Floats, share: Floats, rows: Mask, people: Ints) -> tuple[Floats, int]:
    """Return each person's own coefficient (people who have one,), and the number of cells behind all of them."""
    by_person: dict[int, list[tuple[float, int]]] = {}
    for k, person in enumerate(people):
        n = int(rows[k].sum())
        rho = spearman(share[k, rows[k]], y[k, rows[k]]) if n >= MIN_ROWS else math.nan
        if math.isfinite(rho):
            by_person.setdefault(int(person), []).append((rho, n))
    coefficients = [sum(rho * n for rho, n in rows_) / sum(n for _, n in rows_) for rows_ in by_person.values()]
    return np.array(coefficients), sum(n for rows_ in by_person.values() for _, n in rows_)


def mid_ranks(values: Floats) -> Floats:
    """Return the ranks (N,) of a series from 1 on; ties share the mean of their ranks."""
    _, position, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(count) - (count - 1) / 2)[position]
    return ranks


def _centred_ranks(values: Floats) -> Floats:
    """Return mid-ranks minus their mean."""
    centred: Floats = mid_ranks(values) - (len(values) + 1) / 2
    return centred


def _sign(low: float, high: float) -> int:
    """Return the sign of an interval that excludes 0; 0 if it contains 0."""
    return int(low > 0) - int(high < 0)
