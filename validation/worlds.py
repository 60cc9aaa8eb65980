"""Worlds beyond one panel: changes of different sizes, several repositories, one repository checked every quarter."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analyzer.core.constants import BLOCK_DAYS
from analyzer.panel import MIN_ACTIVE_PERIODS, Panel, active_spans
from analyzer.simulation.panels import World, generate_panel

_BEGIN = pd.Timestamp("2024-01-01", tz="UTC")
# Reverts and fixes per line: a change of median size has a risk of 5 %.
_HAZARD = 0.0025
# In four-week periods.
_QUARTER, _FIRST_LOOK = 3.25, 12


@dataclass(frozen=True, slots=True)
class SizedWorld:
    """No effect: marked changes are `verbose` times as long, and every line has the same risk of a follow-up."""

    people: int
    verbose: float = 3.0

    @property
    def id(self) -> str:
        """Short name."""
        return f"verbose{self.verbose:g}-{self.people}"


@dataclass(frozen=True, slots=True)
class RankedWorld:
    """A panel whose rank correlations are tested, pooled and within people."""

    world: World

    @property
    def id(self) -> str:
        """Short name."""
        return f"ranks-{self.world.id}"


@dataclass(frozen=True, slots=True)
class RepeatedLooksWorld:
    """One repository without an effect, checked in nine quarters, the first after a year."""

    people: int
    looks: int = 9

    @property
    def id(self) -> str:
        """Short name."""
        return f"looks{self.looks}-{self.people}"


@dataclass(frozen=True, slots=True)
class FleetWorld:
    """Repositories of three to eight people; `effect` per +50 points, with standard deviation `spread` (log scale)."""

    repositories: int = 40
    spread: float = 0.0
    effect: float = 0.0

    @property
    def id(self) -> str:
        """Short name."""
        effect = f"+{self.effect:g}" if self.effect else ""
        return f"fleet{self.spread:g}{effect}-{self.repositories}"


def changes_from_panel(panel: Panel, seed: int, *, verbose: float = 1.0) -> pd.DataFrame:
    """Return the merged changes of a panel: merged on random days, some partly marked, marked ones `verbose`."""
    rng = np.random.default_rng([seed, 9])
    rows = []
    for person, period in np.argwhere(panel.y > 0):
        for k in range(int(panel.y[person, period])):
            ai = 0.0 if k >= panel.ai[person, period] else (1.0 if rng.random() < 0.7 else 0.5)
            day = BLOCK_DAYS * int(period) + rng.random() * BLOCK_DAYS
            lines = rng.lognormal(3, 1) * (verbose if ai else 1)
            rows.append((f"a{person:03}", _BEGIN + pd.Timedelta(days=day), ai, "merge", 1 + rng.integers(3), lines))
    changes = pd.DataFrame(rows, columns=["person", "merged", "ai", "kind", "commits", "lines_added"])
    return changes.assign(merged_change=np.arange(len(changes)).astype(str), label="")


def follow_up_outcomes(changes: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return table `outcome_rows` of the changes: follow-ups as events, lines as the denominator."""
    rng = np.random.default_rng([seed, 10])
    followed_up = rng.random(len(changes)) < -np.expm1(-_HAZARD * changes["lines_added"])
    return pd.DataFrame(
        {
            "person": changes["person"],
            "when": changes["merged"],
            "ai": (changes["ai"] > 0).astype(float),
            "events": followed_up.astype(float),
            "denominator": changes["lines_added"],
            "key": changes["merged_change"],
            "cell": "",
        }
    )


def periods_per_look(world: RepeatedLooksWorld) -> list[int]:
    """Return the number of periods known at each check."""
    return [round(_FIRST_LOOK + _QUARTER * k) for k in range(world.looks)]


def truncate_panel(panel: Panel, periods: int) -> Panel:
    """Return the panel as it was after `periods` periods, of the people active long enough by then."""
    y, ai = panel.y[:, :periods], panel.ai[:, :periods]
    eligible = (y > 0).sum(axis=1) >= MIN_ACTIVE_PERIODS
    names = tuple(name for name, is_eligible in zip(panel.people, eligible, strict=True) if is_eligible)
    y, ai = y[eligible], ai[eligible]
    return replace(
        panel, people=names, periods=panel.periods[:periods], y=y, ai=ai, n=y.copy(), span=active_spans(y > 0)
    )


def repository_panels(world: FleetWorld, seed: int) -> tuple[list[Panel], list[list[str]]]:
    """Return the panels and, for each, the person of each row."""
    rng = np.random.default_rng([seed, 11])
    panels = []
    for repository in range(world.repositories):
        log_deviation = float(rng.normal(0, world.spread)) if world.spread else 0.0
        effect = math.expm1(math.log1p(world.effect) + log_deviation)
        people = int(rng.integers(3, 9))
        world_of_repository = World(people, truth="recorded" if effect else "none", effect=effect)
        panels.append(generate_panel(world_of_repository, seed * 1_000 + repository))
    return panels, [[f"{repository}:{a}" for a in p.people] for repository, p in enumerate(panels)]
