"""Simulated follow-ups."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd


def follow_up_table(people: int, ratio: float, draw: np.random.Generator) -> pd.DataFrame:
    """Six cells of a dozen changes a person, half of them marked and followed up `ratio` times as often."""
    parts = []
    for person in range(people):
        base = min(0.1 * math.exp(draw.normal(0, 0.6)), 0.3)
        n = 6 * max(2, int(12 * math.exp(draw.normal(0, 0.6))))
        marked = draw.random(n) < 0.5
        events = draw.random(n) < np.where(marked, min(1.0, ratio * base), base)
        when = pd.Timestamp("2024-01-03", tz="UTC") + pd.to_timedelta(28 * (np.arange(n) % 6), unit="D")
        columns = {"person": str(person), "when": when, "ai": marked.astype(float), "events": events.astype(float)}
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts)
