"""Release gates: what the verdict must do on simulated histories whose truth is known (docs/method.md, "Gates").

"Covers" and "at most" are judged by one-sided exact binomial tests at 1 %, divided by the number of checks in a family.
Several gates may read the same trials; a gate with fewer histories than it needs counts as not run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.special import bdtr, bdtrc

from analyzer.simulation.panels import Truth, World
from validation.job import SWAPS, Trial
from validation.reverted_changes import Reverts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from validation.job import AnyWorld

NEEDED = 1_000
INFORMATIVE = frozenset({"says_little", "says_something", "says_a_lot"})
SIZES = (6, 10, 25, 60)
EFFECTS = (-0.33, -0.2, 0.2, 0.5)
Flag = Callable[[Trial], bool | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One gate's outcome in words, the histories behind it, and whether it passed (None = not run whole)."""

    id: str
    says: str
    bound: str
    found: str
    n: int
    passed: bool | None


@dataclass(frozen=True, slots=True)
class RateGate:
    """The share of trials on which `flag` is true must be at most, or at least, `bound`; None = does not apply."""

    id: str
    world: AnyWorld
    says: str
    flag: Flag
    bound: float
    at_least: bool
    family: int = 1
    swaps: int = 0
    needed: int = NEEDED

    @property
    def worlds(self) -> tuple[tuple[AnyWorld, int], ...]:
        """The worlds it draws from, each with its swaps."""
        return ((self.world, self.swaps),)

    @property
    def panels(self) -> int:
        """Histories each world needs."""
        return self.needed

    def row(self, trials: Sequence[Sequence[Trial]]) -> Row:
        """Judge the trials of its world."""
        flags = [flag for trial in trials[0] if (flag := self.flag(trial)) is not None]
        hits, n = sum(flags), len(flags)
        rate = f"{hits / n:.3f} ({hits} of {n})" if n else "-"
        bound = f"{'>=' if self.at_least else '<='} {self.bound}"
        passed = self.judged(hits, n) if len(trials[0]) >= self.needed and n else None
        return Row(self.id, self.says, bound, rate, len(trials[0]), passed)

    def judged(self, hits: int, n: int) -> bool:
        """Exact one-sided binomial test at 1 % over the family."""
        tail = bdtr(hits, n, self.bound) if self.at_least else bdtrc(hits - 1, n, self.bound) if hits else 1.0
        return bool(tail >= 0.01 / self.family)


def informative(trial: Trial) -> bool:
    """LITTLE or stronger, or MISLEADING."""
    return trial.grade in INFORMATIVE or trial.grade == "misleading"


def covers(figure: str, truth: float) -> Flag:
    """Whether the interval of `figure` holds the truth; does not apply where there is no such figure."""
    return lambda trial: None if (reach := getattr(trial, figure)) is None else reach.holds(truth)


def wrong_sign(effect: float) -> Flag:
    """Among informative trials: the recorded figure has the other sign than what was planted."""
    return lambda t: None if t.recorded is None or not informative(t) else t.recorded.point * effect < 0


def rate_gates() -> list[RateGate]:
    """Null, reverse causality, planted rises and falls under both truths, wrong signs, and reverts."""
    return [*_null(), *_habit(), *_reverse(), *_planted(), *_graded(), *_reverts()]


def _null() -> list[RateGate]:
    says = "no effect: informative or misleading"
    return [
        RateGate(f"null-{a}", World(a), says, informative, 0.05, at_least=False, family=4, swaps=SWAPS) for a in SIZES
    ]


def _habit() -> list[RateGate]:
    found = []
    for cut in (0.5, 1.5, 2.5):
        world = World(25, habit=cut)
        says = f"no effect, work cut into ×{cut:g} changes on adoption: informative or misleading"
        found.append(RateGate(world.id, world, says, informative, 0.05, at_least=False, family=3, swaps=SWAPS))
    return found


def _reverse() -> list[RateGate]:
    found = []
    for strength in (-0.6, 0.6):
        world = World(25, truth="reverse", effect=strength)
        says = f"busy periods move use ({strength:+}): timing fires"
        found.append(RateGate(world.id, world, says, lambda t: t.timing, 0.80, at_least=True, family=2))
    for effect in (0.2, 0.5, 1.0):
        world = World(25, truth="recorded", effect=effect)
        says = f"recorded acts with {effect:+.0%}: timing fires"
        swaps = SWAPS if effect < 1 else 0
        flag = lambda t: t.timing  # noqa: E731
        found.append(RateGate(f"timing-{world.id}", world, says, flag, 0.05, at_least=False, family=3, swaps=swaps))
    return found


def _planted() -> list[RateGate]:
    truths: tuple[Truth, ...] = ("recorded", "use")
    return [_coverage(a, effect, truth) for a in SIZES for effect in EFFECTS for truth in truths]


def _coverage(authors: int, effect: float, truth: Truth) -> RateGate:
    least = 0.88 if truth == "use" and authors == 60 else 0.93
    world = World(authors, truth=truth, effect=effect)
    says = f"{truth} acts with {effect:+.0%} per +50 points: its interval covers"
    family = len(SIZES) * len(EFFECTS)
    return RateGate(
        world.id, world, says, covers(truth, effect), least, at_least=True, family=family, swaps=_swaps(world)
    )


def _swaps(world: World) -> int:
    """The worlds whose grade is asked for as well."""
    return SWAPS if world.authors == 25 and world.truth == "recorded" and abs(world.effect) < 1 else 0


def _graded() -> list[RateGate]:
    found = []
    for effect in EFFECTS:
        world = World(25, truth="recorded", effect=effect)
        says = f"recorded acts with {effect:+.0%}, when informative: the sign is wrong"
        flag = wrong_sign(effect)
        found.append(RateGate(f"sign-{world.id}", world, says, flag, 0.02, at_least=False, family=4, swaps=SWAPS))
    world = World(25, truth="recorded", effect=0.5)
    says = "recorded acts with +50%: informative"
    return [*found, RateGate(f"power-{world.id}", world, says, informative, 0.60, at_least=True, swaps=SWAPS)]


def _reverts() -> list[RateGate]:
    found = []
    for a in SIZES:
        world = Reverts(a)
        says = "marked changes reverted as often: informative or misleading"
        found.append(RateGate(world.id, world, says, informative, 0.05, at_least=False, family=4))
    for a in SIZES:
        for ratio in (0.5, 2.0):
            world = Reverts(a, ratio)
            says = f"marked changes reverted ×{ratio:g}: the ratio's interval covers"
            flag = covers("reverts", ratio)
            found.append(RateGate(world.id, world, says, flag, 0.93, at_least=True, family=8))
    return found
