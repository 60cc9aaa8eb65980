"""Simulated histories for the matched comparison."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyzer.inference.strata import OutcomeRows, rates, rows_in_mixed_strata
from analyzer.panel import block_number

FIRST = pd.Timestamp("2024-01-01", tz="UTC")


def matched_history(
    rng: np.random.Generator, *, people: int = 10, months: int = 18, ratio: float = 1.0, larger: float = 1.1
) -> tuple[pd.DataFrame, float]:
    """A judged table, and the difference that its chances have in the cells it has.

    People differ in their habits and take AI up over a year; a commit's lines go together (beta-binomial), sizes have
    long tails, marked commits are e^`larger` times larger and have `ratio` times the chance of others of their time.
    """
    parts = []
    for person in range(people):
        habit = 0.12 * np.exp(rng.normal(0, 0.4))
        marking = np.clip(rng.normal(0.4, 0.2), 0.05, 0.95)
        for month in range(months):
            n = rng.poisson(6 * rng.gamma(2, 0.5))
            ai = rng.random(n) < marking * min(1, (month + 1) / 12)
            size = np.ceil(np.exp(rng.normal(3 + larger * ai, 1.3))).astype(int)
            chance = np.clip(habit * np.exp(0.4 * np.sin(month / 4)) * np.where(ai, ratio, 1.0), 0.001, 0.9)
            parts.append(
                (
                    np.full(n, person),
                    30 * month + rng.random(n) * 29,
                    rng.choice(["code", "test"], n),
                    ai.astype(float),
                    rng.binomial(size, rng.beta(2.3 * chance, 2.3 * (1 - chance))).astype(float),
                    chance * size,
                    size.astype(float),
                )
            )
    columns = ["person", "day", "cell", "ai", "events", "expected", "denominator"]
    table = pd.DataFrame(dict(zip(columns, map(np.concatenate, zip(*parts, strict=True)), strict=True)))
    when = FIRST + pd.to_timedelta(table["day"], unit="D")
    table = table.assign(person="p" + table["person"].astype(str), when=when, key=table.index.astype(str))
    rows = OutcomeRows.from_table(table.assign(events=table["expected"]), block_number(table["when"]) * 28 // 91)
    return table.drop(columns="expected"), float(rates(rows.select(rows_in_mixed_strata(rows)))[2])
