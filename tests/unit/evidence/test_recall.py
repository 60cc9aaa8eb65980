"""Recall of marks by month: low or varying recall is named, chance is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analyzer.evidence.recall import Recall


def recall(rates: list[float], n: int, seed: int) -> Recall:
    """Recall of marks that are drawn at these monthly rates."""
    marked = np.random.default_rng(seed).binomial(n, rates)
    months = pd.DataFrame({"n": n, "marked": marked}).astype("Int64")
    return Recall(months, n * len(rates), int(marked.sum()))


def test_steady_recall_is_steady() -> None:
    """In two years of small months the best and the worst are far apart by chance: that is no change of marking."""
    steady = [recall([0.65] * 24, 30, seed) for seed in range(200)]
    apart = [np.ptp((r.months["marked"] / r.months["n"]).to_numpy(float)) > 0.3 for r in steady]
    assert np.mean(apart) > 0.5
    assert np.mean([r.varies for r in steady]) <= 0.08
    assert np.mean([r.unsteady for r in steady]) <= 0.08


@pytest.mark.parametrize("rates", [[0.3] * 12 + [0.9] * 12, [0.95] * 23 + [0.3], [1.0, 0.0]])
def test_recall_that_moves_is_found(rates: list[float]) -> None:
    """A change for good, and one odd month."""
    assert all(recall(rates, 60, seed).varies for seed in range(20))
