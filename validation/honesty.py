"""Power honesty: the smallest detectable effect that a report prints is the effect detected four times in five.

Three effects are planted around the median figure of histories without an effect. A probit line through the three
detection rates, on the log scale, gives the effect detected in 80 % of histories. The median printed figure must be
within 20 % of it.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from analyzer.simulation.panels import World
from validation.gates import FIGURES, MIN_HISTORIES, PEOPLE, ActingShare, GateResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validation.job import AnyWorld, FigureRange, Trial

TOLERANCE = 0.20
# Where to plant: medians of the figures over 40 histories of 24 months without an effect. An inaccurate value here
# costs precision, not validity.
_PLANTED_AROUND = {
    "recorded": {6: 0.59, 10: 0.37, 25: 0.21, 60: 0.13},
    "use": {6: 1.34, 10: 0.93, 25: 0.47, 60: 0.29},
}
_STEPS = (0.8, 1.0, 1.25)


@dataclass(frozen=True, slots=True)
class PowerGate:
    """One figure for one number of people, under its own truth."""

    people: int
    truth: ActingShare

    @property
    def id(self) -> str:
        """Short name."""
        return f"honest-{self.truth}-{self.people}"

    @property
    def worlds(self) -> tuple[tuple[AnyWorld, int], ...]:
        """Three planted effects; the interval decides about detection, so no permutations are needed."""
        middle = _PLANTED_AROUND[self.truth][self.people]
        effects = [round(middle * step, 3) for step in _STEPS]
        return tuple((World(self.people, truth=self.truth, effect=effect), 0) for effect in effects)

    @property
    def panels(self) -> int:
        """Histories needed per world: a thousand over the three."""
        return math.ceil(MIN_HISTORIES / len(_STEPS))

    def row(self, trials: Sequence[Sequence[Trial]]) -> GateResult:
        """Compare the printed figure with the effect that is detected in 80 % of the histories."""
        ranges_by_world = [[r for t in world if (r := getattr(t, FIGURES[self.truth])) is not None] for world in trials]
        effects = [world.effect for world, _ in self.worlds if isinstance(world, World)]
        n = sum(map(len, trials))
        says = f"{self.truth} acts: smallest effect of `{FIGURES[self.truth]}`, printed ÷ found in 80 %"
        bound = f"{1 - TOLERANCE:.2f} to {1 + TOLERANCE:.2f}"
        if any(
            len(ranges) < len(world) / 2 or not ranges for ranges, world in zip(ranges_by_world, trials, strict=True)
        ):
            return GateResult(self.id, says, bound, "no figure in most histories", n, None)
        detected_in_80 = _effect_detected_in_80(effects, ranges_by_world)
        median_printed = _median_printed(ranges_by_world)
        text = f"{median_printed / detected_in_80:.2f} ({median_printed:+.0%} printed, {detected_in_80:+.0%} found)"
        passed = abs(median_printed / detected_in_80 - 1) <= TOLERANCE if n >= MIN_HISTORIES else None
        return GateResult(self.id, says, bound, text, n, passed)


def _is_detected(figure_range: FigureRange) -> bool:
    return figure_range.low > 0


def _effect_detected_in_80(effects: Sequence[float], ranges_by_world: Sequence[Sequence[FigureRange]]) -> float:
    """Return the effect at which a probit line through the detection rates reaches 0.80."""
    rates = [(sum(map(_is_detected, ranges)) + 0.5) / (len(ranges) + 1) for ranges in ranges_by_world]
    slope, intercept = np.polyfit(np.log1p(effects), ndtri(rates), 1)
    return math.expm1((float(ndtri(0.80)) - float(intercept)) / float(slope))


def _median_printed(ranges_by_world: Sequence[Sequence[FigureRange]]) -> float:
    return statistics.median(
        math.inf if figure_range.smallest is None else figure_range.smallest
        for ranges in ranges_by_world
        for figure_range in ranges
    )


def power_gates() -> list[PowerGate]:
    """Return the gates on both figures for every number of people."""
    return [PowerGate(n, truth) for truth in FIGURES for n in PEOPLE]
