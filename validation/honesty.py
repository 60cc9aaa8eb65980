"""Power honesty: the smallest detectable effect that a report prints is the effect found four times in five.

Three effects are planted around what the power table says. The effect found in 80 % of histories is read from a probit
line through the three rates of detection, on the log scale; the median printed figure must lie within 20 % of it.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import ndtri

from analyzer.simulation.panels import World
from validation.gates import NEEDED, SIZES, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validation.job import AnyWorld, Reach, Trial

WITHIN = 0.20
# Where to plant: the power table's figures at 24 months. Being off here costs precision, not truth.
_AROUND = {
    "recorded": {6: 0.58, 10: 0.37, 25: 0.21, 60: 0.13},
    "use": {6: 1.30, 10: 0.84, 25: 0.47, 60: 0.27},
}
_STEPS = (0.8, 1.0, 1.25)


@dataclass(frozen=True, slots=True)
class PowerGate:
    """One figure at one number of people, under its own truth."""

    authors: int
    truth: Literal["recorded", "use"]

    @property
    def id(self) -> str:
        """Short name."""
        return f"honest-{self.truth}-{self.authors}"

    @property
    def worlds(self) -> tuple[tuple[AnyWorld, int], ...]:
        """Three planted effects; detection is by the interval, so no swaps."""
        middle = _AROUND[self.truth][self.authors]
        effects = [round(middle * step, 3) for step in _STEPS]
        return tuple((World(self.authors, truth=self.truth, effect=effect), 0) for effect in effects)

    @property
    def panels(self) -> int:
        """Histories each world needs: a thousand over the three."""
        return math.ceil(NEEDED / len(_STEPS))

    def row(self, trials: Sequence[Sequence[Trial]]) -> Row:
        """Compare the printed figure with the effect that is found in 80 % of the histories."""
        reaches = [[r for t in world if (r := getattr(t, self.truth)) is not None] for world in trials]
        effects = [world.effect for world, _ in self.worlds if isinstance(world, World)]
        n = sum(map(len, trials))
        says = f"{self.truth} acts: printed smallest effect ÷ effect found in 80 %"
        bound = f"{1 - WITHIN:.2f} to {1 + WITHIN:.2f}"
        if any(len(some) < len(world) / 2 or not some for some, world in zip(reaches, trials, strict=True)):
            return Row(self.id, says, bound, "no figure in most histories", n, None)
        found, printed = _found_in_80(effects, reaches), _printed(reaches)
        text = f"{printed / found:.2f} ({printed:+.0%} printed, {found:+.0%} found)"
        passed = abs(printed / found - 1) <= WITHIN if n >= NEEDED else None
        return Row(self.id, says, bound, text, n, passed)


def _detected(reach: Reach) -> bool:
    return reach.low > 0


def _found_in_80(effects: Sequence[float], reaches: Sequence[Sequence[Reach]]) -> float:
    """Effect at which a probit line through the detection rates reaches 0.80."""
    rates = [(sum(map(_detected, some)) + 0.5) / (len(some) + 1) for some in reaches]
    slope, intercept = np.polyfit(np.log1p(effects), ndtri(rates), 1)
    return math.expm1((float(ndtri(0.80)) - float(intercept)) / float(slope))


def _printed(reaches: Sequence[Sequence[Reach]]) -> float:
    return statistics.median(
        math.inf if reach.smallest is None else reach.smallest for some in reaches for reach in some
    )


def power_gates() -> list[PowerGate]:
    """Both figures at every number of people."""
    truths: tuple[Literal["recorded", "use"], ...] = ("recorded", "use")
    return [PowerGate(a, truth) for truth in truths for a in SIZES]
