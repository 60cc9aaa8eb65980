"""Scores of a target and of a baseline → how much of the target is like disclosed AI code, with an interval.

A one-dimensional KDEy: the target's histogram of scores as a mixture of a positive density (disclosed AI code of other
repositories) and a negative one (this repository's own code of before), by maximum likelihood. The interval draws
commits anew on both sides, another repository's AI density each time, and a drift of the baseline as another had it:
what varies between repositories is most of what is not known. Source: Moreo, González and del Coz, Kernel density
estimation for multiclass quantification, Machine Learning 2025; the recipe and what it covers: docs/style.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.core.arrays import Floats

BINS, EDGE = 24, 6.0
_SMOOTH, _FLOOR, _OWN = 1.2, 1e-3, 0.7
_GRID = np.linspace(0.0, 1.0, 101)
# With 200 draws an end of the interval moved by several points with the seed.
DRAWS = 2_000
# The interval holds the middle 90 % of the draws: what was checked on unseen repositories.
TAIL = 0.05


@dataclass(frozen=True, slots=True)
class Reference:
    """What other repositories look like: densities of AI code (repositories × bins), pooled density (bins), drifts."""

    ai: Floats
    pooled: Floats
    drift: Floats


@dataclass(frozen=True, slots=True)
class Prevalence:
    """Part of the target that is like disclosed AI code: point and 90 % interval."""

    point: float
    low: float
    high: float


def density(scores: Floats) -> Floats:
    """Smoothed histogram of logits on `BINS` bins over ±`EDGE`, summing to 1; nothing in it is 0."""
    counts, _ = np.histogram(np.clip(scores, -EDGE, EDGE), bins=BINS, range=(-EDGE, EDGE))
    smoothed: Floats = _kernel() @ (counts / max(len(scores), 1)) + _FLOOR
    whole: Floats = smoothed / smoothed.sum()
    return whole


def _kernel() -> Floats:
    """Gaussian weights between bins; each column sums to 1, so that no mass is lost at the ends."""
    place = np.arange(BINS)
    weights: Floats = np.exp(-((place[:, None] - place[None, :]) ** 2) / (2 * _SMOOTH**2))
    columns: Floats = weights / weights.sum(axis=0)
    return columns


def mixed(target: Floats, positive: Floats, negative: Floats) -> float:
    """The share of `positive` in `target` (bin shares) of greatest likelihood, on a grid of percent."""
    mixtures = _GRID[:, None] * positive + (1 - _GRID[:, None]) * negative
    return float(_GRID[np.argmax(np.log(mixtures) @ target)])


def prevalence(
    target: Sequence[Floats], baseline: Sequence[Floats], reference: Reference, seed: int, draws: int = DRAWS
) -> Prevalence:
    """Estimate from the logits of each commit's functions, in the target and in the repository's own baseline."""
    rng = np.random.default_rng(seed)
    point = mixed(_shares(np.concatenate(target)), reference.pooled, density(np.concatenate(baseline)))
    found = np.empty(draws)
    for n in range(draws):
        goal = np.concatenate([target[k] for k in rng.integers(len(target), size=len(target))])
        own = np.concatenate([baseline[k] for k in rng.integers(len(baseline), size=len(baseline))])
        negative = density(own + rng.choice(reference.drift))
        positive = _OWN * reference.ai[rng.integers(len(reference.ai))] + (1 - _OWN) * reference.pooled
        found[n] = mixed(_shares(goal), positive, negative)
    low, high = np.quantile(found, [TAIL, 1 - TAIL])
    # Of n functions without any such one, 3/n may still be (the rule of three): no interval ends at exactly 0.
    least = min(3 / sum(len(commit) for commit in target), 1.0)
    return Prevalence(point, float(min(low, point)), float(max(high, point, least)))


def _shares(scores: Floats) -> Floats:
    counts, _ = np.histogram(np.clip(scores, -EDGE, EDGE), bins=BINS, range=(-EDGE, EDGE))
    shares: Floats = counts / len(scores)
    return shares
