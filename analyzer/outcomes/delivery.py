"""How changes land: how long they were under way, how large they are, and how soon they were in a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.history.file_classes import COUNTED
from analyzer.outcomes.base import Measure

if TYPE_CHECKING:
    from analyzer.outcomes.history_view import Seen

_HOUR = 3_600.0
RELEASED_DAYS = 30


def lead_time(seen: Seen) -> pd.DataFrame | None:
    """Log hours (plus one) from the first author date to the landing, of merges and rebases."""
    own = seen.every["sha"].map(seen.unit_of)
    first = seen.every["authored"].groupby(own).min()
    table = seen.landed[seen.landed["kind"].isin(("merge", "rebase"))]
    began = pd.Series(first.reindex(table["key"]).array, index=table.index)
    hours = (table["when"] - began).dt.total_seconds() / _HOUR
    table = table.assign(events=np.log1p(hours.where(hours >= 0)))
    return seen.judged(table[table["events"].notna()].assign(cell="", exposure=1.0))


def batch_size(seen: Seen) -> pd.DataFrame | None:
    """Log effective lines of code and tests, of changes that add any."""
    sums = _sums(seen, "effective")
    if sums is None:
        return None
    table = seen.landed.assign(events=seen.landed["key"].map(sums))
    table = table[table["events"].fillna(0) > 0]
    return seen.judged(table.assign(cell="", exposure=1.0, events=np.log(table["events"].astype(float))))


def functions_added(seen: Seen) -> pd.DataFrame | None:
    """Functions added, or given another first line, by changes that touch code or tests."""
    sums = _sums(seen, "functions")
    if sums is None:
        return None
    table = seen.landed[seen.landed["key"].isin(sums.index)]
    return seen.judged(table.assign(cell="", exposure=1.0, events=table["key"].map(sums).astype(float)))


def commits_in_change(seen: Seen) -> pd.DataFrame | None:
    """Log commits of each change."""
    return seen.judged(seen.landed.assign(cell="", exposure=1.0, events=np.log(seen.landed["commits"].astype(float))))


def released_soon(seen: Seen) -> pd.DataFrame | None:
    """Whether a change was in a release 30 days after it landed, of those old enough."""
    if seen.released is None:
        return None
    table = seen.landed[seen.landed["when"] <= seen.clock - pd.Timedelta(days=RELEASED_DAYS)]
    out = seen.units.set_index("unit")["sha"].map(seen.released).reindex(table["key"]).array
    soon = pd.Series(out, index=table.index) - table["when"] <= pd.Timedelta(days=RELEASED_DAYS)
    return seen.judged(table.assign(cell="", exposure=1.0, events=soon.astype(float)))


def _sums(seen: Seen, column: str) -> pd.Series | None:
    """Sum of a column of `changes` over code and tests, by change; None without contents."""
    if seen.changes is None:
        return None
    counted = seen.changes[seen.changes["path_class"].isin(COUNTED)]
    return counted[column].groupby(counted["sha"].map(seen.unit_of)).sum()


LEAD_TIME = Measure(
    id="lead_time",
    title="time from first commit to landing (log hours)",
    unit="log hours",
    better="low",
    says="Mean log of hours, plus one, from the first author date to the landing, of merged and rebased changes.",
    limits="Author dates can be false; waiting for review counts. Squashes keep no first date and are not judged.",
    judge=lead_time,
)
RELEASED = Measure(
    id="released_30d",
    title="changes in a release within 30 days",
    unit="share of changes",
    better="high",
    says="Changes whose landing a tag with a version in its name holds 30 days later; needs the tags of the clone.",
    limits="Releases come when a project makes them: it tells how soon work was used, not how good it was.",
    judge=released_soon,
)
BATCH_SIZE = Measure(
    id="batch_size",
    title="size of a change (log lines added)",
    unit="log lines",
    better="neither",
    says="Mean log of effective lines of code and tests, of changes that add any. A difference of 0.7 is a doubling.",
    limits="Verbose code is larger, one change cut into ten is smaller: what it moves, it may explain.",
    judge=batch_size,
    describes=True,
    coupled=True,
)
FUNCTIONS = Measure(
    id="functions_added",
    title="functions added or rewritten, per change",
    unit="functions",
    better="neither",
    says="Lines added that define a function (def, fn, func, function, fun, sub), new or with another first line.",
    limits="Told by keyword: languages without one (C, Java) show few. Longer changes hold more of them.",
    judge=functions_added,
    describes=True,
    coupled=True,
)
COMMITS = Measure(
    id="commits_in_change",
    title="commits in a change (log)",
    unit="log commits",
    better="neither",
    says="Mean log of commits that came in together. A squash is one, however many it was made of.",
    limits="A habit, not work: it is here because what is cut otherwise is counted otherwise.",
    judge=commits_in_change,
    describes=True,
    coupled=True,
)
