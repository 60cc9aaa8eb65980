"""Intervals of quarterly rates cover."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from analyzer.inference.trends import rates_by_quarter
from tests.simulated.rates import quarter_of_changes
from tests.sizes import sized


@sized(100, 400)
@pytest.mark.parametrize("rate", [0.02, 0.3])
def test_intervals_cover(rate: float, trials: int) -> None:
    """On drawn quarters the 95 % interval of the unmarked rate holds the truth at least 93 times in a hundred."""
    found = [rates_by_quarter(quarter_of_changes(8, rate, seed), share=True)[-1] for seed in range(trials)]
    covered = sum(point.low <= rate <= point.high for point in found)
    assert binom.cdf(covered, trials, 0.93) >= 0.01
