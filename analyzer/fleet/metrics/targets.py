"""Announced goals beside what was reached, and what tests of gaming found from their day on.

Nothing is forecast: what is told is the distance, the pace that would be needed, and the pace of late.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analyzer import config as settings
from analyzer.core.sanitize import plain
from analyzer.fleet.config_checks import SHARE
from analyzer.fleet.periods import last_day, named, position
from analyzer.fleet.result import Gaming, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analyzer.config import By
    from analyzer.fleet.config_types import Fleet, TargetEntry
    from analyzer.fleet.result import Group, Outcome, Reading
    from analyzer.report.contract import Result

# The pace of late is over so many whole periods, at most.
_OF_LATE = 6


class _Course(NamedTuple):
    """Whole periods, oldest first, with what was reached; why there is nothing; whether more is better, if said."""

    points: Sequence[tuple[str, float]]
    note: str
    more: bool | None


def announced(fleet: Fleet, as_of: str | None) -> tuple[settings.Target, ...]:
    """Targets of everybody's share that are known by `as_of`, as each repository's tests of gaming take them."""
    known = [t for t in fleet.targets if t.of == SHARE and t.team is None]
    return tuple(
        settings.Target(date=t.date, value=t.value) for t in known if as_of is None or t.date.isoformat() <= as_of
    )


def reached(
    fleet: Fleet,
    as_of: str,
    whole: Group | None,
    teams: Sequence[Group],
    outcomes: Sequence[Outcome],
    reports: Iterable[Result],
) -> list[Target]:
    """Every target that is known by `as_of`, in the order of the configuration."""
    shown = {group.name: group for group in teams}
    known = [target for target in fleet.targets if target.date.isoformat() <= as_of]
    said = list(reports)
    found = []
    for target in known:
        if target.of == SHARE:
            group = whole if target.team is None else shown.get(plain(target.team, 100))
            points = [] if group is None else [(p.period, p.floor) for p in group.points]
            course = _Course(points, "" if group is not None else "It is too small to be shown.", more=True)
        else:
            course = _of(next(o for o in outcomes if o.name == plain(target.of, 100)), target.team)
        whole_periods = [(p, v) for p, v in course.points if last_day(p, fleet.every) <= as_of]
        at = course._replace(points=whole_periods)
        found.append(_target(target, at, fleet.every, as_of, _gaming(target, known, said)))
    return found


def _target(t: TargetEntry, at: _Course, every: By, as_of: str, gaming: Gaming | None) -> Target:
    period, now = at.points[-1] if at.points else (None, None)
    met = None if now is None or at.more is None else now >= t.value if at.more else now <= t.value
    needed = None
    if now is not None and period is not None and t.by is not None and t.by.isoformat() > as_of:
        left = position(_holding(t.by.isoformat(), every), every) - position(period, every)
        needed = None if met or left < 1 else (t.value - now) / left
    return Target(
        of=plain(t.of, 100),
        team=None if t.team is None else plain(t.team, 100),
        date=t.date.isoformat(),
        by=None if t.by is None else t.by.isoformat(),
        value=t.value,
        period=period,
        now=now,
        met=met,
        needed=needed,
        of_late=_of_late(at.points, every),
        gaming=gaming,
        note=at.note if now is None else "",
    )


def _holding(day: str, every: By) -> str:
    return str(named(pd.Series([pd.Timestamp(day)]), every).iloc[0])


def _of_late(points: Sequence[tuple[str, float]], every: By) -> float | None:
    """Change a period over the last whole ones."""
    if len(points) < 2:
        return None
    last = position(points[-1][0], every)
    first, value = next(p for p in points if position(p[0], every) >= last - _OF_LATE)
    steps = last - position(first, every)
    return (points[-1][1] - value) / steps if steps else None


def _of(outcome: Outcome, team: str | None) -> _Course:
    """An outcome of one team, or of all units together in the periods in which each has a figure."""
    chosen = [s.readings for s in outcome.series if team is None or s.unit == plain(team, 100)]
    more = {"more": True, "less": False, None: None}[outcome.better]
    if not chosen:
        return _Course((), "It has no figure that is shown.", more)
    by_period: dict[str, list[Reading]] = {}
    for readings in chosen:
        for reading in readings:
            if reading.value is not None:
                by_period.setdefault(reading.period, []).append(reading)
    full = {p: rows for p, rows in sorted(by_period.items()) if len(rows) == len(chosen)}
    points = [(p, value) for p, rows in full.items() if (value := together(outcome, rows)) is not None]
    return _Course(points, "No period has a figure of each.", more)


def together(outcome: Outcome, rows: Sequence[Reading]) -> float | None:
    """The figure of several readings: a sum, over its exposure where it has one; of rates the mean, by exposure."""
    values, exposures = [r.value or 0.0 for r in rows], [r.exposure or 0.0 for r in rows]
    if outcome.kind != "rate":
        return sum(values) if outcome.per is None else sum(values) / sum(exposures) if sum(exposures) else None
    weights = exposures if outcome.per is not None else [1.0] * len(rows)
    total = sum(weights)
    return sum(v * w for v, w in zip(values, weights, strict=True)) / total if total else None


def _gaming(target: TargetEntry, known: Sequence[TargetEntry], reports: Sequence[Result]) -> Gaming | None:
    """Of the latest target of everybody's share, what each repository's tests found from its day on; else None.

    The tests speak of whole repositories: of one team's target they would say what others did.
    """
    everybodys = [t for t in known if t.of == SHARE and t.team is None]
    if not everybodys or target is not max(everybodys, key=lambda t: t.date):
        return None
    day = target.date.isoformat()
    ran = [r.goodhart for r in reports if r.goodhart is not None and r.goodhart.day == day]
    fired = [[flag.title for flag in g.flags if flag.fired] for g in ran]
    counts = Counter(title for titles in fired for title in titles)
    return Gaming(len(ran), sum(bool(titles) for titles in fired), dict(sorted(counts.items())))
