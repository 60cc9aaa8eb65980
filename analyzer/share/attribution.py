"""Attribute merged changes to people and compute the marked part of each: the table `merged_changes`.

A merged change belongs to the author of most of its commits, not to the person who merged it. An agent's change belongs
to the person that it credits, else to the person who merged it, else to nobody (docs/method.md, "Credit"). An unmarked
change of an account that may be an agent's is nobody's: whoever merged it need not have asked for it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from analyzer.core import tables
from analyzer.evidence import agents
from analyzer.history.authors import Author, is_automation
from analyzer.history.merged_changes import WEB_COMMITTER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from analyzer.history.authors import PeopleDirectory
    from analyzer.history.merged_changes import MergedChange


_MERGER_FIELDS = ["mapped_name", "mapped_email", "committer_name", "committer_email"]


def attribute_changes(
    merged_changes: Iterable[MergedChange], commits: pd.DataFrame, labels: pd.DataFrame, directory: PeopleDirectory
) -> pd.DataFrame:
    """Return table `merged_changes`, one row per merged change in the order given.

    Parameters
    ----------
    merged_changes : the merged changes, with their commits.
    commits : table `commits`, for dates and committers.
    labels : table `labels`, for the marked part and the person of each commit.
    directory : merges the identities of a person.
    """
    facts_by_commit = {sha: facts for sha, *facts in tables.iter_rows(labels, "sha", "label", "part", "person")}
    dates = dict(tables.iter_rows(commits, "sha", "committed"))
    mergers = {sha: fields for sha, *fields in tables.iter_rows(commits, "sha", *_MERGER_FIELDS)}
    rows = []
    for merged_change in merged_changes:
        members = [
            (marked_part, person)
            for label, marked_part, person in map(facts_by_commit.__getitem__, merged_change.members)
            if label != "automation"
        ]
        marked_share = sum(marked_part for marked_part, _ in members) / len(members) if members else None
        person = _most_frequent(person for _, person in members) if members else None
        if marked_share and person is None:
            person = _merger_key(mergers[merged_change.sha], merged_change.kind, directory)
        rows.append(
            (
                merged_change.name,
                merged_change.kind,
                merged_change.sha,
                dates[merged_change.mainline_commit],
                person,
                "automation" if marked_share is None else "marked" if marked_share > 0 else "unmarked",
                marked_share,
                len(merged_change.members),
                merged_change.host,
            )
        )
    return tables.MERGED_CHANGES.frame(rows)


def _most_frequent(keys: Iterable[object]) -> str | None:
    """Return the most frequent person; on a tie the one who came first (Counter keeps insertion order)."""
    named = [key for key in keys if isinstance(key, str)]
    if len(set(named)) < 2:
        return named[0] if named else None
    return Counter(named).most_common(1)[0][0]


def _merger_key(fields: Sequence[str], kind: str, directory: PeopleDirectory) -> str | None:
    """Return the person who merged the change: a merge's author, a squash's committer; None for bots and the web."""
    name, address = fields[:2] if kind == "merge" else fields[2:]
    if address.lower() == WEB_COMMITTER or is_automation(name, address) or agents.by_identity(name, address):
        return None
    return directory.person_key(Author(name, address))
