"""Association of throughput with the AI share: within people, beyond each person's own trend, and all checks of it.

All effects are relative changes per +50 points of share (0.1 = 10 % more merged changes). They are associations and
never causes: R5 to R7 of docs/method.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.inference.checks.arithmetic_coupling import coupled_rows
from analyzer.inference.checks.landing_habits import HabitPlacebo, habit_placebo
from analyzer.inference.checks.omitted_variable import robustness_value
from analyzer.inference.checks.placebos import influence, negative_control, other_person
from analyzer.inference.checks.threats import check_threats
from analyzer.inference.checks.tipping_point import tipping_point
from analyzer.inference.durability import durable_ratio
from analyzer.inference.effect import EffectEstimate, effect_estimate
from analyzer.inference.forecast import forecast_skill
from analyzer.inference.jackknife import Interval, jackknife_interval, leave_one_out
from analyzer.inference.linalg.demeaning import demean, weighted_variance
from analyzer.inference.models import PPML, Model
from analyzer.inference.models.own_trends import fit_own_trends, partial_out
from analyzer.inference.models.ppml import rows_with_counts
from analyzer.inference.rank_correlation import rank_correlations
from analyzer.inference.resampling.permutation import exchangeable_people, permutation_p, spans_of_people
from analyzer.inference.results import CoupledRow, Durable, Forecast, Information, Placebo, Ranks, Robustness
from analyzer.panel import Panel, lagged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.core.arrays import Floats, Ints, Mask
    from analyzer.inference.models.ppml import Fit

PERMUTATIONS = 9_999
MIN_VARYING_PEOPLE = 3
# People who can be permuted before the permutation test decides, and their least part of all people.
MIN_PERMUTED, MIN_PERMUTED_PART = 6, 2 / 3
# A person's part of the share's within variance below which that person's share does not vary.
NEGLIGIBLE_SHARE = 1e-12
# Variance of a coefficient that is pure rounding: the outcome does not vary beyond person and period effects.
_ROUNDING = 1e-24


@dataclass(frozen=True, slots=True)
class Throughput:
    """All estimates and checks of throughput.

    Attributes
    ----------
    within : effect of the past share, within people and periods.
    p : p of that effect: of the permutation test where two thirds of the people and six of them can be permuted, else
        of t over people.
    permutation_p : p of the permutation test; None where fewer than two people can be permuted.
    beyond_trends : the same effect with a linear trend for each person; None where it is not identified.
    recorded : effect of the share recorded in the preceding period alone, which says something about that number and
        not about use; None where it is not identified.
    tipping : share of unmarked changes that would turn the sign.
    halves_agree : whether the effect has the same sign in both halves of the history.
    people, periods, rows : people, periods and cells behind the effect.
    exchangeable : people whose shares may be permuted.
    """

    within: EffectEstimate
    p: float
    permutation_p: float | None
    beyond_trends: EffectEstimate | None
    recorded: EffectEstimate | None
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
    x, people = panel.treatment, panel.person_index
    within = fit_within(panel, x, model)
    if within is None or not math.isfinite(within.beta.se):
        return None
    base, refits, beta = within
    rng = np.random.default_rng(seed)
    exchangeable = exchangeable_people(spans_of_people(panel.span, people))
    permutation = _permutation_p(panel, panel.y, exchangeable, n_permutations, rng, model)
    rows_used = base.rows[0]
    people_used = len(np.unique(people[rows_used.any(axis=1)]))
    placebos = (
        negative_control(panel),
        other_person(panel, exchangeable, model),
        influence(beta, refits),
        *check_threats(panel, beta, model),
    )
    working = working_outcome(panel.y, base.fitted[0], rows_used, model)
    information = _explained_variance(panel.y, base, panel.regressors(x), beta, model)
    recorded = fit_within(panel, panel.recorded_share, model)
    return Throughput(
        within=effect_estimate(beta, pass_through(panel, rows_used)),
        p=permutation if permutation_decides(len(exchangeable), people_used) else beta.p,
        permutation_p=permutation if math.isfinite(permutation) else None,
        beyond_trends=beyond_trends(panel, model),
        recorded=effect_estimate(recorded.beta) if recorded and math.isfinite(recorded.beta.se) else None,
        information=information,
        timing=timing_placebo(panel, model),
        habit=habit_placebo(panel, beta, model),
        durable=_durable_effect(panel, exchangeable, n_permutations, rng, model),
        placebos=tuple(placebo for placebo in placebos if placebo is not None),
        tipping=tipping_point(panel, model),
        halves_agree=_sign_agrees_in_halves(panel, beta.point, model),
        forecast=forecast_skill(panel),
        robustness=robustness_value(panel, working, base.fitted[0], information.r2),
        ranks=_ranks(panel, model),
        coupled=tuple(coupled_rows(panel)),
        people=people_used,
        exchangeable=len(exchangeable),
        periods=int(rows_used.any(axis=0).sum()),
        rows=int(rows_used.sum()),
    )


def _ranks(panel: Panel, model: Model) -> Ranks | None:
    """Return the rank correlations with the share of the preceding period, on the rows that a fit of it would use."""
    share = panel.recorded_share
    rows = panel.observed(share)
    if model.counts:
        rows = rows_with_counts(panel.y, rows[None])[0]
    return rank_correlations(panel.y, share, rows, panel.person_index)


def permutation_decides(exchangeable: int, people: int) -> bool:
    """Return whether enough of the people can be permuted for the permutation test to speak for all of them."""
    return exchangeable >= MIN_PERMUTED and exchangeable >= MIN_PERMUTED_PART * people


class WithinFit(NamedTuple):
    """The fit on a share, its coefficient in the refits without each person (people,), and its interval."""

    base: Fit
    refits: Floats
    beta: Interval


def fit_within(panel: Panel, share: Floats, model: Model = PPML) -> WithinFit | None:
    """Fit the outcome on a share (A, P) with person and period effects; None where it is not identified."""
    x, rows = panel.regressors(share), panel.observed(share)
    base = model.fit(panel.y, rows[None], x[None])
    if not _identified(base, share, panel.person_index):
        return None
    refits = model.jackknife_betas(panel.y, rows, x, panel.person_index)[:, 0]
    return WithinFit(base, refits, jackknife_interval(float(base.beta[0, 0]), refits))


def beyond_trends(panel: Panel, model: Model) -> EffectEstimate | None:
    """Return the effect of the past share beyond a linear trend of each row; None where it is not identified."""
    x, rows = panel.regressors(panel.treatment), panel.in_sample
    base = fit_own_trends(panel.y, rows[None], x, counts=model.counts)
    if not math.isfinite(base.beta[0, 0]):
        return None
    refits = [
        fit_own_trends(panel.y, remaining, x, counts=model.counts, start=base.weights[0]).beta[:, 0]
        for _, remaining in leave_one_out(rows, panel.person_index)
    ]
    beta = jackknife_interval(float(base.beta[0, 0]), np.concatenate(refits))
    if not (math.isfinite(beta.se) and beta.se > 0):
        return None
    share, weights = _current_share_and_weights(panel, base.weights[0] > 0)
    values = np.stack([np.nan_to_num(panel.treatment), share])[None]
    return effect_estimate(beta, weighted_slope(partial_out(values, weights[None])[0], weights))


def pass_through(panel: Panel, rows: Mask) -> float:
    """Return by how many points today's share moves per point of the past one, within people and periods.

    1 where the number of changes behind the shares is unknown. `rows` (A, P): cells of the fit.
    """
    share, weights = _current_share_and_weights(panel, rows)
    values = np.stack([np.nan_to_num(panel.treatment), share])[None]
    return weighted_slope(demean(values, weights[None])[0], weights)


def _current_share_and_weights(panel: Panel, rows: Mask) -> tuple[Floats, Floats]:
    """Return each cell's own share and the number of its changes (A, P), both 0 outside the rows."""
    n = np.where(rows, np.nan_to_num(panel.n), 0.0)
    return np.divide(np.nan_to_num(panel.ai), n, out=np.zeros_like(n), where=n > 0), n


def weighted_slope(variables: Floats, weights: Floats) -> float:
    """Return the weighted slope of the second variable (2, …) on the first; 1 where the first does not vary."""
    squares = float((variables[0] ** 2 * weights).sum())
    return float((variables[0] * variables[1] * weights).sum()) / squares if squares > NEGLIGIBLE_SHARE else 1.0


def _permutation_p(
    panel: Panel,
    y: Floats,
    exchangeable: NDArray[np.intp],
    n_permutations: int,
    rng: np.random.Generator,
    model: Model,
) -> float:
    """Return the permutation p of an outcome (A, P) on the past share; NaN with fewer than two such people."""
    if len(exchangeable) < 2:
        return math.nan
    return permutation_p(
        y,
        panel.span,
        panel.treatment,
        exchangeable,
        n_permutations,
        rng,
        fit=model.fit,
        people=panel.person_index,
        covariates=panel.covariates,
    )


def _sign_agrees_in_halves(panel: Panel, estimate: float, model: Model) -> bool | None:
    """Return whether the estimate has its sign in both halves of the history; None if a half has no estimate."""
    x, rows = panel.regressors(panel.treatment), panel.in_sample
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
    fit = fit_within(durable_panel, panel.treatment, model)
    if fit is None or not math.isfinite(fit.beta.se):
        return None
    effect = effect_estimate(fit.beta, pass_through(panel, fit.base.rows[0]))
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

    Both rest on one period. Against the share of the whole past, which is less noisy, the placebo would find less than
    half of the histories in which busy periods move use.

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
