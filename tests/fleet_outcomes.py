"""Outcomes from elsewhere, planted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pandas as pd

from analyzer.fleet.config_types import FleetConfig, OutcomeEntry, RepositoryEntry
from analyzer.fleet.metrics.association import outcomes_with_associations
from analyzer.fleet.metrics.files import load_metric_files

if TYPE_CHECKING:
    from typing import Literal

    Every = Literal["week", "month", "quarter"]
    from pathlib import Path

    from analyzer.fleet.result import FleetOutcome


REPOSITORIES = (RepositoryEntry(path="."),)


def planted(seed: int, effect: float, units: int = 24, periods: int = 30) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shares that rise as logistic curves, and counts that follow that of the month before (log points a share)."""
    rng = np.random.default_rng(seed)
    months = [str(month) for month in pd.period_range("2024-01", periods=periods, freq="M")]
    start, top = rng.uniform(0.1, 0.8, units) * periods, rng.uniform(0.2, 0.95, units)
    use = top[:, None] / (1 + np.exp(-rng.uniform(0.3, 1, units)[:, None] * (np.arange(periods) - start[:, None])))
    n = rng.poisson(40, use.shape) + 1
    share = rng.binomial(n, use) / n
    before = np.concatenate([share[:, :1], share[:, :-1]], axis=1)
    level = rng.normal(2, 0.5, units)[:, None] + np.cumsum(rng.normal(0, 0.05, periods))
    y = rng.poisson(np.exp(level + effect * before))
    rows = [(f"r{u:02d}", months[p], share[u, p], n[u, p], y[u, p]) for u in range(units) for p in range(periods)]
    table = pd.DataFrame(rows, columns=["unit", "period", "share", "n", "incidents"])
    return table[["unit", "period", "share", "n"]], table[["unit", "period", "incidents"]]


def answered(
    folder: Path, shares: pd.DataFrame, figures: pd.DataFrame, *entries: dict[str, object]
) -> list[FleetOutcome]:
    """The outcomes of a fleet of repositories with these shares."""
    figures.to_csv(folder / "figures.csv", index=False)
    base = {"name": "incidents", "csv": "figures.csv", "join": "repository", "column": "unit", "value": "incidents"}
    given = tuple(msgspec.convert(base | entry, OutcomeEntry) for entry in entries or ({},))
    fleet = FleetConfig(repositories=REPOSITORIES, outcomes=given)
    known = load_metric_files(fleet, folder, shares["unit"].unique())
    return outcomes_with_associations(known, {"repository": shares}, "month", "2030-01-01")
