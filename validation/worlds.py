"""Worlds beyond one panel: changes of unlike sizes, several repositories, one repository looked at every quarter."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analyzer.panel import BLOCK_DAYS, MIN_ACTIVE, Panel, spans
from analyzer.simulation.panels import World, generate

_BEGIN = pd.Timestamp("2024-01-01", tz="UTC")
# Reverts and fixes a line, and the lines of a change: the risk of a change of median size is 5 %.
_HAZARD = 0.0025
_QUARTER = 3.25
_FIRST_LOOK = 12


@dataclass(frozen=True, slots=True)
class Sized:
    """Changes without any effect; marked ones are `verbose` times as long, every line is followed up alike."""

    authors: int
    verbose: float = 3.0

    @property
    def id(self) -> str:
        """Short name."""
        return f"verbose{self.verbose:g}-{self.authors}"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A panel of which only the ranks are asked, pooled and within people."""

    world: World

    @property
    def id(self) -> str:
        """Short name."""
        return f"ranks-{self.world.id}"


@dataclass(frozen=True, slots=True)
class Looks:
    """One repository without effect, looked at in nine quarters, the first after a year."""

    authors: int
    looks: int = 9

    @property
    def id(self) -> str:
        """Short name."""
        return f"looks{self.looks}-{self.authors}"


@dataclass(frozen=True, slots=True)
class Fleet:
    """Repositories of three to eight people; `effect` of +50 points; `spread`: deviation of their own (logs)."""

    repositories: int = 40
    spread: float = 0.0
    effect: float = 0.0

    @property
    def id(self) -> str:
        """Short name."""
        effect = f"+{self.effect:g}" if self.effect else ""
        return f"fleet{self.spread:g}{effect}-{self.repositories}"


def units_of(panel: Panel, seed: int, *, verbose: float = 1.0) -> pd.DataFrame:
    """Changes of a panel as a history has them: landed at random days, some partly marked, marked ones `verbose`."""
    rng = np.random.default_rng([seed, 9])
    rows = []
    for a, t in np.argwhere(panel.y > 0):
        for k in range(int(panel.y[a, t])):
            ai = 0.0 if k >= panel.ai[a, t] else (1.0 if rng.random() < 0.7 else 0.5)
            day = BLOCK_DAYS * int(t) + rng.random() * BLOCK_DAYS
            lines = rng.lognormal(3, 1) * (verbose if ai else 1)
            rows.append((f"a{a:03}", _BEGIN + pd.Timedelta(days=day), ai, "merge", 1 + rng.integers(3), lines))
    units = pd.DataFrame(rows, columns=["author", "merged", "ai", "kind", "commits", "lines_added"])
    return units.assign(unit=np.arange(len(units)).astype(str), label="")


def judged(units: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The changes as a measure judges them: columns author, when, ai, events, exposure (lines), key, cell."""
    rng = np.random.default_rng([seed, 10])
    followed = rng.random(len(units)) < -np.expm1(-_HAZARD * units["lines_added"])
    return pd.DataFrame(
        {
            "author": units["author"],
            "when": units["merged"],
            "ai": (units["ai"] > 0).astype(float),
            "events": followed.astype(float),
            "exposure": units["lines_added"],
            "key": units["unit"],
            "cell": "",
        }
    )


def lengths(world: Looks) -> list[int]:
    """Periods behind each look."""
    return [round(_FIRST_LOOK + _QUARTER * k) for k in range(world.looks)]


def until(panel: Panel, periods: int) -> Panel:
    """The panel as it was after so many periods, of those who were active long enough by then."""
    y, ai = panel.y[:, :periods], panel.ai[:, :periods]
    kept = (y > 0).sum(axis=1) >= MIN_ACTIVE
    names = tuple(name for name, there in zip(panel.authors, kept, strict=True) if there)
    y, ai = y[kept], ai[kept]
    return replace(panel, authors=names, periods=panel.periods[:periods], y=y, ai=ai, n=y.copy(), span=spans(y > 0))


def repositories(world: Fleet, seed: int) -> tuple[list[Panel], list[list[str]]]:
    """Panels and, for each, who its rows are."""
    rng = np.random.default_rng([seed, 11])
    panels = []
    for r in range(world.repositories):
        beyond = float(rng.normal(0, world.spread)) if world.spread else 0.0
        effect = math.expm1(math.log1p(world.effect) + beyond)
        people = int(rng.integers(3, 9))
        own = World(people, truth="recorded" if effect else "none", effect=effect)
        panels.append(generate(own, seed * 1_000 + r))
    return panels, [[f"{r}:{a}" for a in p.authors] for r, p in enumerate(panels)]
