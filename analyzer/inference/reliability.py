"""Split-half reliability of a share that rests on few changes: how much of its within variance is signal.

Changes are split at random into two halves. The noisier the share, the less the halves' shares correlate net of person
and period effects. The Spearman-Brown formula gives the reliability of the full share (docs/method.md, "Use").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.linalg.demeaning import demean
from analyzer.panel import pooled_share

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.core.arrays import Floats, Mask

    Demean = Callable[[Floats, Floats], Floats]

SPLITS = 20
_PAIRS = ((0, 0), (1, 1), (0, 1))


def random_halves(ai: Floats, n: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return pooled shares (A, P) of two random halves of the changes behind each cell; NaN where a half is empty.

    The marked part of a change may be a fraction (a merge of marked and unmarked commits). Such a change is drawn as
    marked with that probability, which keeps the cell's expected share.

    Parameters
    ----------
    ai, n : (A, P) marked and all changes of each cell.
    rng : random generator.
    """
    size = np.nan_to_num(n).astype(np.int64)
    marked = np.minimum(np.floor(np.nan_to_num(ai) + rng.random(ai.shape)).astype(np.int64), size)
    first = size // 2 + (size % 2) * rng.integers(0, 2, size.shape)
    first_marked = rng.hypergeometric(marked, size - marked, first)
    first_share = pooled_share(first_marked.astype(float), first.astype(float), smallest=1)
    second_share = pooled_share((marked - first_marked).astype(float), (size - first).astype(float), smallest=1)
    return first_share, second_share


def split_half_reliability(splits: list[tuple[Floats, Floats]], rows: Mask, weights: Floats) -> Floats:
    """Return the reliability (B,) of the pooled share within people and periods.

    Parameters
    ----------
    splits : shares (A, P) of both halves, per split.
    rows : (A, P) cells of the fit.
    weights : (B, A, P) weights of each of B fits.
    """
    total = np.zeros(len(weights))
    for first, second in splits:
        total += half_correlation(np.stack([first, second]), rows, weights)
    return spearman_brown(total / max(len(splits), 1))


def spearman_brown(correlation: Floats) -> Floats:
    """Return the reliability of the full share from the halves' mean correlation."""
    mean = np.clip(correlation, 0.0, 1.0)
    reliability: Floats = 2 * mean / (1 + mean)
    return reliability


def half_correlation(halves: Floats, rows: Mask, weights: Floats) -> Floats:
    """Return the correlation (B,) of two halves (2, A, P) within people and periods, under weights (B, A, P)."""
    values = np.broadcast_to(halves, (len(weights), *halves.shape))
    return correlation_of_moments(moments(values, rows, weights, demean))


def moments(values: Floats, rows: Mask, weights: Floats, demean_by: Demean) -> Floats:
    """Return the sums of squares of both demeaned halves and of their product (B, 3).

    Parameters
    ----------
    values : (B, 2, A, P) shares of both halves, NaN where a half is empty.
    rows : cells of the fit.
    weights : (B, A, P).
    demean_by : function that demeans values by weights.
    """
    weights = np.where(rows & np.isfinite(values).all(axis=1), weights, 0.0)
    demeaned = demean_by(np.nan_to_num(values), weights)
    products = [np.einsum("bap,bap,bap->b", demeaned[:, i], demeaned[:, j], weights) for i, j in _PAIRS]
    return np.stack(products, axis=1)


def correlation_of_moments(products: Floats) -> Floats:
    """Return correlations (...) of moments (..., 3)."""
    coefficients: Floats = products[..., 2] / np.sqrt(np.maximum(products[..., 0] * products[..., 1], 1e-300))
    return coefficients
