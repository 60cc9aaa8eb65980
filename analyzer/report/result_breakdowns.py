"""Build the part of the `Result` on breakdowns and breadth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.sanitize import plain
from analyzer.report import contract_breakdowns as r
from analyzer.report.format import many
from analyzer.report.rates import limited_difference, limited_rate
from analyzer.share.breakdowns.base import NAME_WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.inference.group_outcomes import GroupOutcome
    from analyzer.report.analysis_tables import AnalysisTables, BreakdownTable
    from analyzer.share.breakdowns.shares import GroupShare

_NOTES = {
    "": "",
    "no rows": "No change or line in it is old enough for the outcome to be known, or file contents are missing.",
    "too few marked": "Fewer than ten marked changes or commits next to others of the same person and quarter.",
    "too few people": "Fewer than six people with both marked and other work.",
    "nothing varies": "It happened to none of them, or to all.",
    "placebo failed": "A placebo test found a difference as well, so this one is not reported.",
}


def breakdowns_result(tables: AnalysisTables) -> list[r.Breakdown]:
    """Return every breakdown, with names of the repository as printable text."""
    return [_breakdown(table) for table in tables.breakdowns]


def breadth_result(tables: AnalysisTables) -> list[r.BreadthMonth]:
    """Return how many people had a marked change, by month."""
    return [
        r.BreadthMonth(
            month.period,
            month.people,
            month.with_marked,
            month.with_marked / month.people if month.people and month.with_marked is not None else None,
        )
        for month in tables.breadth
    ]


def _breakdown(table: BreakdownTable) -> r.Breakdown:
    shares, definition = table.shares, table.shares.definition
    groups = None
    if shares.groups is not None:
        groups = [_group(group, table.outcomes.get(group.name, ())) for group in shares.groups]
    return r.Breakdown(definition.id, definition.title, definition.column, groups, shares.missing)


def _group(group: GroupShare, outcomes: Sequence[GroupOutcome]) -> r.BreakdownGroup:
    merged = group.merged_groups
    return r.BreakdownGroup(
        name=f"other ({many(merged, 'group')})" if merged else plain(group.name, NAME_WIDTH),
        merged_groups=merged,
        people=group.people,
        changes=group.changes,
        marked=round(group.marked, 12),
        difference=None if group.difference is None else round(group.difference, 12),
        lines_added=group.lines_added,
        lines_marked=None if group.lines_marked is None else round(group.lines_marked, 12),
        outcomes=[_outcome(outcome) for outcome in outcomes],
    )


def _outcome(outcome: GroupOutcome) -> r.GroupedOutcome:
    measure, matched = outcome.measure, outcome.matched
    marked = unmarked = difference = None
    if matched is not None and matched.difference is not None:
        difference = limited_difference(measure, matched)
        # Counts in tens: exact counts of nearly everything, less the total, would be of few people.
        marked = limited_rate(measure, matched.ai, float(round(matched.n_ai, -1)))
        unmarked = limited_rate(measure, matched.other, float(round(matched.n_other, -1)))
    note = _NOTES[outcome.reason]
    return r.GroupedOutcome(measure.id, measure.title, measure.unit, marked, unmarked, difference, outcome.q, note)
