"""Section on where marked work is: shares and outcomes by directory, team, language, tool and model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.constants import SMALLEST_GROUP
from analyzer.core.messages import MESSAGES
from analyzer.report.blocks import Table
from analyzer.report.format import number, percent, points, signed
from analyzer.report.sections.outcomes import MAX_FALSE_DISCOVERY
from analyzer.report.sections.shares import HEADLINE
from analyzer.share.breakdowns import BREAKDOWNS
from analyzer.share.breakdowns.shares import MIN_CHANGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.report.blocks import Block
    from analyzer.report.contract import AnalysisResult
    from analyzer.report.contract_breakdowns import Breakdown, BreakdownGroup, GroupedOutcome
    from analyzer.report.contract_rates import Rate

# Groups of a breakdown in a report; the JSON has more.
MAX_GROUPS = 12
_SMALLEST_Q = 0.01
_SMALL_CREDITS = f"Those of fewer than {SMALLEST_GROUP} people are left out."


def breakdown_blocks(result: AnalysisResult) -> tuple[Block, ...] | None:
    """Return a table of the shares by breakdown, and one of the outcomes that can be compared; None without any."""
    share = next(d.marked for d in result.share.definitions if d.id == HEADLINE)
    return tuple(table for breakdown in result.breakdowns for table in _tables(breakdown, share)) or None


def _tables(breakdown: Breakdown, repository_share: float | None) -> Iterator[Table]:
    if breakdown.groups is None:
        yield Table(breakdown.title, (breakdown.column,), (), note=MESSAGES[breakdown.missing].means)
        return
    groups = [*[g for g in breakdown.groups if not g.merged_groups][:MAX_GROUPS]]
    groups += [g for g in breakdown.groups if g.merged_groups]
    yield _share_table(breakdown, groups, repository_share)
    if rows := _outcome_rows(groups):
        columns = (breakdown.column, "outcome", "marked AI", "their other work", "difference (95 %)", "q")
        note = (
            "Marked work against the same person's other work of a quarter, within the group; groups that are not "
            "listed have too little of both. Smallest q first: p after correcting for all groups and outcomes of the "
            f"breakdown; a difference stands out below {MAX_FALSE_DISCOVERY:.2f}. These are associations, not causes."
        )
        caption = f"Outcomes {breakdown.title[0].lower()}{breakdown.title[1:]}"
        yield Table(caption, columns, rows, frozenset({2, 3, 4, 5}), note=note)


def _share_table(breakdown: Breakdown, groups: Sequence[BreakdownGroup], repository_share: float | None) -> Table:
    of_repository = any(d.id == breakdown.id and d.of_repository for d in BREAKDOWNS)
    columns: tuple[str, ...]
    if of_repository:
        columns = (breakdown.column, "people", "changes", "of all changes", "lines added", "of all lines")
        order = f"Largest share first. A change that credits several counts in each. {_SMALL_CREDITS}"
    else:
        columns = (breakdown.column, "people", "changes", "marked", "difference", "lines added", "lines marked")
        order = (
            f"Difference in points from the repository's {percent(repository_share)} of merged changes, largest first; "
            f"groups of fewer than {MIN_CHANGES} changes after the others. A change counts in every group it touches."
        )
    rows = tuple(_share_row(group, of_repository=of_repository) for group in groups)
    says = next((f"{d.says} {d.limits} " for d in BREAKDOWNS if d.id == breakdown.id), "")
    left_out = len(breakdown.groups or ()) - len(groups)
    more = f" {number(left_out)} more in the JSON." if left_out else ""
    return Table(breakdown.title, columns, rows, frozenset(range(1, len(columns))), note=f"{says}{order}{more}")


def _share_row(group: BreakdownGroup, *, of_repository: bool) -> tuple[str, ...]:
    counts = (group.name, number(group.people), number(group.changes), percent(group.marked))
    difference = () if of_repository else ("unknown" if group.difference is None else points(group.difference),)
    return *counts, *difference, number(group.lines_added), percent(group.lines_marked)


def _outcome_rows(groups: Sequence[BreakdownGroup]) -> tuple[tuple[str, ...], ...]:
    """Return the outcomes that could be compared, smallest q first and then largest difference."""
    compared = [
        (outcome.q, -abs(outcome.difference.value), group.name, outcome)
        for group in groups
        for outcome in group.outcomes
        if outcome.difference is not None
    ]
    in_order = sorted(compared, key=lambda row: (row[0] is None, row[0], *row[1:3], row[3].id))
    return tuple(_outcome_row(name, outcome) for _, _, name, outcome in in_order)


def _outcome_row(name: str, outcome: GroupedOutcome) -> tuple[str, ...]:
    rates = (_rate(outcome, outcome.marked), _rate(outcome, outcome.unmarked))
    return name, outcome.title, *rates, _difference(outcome), _q(outcome.q)


def _rate(outcome: GroupedOutcome, rate: Rate | None) -> str:
    if rate is None:
        return "unknown"
    value = percent(rate.value) if _is_share(outcome) else signed(rate.value)
    return f"{value} of about {number(round(rate.n))}"


def _difference(outcome: GroupedOutcome) -> str:
    d = outcome.difference
    if d is None:
        return "unknown"
    if _is_share(outcome):
        return f"{points(d.value)} points ({points(d.low)} … {points(d.high)})"
    return f"{signed(d.value)} ({signed(d.low)} … {signed(d.high)})"


def _is_share(outcome: GroupedOutcome) -> bool:
    return outcome.unit.startswith("share")


def _q(q: float | None) -> str:
    return "unknown" if q is None else "< 0.01" if q < _SMALLEST_Q else f"{q:.2f}"
