"""Rates with heavy tails, such as lead times: where there is no link, one is told no more often than is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import binom

from tests.fleet_outcomes import answered, planted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analyzer.core.arrays import Floats

    Draw = Callable[[np.random.Generator, tuple[int, int]], Floats]


def _following(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Lognormal, each period like the one before it."""
    z = rng.normal(size=shape)
    for t in range(1, shape[1]):
        z[:, t] = 0.6 * z[:, t - 1] + 0.8 * z[:, t]
    return np.exp(z)


# By name the noise, units and periods. Of Pareto's 1.5 the variance has no bound; at 1.1 the mean barely has one.
TAILS: dict[str, tuple[Draw, int, int]] = {
    "gamma": (lambda rng, shape: rng.gamma(4, 0.25, shape), 24, 30),
    "lognormal 1": (lambda rng, shape: rng.lognormal(0, 1, shape), 24, 30),
    "lognormal 1, few": (lambda rng, shape: rng.lognormal(0, 1, shape), 8, 16),
    "lognormal 1, following": (_following, 24, 30),
    "lognormal 2": (lambda rng, shape: rng.lognormal(0, 2, shape), 24, 30),
    "lognormal 2, many": (lambda rng, shape: rng.lognormal(0, 2, shape), 60, 20),
    "Pareto 1.5": (lambda rng, shape: 1 + rng.pareto(1.5, shape), 24, 30),
    "Pareto 1.1, few": (lambda rng, shape: 1 + rng.pareto(1.1, shape), 8, 16),
}


QUICK = [(tail, 25) for tail in TAILS if tail.endswith("few")]
WHOLE = [pytest.param(tail, 200, marks=pytest.mark.exhaustive) for tail in TAILS]


@pytest.mark.parametrize(("tail", "trials"), [*QUICK, *WHOLE])
def test_false_associations_are_rare(tail: str, trials: int, tmp_path: Path) -> None:
    """A grade, an interval without the truth, and p of 5 %: each in one of twenty, by the upper end of chance."""
    draw, units, periods = TAILS[tail]
    told = missed = sure = 0
    for seed in range(trials):
        shares, figures = planted(seed, 0.0, units, periods)
        rng = np.random.default_rng(seed + 10_000)
        level = rng.normal(2, 0.5, units)[:, None] + np.cumsum(rng.normal(0, 0.05, periods))
        y = np.exp(level) * draw(rng, (units, periods))
        link = answered(tmp_path, shares, figures.assign(incidents=y.ravel()), {"kind": "rate"})[0].link
        told += link.grade not in {"unknown_too_little_history", "nothing_detected", "says_nothing"}
        if (found := link.association) is not None:
            missed += not found.low <= 0 <= (np.inf if found.high is None else found.high)
            sure += found.p is not None and found.p <= 0.05
    most = binom.ppf(0.999, trials, 0.05)
    assert (told <= most, missed <= most, sure <= most) == (True, True, True), (told, missed, sure)
