"""A simulated panel in which units adopt at different times."""

from __future__ import annotations

import numpy as np

from analyzer.inference.event_study import AdoptionPanel


def adoption_panel(seed: int, effect: float = 0.0, units: int = 30, periods: int = 16) -> AdoptionPanel:
    """Units of which two thirds adopt at different times; a covariate, gaps, drifting outcomes."""
    rng = np.random.default_rng(seed)
    unit, period = (part.ravel() for part in np.meshgrid(np.arange(units), np.arange(periods), indexing="ij"))
    begins = np.where(rng.random(units) < 2 / 3, rng.integers(4, periods - 2, units), 10**6)[unit]
    since = np.where(begins < periods, (period - begins).astype(float), np.nan)
    x = rng.normal(size=(len(unit), 1))
    drift = np.cumsum(rng.normal(0, 0.1, (units, periods)), axis=1).ravel()
    y = rng.normal(size=units)[unit] + 0.1 * period + 0.3 * x[:, 0] + drift + rng.normal(0, 0.3, len(unit))
    y = y + np.where(since >= 0, effect, 0.0)
    kept = rng.random(len(unit)) < 0.9
    return AdoptionPanel(y[kept], unit[kept], period[kept], since[kept], x[kept], unit[kept])
