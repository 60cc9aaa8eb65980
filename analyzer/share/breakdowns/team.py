"""Breakdown by the teams that own the changed files, by the CODEOWNERS file of the analysed commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.history.codeowners import TooManyRulesError
from analyzer.share.breakdowns.base import BreakdownDefinition, group_by_path

if TYPE_CHECKING:
    from collections.abc import Collection

    from analyzer.share.breakdowns.base import BreakdownInputs, Grouping

# Teams start with "@", so none can have one of these names.
INDIVIDUALS, NO_OWNER = "owned by individuals", "no owner"


def owning_teams(owners: Collection[str]) -> list[str]:
    """Return the teams among owners (`@organisation/team`); handles and addresses of people are never returned."""
    teams = sorted(owner for owner in owners if owner.startswith("@") and "/" in owner)
    return teams or [INDIVIDUALS if owners else NO_OWNER]


def _grouping(inputs: BreakdownInputs) -> Grouping | str:
    if inputs.files is None:
        return inputs.lines_missing or "partial-clone"
    rules = inputs.code_owners()
    if rules is None:
        return "no-code-owners"
    try:
        return group_by_path(inputs, lambda path: owning_teams(rules.owners(path)))
    except TooManyRulesError:
        return "code-owners-too-long"


TEAM = BreakdownDefinition(
    id="team",
    title="By owning team (CODEOWNERS)",
    column="team",
    says="The teams (@organisation/team) that own each changed code or test file, by the CODEOWNERS file of the "
    "analysed commit. A file of two teams counts for both. People who own files are never named.",
    limits="The team that owns the code need not have written the change. Today's owners count for old changes too.",
    grouping=_grouping,
)
