"""Specification curve: the estimate within people under every other defensible choice, with joint permutation p.

Grain, lag, model, definition, trends per person and maturity are crossed (Simonsohn, Simmons and Nelson, Nat. Hum.
Behav. 2020). Under the null a person's share trajectory could be anybody's, so each permutation gives a whole curve.
The joint p say how extreme the observed median and the observed agreement in sign are among them. Intervals here are
cluster-robust, not jackknifed.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import stdtrit

from analyzer.core.constants import SHARE_STEP
from analyzer.inference.linalg.log_change import relative_change
from analyzer.inference.rank_correlation import mid_ranks
from analyzer.inference.resampling.score_test import (
    Coefficient,
    NullFit,
    linear,
    linear_null,
    permuted_scores,
    poisson,
    poisson_null,
    score_lookup,
)
from analyzer.inference.results import SkippedFits, Specification, Specifications
from analyzer.panel import fill_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from analyzer.core.arrays import Floats, Mask
    from analyzer.panel import Panel
    from analyzer.panel.alternatives import PanelChoice

PERMUTATIONS = 999
LAGS = (1, 2)
MODELS = ("ppml", "log1p", "rank")
_MIN_PEOPLE = 3
_BATCH = 333


def specification_curve(
    panels: Iterable[tuple[PanelChoice | None, Panel | None, str]],
    people: Sequence[str],
    permutations: NDArray[np.intp],
    sign: float,
    *,
    lags: Sequence[int] = LAGS,
) -> Specifications | None:
    """Fit every specification; None where none can be fitted.

    Parameters
    ----------
    panels : choice, its panel, and the reason where there is no panel.
    people : names of all people.
    permutations : (B, people) permutations of their shares.
    sign : of the headline estimate.
    lags : periods between treatment and outcome.
    """
    number = {name: k for k, name in enumerate(people)}
    fitted: list[_Fitted] = []
    same_period: list[Specification] = []
    skipped: Counter[str] = Counter()
    for choice, panel, reason in panels:
        if panel is None:
            skipped[reason] += len(lags) * len(MODELS) * 2
            continue
        owners = np.array([number[name] for name in panel.people])
        for lag in lags:
            lagged_panel = replace(panel, lag=lag)
            fitted += _fit_models(choice, lagged_panel, owners, permutations, skipped)
        same_period += _same_period(choice, panel, owners)
    if not fitted:
        return None
    return _summarize(fitted, skipped, sign, same_period)


class _Fitted(NamedTuple):
    """A specification with its one-step coefficient as observed and under each permutation (B,)."""

    specification: Specification
    observed: float
    permuted: Floats


def _fit_models(
    choice: PanelChoice | None,
    panel: Panel,
    owners: NDArray[np.intp],
    permutations: NDArray[np.intp],
    skipped: Counter[str],
) -> list[_Fitted]:
    """Fit every model with and without trends on one panel; count those that cannot be fitted in `skipped`."""
    x = panel.treatment
    rows = panel.observed(x)
    varying = {int(owners[a]) for a in range(len(x)) if rows[a].any() and np.ptp(x[a][rows[a]]) > 0}
    if len(varying) < _MIN_PEOPLE:
        skipped["the share of fewer than three people varies"] += 2 * len(MODELS)
        return []
    shares = _shares_by_person(fill_missing(x), owners, permutations.shape[1])
    fitted = []
    for trend in (False, True):
        for model in MODELS:
            null = _null(model, panel, rows, trend=trend)
            fit = _fit(model, panel, x, null, owners)
            if fit is None:
                skipped["the share does not vary beyond who and when"] += 1
                continue
            scores = score_lookup(null, shares)
            batches = (permutations[k : k + _BATCH] for k in range(0, len(permutations), _BATCH))
            permuted = [permuted_scores(scores, batch, owners).beta for batch in batches]
            observed = permuted_scores(scores, np.arange(permutations.shape[1])[None], owners).beta
            specification = _specification(choice, panel.lag, model, fit, trend=trend)
            fitted.append(_Fitted(specification, float(observed[0]), np.concatenate(permuted)))
    return fitted


def _shares_by_person(shares: Floats, owners: NDArray[np.intp], people: int) -> Floats:
    """Return shares (people, P) of shares by row (A, P); a person without a row gets the mean of the others."""
    shares_by_person = np.broadcast_to(shares.mean(axis=0), (people, shares.shape[1])).copy()
    shares_by_person[owners] = shares
    return shares_by_person


def _null(model: str, panel: Panel, rows: Mask, *, trend: bool) -> NullFit:
    """Fit a model without the treatment."""
    if model == "ppml":
        return poisson_null(panel.y, rows, trend=trend)
    if model == "log1p":
        return linear_null(np.log1p(panel.y), rows, trend=trend)
    ranks = np.zeros_like(panel.y)
    ranks[rows] = mid_ranks(panel.y[rows]) / max(int(rows.sum()), 1)
    return linear_null(ranks, rows, trend=trend)


def _fit(model: str, panel: Panel, x: Floats, null: NullFit, owners: NDArray[np.intp]) -> Coefficient | None:
    """Return the coefficient of x (A, P) under a model; None if not identified."""
    regressor = np.nan_to_num(x)
    return poisson(panel.y, regressor, null, owners) if model == "ppml" else linear(regressor, null, owners)


def _specification(choice: PanelChoice | None, lag: int, model: str, fit: Coefficient, *, trend: bool) -> Specification:
    """Return one fit as a relative change; ranks have only a t."""
    grain, definition, maturity = (None, None, None) if choice is None else choice
    change = low = high = None
    if model != "rank":
        half_width = float(stdtrit(fit.people - 1, 0.975)) * fit.error
        ends = (fit.beta, fit.beta - half_width, fit.beta + half_width)
        change, low, high = (relative_change(SHARE_STEP * end) for end in ends)
    t = fit.beta / fit.error if fit.error > 0 else math.nan
    return Specification(grain, lag, model, definition, trend, maturity, change, low, high, _finite(t))


def _same_period(choice: PanelChoice | None, panel: Panel, owners: NDArray[np.intp]) -> list[Specification]:
    """Fit the share of the same period, which answers another question and is reported apart from the curve."""
    same_period = replace(panel, lag=0)
    rows = same_period.observed(same_period.treatment)
    if not rows.any():
        return []
    fit = _fit("ppml", same_period, same_period.treatment, _null("ppml", same_period, rows, trend=False), owners)
    return [] if fit is None else [_specification(choice, 0, "ppml", fit, trend=False)]


def _summarize(
    fitted: list[_Fitted], skipped: Counter[str], sign: float, same_period: list[Specification]
) -> Specifications:
    """Return the curve with its joint tests."""
    specifications = [f.specification for f in fitted]
    on_scale = np.array([s.per_50_points is not None for s in specifications])
    signs = np.sign([math.nan if s.t is None else s.t for s in specifications])
    changes = [s.per_50_points for s in specifications if s.per_50_points is not None]
    permuted = np.stack([f.permuted for f in fitted])
    observed = np.array([f.observed for f in fitted])[:, None]
    p_median = _permutation_p(np.abs(_median_change(observed, on_scale)), np.abs(_median_change(permuted, on_scale)))
    return Specifications(
        n=len(specifications),
        same_sign_share=float(np.mean(signs == np.sign(sign))),
        median=_finite(float(np.median(changes))) if changes else None,
        p_median=_finite(p_median),
        p_same_sign=_finite(_permutation_p(_sign_agreement(observed), _sign_agreement(permuted))),
        skipped=[SkippedFits(reason, n) for reason, n in sorted(skipped.items())],
        rows=sorted(specifications, key=lambda s: (s.per_50_points is None, s.per_50_points or s.t or 0)),
        not_counted=same_period,
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _median_change(betas: Floats, on_scale: Mask) -> Floats:
    """Return the median (B,) of the coefficients (specifications, B) that are relative changes."""
    medians: Floats = np.nanmedian(betas[on_scale], axis=0) if on_scale.any() else np.zeros(betas.shape[1])
    return medians


def _sign_agreement(betas: Floats) -> Floats:
    """Return the share (B,) of coefficients (specifications, B) with the more frequent sign."""
    positive = (betas > 0).mean(axis=0)
    agreement: Floats = np.maximum(positive, 1 - positive)
    return agreement


def _permutation_p(observed: Floats, permuted: Floats) -> float:
    """Return the p of an observed statistic (1,) among permuted ones (B,); NaN without permutations."""
    if not len(permuted):
        return math.nan
    return (1 + int((~(permuted < observed[0] - 1e-12)).sum())) / (1 + len(permuted))
