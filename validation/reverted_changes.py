"""Merged changes with planted reverts, for the gates of the defects verdict.

People differ in how often their changes are taken back, and so do periods; a marked change is taken back `ratio` times
as often as the same person's other changes of the same weeks. Marks come from the panel generator.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analyzer.panel import BLOCK_DAYS
from analyzer.simulation.panels import World, generate

_BEGIN = pd.Timestamp("2024-01-01", tz="UTC")


@dataclass(frozen=True, slots=True)
class Reverts:
    """What is planted. ratio: risk of a marked change to that of another; base: mean risk of the others."""

    authors: int
    ratio: float = 1.0
    base: float = 0.05

    @property
    def id(self) -> str:
        """Short name: the ratio and how many people."""
        return f"reverts{self.ratio:g}-{self.authors}"


def changes(world: Reverts, seed: int) -> pd.DataFrame:
    """Columns author, when, ai, events: one row a mature change, as a measure judges them."""
    panel = generate(World(world.authors), seed)
    rng = np.random.default_rng([seed, 1])
    people, periods = panel.y.shape
    risk = world.base * rng.lognormal(-0.125, 0.5, (people, 1)) * rng.lognormal(-0.045, 0.3, (1, periods))
    total, marked = panel.y.astype(int), panel.ai.astype(int)
    parts = []
    for ai, count, factor in ((1.0, marked, world.ratio), (0.0, total - marked, 1.0)):
        cell = np.repeat(np.arange(total.size), count.ravel())
        taken_back = rng.random(len(cell)) < np.minimum(risk * factor, 1.0).ravel()[cell]
        days = pd.to_timedelta(cell % periods * BLOCK_DAYS, unit="D")
        names = np.array(panel.authors)[cell // periods]
        events = taken_back.astype(float)
        parts.append(pd.DataFrame({"author": names, "when": _BEGIN + days, "ai": ai, "events": events}))
    return pd.concat(parts, ignore_index=True)
