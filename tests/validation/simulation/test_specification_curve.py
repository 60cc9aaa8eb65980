"""The joint test of a specification curve is honest without an effect."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from analyzer.simulation.panels import World
from tests.simulated.curve import simulated_curve
from tests.sizes import sized


@pytest.mark.slow
@sized(15, 60)
def test_joint_test_keeps_its_level(trials: int) -> None:
    """Over histories of ten people without effect the joint p is below 5 % in about 5 %."""
    found = [simulated_curve(World(10, periods=20), seed, swaps=99, grains=(2, 4)) for seed in range(trials)]
    p_median = [c.p_median for c in found if c.p_median is not None]
    p_same_sign = [c.p_same_sign for c in found if c.p_same_sign is not None]
    assert len(p_median) == len(p_same_sign) == trials
    for p in (p_median, p_same_sign):
        assert binom.sf(sum(value < 0.05 for value in p) - 1, trials, 0.05) >= 0.01
    assert binom.cdf(sum(value < 0.5 for value in p_median), trials, 0.5) >= 0.001
