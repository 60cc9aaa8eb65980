"""Seeded author × 4-week panels with a known truth: the recorded share acts, use acts, or nothing does.

The generator knows nothing of the estimators: units arrive as Poisson counts from drifting people, marks are drawn
unit by unit from a latent use that rises logistically, and recall of marks is a tool's, not a person's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from analyzer.panel import MIN_UNITS, Panel, spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.core.arrays import Floats, Mask

_COMMITS = 2.5
Truth = Literal["none", "recorded", "use", "reverse"]


@dataclass(frozen=True, slots=True)
class World:
    """What is planted. effect: relative change of the unit rate per +50 points (0.5 = +50 %).

    truth "recorded": the share recorded in the preceding period acts. "use": latent use acts in the same period.
    "reverse": a busy period raises use in the same period, and nothing else happens; effect is then the strength.
    share: mean latent use, and recall: share of AI changes that are marked; None = each history has its own.
    habit: into how many changes work of one change is cut from the day on which a person has taken up AI.
    pace: how much less of the AI changes is marked for one log unit more of output than usual.
    early: who writes more takes AI up earlier.
    """

    authors: int
    periods: int = 26
    truth: Truth = "none"
    effect: float = 0.0
    units: float = 5.0
    drift: float = 0.05
    late_joiners: bool = True
    share: float | None = None
    recall: float | None = None
    habit: float = 1.0
    pace: float = 0.0
    early: bool = False

    @property
    def id(self) -> str:
        """Short name: what acts, how strongly, on how many people."""
        what = "null" if self.truth == "none" else f"{self.truth}{self.effect:+g}"
        cut = "" if self.habit == 1 else f"-habit{self.habit:g}"
        tied = f"-pace{self.pace:g}" if self.pace else ""
        return f"{what}{cut}{tied}{'-early' if self.early else ''}-{self.authors}"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A panel with what it hides: latent use (A, P) in each cell, and recall, the share of AI changes marked."""

    panel: Panel
    use: Floats
    recall: float


def generate(world: World, seed: int) -> Panel:
    """One panel; the same world and seed give the same panel."""
    return draw(world, seed).panel


def draw(world: World, seed: int, bent: Callable[[Floats], Floats] | None = None) -> Drawn:
    """One panel with its hidden truth. `bent`: what of the share acts, where it is not the share itself."""
    rng = np.random.default_rng(seed)
    shape = (world.authors, world.periods)
    level = math.log(world.units) + rng.normal(0, 0.5, world.authors)
    common = np.cumsum(rng.normal(0, 0.05, world.periods)) + 0.2 * np.arange(world.periods) / world.periods
    mood = _ar1(rng, shape, 0.5, 0.25) + np.cumsum(rng.normal(0, world.drift, shape), axis=1)
    use = _adoption(rng, shape)
    if world.early:
        use[np.argsort(-level)] = use[np.argsort(-use.sum(axis=1))]
    if world.share is not None:
        use = np.clip(use * world.share / max(float(use.mean()), 1e-9), 0, 1)
    present = _tenure(rng, shape, late=world.late_joiners)
    drawn = float(rng.uniform(0.85, 1.0))
    recall = drawn if world.recall is None else world.recall
    taken_up = np.cumsum(use > use.max(axis=1, keepdims=True) / 2, axis=1) > 0
    scale = 2 * math.log1p(world.effect)
    y, ai, recorded = np.zeros(shape), np.zeros(shape), np.zeros(world.authors)
    for t in range(world.periods):
        acts = {"recorded": recorded, "use": use[:, t]}.get(world.truth, np.zeros(world.authors))
        acts = acts if bent is None else bent(acts)
        rate = np.exp(level + common[t] + mood[:, t] + scale * acts) * np.where(taken_up[:, t], world.habit, 1.0)
        y[:, t] = np.where(present[:, t], rng.poisson(rate), 0)
        share, busy = use[:, t], mood[:, t] - mood.mean(axis=1)
        if world.truth == "reverse":
            share = use[:, t] = np.clip(share + world.effect * busy, 0, 1)
        marked = np.clip(share * recall * (1 - world.pace * busy), 0, 1) if world.pace else share * recall
        ai[:, t] = rng.binomial(y[:, t].astype(int), marked)
        known = y[:, t] >= MIN_UNITS
        recorded = np.where(known, ai[:, t] / np.maximum(y[:, t], 1), recorded)
    names = tuple(f"a{k:03}" for k in range(world.authors))
    periods = tuple(str(t) for t in range(world.periods))
    landed = None if world.habit == 1 else _landed(y, np.where(taken_up, world.habit, 1.0), seed)
    return Drawn(Panel(names, periods, y, ai, y.copy(), spans(y > 0), world.authors, habit=landed), use, recall)


def _landed(y: Floats, cut: Floats, seed: int) -> Floats:
    """Habits (K, A, P): mean log of commits a change, of work that would be `_COMMITS` in one; all are merged alike."""
    rng = np.random.default_rng([seed, 1])
    sums = np.zeros(y.shape)
    for cell in zip(*np.nonzero(y), strict=True):
        commits = 1 + rng.poisson(max(_COMMITS / cut[cell] - 1, 0), int(y[cell]))
        sums[cell] = np.log(commits).sum()
    mean = np.divide(sums, y, out=np.full_like(sums, np.nan), where=y > 0)
    alike = np.where(y > 0, 1.0, np.nan)
    return np.stack([mean, alike, 0 * alike, 0 * alike])


def _ar1(rng: np.random.Generator, shape: tuple[int, int], persistence: float, spread: float) -> Floats:
    noise = rng.normal(0, spread, shape)
    for t in range(1, shape[1]):
        noise[:, t] += persistence * noise[:, t - 1]
    return noise


def _adoption(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Latent use: logistic in time with a start, a top and a slope of each person's own, and wobble around it."""
    people, periods = shape
    start = rng.uniform(0.1 * periods, 0.8 * periods, (people, 1))
    top, slope = rng.uniform(0.2, 0.95, (people, 1)), rng.uniform(0.4, 2.0, (people, 1))
    rise = top / (1 + np.exp(-slope * (np.arange(periods) - start)))
    use: Floats = np.clip(rise + 0.5 * _ar1(rng, shape, 0.7, 0.08), 0, 1)
    return use


def _tenure(rng: np.random.Generator, shape: tuple[int, int], *, late: bool) -> Mask:
    """One in five joins later, in the first third; who is there stays."""
    people, periods = shape
    joins = (
        np.where(rng.random(people) < 0.2, rng.integers(1, max(2, periods // 3), people), 0)
        if late
        else np.zeros(people)
    )
    return np.arange(periods) >= joins[:, None]
