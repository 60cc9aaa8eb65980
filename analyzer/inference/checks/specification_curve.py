"""Specification curve: the recorded figure under every other defensible choice, with joint p from the same swaps.

Grain, lag, model, definition, author trends and maturity are crossed (Simonsohn, Simmons and Nelson, Nat. Hum. Behav.
2020). Under the null whole shares could belong to anybody, so each swap gives a whole curve; how extreme the median and
the agreement in sign are among them is what the joint p says. Intervals here are cluster-robust, not jackknifed.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import stdtrit
from scipy.stats.mstats import rankdata

from analyzer.inference.linalg.log_change import relative
from analyzer.inference.resampling.score_test import (
    Coefficient,
    Null,
    linear,
    linear_null,
    lookup,
    poisson,
    poisson_null,
    swapped,
)
from analyzer.panel import filled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from analyzer.core.arrays import Floats, Mask
    from analyzer.panel import Panel
    from analyzer.panel.alternatives import Choice

SWAPS = 999
LAGS = (1, 2)
MODELS = ("ppml", "log1p", "rank")
STEP = 0.5
_FEWEST_PEOPLE = 3
_BATCH = 333


class Specification(NamedTuple):
    """One fit: relative change for +50 points with its interval (None on the scale of ranks), and its t."""

    choice: Choice | None
    lag: int
    model: str
    trend: bool
    change: float | None
    low: float | None
    high: float | None
    t: float


@dataclass(frozen=True, slots=True)
class Curve:
    """All specifications fitted, and those skipped by reason.

    same_sign: part of them with the headline's sign. median: of the relative changes. p_median, p_same_sign: how often
    swapped shares give a median as far from 0, or signs that agree as much; NaN where nobody can be swapped. apart:
    fits of another question, not counted.
    """

    fitted: tuple[Specification, ...]
    skipped: dict[str, int]
    same_sign: float
    median: float
    p_median: float
    p_same_sign: float
    apart: tuple[Specification, ...] = ()


def curve(
    panels: Iterable[tuple[Choice | None, Panel | None, str]],
    people: Sequence[str],
    orders: NDArray[np.intp],
    sign: float,
    *,
    lags: Sequence[int] = LAGS,
) -> Curve | None:
    """Fit every specification; None where none can be.

    `panels`: choice, panel, or why there is none. `people`: to whom rows belong; `orders` (B, people): swaps of their
    shares. `sign`: of the headline figure.
    """
    number = {name: k for k, name in enumerate(people)}
    found: list[_Fitted] = []
    apart: list[Specification] = []
    skipped: Counter[str] = Counter()
    for choice, panel, reason in panels:
        if panel is None:
            skipped[reason] += len(lags) * len(MODELS) * 2
            continue
        whose = np.array([number[name] for name in panel.authors])
        for lag in lags:
            at = replace(panel, lag=lag)
            found += _models(choice, at, whose, orders, skipped)
        apart += _same_period(choice, panel, whose)
    if not found:
        return None
    return _together(found, skipped, sign, apart)


class _Fitted(NamedTuple):
    told: Specification
    observed: float
    swapped: Floats


def _models(
    choice: Choice | None, panel: Panel, whose: NDArray[np.intp], orders: NDArray[np.intp], skipped: Counter[str]
) -> list[_Fitted]:
    """Every model with and without trends on one exposure."""
    x = panel.recorded
    rows = panel.known(x)
    varying = {int(whose[a]) for a in range(len(x)) if rows[a].any() and np.ptp(x[a][rows[a]]) > 0}
    if len(varying) < _FEWEST_PEOPLE:
        skipped["the share of fewer than three people varies"] += 2 * len(MODELS)
        return []
    shares = _by_person(filled(x), whose, orders.shape[1])
    found = []
    for trend in (False, True):
        for model in MODELS:
            null = _null(model, panel, rows, trend=trend)
            fit = _fit(model, panel, x, null, whose)
            if fit is None:
                skipped["the share does not vary beyond who and when"] += 1
                continue
            known = lookup(null, shares)
            parts = [swapped(known, orders[k : k + _BATCH], whose).beta for k in range(0, len(orders), _BATCH)]
            own = swapped(known, np.arange(orders.shape[1])[None], whose).beta
            told = _told(choice, panel.lag, model, fit, trend=trend)
            found.append(_Fitted(told, float(own[0]), np.concatenate(parts)))
    return found


def _by_person(shares: Floats, whose: NDArray[np.intp], people: int) -> Floats:
    """Shares (people, P); who has no row here has the mean of the others."""
    found = np.broadcast_to(shares.mean(axis=0), (people, shares.shape[1])).copy()
    found[whose] = shares
    return found


def _null(model: str, panel: Panel, rows: Mask, *, trend: bool) -> Null:
    if model == "ppml":
        return poisson_null(panel.y, rows, trend=trend)
    if model == "log1p":
        return linear_null(np.log1p(panel.y), rows, trend=trend)
    ranks = np.zeros_like(panel.y)
    ranks[rows] = rankdata(panel.y[rows]) / max(int(rows.sum()), 1)
    return linear_null(ranks, rows, trend=trend)


def _fit(model: str, panel: Panel, x: Floats, null: Null, whose: NDArray[np.intp]) -> Coefficient | None:
    exposure = np.nan_to_num(x)
    return poisson(panel.y, exposure, null, whose) if model == "ppml" else linear(exposure, null, whose)


def _told(choice: Choice | None, lag: int, model: str, fit: Coefficient, *, trend: bool) -> Specification:
    t = fit.beta / fit.error if fit.error > 0 else math.nan
    if model == "rank":
        return Specification(choice, lag, model, trend, None, None, None, t)
    reach = float(stdtrit(fit.people - 1, 0.975)) * fit.error
    change, low, high = (relative(STEP * value) for value in (fit.beta, fit.beta - reach, fit.beta + reach))
    return Specification(choice, lag, model, trend, change, low, high, t)


def _same_period(choice: Choice | None, panel: Panel, whose: NDArray[np.intp]) -> list[Specification]:
    """The share of the same period, which is another question: shown beside the curve."""
    at = replace(panel, lag=0)
    rows = at.known(at.recorded)
    if not rows.any():
        return []
    fit = _fit("ppml", at, at.recorded, _null("ppml", at, rows, trend=False), whose)
    return [] if fit is None else [_told(choice, 0, "ppml", fit, trend=False)]


def _together(found: list[_Fitted], skipped: Counter[str], sign: float, apart: list[Specification]) -> Curve:
    on_scale = np.array([f.told.change is not None for f in found])
    signs = np.array([f.told.t for f in found])
    changes = [f.told.change for f in found if f.told.change is not None]
    drawn = np.stack([f.swapped for f in found])
    own = np.array([f.observed for f in found])[:, None]
    return Curve(
        tuple(f.told for f in found),
        dict(skipped),
        same_sign=float(np.mean(np.sign(signs) == np.sign(sign))),
        median=float(np.median(changes)) if changes else math.nan,
        p_median=_p(np.abs(_middle(own, on_scale)), np.abs(_middle(drawn, on_scale))),
        p_same_sign=_p(_agreeing(own), _agreeing(drawn)),
        apart=tuple(apart),
    )


def _middle(betas: Floats, on_scale: Mask) -> Floats:
    found: Floats = np.nanmedian(betas[on_scale], axis=0) if on_scale.any() else np.zeros(betas.shape[1])
    return found


def _agreeing(betas: Floats) -> Floats:
    up = (betas > 0).mean(axis=0)
    found: Floats = np.maximum(up, 1 - up)
    return found


def _p(own: Floats, drawn: Floats) -> float:
    if not len(drawn):
        return math.nan
    return (1 + int((~(drawn < own[0] - 1e-12)).sum())) / (1 + len(drawn))
