"""How long lines live: churn within days of being written, and who rewrites whom.

Lines are followed by origin, so a moved, restored or reindented line lives on. Only lines old enough are judged: one
written twenty days before the clock says nothing about thirty days, whether it is still there or not.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.outcomes.base import QUARTER, Measure

if TYPE_CHECKING:
    from analyzer.outcomes.history_view import Seen

_MATCHED = ("author", QUARTER, "code or test", "new or existing file")
WINDOWS = (14, 21, 30, 90)


def churned(seen: Seen, days: int) -> pd.DataFrame | None:
    """Lines removed within `days` of being written, of those written at least as long before the clock."""
    return _judged(seen, days, of_others=False)


def rewritten(seen: Seen, days: int) -> pd.DataFrame | None:
    """Lines that somebody else removed within `days`."""
    return _judged(seen, days, of_others=True)


def _judged(seen: Seen, days: int, *, of_others: bool) -> pd.DataFrame | None:
    if seen.lived is None:
        return None
    old = seen.lived[seen.lived["when"] <= seen.clock - pd.Timedelta(days=days)]
    gone = old["died"] & (old["days"] < days).fillna(value=False)
    if of_others:
        by = old["died_sha"].astype("str").map(seen.commits.set_index("sha")["author"])
        gone &= by.notna() & (by != old["author"])
    return seen.judged(old.assign(events=old["lines"].where(gone.astype(bool), 0), exposure=old["lines"]))


_SAYS = "Lines of code and tests removed within {days} days of being written, of all written at least that long ago."
_LIMITS = "A line that goes early may be a mistake, or the next step of the same work. Smaller steps churn more."

CHURN = tuple(
    Measure(
        id=f"churn_{days}d",
        title=f"lines gone within {days} days",
        unit="share of lines",
        better="low",
        says=_SAYS.format(days=days),
        limits=_LIMITS,
        judge=partial(churned, days=days),
        matched_on=_MATCHED,
        source="Spinellis et al., Software evolution: the lifetime of fine-grained elements, PeerJ CS 2021.",
    )
    for days in WINDOWS
)
REWRITTEN = Measure(
    id="rewritten_90d",
    title="lines rewritten by others within 90 days",
    unit="share of lines",
    better="low",
    says="Lines of code and tests that another person removed within 90 days, of all written at least that long ago.",
    limits="Team habits decide who touches whose code. A person's own agent is that person.",
    judge=partial(rewritten, days=90),
    matched_on=_MATCHED,
)
