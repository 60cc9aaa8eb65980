"""Progress towards announced targets, and gaming tests since their announcement.

There is no forecast: we report the distance, the pace needed to meet the target, and the recent pace.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analyzer import config as settings
from analyzer.core.sanitize import plain
from analyzer.fleet.config_checks import SHARE
from analyzer.fleet.periods import last_day, period_names, period_number
from analyzer.fleet.result import FleetTarget, GamingTests

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analyzer.config import PeriodLength
    from analyzer.fleet.config_types import FleetConfig, TargetEntry
    from analyzer.fleet.result import FleetOutcome, Group, OutcomePoint
    from analyzer.report.contract import AnalysisResult

# Whole periods behind the recent pace, at most.
_RECENT_PERIODS = 6


class _Trajectory(NamedTuple):
    """Values reached so far.

    points : (period, value), oldest first.
    note : why there are no points.
    more_is_better : None if the configuration does not say.
    """

    points: Sequence[tuple[str, float]]
    note: str
    more_is_better: bool | None


def announced_share_targets(config: FleetConfig, as_of: str | None) -> tuple[settings.Target, ...]:
    """Return the targets of the overall share announced by `as_of`, as input of each repository's gaming tests."""
    share_targets = [target for target in config.targets if target.of == SHARE and target.team is None]
    return tuple(
        settings.Target(date=target.date, value=target.value)
        for target in share_targets
        if as_of is None or target.date.isoformat() <= as_of
    )


def targets_with_progress(
    config: FleetConfig,
    as_of: str,
    overall: Group | None,
    teams: Sequence[Group],
    outcomes: Sequence[FleetOutcome],
    reports: Iterable[AnalysisResult],
) -> list[FleetTarget]:
    """Return every target announced by `as_of` with its progress, in the order of the configuration.

    Parameters
    ----------
    config : targets and kind of period.
    as_of : YYYY-MM-DD.
    overall, teams : published shares of all repositories together (None if suppressed) and of each team.
    outcomes : outcomes that targets may refer to.
    reports : reports of the repositories, with their gaming tests.
    """
    team_groups = {group.name: group for group in teams}
    announced = [target for target in config.targets if target.date.isoformat() <= as_of]
    repository_reports = list(reports)
    progress = []
    for target in announced:
        if target.of == SHARE:
            group = overall if target.team is None else team_groups.get(plain(target.team, 100))
            points = [] if group is None else [(period.period, period.marked) for period in group.points]
            note = "" if group is not None else "It is too small to be shown."
            trajectory = _Trajectory(points, note, more_is_better=True)
        else:
            outcome = next(o for o in outcomes if o.name == plain(target.of, 100))
            trajectory = _outcome_trajectory(outcome, target.team)
        finished = [(period, value) for period, value in trajectory.points if last_day(period, config.every) <= as_of]
        gaming = _gaming_tests(target, announced, repository_reports)
        progress.append(_fleet_target(target, trajectory._replace(points=finished), config.every, as_of, gaming))
    return progress


def _fleet_target(
    target: TargetEntry, trajectory: _Trajectory, every: PeriodLength, as_of: str, gaming: GamingTests | None
) -> FleetTarget:
    period, now = trajectory.points[-1] if trajectory.points else (None, None)
    met = None
    if now is not None and trajectory.more_is_better is not None:
        met = now >= target.value if trajectory.more_is_better else now <= target.value
    needed = None
    if now is not None and period is not None and target.by is not None and target.by.isoformat() > as_of:
        periods_left = period_number(_period_of_day(target.by.isoformat(), every), every) - period_number(period, every)
        needed = None if met or periods_left < 1 else (target.value - now) / periods_left
    return FleetTarget(
        of=plain(target.of, 100),
        team=None if target.team is None else plain(target.team, 100),
        date=target.date.isoformat(),
        by=None if target.by is None else target.by.isoformat(),
        value=target.value,
        period=period,
        now=now,
        met=met,
        needed=needed,
        of_late=_recent_pace(trajectory.points, every),
        gaming=gaming,
        note=trajectory.note if now is None else "",
    )


def _period_of_day(day: str, every: PeriodLength) -> str:
    return str(period_names(pd.Series([pd.Timestamp(day)]), every).iloc[0])


def _recent_pace(points: Sequence[tuple[str, float]], every: PeriodLength) -> float | None:
    """Return the change per period over the last whole periods."""
    if len(points) < 2:
        return None
    last = period_number(points[-1][0], every)
    first, value = next(p for p in points if period_number(p[0], every) >= last - _RECENT_PERIODS)
    steps = last - period_number(first, every)
    return (points[-1][1] - value) / steps if steps else None


def _outcome_trajectory(outcome: FleetOutcome, team: str | None) -> _Trajectory:
    """Return an outcome of one team, or of all units together in periods in which each of them has a value."""
    chosen_series = [s.readings for s in outcome.series if team is None or s.unit == plain(team, 100)]
    more_is_better = {"more": True, "less": False, None: None}[outcome.better]
    if not chosen_series:
        return _Trajectory((), "It has no figure that is shown.", more_is_better)
    by_period: dict[str, list[OutcomePoint]] = {}
    for points_of_unit in chosen_series:
        for point in points_of_unit:
            if point.value is not None:
                by_period.setdefault(point.period, []).append(point)
    complete = {p: rows for p, rows in sorted(by_period.items()) if len(rows) == len(chosen_series)}
    combined = [(p, value) for p, rows in complete.items() if (value := combined_value(outcome, rows)) is not None]
    return _Trajectory(combined, "No period has a figure of each.", more_is_better)


def combined_value(outcome: FleetOutcome, rows: Sequence[OutcomePoint]) -> float | None:
    """Combine the values of several units in one period.

    Counts and amounts are summed and, if there is one, divided by the denominator. Rates are averaged, weighted by it.
    """
    values, denominators = [r.value or 0.0 for r in rows], [r.denominator or 0.0 for r in rows]
    if outcome.kind != "rate":
        return sum(values) if outcome.per is None else sum(values) / sum(denominators) if sum(denominators) else None
    weights = denominators if outcome.per is not None else [1.0] * len(rows)
    total = sum(weights)
    return sum(v * w for v, w in zip(values, weights, strict=True)) / total if total else None


def _gaming_tests(
    target: TargetEntry, announced: Sequence[TargetEntry], reports: Sequence[AnalysisResult]
) -> GamingTests | None:
    """Return the gaming tests since the latest target of the overall share; None for any other target.

    The tests cover whole repositories, so for one team's target they would report what other people did.
    """
    share_targets = [candidate for candidate in announced if candidate.of == SHARE and candidate.team is None]
    if not share_targets or target is not max(share_targets, key=lambda candidate: candidate.date):
        return None
    day = target.date.isoformat()
    tests = [r.gaming for r in reports if r.gaming is not None and r.gaming.day == day]
    fired_flags = [[flag.title for flag in test.flags if flag.flagged] for test in tests]
    counts = Counter(title for titles in fired_flags for title in titles)
    return GamingTests(len(tests), sum(bool(titles) for titles in fired_flags), dict(sorted(counts.items())))
