"""What a gate asks for, a history of a world, and what the verdict said on it."""

from __future__ import annotations

from typing import Protocol

import msgspec

SWAPS = 999


class AnyWorld(Protocol):
    """What is planted; the id names it wholly."""

    @property
    def id(self) -> str:
        """Short name."""
        ...


class Reach(msgspec.Struct, frozen=True):
    """A figure's point, interval and smallest detectable effect: relative changes, or ratios for reverts.

    An interval without an upper end has `high` None, and `smallest` is None where nothing would be seen.
    """

    point: float
    low: float
    high: float | None
    smallest: float | None

    def holds(self, truth: float) -> bool:
        """Whether the interval holds the truth."""
        return self.low <= truth and (self.high is None or truth <= self.high)


class Trial(msgspec.Struct, frozen=True):
    """One verdict; a figure that could not be estimated is None, and so is a placebo that could not run.

    flags: what else is asked of such a world, by name; None where it could not be told.
    """

    world: str
    seed: int
    swaps: int
    seconds: float
    grade: str
    recorded: Reach | None = None
    use: Reach | None = None
    timing: bool | None = None
    reverts: Reach | None = None
    flags: dict[str, bool | None] = {}


class Job(msgspec.Struct, frozen=True):
    """A world to draw a history from, and the swaps behind its p (0 where no p is asked for)."""

    world: AnyWorld
    swaps: int
    seed: int

    @property
    def key(self) -> tuple[str, int, int]:
        """What makes two jobs the same."""
        return self.world.id, self.swaps, self.seed
