"""Reliability of a share that rests on few changes: how much of its within variance is signal.

Units are dealt at random into two halves; the halves' shares, author and period effects taken out, correlate less
the noisier the share is. Spearman and Brown's formula gives the reliability of the whole (docs/method.md, "Use").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.within import within
from analyzer.panel import pooled_share

if TYPE_CHECKING:
    from analyzer.arrays import Floats, Mask

SPLITS = 20


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


def correlated(halves_: Floats, rows: Mask, weights: Floats, *, together: bool = False) -> Floats:
    """Correlation (B,) of two halves (2, A, P) or (B, 2, A, P) within authors and periods of each weighting (B, A, P).

    `together`: one correlation over all weightings, each of which is then a repository with periods of its own.
    """
    values = np.broadcast_to(halves_, (len(weights), *halves_.shape[-3:]))
    both = rows & np.isfinite(values).all(axis=1)
    weight = np.where(both, weights, 0.0)
    left = within(np.nan_to_num(values), weight)
    squares = np.einsum("bvap,bap->bv", left**2, weight)
    product = np.einsum("bap,bap,bap->b", left[:, 0], left[:, 1], weight)
    if together:
        squares, product = squares.sum(axis=0, keepdims=True), product.sum(keepdims=True)
    found: Floats = product / np.sqrt(np.maximum(squares[:, 0] * squares[:, 1], 1e-300))
    return found
