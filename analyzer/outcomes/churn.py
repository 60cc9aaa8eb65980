"""Churn: lines removed within days of being written, and lines that another person rewrites.

Lines are tracked by origin, so a moved, restored or reindented line lives on. Only lines old enough are counted: a line
written twenty days before the as-of date tells nothing about thirty days, whether it is still there or not.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from analyzer.outcomes.base import QUARTER, AnswerDefinition, OutcomeDefinition

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.outcomes.history_view import OutcomeInputs

_MATCHED_ON = ("person", QUARTER, "code or test", "new or existing file")
CHURN_DAYS = (14, 21, 30, 90)
# Of the four, those that the verdict on quality judges.
_ANSWERED_DAYS = (30, 90)


def lines_churned(inputs: OutcomeInputs, days: int) -> pd.DataFrame | None:
    """Return lines removed within `days` of being written, of those written at least `days` before the as-of date."""
    return _removed_lines(inputs, days, by_others=False)


def lines_rewritten_by_others(inputs: OutcomeInputs, days: int) -> pd.DataFrame | None:
    """Return lines that another person removed within `days` of being written, of those at least that old."""
    return _removed_lines(inputs, days, by_others=True)


def churned_lines_by_file(inputs: OutcomeInputs, days: int) -> pd.DataFrame | None:
    """Return `lines_churned` by file: the columns of `outcome_rows` and path, one row per commit and file."""
    lines = _removed_lines_by_file(inputs, days, by_others=False)
    if lines is None:
        return None
    columns = ["key", "path", "cell", "person", "when", "ai"]
    return lines.groupby(columns, sort=False, dropna=False)[["events", "denominator"]].sum().reset_index()


def _removed_lines(inputs: OutcomeInputs, days: int, *, by_others: bool) -> pd.DataFrame | None:
    by_file = _removed_lines_by_file(inputs, days, by_others=by_others)
    return None if by_file is None else inputs.aggregate(by_file)


def _removed_lines_by_file(inputs: OutcomeInputs, days: int, *, by_others: bool) -> pd.DataFrame | None:
    import numpy as np
    import pandas as pd

    if inputs.line_lifetimes is None:
        return None
    eligible = inputs.line_lifetimes[inputs.line_lifetimes["when"] <= inputs.as_of - pd.Timedelta(days=days)]
    removed = eligible["died"] & (eligible["days"] < days)
    if by_others:
        remover = eligible["died_sha"].cat
        authors = inputs.commits.set_index("sha")["person"].reindex(remover.categories)
        person = np.append(authors.astype(eligible["person"].dtype).cat.codes, -1)[remover.codes]
        removed &= (person >= 0) & (person != eligible["person"].cat.codes)
    rows = eligible[["key", "path", "cell", "person", "when", "ai"]]
    return rows.assign(events=eligible["lines"].where(removed, 0), denominator=eligible["lines"])


_SAYS = "Lines of code and tests removed within {days} days of being written, of all written at least that long ago."
_LIMITS = "A line that goes early may be a mistake, or the next step of the same work. Smaller steps churn more."

CHURN = tuple(
    OutcomeDefinition(
        id=f"churn_{days}d",
        title=f"lines gone within {days} days",
        unit="share of lines",
        better="low",
        says=_SAYS.format(days=days),
        limits=_LIMITS,
        compute=partial(lines_churned, days=days),
        matched_on=_MATCHED_ON,
        compared_by="share_ratio",
        answer=AnswerDefinition(f"lines rewritten within {days} days", "more", "fewer", 0.10, 0.03)
        if days in _ANSWERED_DAYS
        else None,
        source="Spinellis et al., Software evolution: the lifetime of fine-grained elements, PeerJ CS 2021.",
    )
    for days in CHURN_DAYS
)
REWRITTEN = OutcomeDefinition(
    id="rewritten_90d",
    title="lines rewritten by others within 90 days",
    unit="share of lines",
    better="low",
    says="Lines of code and tests that another person removed within 90 days, of all written at least that long ago.",
    limits="Team habits decide who touches whose code. A person's own agent is that person.",
    compute=partial(lines_rewritten_by_others, days=90),
    matched_on=_MATCHED_ON,
    compared_by="share_ratio",
)
