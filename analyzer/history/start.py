"""Where to start following lines: all that is older stands as it is at a few commits, and counts as old.

Lines born long before AI tools matter only as old lines. Leaving their history out makes the cost of a run grow with
the years that are compared and not with the age of the project.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analyzer.core.constants import PRE_AI

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

# Outcomes of the year before the first mark are compared with those after it, and a placebo compares work of the two
# years before AI tools.
_YEAR = pd.Timedelta(days=365)
# With fewer old commits the start saves no time worth a difference between two repositories.
_MIN_OLD_COMMITS = 2_000


class FollowedHistory(NamedTuple):
    """The commits whose lines are followed.

    parents: parents by commit, every commit after its parents. starts: number of commits, the first ones, that stand
    for all that is older; 0 if nothing was left out.
    """

    parents: Mapping[bytes, Sequence[bytes]]
    starts: int = 0

    @property
    def start_ids(self) -> list[str]:
        """Ids of the commits that stand for all that is older."""
        return [sha.decode() for sha in islice(self.parents, self.starts)]


def first_date(marked: pd.Series, dates: Sequence[datetime] = ()) -> pd.Timestamp:
    """Return the date from which on lines are needed: two years before AI tools, or a year before the first mark.

    Parameters
    ----------
    marked : committer dates of the commits with an AI mark.
    dates : what the user wants to know about: a range begins there, or a target was set.
    """
    candidates = pd.Series([PRE_AI - 2 * _YEAR, marked.min() - _YEAR, *dates], dtype="datetime64[us, UTC]")
    return pd.Timestamp(candidates.min())


def followed_from(
    parents: Mapping[bytes, Sequence[bytes]], committed: pd.Series, date: pd.Timestamp
) -> FollowedHistory:
    """Return the history from `date` on.

    A commit is old if it and all its ancestors are from before `date`, so a wrong date only makes more of a history
    recent. The starting commits are the old parents of recent commits. Each is made the child of the one before, oldest
    first: what differs between two of them is old, and it does not matter which commit did it.
    The whole history is returned where too little of it is old to save time, or where it ends before `date`.

    Parameters
    ----------
    parents : parents by commit, every commit after its parents.
    committed : committer dates by commit id, in the order of `parents`; NaT counts as old.
    """
    is_recent = (committed >= date).to_numpy(bool, na_value=False).tolist()
    old: set[bytes] = set()
    for (sha, parent_ids), recent in zip(parents.items(), is_recent, strict=True):
        if not recent and old.issuperset(parent_ids):
            old.add(sha)
    if not _MIN_OLD_COMMITS <= len(old) < len(parents):
        return FollowedHistory(parents)
    recent_commits = {sha: parent_ids for sha, parent_ids in parents.items() if sha not in old}
    needed = {parent for parent_ids in recent_commits.values() for parent in parent_ids}
    starts = [sha for sha in parents if sha in old and sha in needed]
    chain = {sha: starts[max(n - 1, 0) : n] for n, sha in enumerate(starts)}
    return FollowedHistory(chain | recent_commits, len(starts))
