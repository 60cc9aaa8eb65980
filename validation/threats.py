"""Release gates on what could mislead the verdict: arithmetic, selective marking, confounding, many looks, gaming."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.simulation.panels import World
from validation.gaming_worlds import TRICKS, GamedWorld
from validation.gates import MIN_HISTORIES, RateGate, RateReport, covers, is_informative
from validation.job import SWAPS
from validation.threat_worlds import THREATS, Threat, ThreatWorld
from validation.worlds import FleetWorld, RankedWorld, RepeatedLooksWorld, SizedWorld

if TYPE_CHECKING:
    from validation.gates import Flag
    from validation.job import Trial

# Histories of a gate on full tables of changes, which are slow to draw.
_FEWER_HISTORIES = 300
_PACE = 0.5
# People of the histories under a threat, the threats under which nothing must show at all, and histories of the gates
# on what a lasting use of +50 % shows.
THREATENED_PEOPLE = (12, 25, 60)
# Histories of a gate under a threat by number of people; large histories take seconds each.
_THREATENED_HISTORIES = {12: 500, 25: 400, 60: 100}
_NOTHING_TO_SHOW: tuple[Threat, ...] = ("none", "untied-growth")
_POWER_HISTORIES = 400


def threat_gates() -> list[RateGate | RateReport]:
    """Return the gates, one family per threat."""
    return [
        *_coupling_gates(),
        *_marking_gates(),
        *_rank_gates(),
        *_fleet_gates(),
        *_looks_gates(),
        *_gaming_gates(),
        *_confounded_gates(),
        *_lasting_use_gates(),
    ]


def flag(name: str) -> Flag:
    """Return the flag that a trial stores under this name."""
    return lambda trial: trial.flags.get(name)


def _is_uninformative(trial: Trial) -> bool:
    return not is_informative(trial)


def _coupling_gates() -> list[RateGate]:
    world = SizedWorld(25)
    says = "marked changes ×3 as long, no effect:"
    questions: tuple[tuple[str, str, Flag], ...] = (
        ("throughput", "throughput neither informative nor misleading", _is_uninformative),
        ("defects", "defects neither informative nor misleading", lambda t: not t.flags["defects"]),
        ("lines", "lines of the same period are an artefact", flag("lines_artefact")),
    )
    return [
        RateGate(f"{world.id}-{name}", world, f"{says} {text}", question, 0.95, at_least=True, family=3, swaps=SWAPS)
        for name, text, question in questions
    ]


def _marking_gates() -> list[RateGate]:
    pace, early = World(25, marking_pace=_PACE), World(25, busiest_first=True)
    says = f"no effect, a person who is twice as busy marks {_PACE * 0.7:.0%} less: informative or misleading"
    return [
        RateGate(pace.id, pace, says, is_informative, 0.10, at_least=False, swaps=SWAPS),
        RateGate(
            early.id, early, "no effect, the busiest take AI up first: its interval covers 0",
            covers("within", 0.0), 0.93, at_least=True,
        ),
    ]  # fmt: skip


def _rank_gates() -> list[RateGate]:
    """Return the gates on Simpson's paradox: the flag is raised if differences between people drive the pooled ranks.

    Otherwise it is not raised, with or without an effect. The method requires only that the paradox is shown; the
    minimum rate is the one at which +50 % must be detected. It cannot exceed the share of histories in which the
    interval of the median over people contains 0 (0.69): in the others, common trends over time give pooled and
    within-person correlations the same sign.
    """
    fewer, more = (World(25, truth="recorded", effect=e, busiest_first=e < 0) for e in (-0.2, 0.2))
    first = "the busiest take AI up first: Simpson"
    questions = (
        (World(25, busiest_first=True), f"no effect, {first}", 0.60, True),
        (fewer, f"recorded acts with -20%, {first}", 0.60, True),
        (World(25), "no effect: Simpson", 0.05, False),
        (more, "recorded acts with +20%: Simpson", 0.05, False),
    )
    return [
        RateGate(w.id, w, says, flag("simpson"), bound, at_least=at_least, family=2)
        for world, says, bound, at_least in questions
        for w in (RankedWorld(world),)
    ]


def _fleet_gates() -> list[RateGate]:
    """Return the gates on the pooled estimate; every repository has too few people for a verdict of its own."""
    fleet, varying = "40 repositories of 3 to 8 people", "each its own (deviation 0.2)"
    questions = (
        (FleetWorld(), "no effect on average", 0.05, False),
        (FleetWorld(spread=0.2), f"no effect on average, {varying}", 0.05, False),
        (FleetWorld(effect=0.2), "+20% per +50 points", 0.80, True),
        (FleetWorld(spread=0.2, effect=0.2), f"+20% per +50 points on average, {varying}", 0.80, True),
    )
    return [
        RateGate(
            world.id, world, f"{fleet}, {says}: the pooled estimate finds one", is_informative, bound,
            at_least=at_least, family=2, swaps=SWAPS, needed=_FEWER_HISTORIES if at_least else MIN_HISTORIES,
        )
        for world, says, bound, at_least in questions
    ]  # fmt: skip


def _looks_gates() -> list[RateGate]:
    world = RepeatedLooksWorld(25)
    says = "no effect, nine quarters: any {} informative or misleading"
    return [
        RateGate(f"{world.id}-{name}", world, says.format(text), flag(name), 0.08, at_least=False, swaps=SWAPS)
        for name, text in (("ever", "quarter's grade is"), ("stood", "standing grade is"))
    ]


def _gaming_gates() -> list[RateGate]:
    gates, null_world = [], GamedWorld()
    for trick in TRICKS:
        world = GamedWorld(trick)
        says = f"{trick} planted: its flag"
        gates.append(
            RateGate(world.id, world, says, flag(trick), 0.70, at_least=True, family=7, needed=_FEWER_HISTORIES)
        )
    for trick in TRICKS:
        says, name = f"nothing done: flag of {trick}", f"{null_world.id}-{trick}"
        gates.append(
            RateGate(name, null_world, says, flag(trick), 0.05, at_least=False, family=7, needed=_FEWER_HISTORIES)
        )
    return gates


def _confounded_gates() -> list[RateGate | RateReport]:
    """Return the gates on histories in which output and AI share go together although AI does nothing.

    No design tells anticipation or cycles from an effect, so SAYS LITTLE is allowed there, and its rate is reported.
    """
    gates: list[RateGate | RateReport] = []
    for n in THREATENED_PEOPLE:
        for threat in THREATS:
            world = ThreatWorld(threat, n)
            gates.append(_at_most_a_twentieth(world, "above", "above SAYS LITTLE", len(THREATS)))
            if threat in _NOTHING_TO_SHOW:
                gates.append(_at_most_a_twentieth(world, "informative", "informative", len(_NOTHING_TO_SHOW)))
            else:
                says = f"{threat}, no effect: SAYS LITTLE"
                gates.append(
                    RateReport(f"{world.id}-little", world, says, _says_little, SWAPS, _THREATENED_HISTORIES[n])
                )
    return gates


def _at_most_a_twentieth(world: ThreatWorld, name: str, says: str, per_size: int) -> RateGate:
    """Return the gate on one flag of one world; its family are the same flags of all worlds."""
    family = per_size * len(THREATENED_PEOPLE)
    text = f"{world.threat}, no effect: {says}"
    needed = _THREATENED_HISTORIES[world.people]
    return RateGate(
        f"{world.id}-{name}", world, text, flag(name), 0.05, at_least=False, family=family, swaps=SWAPS, needed=needed
    )


def _says_little(trial: Trial) -> bool:
    return trial.grade == "says_little"


def _lasting_use_gates() -> list[RateGate]:
    """Return the gates on what a lasting use of +50 % shows within people, and beyond their own trends."""
    world = ThreatWorld("none", 25, 0.5)
    return [
        RateGate(
            f"{world.id}-{name}", world, f"use acts with +50%: found {where}", flag(name), least,
            at_least=True, swaps=SWAPS, needed=_POWER_HISTORIES,
        )
        for name, where, least in (("within", "within people", 0.52), ("beyond", "beyond their own trends", 0.34))
    ]  # fmt: skip
