"""Find lasting changes of a rate: exact segmentation of binomial counts by period.

Penalised maximum likelihood by dynamic programming (Jackson et al., IEEE Signal Process. Lett. 2005). Commits come in
bursts by one person, so counts are overdispersed; the penalty grows with that overdispersion, estimated robustly from
neighbouring periods so that a few changes do not affect it. Error rates: docs/method.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.core.arrays import Floats

# Minimum periods and commits (n) of a segment; log likelihood that a change costs, times the log of the period count.
MIN_PERIODS, MIN_EVENTS = 2, 30
_PENALTY = 2.5
# With fewer steps the median may be the change itself.
_MIN_STEPS = 3
_MAD = 0.6744897501960817


def changepoints(hits: Sequence[int], n: Sequence[int]) -> list[int]:
    """Return the positions where a new rate begins, ascending.

    `hits` of `n` per period, in order of time; each n > 0.
    """
    events, trials = np.asarray(hits, float), np.asarray(n, float)
    count = len(trials)
    if count < 2 * MIN_PERIODS:
        return []
    event_sums, trial_sums = np.append(0.0, np.cumsum(events)), np.append(0.0, np.cumsum(trials))
    penalty = _PENALTY * overdispersion(events, trials) * np.log(max(count, 3))
    best, previous = np.full(count + 1, -np.inf), np.zeros(count + 1, dtype=int)
    best[0] = penalty
    for end in range(1, count + 1):
        candidates = np.arange(end - MIN_PERIODS + 1)
        candidates = candidates[
            (trial_sums[end] - trial_sums[candidates] >= MIN_EVENTS) & np.isfinite(best[candidates])
        ]
        if len(candidates):
            scores = (
                best[candidates]
                + _log_likelihood(event_sums[end] - event_sums[candidates], trial_sums[end] - trial_sums[candidates])
                - penalty
            )
            previous[end], best[end] = candidates[np.argmax(scores)], scores.max()
    starts, position = [], count
    while position > 0 and np.isfinite(best[position]):
        position = int(previous[position])
        starts.append(position)
    return sorted(starts)[1:]


def overdispersion(hits: Floats, n: Floats) -> float:
    """Return the variance between neighbouring periods relative to the binomial variance; at least 1."""
    rates = hits / n
    pooled = (hits[1:] + hits[:-1]) / (n[1:] + n[:-1])
    spread = np.sqrt(pooled * (1 - pooled) * (1 / n[1:] + 1 / n[:-1]))
    usable = spread > 0
    if usable.sum() < _MIN_STEPS:
        return 1.0
    steps = np.abs(np.diff(rates)[usable] / spread[usable])
    return max(1.0, float(np.median(steps) / _MAD) ** 2)


def _log_likelihood(hits: Floats, n: Floats) -> Floats:
    """Return the binomial log likelihood of counts at their observed rate."""
    rate = np.clip(hits / n, 1e-12, 1 - 1e-12)
    likelihood: Floats = hits * np.log(rate) + (n - hits) * np.log1p(-rate)
    return likelihood
