"""Release gates on what could fool the verdict: arithmetic, marks tied to pace, confounding, many looks, gaming."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.simulation.panels import World
from validation.gaming_worlds import TRICKS, Gamed
from validation.gates import NEEDED, RateGate, covers, informative
from validation.job import SWAPS
from validation.worlds import Fleet, Looks, Ranked, Sized

if TYPE_CHECKING:
    from validation.gates import Flag
    from validation.job import Trial

# Histories of a gate on whole tables of changes, which take their time to draw.
_TABLES = 300
_PACE = 0.5


def threat_gates() -> list[RateGate]:
    """One family a threat."""
    return [*_coupling(), *_marks(), *_ranks(), *_fleets(), *_looks(), *_gaming()]


def flag(name: str) -> Flag:
    """A trial's flag of that name."""
    return lambda trial: trial.flags.get(name)


def _quiet(trial: Trial) -> bool:
    return not informative(trial)


def _coupling() -> list[RateGate]:
    world = Sized(25)
    says = "marked changes ×3 as long, no effect:"
    asked: tuple[tuple[str, str, Flag], ...] = (
        ("throughput", "throughput neither informative nor misleading", _quiet),
        ("defects", "defects neither informative nor misleading", lambda t: not t.flags["defects"]),
        ("lines", "lines of the same period are an artefact", flag("lines_artefact")),
    )
    return [
        RateGate(f"{world.id}-{what}", world, f"{says} {text}", asks, 0.95, at_least=True, family=3, swaps=SWAPS)
        for what, text, asks in asked
    ]


def _marks() -> list[RateGate]:
    pace, early = World(25, pace=_PACE), World(25, early=True)
    says = f"no effect, a person who is twice as busy marks {_PACE * 0.7:.0%} less: informative or misleading"
    return [
        RateGate(pace.id, pace, says, informative, 0.10, at_least=False, swaps=SWAPS),
        RateGate(
            early.id, early, "no effect, the busiest take AI up first: its interval covers 0",
            covers("recorded", 0.0), 0.93, at_least=True,
        ),
    ]  # fmt: skip


def _ranks() -> list[RateGate]:
    """Where who the people are makes the pooled ranks, the flag shows it; else it is silent, effect or none.

    The method asks only that it be shown; the least rate is that at which +50 % must be seen. More than the part of
    histories in which the median of people holds 0 (0.69) cannot be: in the others what all share over time gives
    pooled and within the same sign.
    """
    fewer, more = (World(25, truth="recorded", effect=e, early=e < 0) for e in (-0.2, 0.2))
    first = "the busiest take AI up first: Simpson"
    asked = (
        (World(25, early=True), f"no effect, {first}", 0.60, True),
        (fewer, f"recorded acts with -20%, {first}", 0.60, True),
        (World(25), "no effect: Simpson", 0.05, False),
        (more, "recorded acts with +20%: Simpson", 0.05, False),
    )
    return [
        RateGate(w.id, w, says, flag("simpson"), bound, at_least=least, family=2)
        for world, says, bound, least in asked
        for w in (Ranked(world),)
    ]


def _fleets() -> list[RateGate]:
    """None of these repositories is judged alone: eight people are the fewest."""
    whom, own = "40 repositories of 3 to 8 people", "each its own (deviation 0.2)"
    asked = (
        (Fleet(), "no effect on average", 0.05, False),
        (Fleet(spread=0.2), f"no effect on average, {own}", 0.05, False),
        (Fleet(effect=0.2), "+20% per +50 points", 0.80, True),
        (Fleet(spread=0.2, effect=0.2), f"+20% per +50 points on average, {own}", 0.80, True),
    )
    return [
        RateGate(
            world.id, world, f"{whom}, {says}: the pooled estimate finds one", informative, bound,
            at_least=least, family=2, swaps=SWAPS, needed=_TABLES if least else NEEDED,
        )
        for world, says, bound, least in asked
    ]  # fmt: skip


def _looks() -> list[RateGate]:
    world = Looks(25)
    says = "no effect, nine quarters: any {} informative or misleading"
    return [
        RateGate(f"{world.id}-{name}", world, says.format(text), flag(name), 0.08, at_least=False, swaps=SWAPS)
        for name, text in (("ever", "quarter's grade is"), ("stood", "standing grade is"))
    ]


def _gaming() -> list[RateGate]:
    found, quiet = [], Gamed()
    for trick in TRICKS:
        world = Gamed(trick)
        says = f"{trick} planted: its flag"
        found.append(RateGate(world.id, world, says, flag(trick), 0.70, at_least=True, family=7, needed=_TABLES))
    for trick in TRICKS:
        says, name = f"nothing done: flag of {trick}", f"{quiet.id}-{trick}"
        found.append(RateGate(name, quiet, says, flag(trick), 0.05, at_least=False, family=7, needed=_TABLES))
    return found
