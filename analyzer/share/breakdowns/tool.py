"""Breakdown by the tool that marked work credits."""

from __future__ import annotations

from functools import partial

from analyzer.share.breakdowns.base import BreakdownDefinition, group_by_credit

TOOL = BreakdownDefinition(
    id="tool",
    title="By tool",
    column="tool",
    says="The tools that marked commits credit. Shares are of all merged changes and of all lines. Outcomes compare "
    "this tool's changes with unmarked changes of the same people.",
    limits="A commit that credits two tools counts for both. A mark need not name its tool.",
    grouping=partial(group_by_credit, field="tool"),
    of_repository=True,
)
