"""The matched comparison covers planted ratios."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from analyzer.inference.matching import compare_matched
from tests.simulated.matching import matched_history
from tests.sizes import sized


def rejects(hits: int, trials: int, least: float) -> bool:
    """Whether an exact one-sided test at 1 % rejects that `least` of the trials hit."""
    return bool(binom.cdf(hits, trials, least) < 0.01)


@pytest.mark.slow
@sized(60, 300)
@pytest.mark.parametrize("people", [3, 10])
@pytest.mark.parametrize("ratio", [0.7, 1.0, 1.5])
def test_planted_ratios_are_covered(people: int, ratio: float, trials: int) -> None:
    """The interval holds the planted difference; marked work of one hazard that is three times larger is no effect."""
    rng, covered, found_any, failed = np.random.default_rng(11), 0, 0, 0
    for _ in range(trials):
        table, truth = matched_history(rng, people=people, ratio=ratio)
        found = compare_matched(table)
        assert found.difference is not None
        covered += found.difference.low <= truth <= found.difference.high
        found_any += found.difference.low > 0 or found.difference.high < 0
        failed += bool(found.failed)
    assert not rejects(covered, trials, 0.93)
    assert not rejects(trials - failed, trials, 0.93)  # other_author is an interval too: 5 % of them miss
    if ratio == 1.0:
        assert binom.sf(found_any - 1, trials, 0.05) >= 0.01
