"""What a gate needs from a world (`Job`), and what the verdict was on one simulated history (`Trial`)."""

from __future__ import annotations

from typing import Protocol

import msgspec

SWAPS = 999


class AnyWorld(Protocol):
    """Parameters of a simulation; the id identifies them completely."""

    @property
    def id(self) -> str:
        """Short name."""
        ...


class FigureRange(msgspec.Struct, frozen=True):
    """A figure's point estimate, interval and smallest detectable effect: relative changes, or ratios for reverts.

    `high` is None for an interval without an upper end; `smallest` is None where no effect is detectable.
    """

    point: float
    low: float
    high: float | None
    smallest: float | None

    def contains(self, truth: float) -> bool:
        """Return whether the interval contains the truth."""
        return self.low <= truth and (self.high is None or truth <= self.high)


class Trial(msgspec.Struct, frozen=True):
    """One verdict. A figure that could not be estimated is None, and so is a placebo test that could not run.

    flags : further questions asked of such a world, by name; None where there is no answer.
    """

    world: str
    seed: int
    swaps: int
    seconds: float
    grade: str
    recorded: FigureRange | None = None
    within: FigureRange | None = None
    beyond: FigureRange | None = None
    timing: bool | None = None
    reverts: FigureRange | None = None
    flags: dict[str, bool | None] = {}


class Job(msgspec.Struct, frozen=True):
    """A world to draw a history from, and the permutations behind its p-value (0 where none is needed)."""

    world: AnyWorld
    swaps: int
    seed: int

    @property
    def key(self) -> tuple[str, int, int]:
        """Identity of the job: two jobs with the same key have the same trial."""
        return self.world.id, self.swaps, self.seed
