"""Weighted two-way within transformation (demeaning): person and period effects are partialled out of a variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.linalg.observed_cells import nonempty_blocks

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats


_RIDGE = 1e-11


def demean(values: Floats, weights: Floats) -> Floats:
    """Return residuals (B, V, A, P) of weighted projections on person and period effects, 0 where the weight is 0.

    Person effects are concentrated out; the period effects solve a P × P system for each of the B weightings.

    Parameters
    ----------
    values : (B, V, A, P) variables, finite where the weight is positive.
    weights : (B, A, P).
    """
    values = np.where(weights[:, None] > 0, values, 0.0)
    totals = weights.sum(axis=2)
    share = np.divide(weights, totals[:, :, None], out=np.zeros_like(weights), where=totals[:, :, None] > 0)
    centred = values - np.einsum("bap,bvap->bva", share, values)[..., None]
    system = -np.matmul(np.swapaxes(weights, 1, 2), share)
    diagonal = np.arange(weights.shape[2])
    mass = weights.sum(axis=1)
    # Where nobody spans two stretches of periods, each has a constant of its own: the ridge fixes those as well.
    system[:, diagonal, diagonal] += mass + (mass <= 0) + _RIDGE * mass.mean(axis=1, keepdims=True)
    # Period effects are known up to a constant: fix it without touching the residuals.
    alive = (mass > 0).astype(float)
    scale = np.maximum(mass.sum(axis=1), 1e-300) / np.maximum(alive.sum(axis=1), 1) ** 2
    system += scale[:, None, None] * alive[:, :, None] * alive[:, None, :]
    right_hand_side = np.einsum("bap,bvap->bpv", weights, centred)
    effects = np.swapaxes(np.linalg.solve(system, right_hand_side), 1, 2)
    shift = effects[:, :, None, :] - np.einsum("bap,bvp->bva", share, effects)[..., None]
    residuals: Floats = np.where(weights[:, None] > 0, centred - shift, 0.0)
    return residuals


def demean_by_repository(values: Floats, weights: Floats) -> Floats:
    """Demean values (R, V, A, P) by weights (R, A, P), each repository with its own people and periods."""
    residuals = np.zeros(values.shape)
    for r, (people, periods) in nonempty_blocks(weights > 0):
        block = values[r][:, people, periods], weights[r][people, periods]
        residuals[r][:, people, periods] = demean(block[0][None], block[1][None])[0]
    return residuals


def weighted_variance(residuals: Floats, weights: Floats) -> Floats:
    """Return weighted means of squares (B, V) of residuals (B, V, A, P) under weights (B, A, P)."""
    total_weight = np.maximum(weights.sum(axis=(1, 2)), 1e-300)
    squares: Floats = np.einsum("bvap,bap->bv", residuals**2, weights) / total_weight[:, None]
    return squares
