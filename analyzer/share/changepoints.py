"""Counts by period → where the rate changed for good: exact segmentation of binomial counts.

The segmentation of greatest likelihood with a price for each change (Jackson et al., IEEE Signal Process. Lett. 2005),
by dynamic programming. Commits come in bursts of one person, so counts scatter more than binomial ones: the price grows
with that scatter, taken robustly from neighbouring periods, which a few changes do not move. Sizes: docs/method.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.core.arrays import Floats

# A stretch must have so many periods and so many events; a change costs so much log likelihood for each doubling.
FEWEST_PERIODS, FEWEST = 2, 30
_PRICE = 2.5
# Of fewer steps the median may be the change itself.
_STEPS = 3
_MAD = 0.6744897501960817


def changepoints(hits: Sequence[int], n: Sequence[int]) -> list[int]:
    """Positions where a new rate begins, ascending; periods in order, each with n > 0."""
    k, total = np.asarray(hits, float), np.asarray(n, float)
    count = len(total)
    if count < 2 * FEWEST_PERIODS:
        return []
    cut_k, cut_n = np.append(0.0, np.cumsum(k)), np.append(0.0, np.cumsum(total))
    price = _PRICE * scatter(k, total) * np.log(max(count, 3))
    best, last = np.full(count + 1, -np.inf), np.zeros(count + 1, dtype=int)
    best[0] = price
    for end in range(1, count + 1):
        begins = np.arange(end - FEWEST_PERIODS + 1)
        begins = begins[(cut_n[end] - cut_n[begins] >= FEWEST) & np.isfinite(best[begins])]
        if len(begins):
            value = best[begins] + _likelihood(cut_k[end] - cut_k[begins], cut_n[end] - cut_n[begins]) - price
            last[end], best[end] = begins[np.argmax(value)], value.max()
    found, at = [], count
    while at > 0 and np.isfinite(best[at]):
        at = int(last[at])
        found.append(at)
    return sorted(found)[1:]


def scatter(hits: Floats, n: Floats) -> float:
    """How many times the variance between neighbouring periods is the binomial one; at least 1."""
    p = hits / n
    pooled = (hits[1:] + hits[:-1]) / (n[1:] + n[:-1])
    spread = np.sqrt(pooled * (1 - pooled) * (1 / n[1:] + 1 / n[:-1]))
    known = spread > 0
    if known.sum() < _STEPS:
        return 1.0
    steps = np.abs(np.diff(p)[known] / spread[known])
    return max(1.0, float(np.median(steps) / _MAD) ** 2)


def _likelihood(k: Floats, n: Floats) -> Floats:
    """Log likelihood of counts at their own rate."""
    p = np.clip(k / n, 1e-12, 1 - 1e-12)
    found: Floats = k * np.log(p) + (n - k) * np.log1p(-p)
    return found
