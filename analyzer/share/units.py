"""landings, labels → units: merged changes with their declared part and the person they belong to.

A unit belongs to the author of most of its commits, never to whoever merged it; an agent's unit goes
to the person it credits, else to the merger, else to nobody (docs/method.md, "Credit").
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from analyzer import tables
from analyzer.evidence import agents
from analyzer.history.identity import Author, is_automation
from analyzer.history.landings import WEB_COMMITTER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from analyzer.history.identity import Directory
    from analyzer.history.landings import Landing


_MERGER = ["mapped_name", "mapped_email", "committer_name", "committer_email"]


def units(landed: Iterable[Landing], commits: pd.DataFrame, labels: pd.DataFrame, directory: Directory) -> pd.DataFrame:
    """Table `units`, in landing order. `commits` gives dates and committers, `labels` what each commit declares."""
    known = {row["sha"]: row for row in tables.records(labels[["sha", "label", "part", "author"]])}
    facts = {row["sha"]: row for row in tables.records(commits[["sha", "committed", *_MERGER]])}
    rows = []
    for landing in landed:
        counted = [row for sha in landing.members if (row := known[sha])["label"] != "automation"]
        declared = sum(row["part"] for row in counted) / len(counted) if counted else None
        author = _owner(row["author"] for row in counted) if counted else None
        if counted and author is None:
            author = _merger(facts[landing.sha], landing.kind, directory)
        rows.append(
            (
                landing.unit,
                landing.kind,
                landing.sha,
                facts[landing.through]["committed"],
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
    return Counter(named).most_common(1)[0][0] if named else None


def _merger(landing: Mapping[str, Any], kind: str, directory: Directory) -> str | None:
    """The person who landed it: a merge's author, a squash's committer; the web and bots are nobody."""
    fields = ("mapped_name", "mapped_email") if kind == "merge" else ("committer_name", "committer_email")
    name, address = (landing[field] for field in fields)
    if address.lower() == WEB_COMMITTER or is_automation(name, address) or agents.by_identity(name, address):
        return None
    return directory.key(Author(name, address))
