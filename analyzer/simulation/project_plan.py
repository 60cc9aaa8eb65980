"""Plan of a simulated project: who merges what and when, which changes are AI-written, and which carry a mark.

People, AI use and effect come from the panel generator. This module adds the changes themselves, the times at which
they are merged, the reverts, and the marks. `fast_import` turns the plan into a repository.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from analyzer.core.constants import BLOCK_DAYS, SECONDS_PER_DAY
from analyzer.errors import UsageError
from analyzer.simulation.panels import World, generate_with_truth

if TYPE_CHECKING:
    from analyzer.simulation.panels import SimulatedPanel

Landing = Literal["merge", "squash", "rebase", "direct"]
LANDINGS: tuple[Landing, ...] = ("merge", "squash", "rebase", "direct")
# Merges are at least 34 minutes apart, so that two direct pushes by one person are never one work session.
_SLOT = 45 * 60
_SLOTS = BLOCK_DAYS * SECONDS_PER_DAY // _SLOT
# Block 704 since Monday 1970-01-05.
START = 4 * SECONDS_PER_DAY + 704 * BLOCK_DAYS * SECONDS_PER_DAY
_REVERTED_WITHIN_DAYS = 30


@dataclass(frozen=True, slots=True)
class Plan:
    """What is planted in a simulated project.

    Attributes
    ----------
    share : mean AI use.
    effect : relative change of output per +50 points of what `acts`.
    acts : what has the effect: the share recorded in the preceding period, or AI use.
    disclosure : share of AI changes that carry a mark.
    reverts : mean risk of a change to be reverted within 30 days.
    ratio : that risk for AI changes relative to other changes.
    landing : how changes are merged.
    """

    people: int = 12
    months: int = 12
    share: float = 0.4
    effect: float = 0.0
    acts: Literal["recorded", "use"] = "recorded"
    disclosure: float = 0.9
    reverts: float = 0.04
    ratio: float = 1.0
    landing: Landing | Literal["mixed"] = "mixed"
    seed: int = 0

    @property
    def periods(self) -> int:
        """Number of four-week periods."""
        return round(13 * self.months / 12)


@dataclass(slots=True)
class PlannedChange:
    """One merged change; `reverted_change` is set if this change is a revert."""

    person: int
    landed_at: int
    ai: bool
    marked: bool
    landing: Landing
    commits: int
    lines: int
    reverted_change: PlannedChange | None = None
    number: int = 0


def plan_changes(plan: Plan) -> list[PlannedChange]:
    """Return all changes in merge order, numbered from 1; raise `UsageError` if they do not fit the calendar."""
    truth: Literal["none", "recorded", "use"] = plan.acts if plan.effect else "none"
    world = World(plan.people, plan.periods, truth=truth, effect=plan.effect, share=plan.share, recall=plan.disclosure)
    rng = np.random.default_rng([plan.seed, 2])
    planned = _plan_work(generate_with_truth(world, plan.seed), plan, rng)
    planned += _plan_reverts(planned, plan, rng)
    _assign_slots(planned)
    planned.sort(key=lambda change: change.landed_at)
    for number, change in enumerate(planned, 1):
        change.number = number
    return planned


def _plan_work(simulated: SimulatedPanel, plan: Plan, rng: np.random.Generator) -> list[PlannedChange]:
    planned = []
    for person, period in np.argwhere(simulated.panel.y > 0):
        total, marked_count = int(simulated.panel.y[person, period]), int(simulated.panel.ai[person, period])
        use = float(simulated.use[person, period])
        # Probability that an unmarked change is AI-written nevertheless.
        ai_if_unmarked = use * (1 - simulated.recall) / max(1 - use * simulated.recall, 1e-9)
        for k in range(total):
            marked = k < marked_count
            ai = marked or bool(rng.random() < ai_if_unmarked)
            landed_at = START + int(period) * BLOCK_DAYS * SECONDS_PER_DAY + int(rng.integers(_SLOTS)) * _SLOT
            planned.append(_planned_change(int(person), landed_at, plan, rng, ai=ai, marked=marked))
    return planned


def _planned_change(
    person: int, landed_at: int, plan: Plan, rng: np.random.Generator, *, ai: bool, marked: bool
) -> PlannedChange:
    landing = LANDINGS[int(rng.integers(len(LANDINGS)))] if plan.landing == "mixed" else plan.landing
    # AI changes are longer, so that a tool that takes lines for output is seen to err.
    lines = 1 + int(min(rng.lognormal(3.2 if ai else 2.4, 0.8), 400))
    return PlannedChange(person, landed_at, ai, marked, landing, 1 + int(rng.integers(3)), lines)


def _plan_reverts(work: list[PlannedChange], plan: Plan, rng: np.random.Generator) -> list[PlannedChange]:
    reverts = []
    end = START + plan.periods * BLOCK_DAYS * SECONDS_PER_DAY
    risk_factor = rng.lognormal(-0.125, 0.5, plan.people)
    for change in work:
        risk = plan.reverts * risk_factor[change.person] * (plan.ratio if change.ai else 1.0)
        landed_at = (
            change.landed_at
            + int(rng.integers(SECONDS_PER_DAY // _SLOT, _REVERTED_WITHIN_DAYS * SECONDS_PER_DAY // _SLOT)) * _SLOT
        )
        if rng.random() < risk and landed_at < end - SECONDS_PER_DAY:
            revert = _planned_change(int(rng.integers(plan.people)), landed_at, plan, rng, ai=False, marked=False)
            revert.commits, revert.reverted_change = 1, change
            reverts.append(revert)
    return reverts


def _assign_slots(planned: list[PlannedChange]) -> None:
    """Move every change to the next free time slot within its four weeks; a revert stays after what it reverts."""
    occupied: set[int] = set()
    for change in sorted(planned, key=lambda c: (c.landed_at, c.reverted_change is not None)):
        block = (change.landed_at - START) // (_SLOTS * _SLOT)
        slot = (change.landed_at - START) // _SLOT
        # The search wraps around to the start of the four weeks, which may be before the change that is reverted.
        reverted = change.reverted_change
        earliest = -1 if reverted is None else (reverted.landed_at - START) // _SLOT
        for step in range(_SLOTS):
            candidate = block * _SLOTS + (slot - block * _SLOTS + step) % _SLOTS
            if candidate not in occupied and candidate > earliest:
                break
        else:
            raise UsageError(
                "simulation-too-busy",
                f"More than {_SLOTS} changes fall in four weeks.",
                "Simulate fewer people, or a smaller effect.",
            )
        occupied.add(candidate)
        change.landed_at = START + candidate * _SLOT
