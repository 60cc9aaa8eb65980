"""Count by which words merged changes were recognised: a code-review host's, git's own, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analyzer.core.rows import by_people
from analyzer.history.hosts import HOSTS
from analyzer.history.hosts.plain_git import PLAIN_GIT

if TYPE_CHECKING:
    import pandas as pd

SESSION = "session"
_TITLES = {host.id: host.title for host in HOSTS} | {
    "merge": "merges that name no request",
    "squash": "squashes that name no request",
    "rebase": "rebased branches",
    SESSION: "work sessions",
}


class RecognisedChanges(NamedTuple):
    """The number of merged changes recognised in one way: a host's id, or the kind of change if no host named it."""

    how: str
    title: str
    changes: int


def recognised_changes(merged_changes: pd.DataFrame) -> list[RecognisedChanges]:
    """Return how the changes of people and agents in table `merged_changes` were recognised, the most frequent first.

    The counts add up to the items of the definition `merged_changes`.
    """
    counted = merged_changes[by_people(merged_changes)]
    named = counted["host"].notna() & (counted["host"] != PLAIN_GIT.id)
    counts = counted["host"].where(named, counted["kind"]).value_counts()
    rows = [RecognisedChanges(str(how), _TITLES[str(how)], int(n)) for how, n in counts.items()]
    return sorted(rows, key=lambda row: (-row.changes, row.how))
