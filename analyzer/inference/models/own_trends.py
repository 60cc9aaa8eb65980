"""Panel models in which each person also has a linear trend of their own, for a batch of data sets at once.

log E[y_at] = α_a + δ_a t + γ_t + Σ_k β_k x_kat, by iterated least squares (PPML), or the same right-hand side for
log(1 + y) by one step of least squares. People's effects are partialled out person by person and those of periods in
one system of P equations (Frisch and Waugh, Econometrica 1933), so a refit without one person costs next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.linalg.identification import identified, partial_out_others
from analyzer.inference.models.ppml import LONGEST_STEP, rows_with_counts

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Mask

_STEPS = 60
_TOLERANCE = 1e-10
_MAX_LOG = 30.0
# Part of the weight that is added to each equation, so that what is not identified takes no step.
_RIDGE = 1e-10
# Where a coefficient runs to infinity, its information ends at about this part of the likelihood's tolerance.
_COLLINEAR = 1e3 * _TOLERANCE


@dataclass(frozen=True, slots=True)
class OwnTrendFit:
    """A batch of B fits over A rows, P periods and K regressors.

    Attributes
    ----------
    beta : (B, K) coefficients, NaN where not identified.
    weights : (B, A, P) working weights of the last step, 0 outside the rows used.
    residuals : (B, K, A, P) regressors with every effect partialled out.
    converged : (B,) whether the last step gained next to nothing.
    """

    beta: Floats
    weights: Floats
    residuals: Floats
    converged: Mask


def fit_own_trends(
    y: Floats, rows: Mask, x: Floats, *, counts: bool = True, start: Floats | None = None
) -> OwnTrendFit:
    """Fit every data set of a batch.

    Parameters
    ----------
    y : (A, P) outcome, shared by all data sets.
    rows : (B, A, P) which cells are observed.
    x : (K, A, P) regressors, shared by all data sets, finite wherever a row is observed.
    counts : fit counts by PPML; otherwise log(1 + y) by least squares.
    start : (A, P) working weights of a related fit.
    """
    regressors = np.nan_to_num(x)
    if not counts:
        weights = rows.astype(float)
        outcome = np.broadcast_to(np.log1p(np.where(np.isfinite(y), y, 0.0)), weights.shape)
        beta, residuals, _ = _solve(outcome, regressors, weights)
        return _result(beta, regressors, residuals, weights, np.ones(len(rows), np.bool_))
    rows = rows_with_counts(y, rows)
    observed = np.where(rows, y, 0.0)
    mean = observed.sum(axis=(1, 2)) / np.maximum(rows.sum(axis=(1, 2)), 1)
    guess = (observed + mean[:, None, None]) / 2 if start is None else np.maximum(start, mean[:, None, None] * 1e-3)
    weights = np.where(rows, guess, 0.0)
    eta = np.log(np.where(rows, weights, 1.0))
    likelihood = np.full(len(rows), -np.inf)
    beta, residuals = np.zeros((len(rows), len(x))), np.zeros((len(rows), *x.shape))
    converged = np.zeros(len(rows), np.bool_)
    for _ in range(_STEPS):
        working = np.where(rows, eta + (observed - weights) / np.where(rows, weights, 1.0), 0.0)
        beta, residuals, errors = _solve(working, regressors, weights)
        eta = eta + np.where(rows, np.clip(working - errors - eta, -LONGEST_STEP, LONGEST_STEP), 0.0)
        weights = np.where(rows, np.exp(np.clip(eta, -_MAX_LOG, _MAX_LOG)), 0.0)
        previous, likelihood = likelihood, (observed * eta - weights).sum(axis=(1, 2))
        converged = np.abs(likelihood - previous) <= _TOLERANCE * (1 + np.abs(likelihood))
        if converged.all():
            break
    return _result(beta, regressors, residuals, weights, converged)


def partial_out(values: Floats, weights: Floats) -> Floats:
    """Partial effects of rows, their linear trends and periods out of values (B, V, A, P), by weights (B, A, P)."""
    periods = weights.shape[2]
    time = (np.arange(periods) - (periods - 1) / 2) / max(periods, 1)
    basis = np.stack([np.ones(periods), time])
    total = weights.sum(axis=(1, 2))
    weighted_basis = weights[:, :, None] * basis
    products = np.einsum("baip,jp->baij", weighted_basis, basis)
    ridge = _RIDGE * np.maximum(total, 1.0) / max(weights.shape[1], 1)
    inverse = np.linalg.inv(products + ridge[:, None, None, None] * np.eye(len(basis)))
    projected = np.einsum("baij,bajp->baip", inverse, weighted_basis)
    flat = (len(weights), -1, periods)
    by_period = weights.sum(axis=1)
    system = -np.matmul(weighted_basis.reshape(flat).mT, projected.reshape(flat))
    diagonal = np.arange(periods)
    system[:, diagonal, diagonal] += by_period + np.where(by_period > 0, _RIDGE * total[:, None] / periods, 1.0)
    weighted = values * weights[:, None]
    on_basis = np.einsum("bvap,ip->bvai", weighted, basis)
    right = weighted.sum(axis=2) - np.einsum("bvai,baip->bvp", on_basis, projected)
    period_effects = np.linalg.solve(system, right.mT).mT
    remaining = values - period_effects[:, :, None]
    on_basis = np.einsum("bvap,ip->bvai", remaining * weights[:, None], basis)
    remaining = remaining - np.einsum("bvai,baij,jp->bvap", on_basis, inverse, basis, optimize=True)
    residuals: Floats = np.where(weights[:, None] > 0, remaining, 0.0)
    return residuals


def _solve(outcome: Floats, x: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Return coefficients (B, K), residual regressors (B, K, A, P) and residuals (B, A, P) of a weighted step."""
    values = np.concatenate([np.broadcast_to(x, (len(weights), *x.shape)), outcome[:, None]], axis=1)
    remaining = partial_out(values, weights)
    residuals, errors = remaining[:, :-1], remaining[:, -1]
    products = np.einsum("bkap,blap,bap->bkl", residuals, residuals, weights, optimize=True)
    right = np.einsum("bkap,bap,bap->bk", residuals, errors, weights, optimize=True)
    beta = (np.linalg.pinv(products, hermitian=True) @ right[..., None])[..., 0]
    return beta, residuals, errors - np.einsum("bk,bkap->bap", beta, residuals)


def _result(beta: Floats, x: Floats, residuals: Floats, weights: Floats, converged: Mask) -> OwnTrendFit:
    """Return the fits, with coefficients that are not identified as NaN."""
    products = np.einsum("bkap,blap,bap->bkl", residuals, residuals, weights, optimize=True)
    rows = (weights > 0).astype(float)
    n = np.maximum(rows.sum(axis=(1, 2)), 1)[:, None]
    mean, square = (np.einsum("kap,bap->bk", power, rows) / n for power in (x, x**2))
    estimable = identified(partial_out_others(products), weights.sum(axis=(1, 2)), mean, square, _COLLINEAR)
    return OwnTrendFit(np.where(estimable & converged[:, None], beta, np.nan), weights, residuals, converged)
