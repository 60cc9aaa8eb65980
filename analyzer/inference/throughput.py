"""Throughput and the share: the recorded figure, the use figure, what they account for, and the timing placebo.

Everything is on the scale of +50 points of share, as relative change (0.1 = 10 % more merged changes). "Goes with",
never "causes": R5 to R7 of docs/method.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.checks.arithmetic_coupling import CoupledRow, coupled_rows
from analyzer.inference.checks.landing_habits import Habit, habit_placebo
from analyzer.inference.checks.omitted_variable import Robustness, robustness
from analyzer.inference.checks.placebos import Ran, influence, negative_control, other_author
from analyzer.inference.checks.tipping_point import tipping_point
from analyzer.inference.durability import Ratio, durable_ratio
from analyzer.inference.forecast import Forecast, forecast
from analyzer.inference.jackknife import Interval, interval, leave_one_out, smallest_detectable
from analyzer.inference.linalg.demeaning import variance, demean
from analyzer.inference.linalg.log_change import relative
from analyzer.inference.models import PPML, Model, known
from analyzer.inference.rank_correlation import Ranks, ranks
from analyzer.inference.reliability import SPLITS, halves, reliability
from analyzer.inference.resampling.permutation import spans_of_people, swap_p, swappable
from analyzer.panel import Panel, lagged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.core.arrays import Floats, Ints, Mask
    from analyzer.inference.models.ppml import Fit

STEP = 0.5
SWAPS = 9_999
LEAST_RELIABLE = 0.4
FEWEST_VARYING = 3
# Of what is left of the share in all, so little is nothing that is one person's.
NOTHING = 1e-12
# Variance of a coefficient that is nothing but rounding: the outcome does not vary beyond who and when.
_ROUNDING = 1e-24


@dataclass(frozen=True, slots=True)
class Figure:
    """One coefficient on the +50-point scale as relative change, with its interval and smallest detectable effect."""

    change: float
    low: float
    high: float
    smallest: float
    beta: Interval


@dataclass(frozen=True, slots=True)
class Information:
    """Within R² of the share with its interval, and the most it could be: what is not Poisson noise (counts only)."""

    r2: float
    low: float
    high: float
    at_most: float | None


@dataclass(frozen=True, slots=True)
class Timing:
    """Same-period against preceding-period share: value and interval of the difference in absolute coefficients."""

    value: float
    low: float
    high: float
    fired: bool


@dataclass(frozen=True, slots=True)
class Durable:
    """The recorded figure of durable changes with its swap p, and durable ÷ merged against the share."""

    figure: Figure
    p: float
    ratio: Ratio | None


@dataclass(frozen=True, slots=True)
class Throughput:
    """All that is said of throughput. `use` is None where the share is too unreliable or the units are unknown."""

    recorded: Figure
    p: float
    use: Figure | None
    reliability: float | None
    information: Information
    timing: Timing | None
    habit: Habit | None
    durable: Durable | None
    placebos: tuple[Ran, ...]
    tipping: float | None
    halves_agree: bool | None
    forecast: Forecast | None
    robustness: Robustness | None
    ranks: Ranks | None
    coupled: tuple[CoupledRow, ...]
    authors: int
    swappable: int
    periods: int
    rows: int


def estimate(panel: Panel, *, swaps: int = SWAPS, seed: int = 0, model: Model = PPML) -> Throughput | None:
    """Estimate everything; None where the share of fewer than three people varies, or one alone identifies it."""
    x, rows = panel.recorded, panel.rows
    base = model.fit(panel.y, rows[None], panel.exposures(x)[None])
    if not _identified(base, x, panel.people):
        return None
    rng = np.random.default_rng(seed)
    refits = model.without_each(panel.y, rows, panel.exposures(x), panel.people)
    beta = interval(float(base.beta[0, 0]), refits[:, 0])
    if not math.isfinite(beta.se):
        return None
    people = panel.people
    among = swappable(spans_of_people(panel.span, people))
    p = _p(panel, panel.y, among, swaps, rng, model)
    use, lambda_ = _use(panel, rng, model)
    ran_by = (negative_control(panel), other_author(panel, among, model), influence(beta, refits[:, 0]))
    used = base.rows[0]
    information = _information(panel.y, base, panel.exposures(x), beta, model)
    return Throughput(
        recorded=figure(beta),
        p=p,
        use=use,
        reliability=lambda_,
        information=information,
        timing=_timing(panel, model),
        habit=habit_placebo(panel, beta, model),
        durable=_durable(panel, among, swaps, rng, model),
        placebos=tuple(ran for ran in ran_by if ran is not None),
        tipping=tipping_point(panel, model),
        halves_agree=_halves(panel, beta.point, model),
        forecast=forecast(panel),
        robustness=robustness(panel, working_outcome(panel.y, base.mean[0], used, model), base.mean[0], information.r2),
        ranks=ranks(panel.y, x, used, people),
        coupled=tuple(coupled_rows(panel)),
        authors=len(np.unique(people[used.any(axis=1)])),
        swappable=len(among),
        periods=int(used.any(axis=0).sum()),
        rows=int(used.sum()),
    )


def recorded_interval(panel: Panel, model: Model) -> Interval | None:
    """The recorded coefficient with its jackknife interval; None where it cannot be identified."""
    x = panel.exposures(panel.recorded)
    base = model.fit(panel.y, panel.rows[None], x[None])
    if not _identified(base, panel.recorded, panel.people):
        return None
    return interval(float(base.beta[0, 0]), model.without_each(panel.y, panel.rows, x, panel.people)[:, 0])


def _p(panel: Panel, y: Floats, among: NDArray[np.intp], swaps: int, rng: np.random.Generator, model: Model) -> float:
    """Swap p of an outcome on the panel's recorded share; NaN where fewer than two people can be swapped."""
    if len(among) < 2:
        return math.nan
    return swap_p(
        y, panel.span, panel.recorded, among, swaps, rng, fit=model.fit, people=panel.people, beside=panel.beside
    )


def _halves(panel: Panel, whole: float, model: Model) -> bool | None:
    """Whether the figure has its sign in both halves of the history; None where one half cannot say."""
    x, rows = panel.exposures(panel.recorded), panel.rows
    held = np.flatnonzero(rows.any(axis=0))
    early = np.arange(rows.shape[1]) < (held[len(held) // 2] if len(held) else 0)
    parts = np.stack([rows & early, rows & ~early])
    fits = model.fit(panel.y, parts, np.broadcast_to(x, (2, *x.shape)))
    if not (np.isfinite(fits.beta[:, 0]).all() and fits.converged.all()):
        return None
    return bool((np.sign(fits.beta[:, 0]) == np.sign(whole)).all())


def _durable(
    panel: Panel, among: NDArray[np.intp], swaps: int, rng: np.random.Generator, model: Model
) -> Durable | None:
    """The same figure for durable changes; None where it is not known which last, or nothing can be identified."""
    if panel.durable is None:
        return None
    lasting = replace(panel, y=panel.durable)
    x, rows = panel.recorded, panel.rows
    base = model.fit(lasting.y, rows[None], x[None, None])
    if not _identified(base, x, panel.people):
        return None
    beta = interval(float(base.beta[0, 0]), model.without_each(lasting.y, rows, x[None], panel.people)[:, 0])
    if not math.isfinite(beta.se):
        return None
    return Durable(figure(beta), _p(panel, lasting.y, among, swaps, rng, model), durable_ratio(panel))


def _identified(base: Fit, x: Floats, people: Ints) -> bool:
    """Whether the share varies once author and period effects are out, for at least three people, and so does y."""
    rows = base.rows[0]
    left = demean(np.nan_to_num(x)[None, None], base.mean)[0, 0]
    own = (np.where(rows, left, 0.0) ** 2).sum(axis=1)
    varying = own > NOTHING * own.sum()
    spread = float(base.variance[0, 0])
    told = base.converged[0] and math.isfinite(spread) and spread > _ROUNDING
    return bool(told and len(np.unique(people[varying])) >= FEWEST_VARYING)


def figure(beta: Interval) -> Figure:
    """A coefficient on the +50-point scale."""
    low, high = relative(STEP * beta.low), relative(STEP * beta.high)
    smallest = relative(STEP * smallest_detectable(beta.se, beta.df))
    return Figure(relative(STEP * beta.point), low, high, smallest, beta)


def _use(panel: Panel, rng: np.random.Generator, model: Model) -> tuple[Figure | None, float | None]:
    """The pooled share's coefficient divided by its reliability, both refitted without each author."""
    pooled = panel.pooled
    rows = panel.known(pooled)
    if not rows.any():
        return None, None
    x = panel.exposures(pooled)
    base = model.fit(panel.y, rows[None], x[None])
    if not _identified(base, pooled, panel.people):
        return None, None
    splits = [halves(panel.ai, panel.n, rng) for _ in range(SPLITS)]
    whole = float(reliability(splits, base.rows[0], base.mean)[0])
    if whole < LEAST_RELIABLE:
        return None, whole
    refits = []
    for _, left in leave_one_out(rows, panel.people):
        without = model.fit(panel.y, left, np.broadcast_to(x, (len(left), *x.shape)))
        refits.append(known(without)[:, 0] / np.maximum(reliability(splits, rows, without.mean), LEAST_RELIABLE / 2))
    beta = interval(float(base.beta[0, 0]) / whole, np.concatenate(refits))
    return figure(beta) if math.isfinite(beta.se) else None, whole


def _information(y: Floats, base: Fit, x: Floats, beta: Interval, model: Model) -> Information:
    """Squared β interval × within-variance ratio; at most what is not Poisson noise in the working outcome."""
    mean, rows = base.mean, base.rows[0]
    working = working_outcome(y, mean[0], rows, model)
    left = demean(np.concatenate([working[None], np.where(rows, np.nan_to_num(x), 0.0)])[None], mean)
    outcome, share = variance(_without_covariates(left, mean), mean)[0]
    ratio = share / outcome if outcome > 0 else 0.0
    freedom = rows.sum() - rows.any(axis=1).sum() - rows.any(axis=0).sum() + 1
    noise = freedom / max(float(mean.sum()) * outcome, 1e-300)
    return squared(beta, ratio, min(max(1.0 - float(noise), 0.0), 1.0) if model.counts else None)


def working_outcome(y: Floats, mean: Floats, rows: Mask, model: Model) -> Floats:
    """What the fit is least squares of at its end, 0 outside the rows."""
    safe = np.where(rows, np.maximum(mean, 1e-300), 1.0)
    found: Floats = np.where(rows, np.log(safe) + (y - safe) / safe if model.counts else np.log1p(y), 0.0)
    return found


def squared(beta: Interval, ratio: float, at_most: float | None) -> Information:
    """Within R² from a coefficient and the within variance of its exposure over that of the outcome."""
    ends = (beta.low**2, beta.high**2)
    low = 0.0 if beta.low <= 0 <= beta.high else min(ends)
    r2, low, high = (min(float(value * ratio), 1.0) for value in (beta.point**2, low, max(ends)))
    return Information(r2, low, high, at_most)


def _without_covariates(left: Floats, mean: Floats) -> Floats:
    """Outcome and share (1, 2, A, P) less what the covariates behind them (1, 2 + K, A, P) account for."""
    if left.shape[1] == 2:
        return left
    weight = np.sqrt(mean[0]).ravel()
    both, covariates = (part.reshape(len(part), -1).T for part in (left[0, :2], left[0, 2:]))
    slopes = np.linalg.lstsq(covariates * weight[:, None], both * weight[:, None], rcond=None)[0]
    found: Floats = (both - covariates @ slopes).T.reshape(1, 2, *left.shape[2:])
    return found


def _timing(panel: Panel, model: Model) -> Timing | None:
    """Same-period and preceding-period share together; fires when the same-period one is larger in absolute value.

    "Same period" is the share known at its end: the cell's own with three units, else carried, as for the lag.
    """
    own = panel.own
    same = np.where(np.isfinite(own), own, lagged(own, 1))
    x = panel.exposures(same, panel.recorded)
    rows = panel.span & np.isfinite(x).all(axis=0)
    base = model.fit(panel.y, rows[None], x[None])
    if not base.converged[0] or not np.isfinite(base.variance[0, :2]).all():
        return None
    refits = model.without_each(panel.y, rows, x, panel.people)
    gap = interval(float(abs(base.beta[0, 0]) - abs(base.beta[0, 1])), np.abs(refits[:, 0]) - np.abs(refits[:, 1]))
    if not math.isfinite(gap.low):
        return None
    return Timing(gap.point, gap.low, gap.high, gap.low > 0)
