"""Weighted two-way demeaning: what is left of a variable when author and period effects are taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.linalg.observed_cells import nonempty_blocks

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats


_RIDGE = 1e-11


def demean(values: Floats, weights: Floats) -> Floats:
    """Residuals of weighted projections on author and period effects.

    values (B, V, A, P), finite where weights (B, A, P) are positive → residuals (B, V, A, P), 0 where the weight is.
    Author effects are concentrated out; the period effects solve a P × P system for each of the B weightings.
    """
    values = np.where(weights[:, None] > 0, values, 0.0)
    totals = weights.sum(axis=2)
    share = np.divide(weights, totals[:, :, None], out=np.zeros_like(weights), where=totals[:, :, None] > 0)
    centred = values - np.einsum("bap,bvap->bva", share, values)[..., None]
    system = -np.matmul(np.swapaxes(weights, 1, 2), share)
    own = np.arange(weights.shape[2])
    mass = weights.sum(axis=1)
    # Where nobody spans two stretches of periods each has a constant of its own: the ridge fixes those as well.
    system[:, own, own] += mass + (mass <= 0) + _RIDGE * mass.mean(axis=1, keepdims=True)
    # Period effects are known up to a constant: fix it without touching the residuals.
    alive = (mass > 0).astype(float)
    scale = np.maximum(mass.sum(axis=1), 1e-300) / np.maximum(alive.sum(axis=1), 1) ** 2
    system += scale[:, None, None] * alive[:, :, None] * alive[:, None, :]
    right = np.einsum("bap,bvap->bpv", weights, centred)
    effects = np.swapaxes(np.linalg.solve(system, right), 1, 2)
    shift = effects[:, :, None, :] - np.einsum("bap,bvp->bva", share, effects)[..., None]
    residuals: Floats = np.where(weights[:, None] > 0, centred - shift, 0.0)
    return residuals


def within_each(values: Floats, weights: Floats) -> Floats:
    """`within` for repositories: values (R, V, A, P), weights (R, A, P); each solves for the periods it has."""
    left = np.zeros(values.shape)
    for r, (authors, periods) in nonempty_blocks(weights > 0):
        block = values[r][:, authors, periods], weights[r][authors, periods]
        left[r][:, authors, periods] = demean(block[0][None], block[1][None])[0]
    return left


def variance(residual: Floats, weights: Floats) -> Floats:
    """Weighted mean of squares: (B, V, A, P), (B, A, P) → (B, V)."""
    mass = np.maximum(weights.sum(axis=(1, 2)), 1e-300)
    squares: Floats = np.einsum("bvap,bap->bv", residual**2, weights) / mass[:, None]
    return squares
