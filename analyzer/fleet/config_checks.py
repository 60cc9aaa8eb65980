"""Consistency checks of a configuration, beyond what the type of each key allows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from analyzer.core.suppression.groups import NO_TEAM, OTHERS

if TYPE_CHECKING:
    from analyzer.fleet.config_types import FleetConfig, TargetEntry

SHARE = "share"


def first_problem(config: FleetConfig) -> str | None:
    """Return a sentence on the first inconsistency, or None."""
    problems = (
        _team_problem(config),
        _outcome_problem(config),
        *(_target_problem(target, config) for target in config.targets),
    )
    return next(filter(None, problems), None)


def _team_problem(config: FleetConfig) -> str | None:
    names = [team.name for team in config.teams]
    if duplicate := _first_duplicate(names):
        return f"Two of [[teams]] are called {duplicate}."
    if reserved := next((name for name in (OTHERS, NO_TEAM) if name in names), None):
        return f"A team cannot be called {reserved}: that is what teams too small to be shown, or none, are called."
    if ambiguous := next((t.name for t in config.teams if bool(t.people) == bool(t.owners)), None):
        return f"Team {ambiguous} has to have one of people and codeowners."
    if len({bool(team.owners) for team in config.teams}) > 1:
        return "Teams are all given by people or all by codeowners: both views together would tell of small groups."
    if duplicate := _first_duplicate([owner for team in config.teams for owner in {o.lower() for o in team.owners}]):
        return f"Owner {duplicate} is of two teams."
    return None


def _outcome_problem(config: FleetConfig) -> str | None:
    names = [outcome.name for outcome in config.outcomes]
    if duplicate := _first_duplicate(names):
        return f"Two of [[outcomes]] are called {duplicate}."
    if SHARE in names:
        return f"An outcome cannot be called {SHARE}."
    if not config.teams and (unmatched := next((o.name for o in config.outcomes if o.join == "team"), None)):
        return f'{unmatched} is joined by team, and there are no [[teams]]; join = "repository" is the other way.'
    return None


def _first_duplicate(names: list[str]) -> str | None:
    return next((name for name, n in Counter(names).items() if n > 1), None)


def _target_problem(target: TargetEntry, config: FleetConfig) -> str | None:
    joins = {outcome.name: outcome.join for outcome in config.outcomes}
    of, value, team = target.of, target.value, target.team
    checks = (
        (of != SHARE and of not in joins, f"of {of}, which is neither {SHARE} nor the name of an outcome."),
        (of == SHARE and not 0 < value < 1, f"of the share, so a part of 1, such as 0.5 for 50 %, and not {value:g}."),
        (not 0 <= value < float("inf"), f"a number from 0 on, and not {value:g}."),
        (team is not None and team not in {t.name for t in config.teams}, f"of team {team}, and no team is called so."),
        (team is not None and joins.get(of, "team") != "team", f"of team {team}, and {of} is joined by repository."),
        (target.by is not None and target.by < target.date, f"to be met by {target.by}, before it is known."),
    )
    return next((f"A target is {problem}" for violated, problem in checks if violated), None)
