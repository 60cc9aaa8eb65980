"""Staggered adoption: the imputation event study of Borusyak, Jaravel and Spiess (Rev. Econ. Studies 2024).

Unit effects, period effects and covariates are fitted on rows that have not adopted. The outcome that adopters would
have had is imputed from this fit, and differences from it are averaged by periods since adoption. Leads come from the
unadopted rows alone: they test for parallel trends and are not part of the effect. Intervals are full-refit
leave-one-cluster-out jackknives, t(G-1); unit effects are concentrated out, so that a refit is one small system.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import fdtrc

from analyzer.inference.jackknife import Interval, jackknife_interval

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Ints, Mask

HORIZON = 6
FIRST_LATER = 3
MIN_ADOPTERS = 8


@dataclass(frozen=True, slots=True)
class AdoptionPanel:
    """Rows of a panel with staggered adoption.

    Attributes
    ----------
    y : (N,) outcome, in logs.
    unit, period, cluster : (N,) codes from 0.
    since : (N,) periods since adoption, negative before it, NaN for a unit that never adopts.
    x : (N, K) covariates.
    """

    y: Floats
    unit: Ints
    period: Ints
    since: Floats
    x: Floats
    cluster: Ints


@dataclass(frozen=True, slots=True)
class Effect:
    """Mean difference of some rows from their imputed outcome, on the log scale; n: rows."""

    estimate: Interval
    n: int


@dataclass(frozen=True, slots=True)
class EventStudy:
    """Effects of adoption.

    Attributes
    ----------
    effects : by horizon, in periods since adoption.
    leads : by horizon before adoption, negative.
    leads_p : joint p of all leads, NaN without any.
    average : over all adopted rows.
    early, later : over horizons 0 to 2, and from 3 on.
    rows : rows behind the estimates.
    adopters : units behind the effects.
    clusters : clusters that the jackknife leaves out.
    not_imputed : adopted rows without an unadopted row of their unit, or of any unit in their period.
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
    not_imputed: int


def estimate_event_study(panel: AdoptionPanel) -> EventStudy | None:
    """Estimate the effects of adoption; None below eight adopters with a period before and one since."""
    adopted = panel.since >= 0
    imputable = _imputable(panel, adopted)
    imputed = imputable & adopted
    adopters = len(np.unique(panel.unit[imputed]))
    if adopters < MIN_ADOPTERS:
        return None
    imputation = _Imputation.of(panel, ~adopted & imputable, imputed, np.zeros((len(panel.y), 0)))
    since = panel.since[imputable]
    horizons = [since == h for h in range(HORIZON + 1)]
    ranges = [since >= 0, (since >= 0) & (since < FIRST_LATER), since >= FIRST_LATER]
    effects = imputation.effects([*horizons, *ranges])
    by_horizon = {h: effect for h, effect in enumerate(effects[: HORIZON + 1]) if effect is not None}
    average, early, later = effects[HORIZON + 1 :]
    leads, leads_p = _lead_effects(panel, ~adopted & imputable)
    if average is None:
        return None
    clusters = len(np.unique(panel.cluster[imputable]))
    return EventStudy(
        by_horizon,
        leads,
        leads_p,
        average,
        early,
        later,
        rows=int(imputable.sum()),
        adopters=adopters,
        clusters=clusters,
        not_imputed=int((adopted & ~imputable).sum()),
    )


def _imputable(panel: AdoptionPanel, adopted: Mask) -> Mask:
    """Return which rows (N,) can be imputed: their unit and their period have a row that has not adopted."""
    unit_has_control = np.bincount(panel.unit, ~adopted, minlength=int(panel.unit.max()) + 1) > 0
    period_has_control = np.bincount(panel.period, ~adopted, minlength=int(panel.period.max()) + 1) > 0
    imputable: Mask = unit_has_control[panel.unit] & period_has_control[panel.period]
    return imputable


def _lead_effects(panel: AdoptionPanel, fitted: Mask) -> tuple[dict[int, Effect], float]:
    """Return the leads -6 … -1 among unadopted rows and their joint p.

    Earlier rows and never-adopters are the reference.
    """
    horizons = [h for h in range(-HORIZON, 0) if (fitted & (panel.since == h)).any()]
    if not horizons:
        return {}, math.nan
    dummies = np.stack([(panel.since == h).astype(float) for h in horizons], axis=1)
    imputation = _Imputation.of(panel, fitted, fitted, dummies)
    k = len(horizons)
    beta, refits = imputation.theta[-k:], imputation.refits[:, -k:]
    leads = {
        h: Effect(jackknife_interval(float(beta[j]), refits[:, j]), int((fitted & (panel.since == h)).sum()))
        for j, h in enumerate(horizons)
        if np.isfinite(refits[:, j]).all()
    }
    return leads, _joint_p(beta, refits)


def _joint_p(beta: Floats, refits: Floats) -> float:
    """Return the p of all coefficients being 0: Hotelling's T², F(k, G-k), with the jackknife's covariance."""
    clusters, k = refits.shape
    if clusters <= k or not np.isfinite(refits).all():
        return math.nan
    deviations = refits - beta
    covariance = (clusters - 1) / clusters * deviations.T @ deviations
    t2 = float(beta @ np.linalg.pinv(covariance, hermitian=True) @ beta)
    return float(fdtrc(k, clusters - k, t2 * (clusters - k) / ((clusters - 1) * k)))


@dataclass(frozen=True, slots=True)
class _Imputation:
    """The fit on some rows and its refits without each cluster; all variables are demeaned by unit over those rows.

    Attributes
    ----------
    y : (N,) outcome of the fitted and the imputed rows.
    z : (N, W) design: period dummies, covariates and extra columns.
    cluster : (N,) codes from 0.
    theta : (W,) coefficients.
    refits : (G, W) coefficients without each cluster.
    """

    y: Floats
    z: Floats
    cluster: Ints
    theta: Floats
    refits: Floats

    @classmethod
    def of(cls, panel: AdoptionPanel, fitted: Mask, imputed: Mask, extra: Floats) -> _Imputation:
        """Fit period effects, covariates and `extra` columns on the rows `fitted`; keep the rows `imputed` as well."""
        _, period = np.unique(panel.period, return_inverse=True)
        dummies = np.zeros((len(panel.y), int(period.max()) + 1))
        dummies[np.arange(len(panel.y)), period] = 1.0
        columns = [dummies[:, 1:], panel.x, extra]
        z = np.concatenate(columns, axis=1)
        retained = fitted | imputed
        y, z = (_demean_by_unit(v, panel.unit, fitted)[retained] for v in (panel.y[:, None], z))
        _, cluster = np.unique(panel.cluster[retained], return_inverse=True)
        is_fitted = fitted[retained]
        n_clusters, width = int(cluster.max()) + 1, z.shape[1]
        squares, products = np.zeros((n_clusters, width, width)), np.zeros((n_clusters, width))
        order = np.argsort(cluster[is_fitted], kind="stable")
        zs, ys = z[is_fitted][order], y[is_fitted][order, 0]
        ends = np.searchsorted(cluster[is_fitted][order], np.arange(n_clusters + 1))
        for c in range(n_clusters):
            block = zs[ends[c] : ends[c + 1]]
            squares[c], products[c] = block.T @ block, block.T @ ys[ends[c] : ends[c + 1]]
        total_squares, total_products = squares.sum(axis=0), products.sum(axis=0)
        inverse = np.linalg.pinv(np.concatenate([total_squares[None], total_squares - squares]), hermitian=True)
        theta = np.einsum("ckl,cl->ck", inverse, np.concatenate([total_products[None], total_products - products]))
        return cls(y[:, 0], z, cluster, theta[0], theta[1:])

    def effects(self, masks: list[Mask]) -> list[Effect | None]:
        """Return the mean of y minus its imputed value over the rows of each mask (N,); None for an empty mask."""
        clusters = len(self.refits)
        estimates: list[Effect | None] = []
        for mask in masks:
            n = np.bincount(self.cluster[mask], minlength=clusters).astype(float)
            if not n.sum():
                estimates.append(None)
                continue
            y = np.bincount(self.cluster[mask], self.y[mask], minlength=clusters)
            z = np.zeros((clusters, self.z.shape[1]))
            np.add.at(z, self.cluster[mask], self.z[mask])
            point = (y.sum() - z.sum(axis=0) @ self.theta) / n.sum()
            imputed = np.einsum("ck,ck->c", z.sum(axis=0) - z, self.refits)
            remaining = n.sum() - n
            refits = np.divide(y.sum() - y - imputed, remaining, out=np.full(clusters, np.nan), where=remaining > 0)
            estimates.append(Effect(jackknife_interval(float(point), refits), int(n.sum())))
        return estimates


def _demean_by_unit(values: Floats, unit: Ints, fitted: Mask) -> Floats:
    """Subtract from values (N, K) their unit's mean over the fitted rows."""
    n = np.bincount(unit, fitted, minlength=int(unit.max()) + 1)
    demeaned = np.empty_like(values)
    for k in range(values.shape[1]):
        mean = np.bincount(unit, np.where(fitted, values[:, k], 0.0), minlength=len(n)) / np.maximum(n, 1)
        demeaned[:, k] = values[:, k] - mean[unit]
    return demeaned
