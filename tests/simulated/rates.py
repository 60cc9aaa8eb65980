"""Simulated outcomes by quarter."""

from __future__ import annotations

import numpy as np
import pandas as pd


def quarter_of_changes(people: int, rate: float, seed: int, size: int = 30) -> pd.DataFrame:
    """`people` with `size` changes each in 2024-Q1, a third of them marked, each followed up at `rate`."""
    draw = np.random.default_rng(seed)
    n = people * size
    return pd.DataFrame(
        {
            "key": [f"c{k}" for k in range(n)],
            "person": np.repeat([f"p{k}" for k in range(people)], size),
            "when": pd.Timestamp("2024-02-01", tz="UTC"),
            "cell": "",
            "ai": (np.arange(n) % 3 == 0).astype(float),
            "events": (draw.random(n) < rate).astype(float),
            "denominator": 1.0,
        }
    )
