"""Breakdown by the model that marked work credits."""

from __future__ import annotations

from functools import partial

from analyzer.share.breakdowns.base import BreakdownDefinition, group_by_credit

MODEL = BreakdownDefinition(
    id="model",
    title="By model",
    column="model",
    says="The models that marked commits credit. Shares are of all merged changes and of all lines. Outcomes compare "
    "this model's changes with unmarked changes of the same people.",
    limits="A commit that credits two models counts for both. A mark need not name its model.",
    grouping=partial(group_by_credit, field="model"),
    of_repository=True,
)
