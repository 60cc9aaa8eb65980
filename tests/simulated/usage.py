"""A simulated company: AI use acts on output, half of the marks are lost by person and month, a tool lists use by day.

The latent use of `analyzer.simulation.panels` decides which changes hold AI, and on which days people used it. Each
person loses marks at a rate of their own, which wanders from month to month, so marks say more of marking than of use.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analyzer.core.constants import BLOCK_DAYS, FIRST_MONDAY
from analyzer.panel.usage_cells import with_person_usage
from analyzer.simulation.panels import World, generate_with_truth

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats
    from analyzer.panel import Panel

PEOPLE, PERIODS = 40, 26
_FIRST_BLOCK = 712  # 2024-08
_WEEKDAYS = [day for day in range(BLOCK_DAYS) if day % 7 < 5]
# People without a licence under their own account are in no row, and the export begins later than the history.
_LISTED, _FIRST_LISTED_PERIOD = 0.9, 3


class Company(NamedTuple):
    """The same history with marks and with usage as treatment; `recall` (A, P): which part of AI changes is marked."""

    marks: Panel
    usage: Panel
    recall: Floats


def company(effect: float, seed: int, *, people: int = PEOPLE) -> Company:
    """Return one company in which AI use raises output by `effect` per +50 points."""
    world = World(people, PERIODS, "use" if effect else "none", effect, recall=1.0)
    simulated = generate_with_truth(world, seed)
    rng = np.random.default_rng([seed, 2])
    starts = [str((FIRST_MONDAY + pd.Timedelta(days=BLOCK_DAYS * (_FIRST_BLOCK + k))).date()) for k in range(PERIODS)]
    panel = replace(simulated.panel, periods=tuple(starts))
    recall = _recall(rng, panel.y.shape)
    marked = rng.binomial(panel.ai.astype(int), recall).astype(float)
    usage = with_person_usage(panel, _listed_days(rng, panel, simulated.use))
    return Company(replace(panel, ai=marked), usage, recall)


def _recall(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Return recall (A, P): .5 on average, between people and from month to month."""
    person = rng.normal(0, 1.2, (shape[0], 1))
    month = np.cumsum(rng.normal(0, 0.5, shape), axis=1)
    recall: Floats = 1 / (1 + np.exp(-(person + month - month.mean(axis=1, keepdims=True))))
    return recall


def _listed_days(rng: np.random.Generator, panel: Panel, use: Floats) -> pd.DataFrame:
    """Return days with commits of the listed people, and whether they used AI: columns person, day, used."""
    listed = rng.random(len(panel.people)) < _LISTED
    rows = []
    for a, t in zip(*np.nonzero(panel.y), strict=True):
        if not listed[a] or t < _FIRST_LISTED_PERIOD:
            continue
        # A change takes commits on two days or so; several changes share days.
        active = np.unique(rng.choice(_WEEKDAYS, int(2 * panel.y[a, t])))
        start = pd.Timestamp(panel.periods[t], tz="UTC")
        used = rng.random(len(active)) < use[a, t]
        rows += [(panel.people[a], start + pd.Timedelta(days=int(d)), u) for d, u in zip(active, used, strict=True)]
    return pd.DataFrame(rows, columns=["person", "day", "used"])
