"""Where marked work is, and how many people mark it, as part of the JSON contract (`report.contract`)."""

from __future__ import annotations

from msgspec import Struct

from analyzer.report.contract_rates import OutcomeDifference, Rate  # noqa: TC001 - msgspec reads these types at run time


class GroupedOutcome(Struct, frozen=True):
    """One outcome in one group: marked work against the same people's other work there: an association, not a cause.

    marked, unmarked, difference, q : null where the outcome is not reported, for the reason in `note`. `n` is rounded
        to tens.
    q : p of no difference, adjusted over all outcomes and groups of the breakdown (false discovery rate).
    """

    id: str
    title: str
    unit: str
    marked: Rate | None
    unmarked: Rate | None
    difference: OutcomeDifference | None
    q: float | None
    note: str


class BreakdownGroup(Struct, frozen=True):
    """One group of a breakdown, or the merged groups of too few people.

    name : the group; "other (N groups)" for merged ones.
    merged_groups : how many groups the row stands for; 0 for a group of its own.
    people : people with a merged change in it, in the range.
    changes : merged changes that touch it (tool and model: that credit it); a change counts in every group it touches.
    marked : marked share of these changes; for tool and model, the share of all merged changes that they are.
    difference : `marked` minus the repository's share; null for tool and model.
    lines_added : lines added to its code and test files (tool and model: by commits that credit it).
    lines_marked : marked share of these lines; for tool and model, the share of all lines that they are.
    outcomes : empty for merged groups.
    """

    name: str
    merged_groups: int
    people: int
    changes: int
    marked: float
    difference: float | None
    lines_added: int | None
    lines_marked: float | None
    outcomes: list[GroupedOutcome]


class Breakdown(Struct, frozen=True):
    """The marked share and outcomes by group; `groups` is null where `missing` is the slug that says why.

    groups : at most 100 and the merged ones. Groups with at least 30 changes come first, by the size of their
        difference from the repository's share (tool and model: of their share); then the others, most changes first.
    """

    id: str
    title: str
    column: str
    groups: list[BreakdownGroup] | None
    missing: str


class BreadthMonth(Struct, frozen=True):
    """How many of the people who merged a change in a month had a marked one; null where fewer than 5 people did.

    period : calendar month of the merge date. Months without a merged change are left out.
    share : with_marked / people.
    """

    period: str
    people: int | None
    with_marked: int | None
    share: float | None
