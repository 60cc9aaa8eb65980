"""landings, labels → units: merged changes with their declared part and the person they belong to.

A unit belongs to the author of most of its commits, never to whoever merged it; an agent's unit goes
to the person it credits, else to the merger, else to nobody (docs/method.md, "Credit").
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

    from analyzer.history.authors import Directory
    from analyzer.history.merged_changes import Landing


_MERGER = ["mapped_name", "mapped_email", "committer_name", "committer_email"]


def units(landed: Iterable[Landing], commits: pd.DataFrame, labels: pd.DataFrame, directory: Directory) -> pd.DataFrame:
    """Table `units`, in landing order. `commits` gives dates and committers, `labels` what each commit declares."""
    known = {sha: facts for sha, *facts in tables.walk(labels, "sha", "label", "part", "author")}
    dates = dict(tables.walk(commits, "sha", "committed"))
    mergers = {sha: fields for sha, *fields in tables.walk(commits, "sha", *_MERGER)}
    rows = []
    for landing in landed:
        counted = [
            (part, author) for label, part, author in map(known.__getitem__, landing.members) if label != "automation"
        ]
        declared = sum(part for part, _ in counted) / len(counted) if counted else None
        author = _owner(author for _, author in counted) if counted else None
        if counted and author is None:
            author = _merger(mergers[landing.sha], landing.kind, directory)
        rows.append(
            (
                landing.unit,
                landing.kind,
                landing.sha,
                dates[landing.through],
                author,
                "automation" if declared is None else "declared" if declared > 0 else "undeclared",
                declared,
                len(landing.members),
            )
        )
    return tables.UNITS.frame(rows)


def _owner(authors: Iterable[object]) -> str | None:
    """Most frequent author; of several, the one who came first (Counter keeps insertion order)."""
    named = [author for author in authors if isinstance(author, str)]
    if len(set(named)) < 2:
        return named[0] if named else None
    return Counter(named).most_common(1)[0][0]


def _merger(fields: Sequence[str], kind: str, directory: Directory) -> str | None:
    """The person who landed it: a merge's author, a squash's committer; the web and bots are nobody."""
    name, address = fields[:2] if kind == "merge" else fields[2:]
    if address.lower() == WEB_COMMITTER or is_automation(name, address) or agents.by_identity(name, address):
        return None
    return directory.key(Author(name, address))
