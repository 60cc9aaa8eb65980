"""Simulated histories in which one thing is done to the number from the middle on, or nothing is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from analyzer.inference.goodhart.comparisons import Grounds
from analyzer.panel import BLOCK_DAYS, Panel, panel_of_units
from analyzer.simulation.panels import World, draw
from analyzer.simulation.project_plan import BEGIN

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats
    from analyzer.simulation.panels import Drawn

Trick = Literal["none", "regressional", "extremal", "causal", "bunching", "padding", "label_inflation", "splitting"]
TRICKS: tuple[Trick, ...] = (
    *("regressional", "extremal", "causal", "bunching"),
    *("padding", "label_inflation", "splitting"),
)
TARGET = 0.5
_BEGIN = pd.Timestamp(BEGIN, unit="s", tz="UTC")
# Marked changes are so much longer, and so much of any change's lines is padding.
_VERBOSE, _PADDED = 3.0, 0.1


@dataclass(frozen=True, slots=True)
class Gamed:
    """What is done. regressional: marked work falls in either the odd or the even weeks of a month.

    extremal: the recorded share acts up to 0.4 and against above it. causal: it acts until the day, from which marks
    are set on a third of the other changes as well. bunching: below the target, marks are added until it is reached.
    padding: a seventh more of marked lines. label_inflation: half of the other changes are marked. splitting: marked
    changes are cut in two.
    """

    trick: Trick = "none"
    authors: int = 25
    periods: int = 26

    @property
    def id(self) -> str:
        """Short name."""
        return f"gamed-{self.trick}-{self.authors}"


def grounds(world: Gamed, seed: int) -> Grounds:
    """One history with an announced target at its middle."""
    rng = np.random.default_rng([seed, 4])
    drawn = _drawn(world, seed)
    middle = world.periods // 2
    changes = _changes(drawn.panel, rng, odd_or_even=world.trick == "regressional")
    since = changes["period"] >= middle
    changes = _done(world.trick, changes, since, rng)
    panel = panel_of_units(changes).without_outsiders()
    return Grounds(panel, changes[changes["author"].isin(panel.authors)], _day(middle), TARGET, seed)


def _day(period: int) -> pd.Timestamp:
    return _BEGIN + pd.Timedelta(days=BLOCK_DAYS * period)


def _drawn(world: Gamed, seed: int) -> Drawn:
    if world.trick == "causal":
        return _acts_until(world, seed)
    bent = (lambda share: np.minimum(share, 0.8 - share)) if world.trick == "extremal" else None
    plain = World(world.authors, world.periods, truth="recorded" if bent else "none", effect=1.0 if bent else 0.0)
    return draw(plain, seed, bent)


def _acts_until(world: Gamed, seed: int) -> Drawn:
    """The recorded share acts in the first half alone."""
    with_, without = (draw(World(world.authors, world.periods, "recorded", e), seed) for e in (1.0, 0.0))
    middle = world.periods // 2
    joined = [np.concatenate([a[:, :middle], b[:, middle:]], axis=1) for a, b in _pairs(with_.panel, without.panel)]
    y, ai = joined
    return replace(with_, panel=replace(with_.panel, y=y, ai=ai, n=y.copy()))


def _pairs(one: Panel, two: Panel) -> list[tuple[Floats, Floats]]:
    return [(one.y, two.y), (one.ai, two.ai)]


def _changes(panel: Panel, rng: np.random.Generator, *, odd_or_even: bool) -> pd.DataFrame:
    """One row a change, as `Grounds` and a panel read it."""
    rows = []
    for a, t in np.argwhere(panel.y > 0):
        side = int(rng.integers(2))
        for k in range(int(panel.y[a, t])):
            ai = k < panel.ai[a, t]
            day = float(rng.random() * BLOCK_DAYS)
            if odd_or_even:
                day = day % 7 + 7 * (2 * int(rng.integers(2)) + (side if ai else 1 - side))
            lines = 1 + int(rng.lognormal(3.0, 1.0) * (_VERBOSE if ai else 1.0))
            padding = float(rng.beta(1, (1 - _PADDED) / _PADDED))
            when = _day(int(t)) + pd.Timedelta(days=day)
            rows.append((f"a{a:03}", when, float(ai), "merge", 1, lines, padding, int(t)))
    names = ["author", "merged", "ai", "kind", "commits", "lines", "padding", "period"]
    changes = pd.DataFrame(rows, columns=names)
    return changes.assign(when=changes["merged"], unit=np.arange(len(changes)).astype(str), label="")


def _done(trick: Trick, changes: pd.DataFrame, since: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    """What is done to the changes since the day."""
    chance = pd.Series(rng.random(len(changes)), index=changes.index)
    other = since & (changes["ai"] == 0)
    if trick == "padding":
        more = changes["padding"].where(
            ~(since & (changes["ai"] > 0)), changes["padding"] + (1 - changes["padding"]) / 7
        )
        return changes.assign(padding=more)
    if trick in {"causal", "label_inflation"}:
        part = 1 / 3 if trick == "causal" else 0.5
        return changes.assign(ai=changes["ai"].where(~(other & (chance < part)), 1.0))
    if trick == "bunching":
        return changes.assign(ai=_reached(changes, since))
    if trick == "splitting":
        cut = changes[since & (changes["ai"] > 0)]
        halves = (cut["lines"] / 2).round().clip(lower=1)
        whole = changes.assign(
            lines=changes["lines"].where(~changes.index.isin(cut.index), (changes["lines"] / 2).round())
        )
        again = cut.assign(lines=halves, unit=cut["unit"] + "b")
        return pd.concat([whole, again], ignore_index=True)
    return changes


def _reached(changes: pd.DataFrame, since: pd.Series) -> pd.Series:
    """Marks added in each person's four weeks since the day until the target is reached, where half of it is there."""
    ai = changes["ai"].copy()
    for _, cell in changes[since].groupby(["author", "period"]):
        short = math.ceil(TARGET * len(cell)) - int(cell["ai"].sum())
        if short > 0 and cell["ai"].sum() >= TARGET * len(cell) / 2:
            ai[cell.index[cell["ai"] == 0][:short]] = 1.0
    return ai
