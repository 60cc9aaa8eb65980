"""Staggered adoption: the imputation event study of Borusyak, Jaravel and Spiess (Rev. Econ. Studies 2024).

Unit effects, period effects and covariates are fitted on rows that have not adopted; what adopters would have had is
imputed from them, and the differences are averaged by periods since adoption. Leads come from the unadopted rows alone:
they test the parallel course, and are no part of the effect. Intervals are full-refit leave-one-cluster-out jackknives,
t(G-1): unit effects are concentrated out, so that a refit is one small system.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import fdtrc

from analyzer.inference.jackknife import Interval, interval

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Ints, Mask

HORIZON = 6
FIRST_LATER = 3
FEWEST_ADOPTERS = 8


@dataclass(frozen=True, slots=True)
class Adoption:
    """Rows of a panel.

    y (N,): outcome, logs. unit, period, cluster (N,): codes from 0. since (N,): periods since adoption, negative before
    it, NaN for a unit that never adopts. x (N, K): covariates.
    """

    y: Floats
    unit: Ints
    period: Ints
    since: Floats
    x: Floats
    cluster: Ints


@dataclass(frozen=True, slots=True)
class Effect:
    """Mean difference of some rows from what was imputed, log scale; n: rows."""

    found: Interval
    n: int


@dataclass(frozen=True, slots=True)
class EventStudy:
    """Effects by horizon, over all adopted rows, over horizons 0 to 2 and from 3 on.

    leads_p: joint p of all leads, NaN where there are none. adopters: units behind the effects.
    left_out: adopted rows without an unadopted row of their unit, or of anyone's in their period.
    """

    effects: dict[int, Effect]
    leads: dict[int, Effect]
    leads_p: float
    average: Effect
    early: Effect | None
    later: Effect | None
    rows: int
    adopters: int
    clusters: int
    left_out: int


def event_study(a: Adoption) -> EventStudy | None:
    """Estimate, or None below eight adopters with a period before and one since."""
    adopted = a.since >= 0
    known = _imputable(a, adopted)
    used = known & adopted
    adopters = len(np.unique(a.unit[used]))
    if adopters < FEWEST_ADOPTERS:
        return None
    parts = _Parts.of(a, ~adopted & known, used, np.zeros((len(a.y), 0)))
    since = a.since[known]
    whole = [since == h for h in range(HORIZON + 1)]
    spans = [since >= 0, (since >= 0) & (since < FIRST_LATER), since >= FIRST_LATER]
    effects = parts.effects([*whole, *spans])
    by_horizon = {h: found for h, found in enumerate(effects[: HORIZON + 1]) if found is not None}
    average, early, later = effects[HORIZON + 1 :]
    leads, leads_p = _leads(a, ~adopted & known)
    if average is None:
        return None
    clusters = len(np.unique(a.cluster[known]))
    return EventStudy(
        by_horizon,
        leads,
        leads_p,
        average,
        early,
        later,
        rows=int(known.sum()),
        adopters=adopters,
        clusters=clusters,
        left_out=int((adopted & ~known).sum()),
    )


def _imputable(a: Adoption, adopted: Mask) -> Mask:
    """Rows whose unit and whose period have a row that has not adopted."""
    units = np.bincount(a.unit, ~adopted, minlength=int(a.unit.max()) + 1) > 0
    periods = np.bincount(a.period, ~adopted, minlength=int(a.period.max()) + 1) > 0
    known: Mask = units[a.unit] & periods[a.period]
    return known


def _leads(a: Adoption, fitted: Mask) -> tuple[dict[int, Effect], float]:
    """Coefficients of the leads -6 … -1 among rows not adopted; earlier rows and never-adopters are the reference."""
    horizons = [h for h in range(-HORIZON, 0) if (fitted & (a.since == h)).any()]
    if not horizons:
        return {}, math.nan
    dummies = np.stack([(a.since == h).astype(float) for h in horizons], axis=1)
    parts = _Parts.of(a, fitted, fitted, dummies)
    k = len(horizons)
    beta, refits = parts.theta[-k:], parts.refits[:, -k:]
    found = {
        h: Effect(interval(float(beta[j]), refits[:, j]), int((fitted & (a.since == h)).sum()))
        for j, h in enumerate(horizons)
        if np.isfinite(refits[:, j]).all()
    }
    return found, _joint(beta, refits)


def _joint(beta: Floats, refits: Floats) -> float:
    """P that all are 0: Hotelling, F(k, G-k) with the jackknife's covariance."""
    clusters, k = refits.shape
    if clusters <= k or not np.isfinite(refits).all():
        return math.nan
    off = refits - beta
    covariance = (clusters - 1) / clusters * off.T @ off
    squared = float(beta @ np.linalg.pinv(covariance, hermitian=True) @ beta)
    return float(fdtrc(k, clusters - k, squared * (clusters - k) / ((clusters - 1) * k)))


@dataclass(frozen=True, slots=True)
class _Parts:
    """The fit on some rows, and its refits without each cluster; all variables demeaned by unit over those rows."""

    y: Floats
    z: Floats
    cluster: Ints
    theta: Floats
    refits: Floats

    @classmethod
    def of(cls, a: Adoption, fitted: Mask, used: Mask, extra: Floats) -> _Parts:
        """Fit period effects, covariates and `extra` columns on rows `fitted`; `used` are kept for effects."""
        _, period = np.unique(a.period, return_inverse=True)
        dummies = np.zeros((len(a.y), int(period.max()) + 1))
        dummies[np.arange(len(a.y)), period] = 1.0
        columns = [dummies[:, 1:], a.x, extra]
        z = np.concatenate(columns, axis=1)
        keep = fitted | used
        y, z = (_centred(v, a.unit, fitted)[keep] for v in (a.y[:, None], z))
        _, cluster = np.unique(a.cluster[keep], return_inverse=True)
        inside = fitted[keep]
        n, width = int(cluster.max()) + 1, z.shape[1]
        squares, products = np.zeros((n, width, width)), np.zeros((n, width))
        order = np.argsort(cluster[inside], kind="stable")
        zs, ys = z[inside][order], y[inside][order, 0]
        ends = np.searchsorted(cluster[inside][order], np.arange(n + 1))
        for c in range(n):
            part = zs[ends[c] : ends[c + 1]]
            squares[c], products[c] = part.T @ part, part.T @ ys[ends[c] : ends[c + 1]]
        square, product = squares.sum(axis=0), products.sum(axis=0)
        inverse = np.linalg.pinv(np.concatenate([square[None], square - squares]), hermitian=True)
        theta = np.einsum("ckl,cl->ck", inverse, np.concatenate([product[None], product - products]))
        return cls(y[:, 0], z, cluster, theta[0], theta[1:])

    def effects(self, groups: list[Mask]) -> list[Effect | None]:
        """Mean over each group (N kept rows,) of y less what is imputed; None where nothing is in it."""
        clusters = len(self.refits)
        found: list[Effect | None] = []
        for group in groups:
            n = np.bincount(self.cluster[group], minlength=clusters).astype(float)
            if not n.sum():
                found.append(None)
                continue
            y = np.bincount(self.cluster[group], self.y[group], minlength=clusters)
            z = np.zeros((clusters, self.z.shape[1]))
            np.add.at(z, self.cluster[group], self.z[group])
            point = (y.sum() - z.sum(axis=0) @ self.theta) / n.sum()
            rest = np.einsum("ck,ck->c", z.sum(axis=0) - z, self.refits)
            left = n.sum() - n
            refits = np.divide(y.sum() - y - rest, left, out=np.full(clusters, np.nan), where=left > 0)
            found.append(Effect(interval(float(point), refits), int(n.sum())))
        return found


def _centred(values: Floats, unit: Ints, over: Mask) -> Floats:
    """Values (N, K) less their unit's mean over some rows."""
    n = np.bincount(unit, over, minlength=int(unit.max()) + 1)
    found = np.empty_like(values)
    for k in range(values.shape[1]):
        mean = np.bincount(unit, np.where(over, values[:, k], 0.0), minlength=len(n)) / np.maximum(n, 1)
        found[:, k] = values[:, k] - mean[unit]
    return found
