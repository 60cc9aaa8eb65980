"""A simulated panel with what a specification curve reads of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.inference.checks.specification_curve import specification_curve
from analyzer.inference.resampling.permutation import draw_permutations, exchangeable_people
from analyzer.inference.throughput import estimate_throughput
from analyzer.panel import panel_from_changes
from analyzer.panel.alternatives import GRAINS, MATURITIES, alternative_panels
from analyzer.simulation.panels import World, generate_panel
from validation.worlds import changes_from_panel

if TYPE_CHECKING:
    from analyzer.inference.results import Specifications


def simulated_curve(world: World, seed: int, swaps: int = 199, *, grains: tuple[int, ...] = GRAINS) -> Specifications:
    """The curve of one simulated history; of some grains and one maturity where that is enough."""
    units = changes_from_panel(generate_panel(world, seed), seed)
    base = panel_from_changes(units).select_eligible()
    found = estimate_throughput(base, n_permutations=0)
    assert found is not None
    orders = draw_permutations(exchangeable_people(base.span), len(base.people), swaps, np.random.default_rng(seed))
    end = units["merged"].max()
    days = MATURITIES if grains == GRAINS else MATURITIES[-1:]
    mature = {age: units[units["merged"] <= end - pd.Timedelta(days=age)] for age in days}
    panels = (o for o in alternative_panels(mature, base.people, ()) if o.choice.grain in grains)
    told = specification_curve(panels, base.people, orders, found.within.change)
    assert told is not None
    return told
