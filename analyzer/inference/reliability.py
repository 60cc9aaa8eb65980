"""Reliability of a share that rests on few changes: how much of its within variance is signal.

Units are dealt at random into two halves; the halves' shares, author and period effects taken out, correlate less
the noisier the share is. Spearman and Brown's formula gives the reliability of the whole (docs/method.md, "Use").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.linalg.demeaning import demean
from analyzer.panel import pooled_share

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.core.arrays import Floats, Mask

    Demeaned = Callable[[Floats, Floats], Floats]

SPLITS = 20
_PAIRS = ((0, 0), (1, 1), (0, 1))


def halves(ai: Floats, n: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Pooled shares (A, P) of two random halves of the units behind each cell; NaN where a half is empty.

    A unit's own part may be a fraction (a merge of marked and unmarked commits); it is dealt as marked or not with
    that probability, which keeps the cell's expected share.
    """
    size = np.nan_to_num(n).astype(np.int64)
    marked = np.minimum(np.floor(np.nan_to_num(ai) + rng.random(ai.shape)).astype(np.int64), size)
    first = size // 2 + (size % 2) * rng.integers(0, 2, size.shape)
    first_marked = rng.hypergeometric(marked, size - marked, first)
    one = pooled_share(first_marked.astype(float), first.astype(float), smallest=1)
    two = pooled_share((marked - first_marked).astype(float), (size - first).astype(float), smallest=1)
    return one, two


def reliability(splits: list[tuple[Floats, Floats]], rows: Mask, weights: Floats) -> Floats:
    """Reliability (B,) of the pooled share within authors and periods, under each of B weightings (B, A, P)."""
    total = np.zeros(len(weights))
    for one, two in splits:
        total += correlated(np.stack([one, two]), rows, weights)
    return whole_of_halves(total / max(len(splits), 1))


def whole_of_halves(correlation: Floats) -> Floats:
    """Spearman and Brown's reliability of the whole from the halves' mean correlation."""
    mean = np.clip(correlation, 0.0, 1.0)
    whole: Floats = 2 * mean / (1 + mean)
    return whole


def correlated(halves_: Floats, rows: Mask, weights: Floats) -> Floats:
    """Correlation (B,) of two halves (2, A, P) within authors and periods of each weighting (B, A, P)."""
    values = np.broadcast_to(halves_, (len(weights), *halves_.shape))
    return correlation(moments(values, rows, weights, demean))


def moments(values: Floats, rows: Mask, weights: Floats, demeaned: Demeaned) -> Floats:
    """(B, 3): squares of the one half, of the other, and their product, of values (B, 2, A, P) demeaned by weights."""
    both = rows & np.isfinite(values).all(axis=1)
    weight = np.where(both, weights, 0.0)
    left = demeaned(np.nan_to_num(values), weight)
    found: Floats = np.stack([np.einsum("bap,bap,bap->b", left[:, i], left[:, j], weight) for i, j in _PAIRS], axis=1)
    return found


def correlation(found: Floats) -> Floats:
    """Correlations of moments (..., 3)."""
    known: Floats = found[..., 2] / np.sqrt(np.maximum(found[..., 0] * found[..., 1], 1e-300))
    return known
