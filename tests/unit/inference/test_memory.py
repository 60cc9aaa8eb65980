"""Judging holds little at a time, however many swaps and people there are."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analyzer.inference.grading.spillover import estimate_spill_over
from analyzer.inference.resampling import permutation
from analyzer.inference.resampling.permutation import permutation_p

if TYPE_CHECKING:
    from collections.abc import Callable

MIB = 2**20


def peak(run: Callable[[], object]) -> float:
    """MiB that a call takes at most."""
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1] / MIB
    finally:
        tracemalloc.stop()


def test_permutations_of_a_large_panel_use_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred swaps of 60 people and 300 periods below 64 MiB, with the p of one batch."""
    rng = np.random.default_rng(0)
    y, x = rng.poisson(2.0, (60, 300)).astype(float), rng.uniform(size=(60, 300))
    span = rng.uniform(size=x.shape) < 0.1
    found: list[float] = []

    def run() -> None:
        found.append(permutation_p(y, span, x, np.arange(60), 200, np.random.default_rng(1)))

    assert peak(run) < 64
    monkeypatch.setattr(permutation, "_CELLS_PER_BATCH", 10**9)
    run()
    assert found[0] == found[1]


def test_people_without_a_share_use_no_memory() -> None:
    """Spill-over beside four thousand people of one change each below 64 MiB, and with the same figures."""
    rng = np.random.default_rng(0)
    blocks, day = pd.Timestamp("2010-01-04", tz="UTC"), pd.Timedelta(days=28)
    n = 8 * 60 * 4
    few = pd.DataFrame(
        {
            "person": np.repeat([f"p{k}" for k in range(8)], n // 8),
            "when": [blocks + int(k) * day for k in np.tile(np.repeat(np.arange(60), 4), 8)],
            "ai": (rng.uniform(size=n) < 0.4).astype(float),
            "events": (rng.uniform(size=n) < 0.2).astype(float),
        }
    )
    once = pd.DataFrame(
        {
            "person": [f"x{k}" for k in range(4_000)],
            "when": [blocks + int(k) * day for k in rng.integers(0, 200, 4_000)],
            "ai": 0.0,
            "events": 0.0,
        }
    )
    last = once.assign(when=few["when"].max())
    alone = estimate_spill_over(pd.concat([few, last.head(2)], ignore_index=True))
    assert alone is not None
    among = estimate_spill_over(pd.concat([few, last], ignore_index=True))
    assert among is not None
    assert (among.per_50_points, among.low, among.high) == pytest.approx(
        (alone.per_50_points, alone.low, alone.high), abs=1e-9
    )
    assert peak(lambda: estimate_spill_over(pd.concat([few, once], ignore_index=True))) < 64
