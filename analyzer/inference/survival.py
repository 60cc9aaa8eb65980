"""Survival of lines by mark: Kaplan-Meier curves, in which lines alive at the as-of date are censored.

The curves are descriptive. Marked and other lines differ in who wrote them, when and where, and are not matched here;
`inference.matching` compares. The interval is a jackknife over people, or over person × four weeks.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analyzer.inference.results import HalfLife, Survival, SurvivalAtAge
from analyzer.panel import block_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.core.arrays import Floats, Ints, Mask

AGES = (14, 30, 90, 180, 365, 730)
# Lines that must have been observed to an age; clusters behind an interval; clusters that are left out at most.
_MIN_LINES, _MIN_CLUSTERS, _MAX_CLUSTERS = 100, 6, 60


class SurvivalCurve(NamedTuple):
    """Product-limit estimate.

    Attributes
    ----------
    days : days with deaths, ascending.
    alive : part alive just after each of these days.
    at_risk : weight that was observed up to each day and alive before it.
    """

    days: Floats
    alive: Floats
    at_risk: Floats


def kaplan_meier(days: Floats, is_death: Mask, weights: Floats) -> SurvivalCurve:
    """Return the Kaplan-Meier curve of lifetimes (J. Am. Stat. Assoc. 1958).

    As usual, deaths come before censoring on the same day.

    Parameters
    ----------
    days : (N,) length of each lifetime so far.
    is_death : (N,) whether it ended; otherwise it is censored.
    weights : (N,) lines behind each lifetime.
    """
    ages, age_of_life = np.unique(days, return_inverse=True)
    totals = (weights * is_death, weights)
    deaths, exits = (np.bincount(age_of_life, weights=w, minlength=len(ages)).astype(float) for w in totals)
    at_risk: Floats = np.cumsum(exits[::-1])[::-1].astype(np.float64)
    hazard = np.divide(deaths, at_risk, out=np.zeros_like(deaths), where=at_risk > 0)
    with_deaths = deaths > 0
    return SurvivalCurve(ages[with_deaths], np.cumprod(1 - hazard)[with_deaths], at_risk[with_deaths])


def survival_probability(curve: SurvivalCurve, ages: Floats) -> Floats:
    """Return the part alive at each age, which is 1 before the first death."""
    probability: Floats = np.append(1.0, curve.alive)[np.searchsorted(curve.days, ages, side="right")]
    return probability


def median_lifetime(days: Floats, alive: Floats) -> float | None:
    """Return the first day on which a curve is at or below one half; None if it stays above."""
    below = np.flatnonzero(alive <= 0.5 + 1e-12)
    return float(days[below[0]]) if len(below) else None


def survival_by_mark(lifetimes: pd.DataFrame) -> list[Survival]:
    """Return the survival of marked and of other lines from columns key, person, when, ai, lines, days and died."""
    dated = lifetimes[lifetimes["days"].notna() & lifetimes["when"].notna()]
    return [_survival(dated[dated["ai"] == marked], marked=marked) for marked in (True, False)]


def _survival(lifetimes: pd.DataFrame, *, marked: bool) -> Survival:
    """Return the survival of the lines of one group."""
    days, weights = lifetimes["days"].to_numpy(np.float64), lifetimes["lines"].to_numpy(np.float64)
    died = lifetimes["died"].to_numpy(bool)
    curve = kaplan_meier(days, died, weights)
    median = median_lifetime(curve.days, curve.alive)
    refits = leave_one_out_curves(days, died, weights, _clusters(lifetimes))
    half_widths = _half_widths(curve, refits, np.append(AGES, [] if median is None else curve.days))
    at_ages, at_days = (None, None) if half_widths is None else (half_widths[: len(AGES)], half_widths[len(AGES) :])
    lines = float(weights.sum())
    return Survival(
        label="marked" if marked else "unmarked",
        lines=int(lines),
        commits=lifetimes["key"].nunique(),
        censored=float(weights[~died].sum() / lines) if lines else 0.0,
        ages=[
            _survival_at_age(
                curve, None if at_ages is None else float(at_ages[k]), age, float(weights[days >= age].sum())
            )
            for k, age in enumerate(AGES)
        ],
        half_life=None if median is None else _half_life(median, curve, at_days),
    )


def _clusters(lifetimes: pd.DataFrame) -> Ints:
    """Return the cluster of each lifetime: people, or person × four weeks where there are too few people.

    More than 60 are grouped at random, with a fixed seed.
    """
    people = pd.Categorical(lifetimes["person"])
    codes = np.unique(people.codes, return_inverse=True)[1]
    if codes.max(initial=-1) + 1 < _MIN_CLUSTERS and len(lifetimes):
        names = lifetimes["person"].astype("str").fillna("") + block_number(lifetimes["when"]).astype(str)
        codes = pd.factorize(names, sort=True)[0]
    cluster_of_name = np.random.default_rng(0).permutation(codes.max(initial=-1) + 1) % _MAX_CLUSTERS
    cluster_of_life: Ints = cluster_of_name[codes]
    return cluster_of_life


def leave_one_out_curves(days: Floats, is_death: Mask, weights: Floats, clusters: Ints) -> Iterator[SurvivalCurve]:
    """Yield the curve without each cluster, on the days with deaths of anybody; none if there are too few clusters.

    The parameters are those of `kaplan_meier`, and each lifetime's cluster (N,). Whole weights are summed exactly, so
    that taking a cluster's away from the sums over all leaves what a sum over the others would give.
    """
    present, cluster_of_life = np.unique(clusters, return_inverse=True)
    if len(present) < _MIN_CLUSTERS:
        return
    ages = np.unique(days[is_death])
    # Days with deaths that a lifetime reached: it is at risk on these, and a death is on the last of them.
    reached = np.searchsorted(ages, days, side="right")
    deaths, at_risk = _deaths_and_at_risk(reached, is_death, weights, len(ages))
    order = np.argsort(cluster_of_life, kind="stable")
    bounds = np.searchsorted(cluster_of_life[order], np.arange(len(present) + 1))
    for start, stop in itertools.pairwise(bounds):
        own = order[start:stop]
        own_deaths, own_at_risk = _deaths_and_at_risk(reached[own], is_death[own], weights[own], len(ages))
        remaining = at_risk - own_at_risk
        hazard = np.divide(deaths - own_deaths, remaining, out=np.zeros(len(ages)), where=remaining > 0)
        yield SurvivalCurve(ages, np.cumprod(1 - hazard), remaining)


def _deaths_and_at_risk(reached: Ints, is_death: Mask, weights: Floats, size: int) -> tuple[Floats, Floats]:
    """Return the weight that died, and that was at risk, on each of `size` days, from how many of them each reached."""
    deaths: Floats = np.bincount(reached[is_death] - 1, weights=weights[is_death], minlength=size).astype(np.float64)
    exits = np.bincount(reached, weights=weights, minlength=size + 1)
    at_risk: Floats = np.cumsum(exits[::-1])[::-1][1:].astype(np.float64)
    return deaths, at_risk


def _survival_at_age(curve: SurvivalCurve, half_width: float | None, age: int, lines_at_age: float) -> SurvivalAtAge:
    """Return the part alive at an age, with its interval inside [0, 1]."""
    if lines_at_age < _MIN_LINES:
        return SurvivalAtAge(age, None, None, None)
    point = float(survival_probability(curve, np.array([age]))[0])
    if half_width is None:
        return SurvivalAtAge(age, point, None, None)
    return SurvivalAtAge(age, point, max(0.0, point - half_width), min(1.0, point + half_width))


def _half_widths(curve: SurvivalCurve, refits: Iterable[SurvivalCurve], ages: Floats) -> Floats | None:
    """Return half widths of the curve's 95 % jackknife intervals at some ages; None without refits."""
    estimates, squared_deviations, count = survival_probability(curve, ages), np.zeros(len(ages)), 0
    for refit in refits:
        squared_deviations += (survival_probability(refit, ages) - estimates) ** 2
        count += 1
    if not count:
        return None
    half_widths: Floats = stdtrit(count - 1, 0.975) * np.sqrt((count - 1) / count * squared_deviations)
    return half_widths


def _half_life(days: float, curve: SurvivalCurve, half_widths: Floats | None) -> HalfLife:
    """Return the half-life with its interval, whose ends are where the ends of the curve's interval pass one half.

    `half_widths`: of the curve's interval on each of its days; None without an interval.
    """
    if half_widths is None:
        return HalfLife(days, None, None)
    low = median_lifetime(curve.days, curve.alive - half_widths)
    return HalfLife(days, low, median_lifetime(curve.days, curve.alive + half_widths))
