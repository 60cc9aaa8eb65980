"""Histories in which output and AI share go together although AI does nothing, one kind of world per threat.

The generator shares nothing with `analyzer.simulation`: counts are weekly, overdispersed and interrupted by holidays;
people join late, part of the marks are lost, and recall is the same for everybody.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from analyzer.panel import Panel, active_spans

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Ints

Threat = Literal[
    "none",
    "untied-growth",
    "growth",
    "strong-growth",
    "anticipation",
    "quiet-cycles",
    "busy-cycles",
    "busy-use",
    "leavers",
    "cutting",
    "left-out",
    "ramps",
]
THREATS: tuple[Threat, ...] = get_args(Threat)
_WEEKS = 4
_HOLIDAYS, _OVERDISPERSION = 0.08, 8.0
_SHOCK = 0.25
# Standard deviation of people's growth per period, and its correlation with adoption.
_GROWTH = {"untied-growth": (0.02, 0.0), "growth": (0.02, 0.6), "strong-growth": (0.03, 0.8)}
# By how much use moves per unit of a (log) shock: the next one, the present one of a cycle, or that of busy periods.
_MOVED_BY_SHOCK = {"quiet-cycles": -0.5, "busy-cycles": 0.5, "busy-use": 0.3}
_ANTICIPATION = 0.5
_FADING_PERIODS = 5
_MAX_CUTTING = 0.5


@dataclass(frozen=True, slots=True)
class ThreatWorld:
    """A panel under one threat; `effect` is what use does per +50 points, as a relative change."""

    threat: Threat
    people: int
    effect: float = 0.0
    periods: int = 26

    @property
    def id(self) -> str:
        """Short name."""
        effect = f"{self.effect:+g}" if self.effect else ""
        return f"threat-{self.threat}{effect}-{self.people}"


def threatened_panel(world: ThreatWorld, seed: int) -> Panel:
    """Return one panel; the same world and seed give the same panel."""
    rng = np.random.default_rng([seed, 21])
    shape = (world.people, world.periods)
    shock = _autoregressive(rng, shape, -0.5 if world.threat.endswith("cycles") else 0.4, _SHOCK)
    growth, use = _growth_and_use(world, rng, shape)
    use = _moved_use(world.threat, use, shock)
    present, log_pace = _tenure(world.threat, rng, shape)
    fading = np.exp(log_pace) if world.threat == "leavers" else np.ones(shape)
    use = use * fading
    season = 0.15 * np.sin(2 * np.pi * np.arange(world.periods) / 13 + rng.uniform(0, 6))
    common = np.cumsum(rng.normal(0, 0.05, world.periods)) + season
    level = math.log(5.0) + rng.normal(0, 0.5, (world.people, 1))
    drift = np.cumsum(rng.normal(0, 0.04, shape), axis=1)
    cutting = 1 + _MAX_CUTTING * use if world.threat == "cutting" else np.ones(shape)
    log_rate = level + common + shock + drift + growth + log_pace + 2 * math.log1p(world.effect) * use
    y = _weekly_counts(rng, np.exp(log_rate) * cutting * present)
    recall = rng.uniform(0.85, 1.0)
    marked = use * recall
    if world.threat == "left-out":
        marked = marked * (1 - 0.5 * np.clip(shock / 0.3, -1, 1))
    ai = rng.binomial(y, np.clip(marked, 0, 1)).astype(float)
    size = rng.normal(0, 1 / np.sqrt(np.maximum(y, 1))) - np.log(cutting)
    counts = y.astype(float)
    return Panel(
        tuple(f"a{k:03}" for k in range(world.people)),
        tuple(str(t) for t in range(world.periods)),
        counts,
        ai,
        counts.copy(),
        active_spans(counts > 0),
        world.people,
        relative_size=np.where(y > 0, size, np.nan),
    )


def _autoregressive(rng: np.random.Generator, shape: tuple[int, int], persistence: float, spread: float) -> Floats:
    """Return a stationary series per person, with innovations of standard deviation `spread`."""
    series = rng.normal(0, spread, shape)
    series[:, 0] /= math.sqrt(1 - persistence**2)
    for t in range(1, shape[1]):
        series[:, t] += persistence * series[:, t - 1]
    return series


def _growth_and_use(world: ThreatWorld, rng: np.random.Generator, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    """Return each person's linear growth (A, P) and latent use: a logistic adoption with noise."""
    people, periods = shape
    start = rng.uniform(0.1 * periods, 0.8 * periods, (people, 1))
    top, slope = rng.uniform(0.2, 0.95, (people, 1)), rng.uniform(0.4, 2.0, (people, 1))
    noise = 0.5 * _autoregressive(rng, shape, 0.5, 0.08) * (np.arange(periods) > start - 3)
    use = np.clip(top / (1 + np.exp(-slope * (np.arange(periods) - start))) + noise, 0, 1)
    spread, tie = _GROWTH.get(world.threat, (0.0, 0.0))
    standardised = rng.normal(size=people)
    score = tie * standardised + math.sqrt(1 - tie * tie) * rng.normal(size=people)
    if tie:
        use[np.argsort(score)] = use[np.argsort(use.sum(axis=1))]
    return spread * standardised[:, None] * (np.arange(periods) - periods / 2), use


def _moved_use(threat: Threat, use: Floats, shock: Floats) -> Floats:
    """Return the use that a shock of output moves, before or while it happens."""
    if threat == "anticipation":
        return np.clip(use + _ANTICIPATION * np.concatenate([shock[:, 1:], shock[:, -1:]], axis=1), 0, 1)
    return np.clip(use + _MOVED_BY_SHOCK.get(threat, 0.0) * shock, 0, 1)


def _tenure(threat: Threat, rng: np.random.Generator, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    """Return who is there (A, P), and by how much people who join or leave are slower (log)."""
    people, periods = shape
    time = np.arange(periods)
    joins = np.where(rng.random(people) < 0.25, rng.integers(1, periods // 2, people), 0)[:, None]
    leaves = np.full((people, 1), periods)
    pace = np.ones(shape)
    if threat == "leavers":
        gone = rng.random((people, 1)) < 0.4
        leaves = np.where(gone, rng.integers(periods // 2, periods, (people, 1)), periods)
        pace = np.where(gone, np.clip((leaves - time) / _FADING_PERIODS, 1e-3, 1), 1.0)
    elif threat == "ramps":
        pace = np.where(joins > 0, np.clip((time - joins + 1) / 4, 0.1, 1), 1.0)
    return ((time >= joins) & (time < leaves)).astype(float), np.log(pace)


def _weekly_counts(rng: np.random.Generator, rate: Floats) -> Ints:
    """Return counts per period (A, P), summed over weeks that are overdispersed, some of them holidays."""
    weeks = (*rate.shape, _WEEKS)
    pace = rng.gamma(_OVERDISPERSION, 1 / _OVERDISPERSION, weeks) * (rng.random(weeks) >= _HOLIDAYS)
    counts: Ints = rng.poisson(rate[..., None] / _WEEKS * pace).sum(axis=-1)
    return counts
