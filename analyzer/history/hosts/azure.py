"""Azure DevOps: "Merged PR 12: TITLE" for merges and squashes; before 2017 "Merge pull request 12 from …"."""

from __future__ import annotations

import re

from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost, numbered

_MERGED = re.compile(r"Merged PR ([0-9]{1,12}): ")
_BEFORE_2017 = re.compile(r"Merge pull request ([0-9]{1,12}) from (\S+) into \S+")


def _read(message: CommitMessage) -> Review | None:
    if merged := _MERGED.match(message.subject):
        return numbered(merged[1])
    before = _BEFORE_2017.match(message.subject)
    return numbered(before[1], before[2]) if before else None


AZURE = ReviewHost(
    id="azure",
    title="Azure DevOps",
    sources=("https://learn.microsoft.com/en-us/azure/devops/repos/git/complete-pull-requests",),
    clues=("Merged PR ", "Merge pull request "),
    read=_read,
)
