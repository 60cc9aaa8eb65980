"""Seeded person × 4-week panels with a known truth: the recorded share has an effect, AI use has one, or nothing does.

The generator shares nothing with the estimators. Merged changes arrive as Poisson counts from people whose output
drifts. Marks are drawn change by change from a latent AI use that rises logistically. The recall of marks is the same
for everyone: it belongs to the tool, not to the person.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from analyzer.panel import MIN_CHANGES, Panel, active_spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.core.arrays import Floats, Mask

_COMMITS_PER_CHANGE = 2.5
Truth = Literal["none", "recorded", "use", "reverse"]


@dataclass(frozen=True, slots=True)
class World:
    """What is planted in a simulated history.

    Attributes
    ----------
    people, periods : size of the panel.
    truth : what has an effect. "recorded": the share recorded in the preceding period. "use": latent use in the same
        period. "reverse": nothing, but a busy period raises use in the same period.
    effect : relative change of a person's output per +50 points (0.5 = +50 %); with "reverse", how strongly a busy
        period raises use.
    changes : typical merged changes per person and period.
    drift : standard deviation of the per-period random walk of a person's log output.
    late_joiners : whether one person in five joins later.
    share : mean latent use; None = each history has its own.
    recall : share of AI changes that are marked; None = each history has its own.
    split_factor : number of changes into which people split what used to be one, once they have adopted AI.
    marking_pace : by how much the marked share of AI changes falls per log unit of output above the usual.
    busiest_first : whether people with more output adopt AI earlier.
    """

    people: int
    periods: int = 26
    truth: Truth = "none"
    effect: float = 0.0
    changes: float = 5.0
    drift: float = 0.05
    late_joiners: bool = True
    share: float | None = None
    recall: float | None = None
    split_factor: float = 1.0
    marking_pace: float = 0.0
    busiest_first: bool = False

    @property
    def id(self) -> str:
        """Short name: truth, effect and number of people."""
        truth = "null" if self.truth == "none" else f"{self.truth}{self.effect:+g}"
        split = "" if self.split_factor == 1 else f"-habit{self.split_factor:g}"
        pace = f"-pace{self.marking_pace:g}" if self.marking_pace else ""
        return f"{truth}{split}{pace}{'-early' if self.busiest_first else ''}-{self.people}"


@dataclass(frozen=True, slots=True)
class SimulatedPanel:
    """A panel with its hidden truth: latent use (A, P), and recall, the share of AI changes that are marked."""

    panel: Panel
    use: Floats
    recall: float


def generate_panel(world: World, seed: int) -> Panel:
    """Return one panel; the same world and seed give the same panel."""
    return generate_with_truth(world, seed).panel


def generate_with_truth(world: World, seed: int, response: Callable[[Floats], Floats] | None = None) -> SimulatedPanel:
    """Return one panel with its hidden truth. `response` maps the share to the treatment that has the effect."""
    rng = np.random.default_rng(seed)
    shape = (world.people, world.periods)
    level = math.log(world.changes) + rng.normal(0, 0.5, world.people)
    common = np.cumsum(rng.normal(0, 0.05, world.periods)) + 0.2 * np.arange(world.periods) / world.periods
    log_deviation = _ar1(rng, shape, 0.5, 0.25) + np.cumsum(rng.normal(0, world.drift, shape), axis=1)
    use = _adoption(rng, shape)
    if world.busiest_first:
        use[np.argsort(-level)] = use[np.argsort(-use.sum(axis=1))]
    if world.share is not None:
        use = np.clip(use * world.share / max(float(use.mean()), 1e-9), 0, 1)
    present = _tenure(rng, shape, late=world.late_joiners)
    recall_draw = float(rng.uniform(0.85, 1.0))
    recall = recall_draw if world.recall is None else world.recall
    adopted = np.cumsum(use > use.max(axis=1, keepdims=True) / 2, axis=1) > 0
    scale = 2 * math.log1p(world.effect)
    y, ai, recorded = np.zeros(shape), np.zeros(shape), np.zeros(world.people)
    for t in range(world.periods):
        treatment = {"recorded": recorded, "use": use[:, t]}.get(world.truth, np.zeros(world.people))
        treatment = treatment if response is None else response(treatment)
        rate = np.exp(level + common[t] + log_deviation[:, t] + scale * treatment) * np.where(
            adopted[:, t], world.split_factor, 1.0
        )
        y[:, t] = np.where(present[:, t], rng.poisson(rate), 0)
        share, busy = use[:, t], log_deviation[:, t] - log_deviation.mean(axis=1)
        if world.truth == "reverse":
            share = use[:, t] = np.clip(share + world.effect * busy, 0, 1)
        marked = (
            np.clip(share * recall * (1 - world.marking_pace * busy), 0, 1) if world.marking_pace else share * recall
        )
        ai[:, t] = rng.binomial(y[:, t].astype(int), marked)
        enough = y[:, t] >= MIN_CHANGES
        recorded = np.where(enough, ai[:, t] / np.maximum(y[:, t], 1), recorded)
    names = tuple(f"a{k:03}" for k in range(world.people))
    periods = tuple(str(t) for t in range(world.periods))
    landing_mix = None if world.split_factor == 1 else _landing_mix(y, np.where(adopted, world.split_factor, 1.0), seed)
    return SimulatedPanel(
        Panel(names, periods, y, ai, y.copy(), active_spans(y > 0), world.people, landing_mix=landing_mix), use, recall
    )


def _landing_mix(y: Floats, split_factor: Floats, seed: int) -> Floats:
    """Return the landing mix (K, A, P): mean log commits per change (unsplit: `_COMMITS_PER_CHANGE`), all merges."""
    rng = np.random.default_rng([seed, 1])
    sums = np.zeros(y.shape)
    for cell in zip(*np.nonzero(y), strict=True):
        commits = 1 + rng.poisson(max(_COMMITS_PER_CHANGE / split_factor[cell] - 1, 0), int(y[cell]))
        sums[cell] = np.log(commits).sum()
    mean = np.divide(sums, y, out=np.full_like(sums, np.nan), where=y > 0)
    all_merged = np.where(y > 0, 1.0, np.nan)
    return np.stack([mean, all_merged, 0 * all_merged, 0 * all_merged])


def _ar1(rng: np.random.Generator, shape: tuple[int, int], persistence: float, spread: float) -> Floats:
    noise = rng.normal(0, spread, shape)
    for t in range(1, shape[1]):
        noise[:, t] += persistence * noise[:, t - 1]
    return noise


def _adoption(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Return latent use: logistic in time with a start, top and slope per person, and autocorrelated noise."""
    people, periods = shape
    start = rng.uniform(0.1 * periods, 0.8 * periods, (people, 1))
    top, slope = rng.uniform(0.2, 0.95, (people, 1)), rng.uniform(0.4, 2.0, (people, 1))
    rise = top / (1 + np.exp(-slope * (np.arange(periods) - start)))
    use: Floats = np.clip(rise + 0.5 * _ar1(rng, shape, 0.7, 0.08), 0, 1)
    return use


def _tenure(rng: np.random.Generator, shape: tuple[int, int], *, late: bool) -> Mask:
    """Return who is present when: with `late`, one person in five joins during the first third; nobody leaves."""
    people, periods = shape
    joins = (
        np.where(rng.random(people) < 0.2, rng.integers(1, max(2, periods // 3), people), 0)
        if late
        else np.zeros(people)
    )
    return np.arange(periods) >= joins[:, None]
