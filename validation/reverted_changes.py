"""Merged changes with planted reverts, for the gates of the defects verdict.

People differ in how often their changes are reverted, and so do periods. A marked change is reverted `ratio` times as
often as the same person's other changes of the same weeks. Marks come from the panel generator.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analyzer.core.constants import BLOCK_DAYS
from analyzer.simulation.panels import World, generate_panel

_BEGIN = pd.Timestamp("2024-01-01", tz="UTC")


@dataclass(frozen=True, slots=True)
class RevertWorld:
    """What is planted. ratio: risk of a marked change relative to other changes; base: mean risk of the others."""

    people: int
    ratio: float = 1.0
    base: float = 0.05

    @property
    def id(self) -> str:
        """Short name: ratio and number of people."""
        return f"reverts{self.ratio:g}-{self.people}"


def simulated_outcomes(world: RevertWorld, seed: int) -> pd.DataFrame:
    """Return one row per mature change, as an outcome does: columns author, when, ai, events."""
    panel = generate_panel(World(world.people), seed)
    rng = np.random.default_rng([seed, 1])
    people, periods = panel.y.shape
    risk = world.base * rng.lognormal(-0.125, 0.5, (people, 1)) * rng.lognormal(-0.045, 0.3, (1, periods))
    total, marked = panel.y.astype(int), panel.ai.astype(int)
    tables = []
    for ai, count, factor in ((1.0, marked, world.ratio), (0.0, total - marked, 1.0)):
        cell = np.repeat(np.arange(total.size), count.ravel())
        reverted = rng.random(len(cell)) < np.minimum(risk * factor, 1.0).ravel()[cell]
        days = pd.to_timedelta(cell % periods * BLOCK_DAYS, unit="D")
        names = np.array(panel.people)[cell // periods]
        events = reverted.astype(float)
        tables.append(pd.DataFrame({"person": names, "when": _BEGIN + days, "ai": ai, "events": events}))
    return pd.concat(tables, ignore_index=True)
