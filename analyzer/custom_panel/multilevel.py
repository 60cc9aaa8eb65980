"""`infer --cluster`: one estimate over many repositories or teams, and how much they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer.errors import UsageError
from analyzer.inference.grading.throughput import judged
from analyzer.inference.linalg.log_change import relative
from analyzer.inference.meta_analysis import estimate_fleet
from analyzer.inference.throughput import STEP
from analyzer.panel import every_period, panel_of_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analyzer.custom_panel.table import Brought
    from analyzer.inference.grading.throughput import ThroughputVerdict
    from analyzer.inference.meta_analysis import Fleet
    from analyzer.inference.models import Model


class Alone(msgspec.Struct, frozen=True):
    """One cluster estimated by itself: relative change for +50 points, with its 95 % interval."""

    name: str
    change: float
    low: float
    high: float


class Heterogeneity(msgspec.Struct, frozen=True):
    """How clusters differ: relative change for +50 points, over those with eight units or more, each estimated alone.

    mean, low, high: random-effects mean with its interval (Hartung and Knapp); next_low, next_high: where a further
    cluster would lie, 95 %; deviation: between clusters, log scale. left_out: what the headline's jackknife leaves out.
    alone: the single estimates behind the mean, by name; there also where they are too few for one.
    """

    clusters: int
    left_out: str
    estimated: int
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    deviation: float | None = None
    next_low: float | None = None
    next_high: float | None = None
    alone: list[Alone] = []


def pooled(
    panel: Brought,
    cluster: str,
    exposure: str,
    *,
    lag: int,
    swaps: int,
    seed: int,
    model: Model,
    whose: Mapping[str, str] | None = None,
) -> tuple[ThroughputVerdict, Heterogeneity | None]:
    """The verdict on all clusters together; raises `UsageError("bad-panel")` for a single one.

    whose: unit → person, where one person has several units (regimes of a repository).
    """
    c, table = panel.columns, panel.table
    grouped = [(str(name), part) for name, part in table.groupby(cluster, sort=True)]
    groups = [part for _, part in grouped]
    if len(groups) < 2:
        raise UsageError("bad-panel", f"{cluster} names one cluster.", "Leave out --cluster.")
    periods = every_period(table[c.period])
    panels = [
        panel_of_table(
            part, c.unit, c.period, c.outcome, exposure, c.size, lag=lag, controls=c.controls, periods=periods
        )
        for part in groups
    ]
    units = [[name.split("\x00", 1)[1] for name in p.authors] for p in panels]
    persons = [[(whose or {}).get(name, name) for name in names] for names in units]
    found = estimate_fleet(panels, persons, swaps=swaps, seed=seed, model=model)
    people = len({name for names in persons for name in names})
    declared = bool((table[exposure] > 0).any())
    if found is None:
        return judged(None, declared, people, people), None
    return judged(found.throughput, declared, people, people), _told(found, [name for name, _ in grouped])


def _told(found: Fleet, names: Sequence[str]) -> Heterogeneity:
    clusters, left_out, spread = found.repositories, found.left_out, found.spread
    alone = [
        Alone(names[k], *(relative(STEP * value) for value in (b.point, b.low, b.high)))
        for k, b in sorted(found.alone.items())
    ]
    if spread is None:
        return Heterogeneity(clusters, left_out, 0, alone=alone)
    changes = [
        relative(STEP * value)
        for value in (spread.mean.point, spread.mean.low, spread.mean.high, spread.next_low, spread.next_high)
    ]
    mean, low, high, next_low, next_high = changes
    deviation = STEP * spread.deviation
    return Heterogeneity(clusters, left_out, spread.n, mean, low, high, deviation, next_low, next_high, alone)
