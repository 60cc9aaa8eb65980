"""Release gates on honest histories in which half of the AI changes carry no mark: no test of gaming may fire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.special import bdtrc

from validation.gaming_worlds import TRICKS, UNMARKED, GamedWorld
from validation.gates import GateResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validation.job import AnyWorld, Trial

_HISTORIES, _BOUND = 300, 0.05


@dataclass(frozen=True, slots=True)
class FalseFlagGate:
    """A bound on how often each test of gaming fires on one honest world; the row shows the test that fires most."""

    world: GamedWorld
    says: str
    family: int

    @property
    def id(self) -> str:
        """Name of the gate: its world's."""
        return self.world.id

    @property
    def worlds(self) -> tuple[tuple[AnyWorld, int], ...]:
        """The world to draw from; no test needs permutations of people."""
        return ((self.world, 0),)

    @property
    def panels(self) -> int:
        """Histories needed."""
        return _HISTORIES

    def row(self, trials: Sequence[Sequence[Trial]]) -> GateResult:
        """Return the result: passed if the exact test of no variant rejects the bound, at 1 % over the family."""
        n = len(trials[0])
        hits, name = max((sum(trial.flags.get(trick) is True for trial in trials[0]), trick) for trick in TRICKS)
        tail = bdtrc(hits - 1, n, _BOUND) if hits else 1.0
        passed = bool(tail >= 0.01 / (self.family * len(TRICKS))) if n >= _HISTORIES else None
        observed = f"{hits / n:.3f} ({hits} of {n}: {name if hits else 'none'})" if n else "-"
        return GateResult(self.id, self.says, f"<= {_BOUND}", observed, n, passed)


def false_flag_gates() -> list[FalseFlagGate]:
    """Return one gate per way of leaving out marks: with and without an effect of use, with and without a target."""
    worlds = [
        GamedWorld(unmarked=unmarked, effect=effect, announced=announced)
        for announced in (True, False)
        for unmarked in UNMARKED
        for effect in (0.0, 0.5)
    ]
    return [FalseFlagGate(world, _says(world), len(worlds)) for world in worlds]


def _says(world: GamedWorld) -> str:
    effect = f"use acts with {world.effect:+.0%}" if world.effect else "no effect"
    fires = "a flag" if world.announced else "a divergence"
    return f"honest, half unmarked by {world.unmarked.replace('_', ' and ')}, {effect}: {fires}, most frequent test"
