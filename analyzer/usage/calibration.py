"""How many of the commits with AI lines carry a mark, by usage data instead of line-level records.

Data per commit measure recall by month, as records do. Data per person and day only bound it: not every commit of a day
on which somebody used AI holds AI lines. If all did, marks would miss `1 - marked / n`; fewer did, so marks find at
least the marked part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analyzer.core.constants import SMALLEST_GROUP
from analyzer.core.rows import by_people, is_merge
from analyzer.evidence.recall import Recall, measure_recall

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.usage.join import Usage


class MarksOnDays(NamedTuple):
    """Commits on days with and without use, and how many of them are marked; only over five people and more."""

    with_use: int
    marked_with_use: int
    without_use: int
    marked_without_use: int


def recall_by_usage(usage: Usage, labels: pd.DataFrame, committed: pd.Series, inside: set[str]) -> Recall | None:
    """Return the recall of marks among the commits that the data list; None if they list none of the range.

    Parameters
    ----------
    labels : table `labels`. committed : committer dates by commit id.
    inside : non-merge commits of the range.
    """
    listed = usage.commits[usage.commits["sha"].isin(inside)]
    if listed.empty:
        return None
    return measure_recall(labels, committed, listed["sha"], set(listed.loc[listed["ai_lines"] > 0, "sha"]))


def marks_on_days(usage: Usage, commits: pd.DataFrame, labels: pd.DataFrame, inside: set[str]) -> MarksOnDays | None:
    """Return how many commits of days with and without use are marked; None for fewer than five people."""
    if usage.days["person"].nunique() < SMALLEST_GROUP:
        return None
    own = labels.loc[by_people(labels) & ~is_merge(commits).to_numpy(bool), ["sha", "person", "ai"]]
    dated = own[own["sha"].isin(inside)].merge(commits[["sha", "authored"]], on="sha").dropna()
    day = dated["authored"].dt.floor("D")
    joined = dated.assign(day=day).merge(usage.days, on=["person", "day"])
    used, marked = joined["used"].to_numpy(bool), joined["ai"].to_numpy(float) > 0
    counts = (used, used & marked, ~used, ~used & marked)
    return MarksOnDays(*(int(mask.sum()) for mask in counts))
