"""A company of 40 people that loses half of its marks: usage finds what marks miss, and nothing where nothing acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import binomtest

from analyzer.inference.grading.throughput import throughput_verdict
from tests.simulated.usage import company
from tests.sizes import sized

if TYPE_CHECKING:
    from analyzer.panel import Panel

_PERMUTATIONS = 499


def found(panel: Panel, *, either: bool = False) -> bool:
    """Whether the verdict's test finds more output with more AI (`either`: or less)."""
    estimates = throughput_verdict(panel, n_permutations=_PERMUTATIONS).estimates
    assert estimates is not None
    effect = estimates.within
    return estimates.p < 0.05 and (effect.low > 0 or (either and effect.high < 0))


def test_half_of_the_marks_are_lost_by_person_and_month() -> None:
    """Recall is about .5, and differs between people and from month to month."""
    recall = np.stack([company(0.5, seed).recall for seed in range(5)])
    assert 0.45 < recall.mean() < 0.55
    assert recall.mean(axis=2).std() > 0.1
    assert np.diff(recall, axis=2).std() > 0.05


@pytest.mark.slow
@sized(12, 100)
def test_usage_finds_what_marks_miss(trials: int) -> None:
    """+50 % per 50 points: found by usage in .93 of 200 histories (± .02), by marks in .61 (± .03).

    Bounds are exact binomial ones at 99.9 %; at full size the two rates must also differ by pairs.
    """
    pairs = [(found(c.marks), found(c.usage)) for c in (company(0.5, 1000 + seed) for seed in range(trials))]
    by_marks, by_usage = (sum(column) for column in zip(*pairs, strict=True))
    assert binomtest(by_usage, trials, 0.85, "less").pvalue > 0.001
    assert by_usage > by_marks
    only_usage, only_marks = sum(u and not m for m, u in pairs), sum(m and not u for m, u in pairs)
    if trials >= 100:
        assert binomtest(only_usage, only_usage + only_marks, 0.5, "greater").pvalue < 0.001


@pytest.mark.slow
@sized(12, 100)
def test_usage_finds_nothing_where_nothing_acts(trials: int) -> None:
    """At level .05 in either direction (.02 of 200, ± .01); the bound is the exact binomial one at 99.9 %."""
    hits = sum(found(company(0.0, 1000 + seed).usage, either=True) for seed in range(trials))
    assert binomtest(hits, trials, 0.05, "greater").pvalue > 0.001
