"""Estimate which part of a target is like disclosed AI code (prevalence, or quantification), with an interval.

We use a one-dimensional KDEy: it fits the target's histogram of scores, by maximum likelihood, as a mixture of a
positive density (disclosed AI code of other repositories) and a negative one (this repository's own older code). For
the interval we resample the commits of target and baseline, and in each draw take the AI density of one other
repository and the baseline drift of one, because most of the uncertainty is variation between repositories. Source:
Moreo, González and del Coz, Kernel density estimation for multiclass quantification, Machine Learning 2025. Settings
and coverage: docs/style.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.core.arrays import Floats

BINS, EDGE = 24, 6.0
_BANDWIDTH, _MIN_MASS, _REPOSITORY_WEIGHT = 1.2, 1e-3, 0.7
_GRID = np.linspace(0.0, 1.0, 101)
# With 200 draws the ends of the interval moved by several points with the seed.
DRAWS = 2_000
# The interval holds the middle 90 % of the draws, whose coverage was checked on unseen repositories.
TAIL = 0.05


@dataclass(frozen=True, slots=True)
class Reference:
    """What other repositories look like.

    ai : (repositories, bins) densities of AI code.
    pooled : (bins,) pooled density of AI code.
    drift : changes of the mean logit of undisclosed code over time, one per repository.
    """

    ai: Floats
    pooled: Floats
    drift: Floats


@dataclass(frozen=True, slots=True)
class Prevalence:
    """The part of the target that is like disclosed AI code: point and 90 % interval."""

    point: float
    low: float
    high: float


def density(scores: Floats) -> Floats:
    """Return the smoothed histogram of logits on `BINS` bins over ±`EDGE`; it sums to 1 and has no zeros."""
    counts, _ = np.histogram(np.clip(scores, -EDGE, EDGE), bins=BINS, range=(-EDGE, EDGE))
    smoothed: Floats = _kernel() @ (counts / max(len(scores), 1)) + _MIN_MASS
    normalised: Floats = smoothed / smoothed.sum()
    return normalised


def _kernel() -> Floats:
    """Return Gaussian weights between bins; each column sums to 1, so that no mass is lost at the ends."""
    bins = np.arange(BINS)
    weights: Floats = np.exp(-((bins[:, None] - bins[None, :]) ** 2) / (2 * _BANDWIDTH**2))
    normalised: Floats = weights / weights.sum(axis=0)
    return normalised


def mixture_share(target: Floats, positive: Floats, negative: Floats) -> float:
    """Return the maximum likelihood share of `positive` in `target` (bin shares), on a grid of whole percents."""
    mixtures = _GRID[:, None] * positive + (1 - _GRID[:, None]) * negative
    return float(_GRID[np.argmax(np.log(mixtures) @ target)])


def estimate_prevalence(
    target: Sequence[Floats], baseline: Sequence[Floats], reference: Reference, seed: int, draws: int = DRAWS
) -> Prevalence:
    """Estimate the part of the target that is like disclosed AI code.

    Parameters
    ----------
    target, baseline : per commit, the logits of its functions; the baseline is the repository's own older code.
    reference : what other repositories look like.
    seed, draws : of the resampling.
    """
    rng = np.random.default_rng(seed)
    point = mixture_share(_bin_shares(np.concatenate(target)), reference.pooled, density(np.concatenate(baseline)))
    estimates = np.empty(draws)
    for n in range(draws):
        resampled_target = np.concatenate([target[k] for k in rng.integers(len(target), size=len(target))])
        resampled_baseline = np.concatenate([baseline[k] for k in rng.integers(len(baseline), size=len(baseline))])
        negative = density(resampled_baseline + rng.choice(reference.drift))
        positive = (
            _REPOSITORY_WEIGHT * reference.ai[rng.integers(len(reference.ai))]
            + (1 - _REPOSITORY_WEIGHT) * reference.pooled
        )
        estimates[n] = mixture_share(_bin_shares(resampled_target), positive, negative)
    low, high = np.quantile(estimates, [TAIL, 1 - TAIL])
    # If none of n functions is like AI code, up to 3/n may still be (rule of three), so no interval ends at exactly 0.
    zero_bound = min(3 / sum(len(commit) for commit in target), 1.0)
    return Prevalence(point, float(min(low, point)), float(max(high, point, zero_bound)))


def _bin_shares(scores: Floats) -> Floats:
    counts, _ = np.histogram(np.clip(scores, -EDGE, EDGE), bins=BINS, range=(-EDGE, EDGE))
    shares: Floats = counts / len(scores)
    return shares
