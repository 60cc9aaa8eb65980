"""Many simulated repositories in one stage: small ones find together what one cannot, and a null stays one."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from analyzer.inference.meta_analysis import MetaAnalysis, estimate_meta_analysis
from tests.simulated.repositories import fleet
from tests.sizes import sized


def estimated(*args: object, **named: object) -> MetaAnalysis:
    """A fleet that can be estimated."""
    found = estimate_meta_analysis(*fleet(*args, **named), n_permutations=499, seed=0)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_forty_small_repositories_find_what_one_cannot() -> None:
    """A planted +30 % over forty repositories of five: found, with the right size; each alone is too small to judge."""
    t = estimated(40, effect=0.3).throughput
    assert t.p < 0.01
    assert t.within.low > 0
    assert t.within.low < 0.3 < t.within.high


@pytest.mark.slow
@sized(20, 60)
def test_pooled_test_keeps_its_level(trials: int) -> None:
    """Twelve repositories of four without effect: p and interval agree on a finding in about 5 % of fleets."""
    hits = 0
    for seed in range(trials):
        t = estimated(12, authors=4, seed=seed).throughput
        hits += t.p < 0.05 and t.within.beta.excludes_zero
    assert binom.sf(hits - 1, trials, 0.05) >= 0.01
