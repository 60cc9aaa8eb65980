"""What each key of a configuration allows, and all of them together do not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from analyzer.fleet.suppression.groups import NO_TEAM, OTHERS

if TYPE_CHECKING:
    from analyzer.fleet.config_types import Fleet, TargetEntry

SHARE = "share"


def inconsistent(fleet: Fleet) -> str | None:
    """The first thing that cannot be, in a sentence; None where there is none."""
    said = (_teams(fleet), _outcomes(fleet), *(_target(target, fleet) for target in fleet.targets))
    return next(filter(None, said), None)


def _teams(fleet: Fleet) -> str | None:
    names = [team.name for team in fleet.teams]
    if twice := _twice(names):
        return f"Two of [[teams]] are called {twice}."
    if taken := next((name for name in (OTHERS, NO_TEAM) if name in names), None):
        return f"A team cannot be called {taken}: that is what teams too small to be shown, or none, are called."
    if unlike := next((t.name for t in fleet.teams if bool(t.people) == bool(t.owners)), None):
        return f"Team {unlike} has to have one of people and codeowners."
    if len({bool(team.owners) for team in fleet.teams}) > 1:
        return "Teams are all given by people or all by codeowners: both views together would tell of small groups."
    if twice := _twice([owner for team in fleet.teams for owner in {o.lower() for o in team.owners}]):
        return f"Owner {twice} is of two teams."
    return None


def _outcomes(fleet: Fleet) -> str | None:
    names = [outcome.name for outcome in fleet.outcomes]
    if twice := _twice(names):
        return f"Two of [[outcomes]] are called {twice}."
    if SHARE in names:
        return f"An outcome cannot be called {SHARE}."
    if not fleet.teams and (named := next((o.name for o in fleet.outcomes if o.join == "team"), None)):
        return f'{named} is joined by team, and there are no [[teams]]; join = "repository" is the other way.'
    return None


def _twice(names: list[str]) -> str | None:
    return next((name for name, n in Counter(names).items() if n > 1), None)


def _target(target: TargetEntry, fleet: Fleet) -> str | None:
    joins = {outcome.name: outcome.join for outcome in fleet.outcomes}
    of, value, team = target.of, target.value, target.team
    wrong = (
        (of != SHARE and of not in joins, f"of {of}, which is neither {SHARE} nor the name of an outcome."),
        (of == SHARE and not 0 < value < 1, f"of the share, so a part of 1, such as 0.5 for 50 %, and not {value:g}."),
        (not 0 <= value < float("inf"), f"a number from 0 on, and not {value:g}."),
        (team is not None and team not in {t.name for t in fleet.teams}, f"of team {team}, and no team is called so."),
        (team is not None and joins.get(of, "team") != "team", f"of team {team}, and {of} is joined by repository."),
        (target.by is not None and target.by < target.date, f"to be met by {target.by}, before it is known."),
    )
    return next((f"A target is {what}" for met, what in wrong if met), None)
