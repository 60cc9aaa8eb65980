"""Association of throughput with the AI share: the recorded and the use figure, explained variance, timing placebo.

All effects are relative changes per +50 points of share (0.1 = 10 % more merged changes). They are associations and
never causes: R5 to R7 of docs/method.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.core.constants import SHARE_STEP
from analyzer.inference.checks.arithmetic_coupling import coupled_rows
from analyzer.inference.checks.landing_habits import HabitPlacebo, habit_placebo
from analyzer.inference.checks.omitted_variable import robustness_value
from analyzer.inference.checks.placebos import influence, negative_control, other_person
from analyzer.inference.checks.tipping_point import tipping_point
from analyzer.inference.durability import durable_ratio
from analyzer.inference.forecast import forecast_skill
from analyzer.inference.jackknife import Interval, jackknife_interval, leave_one_out, smallest_detectable_effect
from analyzer.inference.linalg.demeaning import demean, weighted_variance
from analyzer.inference.linalg.log_change import relative_change
from analyzer.inference.models import PPML, Model, converged_beta
from analyzer.inference.rank_correlation import rank_correlations
from analyzer.inference.reliability import SPLITS, random_halves, split_half_reliability
from analyzer.inference.resampling.permutation import exchangeable_people, permutation_p, spans_of_people
from analyzer.inference.results import CoupledRow, Durable, Forecast, Information, Placebo, Ranks, Robustness
from analyzer.panel import Panel, lagged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.core.arrays import Floats, Ints, Mask
    from analyzer.inference.models.ppml import Fit

PERMUTATIONS = 9_999
MIN_RELIABILITY = 0.4
MIN_VARYING_PEOPLE = 3
# A person's part of the share's within variance below which that person's share does not vary.
NEGLIGIBLE_SHARE = 1e-12
# Variance of a coefficient that is pure rounding: the outcome does not vary beyond person and period effects.
_ROUNDING = 1e-24


@dataclass(frozen=True, slots=True)
class EffectEstimate:
    """One coefficient as relative change per +50 points of share, with interval and smallest detectable effect."""

    change: float
    low: float
    high: float
    smallest_detectable: float
    beta: Interval


@dataclass(frozen=True, slots=True)
class Throughput:
    """All estimates and checks of throughput.

    Attributes
    ----------
    recorded : effect of the recorded share.
    p : permutation p of the recorded effect.
    use : effect of AI use; None where the share is too unreliable, or the changes behind it are unknown.
    reliability : reliability of the pooled share.
    tipping : share of unmarked changes that would turn the sign.
    halves_agree : whether the recorded effect has the same sign in both halves of the history.
    people, periods, rows : people, periods and cells behind the recorded effect.
    exchangeable : people whose shares may be permuted.
    """

    recorded: EffectEstimate
    p: float
    use: EffectEstimate | None
    reliability: float | None
    information: Information
    timing: Placebo | None
    habit: HabitPlacebo | None
    durable: Durable | None
    placebos: tuple[Placebo, ...]
    tipping: float | None
    halves_agree: bool | None
    forecast: Forecast | None
    robustness: Robustness | None
    ranks: Ranks | None
    coupled: tuple[CoupledRow, ...]
    people: int
    exchangeable: int
    periods: int
    rows: int


def estimate_throughput(
    panel: Panel, *, n_permutations: int = PERMUTATIONS, seed: int = 0, model: Model = PPML
) -> Throughput | None:
    """Return all estimates; None if fewer than three people's share varies, or one person alone identifies it."""
    x, people = panel.recorded_share, panel.person_index
    recorded = fit_recorded(panel, model)
    if recorded is None or not math.isfinite(recorded.beta.se):
        return None
    base, refits, beta = recorded
    rng = np.random.default_rng(seed)
    exchangeable = exchangeable_people(spans_of_people(panel.span, people))
    p = _permutation_p(panel, panel.y, exchangeable, n_permutations, rng, model)
    use, reliability = use_effect(panel, rng, model)
    placebos = (negative_control(panel), other_person(panel, exchangeable, model), influence(beta, refits))
    rows_used = base.rows[0]
    working = working_outcome(panel.y, base.fitted[0], rows_used, model)
    information = _explained_variance(panel.y, base, panel.regressors(x), beta, model)
    return Throughput(
        recorded=effect_estimate(beta),
        p=p,
        use=use,
        reliability=reliability,
        information=information,
        timing=timing_placebo(panel, model),
        habit=habit_placebo(panel, beta, model),
        durable=_durable_effect(panel, exchangeable, n_permutations, rng, model),
        placebos=tuple(placebo for placebo in placebos if placebo is not None),
        tipping=tipping_point(panel, model),
        halves_agree=_sign_agrees_in_halves(panel, beta.point, model),
        forecast=forecast_skill(panel),
        robustness=robustness_value(panel, working, base.fitted[0], information.r2),
        ranks=rank_correlations(panel.y, x, rows_used, people),
        coupled=tuple(coupled_rows(panel)),
        people=len(np.unique(people[rows_used.any(axis=1)])),
        exchangeable=len(exchangeable),
        periods=int(rows_used.any(axis=0).sum()),
        rows=int(rows_used.sum()),
    )


class RecordedFit(NamedTuple):
    """The fit on the recorded share, its coefficient in the refits without each person (people,), and its interval."""

    base: Fit
    refits: Floats
    beta: Interval


def fit_recorded(panel: Panel, model: Model = PPML) -> RecordedFit | None:
    """Fit the outcome on the recorded share; None where its coefficient is not identified."""
    x = panel.regressors(panel.recorded_share)
    base = model.fit(panel.y, panel.in_sample[None], x[None])
    if not _identified(base, panel.recorded_share, panel.person_index):
        return None
    refits = model.jackknife_betas(panel.y, panel.in_sample, x, panel.person_index)[:, 0]
    return RecordedFit(base, refits, jackknife_interval(float(base.beta[0, 0]), refits))


def _permutation_p(
    panel: Panel,
    y: Floats,
    exchangeable: NDArray[np.intp],
    n_permutations: int,
    rng: np.random.Generator,
    model: Model,
) -> float:
    """Return the permutation p of an outcome (A, P) on the recorded share; NaN with fewer than two such people."""
    if len(exchangeable) < 2:
        return math.nan
    return permutation_p(
        y,
        panel.span,
        panel.recorded_share,
        exchangeable,
        n_permutations,
        rng,
        fit=model.fit,
        people=panel.person_index,
        covariates=panel.covariates,
    )


def _sign_agrees_in_halves(panel: Panel, estimate: float, model: Model) -> bool | None:
    """Return whether the estimate has its sign in both halves of the history; None if a half has no estimate."""
    x, rows = panel.regressors(panel.recorded_share), panel.in_sample
    nonempty = np.flatnonzero(rows.any(axis=0))
    early = np.arange(rows.shape[1]) < (nonempty[len(nonempty) // 2] if len(nonempty) else 0)
    halves = np.stack([rows & early, rows & ~early])
    fits = model.fit(panel.y, halves, np.broadcast_to(x, (2, *x.shape)))
    if not (np.isfinite(fits.beta[:, 0]).all() and fits.converged.all()):
        return None
    return bool((np.sign(fits.beta[:, 0]) == np.sign(estimate)).all())


def _durable_effect(
    panel: Panel, exchangeable: NDArray[np.intp], n_permutations: int, rng: np.random.Generator, model: Model
) -> Durable | None:
    """Return the effect on durable changes; None where their durability is unknown or the effect is not identified."""
    if panel.durable is None:
        return None
    durable_panel = replace(panel, y=panel.durable)
    x, rows = panel.recorded_share, panel.in_sample
    base = model.fit(durable_panel.y, rows[None], x[None, None])
    if not _identified(base, x, panel.person_index):
        return None
    refits = model.jackknife_betas(durable_panel.y, rows, x[None], panel.person_index)[:, 0]
    beta = jackknife_interval(float(base.beta[0, 0]), refits)
    if not math.isfinite(beta.se):
        return None
    effect = effect_estimate(beta)
    p = _permutation_p(panel, durable_panel.y, exchangeable, n_permutations, rng, model)
    return Durable(effect.change, effect.low, effect.high, p if math.isfinite(p) else None, durable_ratio(panel))


def _identified(base: Fit, x: Floats, people: Ints) -> bool:
    """Return whether, net of person and period effects, the outcome varies and at least three people's share does."""
    rows = base.rows[0]
    residuals = demean(np.nan_to_num(x)[None, None], base.fitted)[0, 0]
    squares = (np.where(rows, residuals, 0.0) ** 2).sum(axis=1)
    varying = squares > NEGLIGIBLE_SHARE * squares.sum()
    beta_variance = float(base.variance[0, 0])
    estimable = base.converged[0] and math.isfinite(beta_variance) and beta_variance > _ROUNDING
    return bool(estimable and len(np.unique(people[varying])) >= MIN_VARYING_PEOPLE)


def effect_estimate(beta: Interval) -> EffectEstimate:
    """Convert a coefficient to a relative change per +50 points of share."""
    low, high = relative_change(SHARE_STEP * beta.low), relative_change(SHARE_STEP * beta.high)
    smallest_detectable = relative_change(SHARE_STEP * smallest_detectable_effect(beta.se, beta.df))
    return EffectEstimate(relative_change(SHARE_STEP * beta.point), low, high, smallest_detectable, beta)


def use_effect(panel: Panel, rng: np.random.Generator, model: Model) -> tuple[EffectEstimate | None, float | None]:
    """Return the effect of AI use and the reliability of the pooled share, each None where not available.

    The pooled share's coefficient is divided by its reliability; both are refitted without each person.
    """
    pooled = panel.pooled
    rows = panel.observed(pooled)
    if not rows.any():
        return None, None
    x = panel.regressors(pooled)
    base = model.fit(panel.y, rows[None], x[None])
    if not _identified(base, pooled, panel.person_index):
        return None, None
    half_shares = [random_halves(panel.ai, panel.n, rng) for _ in range(SPLITS)]
    reliability = float(split_half_reliability(half_shares, base.rows[0], base.fitted)[0])
    if reliability < MIN_RELIABILITY:
        return None, reliability
    refits = []
    for _, kept_rows in leave_one_out(rows, panel.person_index):
        fits = model.fit(panel.y, kept_rows, np.broadcast_to(x, (len(kept_rows), *x.shape)))
        reliabilities = np.maximum(split_half_reliability(half_shares, rows, fits.fitted), MIN_RELIABILITY / 2)
        refits.append(converged_beta(fits)[:, 0] / reliabilities)
    beta = jackknife_interval(float(base.beta[0, 0]) / reliability, np.concatenate(refits))
    return effect_estimate(beta) if math.isfinite(beta.se) else None, reliability


def _explained_variance(y: Floats, base: Fit, x: Floats, beta: Interval, model: Model) -> Information:
    """Return the share's within R²; the most it could be is the part of the working outcome beyond Poisson noise."""
    fitted, rows = base.fitted, base.rows[0]
    working = working_outcome(y, fitted[0], rows, model)
    residuals = demean(np.concatenate([working[None], np.where(rows, np.nan_to_num(x), 0.0)])[None], fitted)
    outcome, share = weighted_variance(_partial_out_covariates(residuals, fitted), fitted)[0]
    ratio = share / outcome if outcome > 0 else 0.0
    residual_df = rows.sum() - rows.any(axis=1).sum() - rows.any(axis=0).sum() + 1
    noise = residual_df / max(float(fitted.sum()) * outcome, 1e-300)
    return within_r2(beta, ratio, min(max(1.0 - float(noise), 0.0), 1.0) if model.counts else None)


def working_outcome(y: Floats, fitted: Floats, rows: Mask, model: Model) -> Floats:
    """Return the outcome of the fit's last least-squares step, 0 outside the rows."""
    means = np.where(rows, np.maximum(fitted, 1e-300), 1.0)
    working: Floats = np.where(rows, np.log(means) + (y - means) / means if model.counts else np.log1p(y), 0.0)
    return working


def within_r2(beta: Interval, variance_ratio: float, at_most: float | None) -> Information:
    """Return the within R² of a coefficient: β² × the within variance of the treatment over that of the outcome."""
    squared_bounds = (beta.low**2, beta.high**2)
    low = 0.0 if beta.low <= 0 <= beta.high else min(squared_bounds)
    r2, low, high = (min(float(value * variance_ratio), 1.0) for value in (beta.point**2, low, max(squared_bounds)))
    return Information(r2, low, high, at_most)


def _partial_out_covariates(residuals: Floats, fitted: Floats) -> Floats:
    """Return outcome and share (1, 2, A, P) net of the covariates that follow them in `residuals` (1, 2 + K, A, P)."""
    if residuals.shape[1] == 2:
        return residuals
    weights = np.sqrt(fitted[0]).ravel()
    variables, covariates = (block.reshape(len(block), -1).T for block in (residuals[0, :2], residuals[0, 2:]))
    slopes = np.linalg.lstsq(covariates * weights[:, None], variables * weights[:, None], rcond=None)[0]
    partialled_out: Floats = (variables - covariates @ slopes).T.reshape(1, 2, *residuals.shape[2:])
    return partialled_out


def timing_placebo(panel: Panel, model: Model) -> Placebo | None:
    """Compare the same period's share with the preceding period's, both in one fit.

    The placebo fails if the same-period coefficient is larger in absolute value. The same-period share is the one known
    at the period's end: the cell's own with three changes, else the last one, carried over as for the lag.
    """
    current = panel.current_share
    same = np.where(np.isfinite(current), current, lagged(current, 1))
    x = panel.regressors(same, panel.recorded_share)
    rows = panel.span & np.isfinite(x).all(axis=0)
    base = model.fit(panel.y, rows[None], x[None])
    if not base.converged[0] or not np.isfinite(base.variance[0, :2]).all():
        return None
    refits = model.jackknife_betas(panel.y, rows, x, panel.person_index)
    point = float(abs(base.beta[0, 0]) - abs(base.beta[0, 1]))
    difference = jackknife_interval(point, np.abs(refits[:, 0]) - np.abs(refits[:, 1]))
    if not math.isfinite(difference.low):
        return None
    return Placebo("timing", difference.point, difference.low, difference.high, passed=difference.low <= 0)
