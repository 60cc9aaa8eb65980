"""Release gates: what the verdict must do on simulated histories whose truth is known (docs/method.md, "Gates").

Bounds on rates are tested with one-sided exact binomial tests at 1 %, divided by the number of checks in a family.
Several gates may use the same trials; a gate with fewer histories than it needs counts as not run.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from scipy.special import bdtr, bdtrc

from analyzer.inference.grading.rules import INFORMATIVE
from analyzer.simulation.panels import World
from validation.job import SWAPS, Trial
from validation.reverted_changes import RevertWorld

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validation.job import AnyWorld

MIN_HISTORIES = 1_000
PEOPLE = (6, 10, 25, 60)
EFFECTS = (-0.33, -0.2, 0.2, 0.5)
Flag = Callable[[Trial], bool | None]
ActingShare = Literal["recorded", "use"]
# The figure that estimates the effect of each share that can act: the share of the preceding period, or use.
FIGURES: dict[ActingShare, Literal["recorded", "within"]] = {"recorded": "recorded", "use": "within"}


@dataclass(frozen=True, slots=True)
class GateResult:
    """One row of the page.

    Attributes
    ----------
    says : what the gate asks.
    bound, observed : the bound and the figure, as text.
    n : number of histories.
    passed : None if fewer histories were run than the gate needs.
    """

    id: str
    says: str
    bound: str
    observed: str
    n: int
    passed: bool | None


class _OneWorld:
    """What gates on the histories of one world have in common."""

    __slots__ = ()
    world: AnyWorld
    swaps: int
    needed: int

    @property
    def worlds(self) -> tuple[tuple[AnyWorld, int], ...]:
        """The world to draw from, with its number of permutations."""
        return ((self.world, self.swaps),)

    @property
    def panels(self) -> int:
        """Histories needed per world."""
        return self.needed


@dataclass(frozen=True, slots=True)
class RateGate(_OneWorld):
    """A bound on the share of trials on which `flag` is true.

    Attributes
    ----------
    flag : True or False per trial; None = the question does not apply, and the trial is left out.
    bound, at_least : the share must be at least, or at most, `bound`.
    family : number of checks that share the level of 1 %.
    swaps : label permutations behind each p-value; 0 where no p-value is needed.
    needed : histories the gate needs.
    """

    id: str
    world: AnyWorld
    says: str
    flag: Flag
    bound: float
    at_least: bool
    family: int = 1
    swaps: int = 0
    needed: int = MIN_HISTORIES

    def row(self, trials: Sequence[Sequence[Trial]]) -> GateResult:
        """Return the result on the trials of its world."""
        flags = [flag for trial in trials[0] if (flag := self.flag(trial)) is not None]
        hits, n = sum(flags), len(flags)
        bound = f"{'>=' if self.at_least else '<='} {self.bound}"
        passed = self.passes(hits, n) if len(trials[0]) >= self.needed and n else None
        return GateResult(self.id, self.says, bound, rate_text(hits, n), len(trials[0]), passed)

    def passes(self, hits: int, n: int) -> bool:
        """Return whether an exact one-sided binomial test, at 1 % over the family, does not reject the bound."""
        tail = bdtr(hits, n, self.bound) if self.at_least else bdtrc(hits - 1, n, self.bound) if hits else 1.0
        return bool(tail >= 0.01 / self.family)


@dataclass(frozen=True, slots=True)
class RateReport(_OneWorld):
    """The share of trials on which `flag` is true, reported without a bound; attributes as of `RateGate`."""

    id: str
    world: AnyWorld
    says: str
    flag: Flag
    swaps: int = 0
    needed: int = MIN_HISTORIES

    def row(self, trials: Sequence[Sequence[Trial]]) -> GateResult:
        """Return the rate on the trials of its world; it passes wherever there are enough of them."""
        flags = [flag for trial in trials[0] if (flag := self.flag(trial)) is not None]
        passed = True if len(trials[0]) >= self.needed and flags else None
        return GateResult(self.id, self.says, "reported", rate_text(sum(flags), len(flags)), len(trials[0]), passed)


def rate_text(hits: int, n: int) -> str:
    """Return a rate with its Monte-Carlo standard error and its counts."""
    if not n:
        return "-"
    rate = hits / n
    return f"{rate:.3f} ± {math.sqrt(rate * (1 - rate) / n):.3f} ({hits} of {n})"


def is_informative(trial: Trial) -> bool:
    """Return whether the grade is SAYS LITTLE or stronger, or MISLEADING."""
    return trial.grade in INFORMATIVE or trial.grade == "misleading"


def covers(figure: str, truth: float) -> Flag:
    """Return a flag: the interval of `figure` contains the truth; None where the figure could not be estimated."""
    return lambda trial: None if (figure_range := getattr(trial, figure)) is None else figure_range.contains(truth)


def wrong_sign(effect: float) -> Flag:
    """Return a flag: the graded figure has the wrong sign; None where the trial is not informative."""
    return lambda t: None if t.within is None or not is_informative(t) else t.within.point * effect < 0


def rate_gates() -> list[RateGate]:
    """Return the gates on null worlds, split work, reverse causality, coverage, wrong signs, power, and reverts."""
    return [
        *_null_gates(),
        *_split_gates(),
        *_reverse_causality_gates(),
        *_coverage_gates(),
        *_sign_and_power_gates(),
        *_revert_gates(),
    ]


def _null_gates() -> list[RateGate]:
    says = "no effect: informative or misleading"
    return [
        RateGate(f"null-{n}", World(n), says, is_informative, 0.05, at_least=False, family=4, swaps=SWAPS)
        for n in PEOPLE
    ]


def _split_gates() -> list[RateGate]:
    gates = []
    for cut in (0.5, 1.5, 2.5):
        world = World(25, split_factor=cut)
        says = f"no effect, work cut into ×{cut:g} changes on adoption: informative or misleading"
        gates.append(RateGate(world.id, world, says, is_informative, 0.05, at_least=False, family=3, swaps=SWAPS))
    return gates


def _reverse_causality_gates() -> list[RateGate]:
    gates = []
    for strength in (-0.6, 0.6):
        world = World(25, truth="reverse", effect=strength)
        says = f"busy periods move use ({strength:+}): timing fires"
        gates.append(RateGate(world.id, world, says, lambda t: t.timing, 0.80, at_least=True, family=2))
    for effect in (0.2, 0.5, 1.0):
        world = World(25, truth="recorded", effect=effect)
        says = f"recorded acts with {effect:+.0%}: timing fires"
        swaps = SWAPS if effect < 1 else 0
        flag = lambda t: t.timing  # noqa: E731
        gates.append(RateGate(f"timing-{world.id}", world, says, flag, 0.05, at_least=False, family=3, swaps=swaps))
    return gates


def _coverage_gates() -> list[RateGate]:
    return [_coverage_gate(n, effect, truth) for n in PEOPLE for effect in EFFECTS for truth in FIGURES]


def _coverage_gate(people: int, effect: float, truth: ActingShare) -> RateGate:
    least = 0.88 if truth == "use" and people == 60 else 0.93
    world = World(people, truth=truth, effect=effect)
    figure = FIGURES[truth]
    says = f"{truth} acts with {effect:+.0%} per +50 points: the interval of `{figure}` covers"
    family = len(PEOPLE) * len(EFFECTS)
    return RateGate(
        world.id, world, says, covers(figure, effect), least, at_least=True, family=family, swaps=_swaps_for(world)
    )


def _swaps_for(world: World) -> int:
    """Return the number of permutations: only worlds whose grade another gate needs draw any."""
    return SWAPS if world.people == 25 and world.truth == "recorded" and abs(world.effect) < 1 else 0


def _sign_and_power_gates() -> list[RateGate]:
    gates = []
    for effect in EFFECTS:
        world = World(25, truth="recorded", effect=effect)
        says = f"recorded acts with {effect:+.0%}, when informative: the sign is wrong"
        flag = wrong_sign(effect)
        gates.append(RateGate(f"sign-{world.id}", world, says, flag, 0.02, at_least=False, family=4, swaps=SWAPS))
    world = World(25, truth="recorded", effect=0.5)
    says = "recorded acts with +50%: informative"
    return [*gates, RateGate(f"power-{world.id}", world, says, is_informative, 0.60, at_least=True, swaps=SWAPS)]


def _revert_gates() -> list[RateGate]:
    gates = []
    for n in PEOPLE:
        world = RevertWorld(n)
        says = "marked changes reverted as often: informative or misleading"
        gates.append(RateGate(world.id, world, says, is_informative, 0.05, at_least=False, family=4))
    for n in PEOPLE:
        for ratio in (0.5, 2.0):
            world = RevertWorld(n, ratio)
            says = f"marked changes reverted ×{ratio:g}: the ratio's interval covers"
            flag = covers("reverts", ratio)
            gates.append(RateGate(world.id, world, says, flag, 0.93, at_least=True, family=8))
    return gates
