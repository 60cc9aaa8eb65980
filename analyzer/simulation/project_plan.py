"""A simulated project before it is a repository: who lands what and when, which of it is AI, and what says so.

People, use and effect come from the panel generator; this adds the changes themselves, their landing times, what is
taken back, and which AI changes carry a mark.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from analyzer.errors import UsageError
from analyzer.panel import BLOCK_DAYS
from analyzer.simulation.panels import World, draw

if TYPE_CHECKING:
    from analyzer.simulation.panels import Drawn

Landing = Literal["merge", "squash", "rebase", "direct"]
LANDINGS: tuple[Landing, ...] = ("merge", "squash", "rebase", "direct")
DAY = 86_400
# Landings stand at least 34 minutes apart, so that no two direct pushes of one person are one work session.
_SLOT = 45 * 60
_SLOTS = BLOCK_DAYS * DAY // _SLOT
# Block 704 since Monday 1970-01-05.
BEGIN = 4 * DAY + 704 * BLOCK_DAYS * DAY
_TAKEN_BACK_WITHIN = 30


@dataclass(frozen=True, slots=True)
class Plan:
    """What is planted. share: mean AI use; effect: relative change of output per +50 points of what `acts`.

    disclosure: share of AI changes that carry a mark. reverts: mean risk of a change to be taken back within 30 days,
    ratio: that of AI changes to others. landing: how changes come in.
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
        """Four-week periods."""
        return round(13 * self.months / 12)


@dataclass(slots=True)
class Change:
    """One merged change; `takes_back` is the change that a revert undoes."""

    author: int
    landed: int
    ai: bool
    declared: bool
    landing: Landing
    commits: int
    lines: int
    takes_back: Change | None = None
    number: int = 0


def changes(plan: Plan) -> list[Change]:
    """All changes in order of landing, numbered from 1; raises `UsageError` where they do not fit the calendar."""
    truth: Literal["none", "recorded", "use"] = plan.acts if plan.effect else "none"
    world = World(plan.people, plan.periods, truth=truth, effect=plan.effect, share=plan.share, recall=plan.disclosure)
    rng = np.random.default_rng([plan.seed, 2])
    planned = _work(draw(world, plan.seed), plan, rng)
    planned += _taken_back(planned, plan, rng)
    _settle(planned)
    planned.sort(key=lambda change: change.landed)
    for number, change in enumerate(planned, 1):
        change.number = number
    return planned


def _work(drawn: Drawn, plan: Plan, rng: np.random.Generator) -> list[Change]:
    found = []
    for author, period in np.argwhere(drawn.panel.y > 0):
        total, marked = int(drawn.panel.y[author, period]), int(drawn.panel.ai[author, period])
        use = float(drawn.use[author, period])
        # Chance that an unmarked change is AI all the same.
        hidden = use * (1 - drawn.recall) / max(1 - use * drawn.recall, 1e-9)
        for k in range(total):
            declared = k < marked
            ai = declared or bool(rng.random() < hidden)
            landed = BEGIN + int(period) * BLOCK_DAYS * DAY + int(rng.integers(_SLOTS)) * _SLOT
            found.append(_change(int(author), landed, plan, rng, ai=ai, declared=declared))
    return found


def _change(author: int, landed: int, plan: Plan, rng: np.random.Generator, *, ai: bool, declared: bool) -> Change:
    landing = LANDINGS[int(rng.integers(len(LANDINGS)))] if plan.landing == "mixed" else plan.landing
    # AI changes are longer: a tool that reads lines as output must be seen to err.
    lines = 1 + int(min(rng.lognormal(3.2 if ai else 2.4, 0.8), 400))
    return Change(author, landed, ai, declared, landing, 1 + int(rng.integers(3)), lines)


def _taken_back(work: list[Change], plan: Plan, rng: np.random.Generator) -> list[Change]:
    found = []
    end = BEGIN + plan.periods * BLOCK_DAYS * DAY
    careful = rng.lognormal(-0.125, 0.5, plan.people)
    for change in work:
        risk = plan.reverts * careful[change.author] * (plan.ratio if change.ai else 1.0)
        landed = change.landed + int(rng.integers(DAY // _SLOT, _TAKEN_BACK_WITHIN * DAY // _SLOT)) * _SLOT
        if rng.random() < risk and landed < end - DAY:
            back = _change(int(rng.integers(plan.people)), landed, plan, rng, ai=False, declared=False)
            back.commits, back.takes_back = 1, change
            found.append(back)
    return found


def _settle(planned: list[Change]) -> None:
    """Give every change a slot of its own, the next free one within its four weeks."""
    taken: set[int] = set()
    for change in sorted(planned, key=lambda c: (c.landed, c.takes_back is not None)):
        block = (change.landed - BEGIN) // (_SLOTS * _SLOT)
        slot = (change.landed - BEGIN) // _SLOT
        for step in range(_SLOTS):
            candidate = block * _SLOTS + (slot - block * _SLOTS + step) % _SLOTS
            if candidate not in taken:
                break
        else:
            raise UsageError(
                "simulation-too-busy",
                f"More than {_SLOTS} changes fall in four weeks.",
                "Simulate fewer people, or a smaller effect.",
            )
        taken.add(candidate)
        change.landed = BEGIN + candidate * _SLOT
