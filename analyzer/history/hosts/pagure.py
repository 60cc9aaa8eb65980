"""Pagure: "Merge #12 `TITLE`"."""

from __future__ import annotations

import re

from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost, numbered

_MERGE = re.compile(r"Merge #([0-9]{1,12}) `")


def _read(message: CommitMessage) -> Review | None:
    merge = _MERGE.match(message.subject)
    return numbered(merge[1]) if merge else None


PAGURE = ReviewHost(
    id="pagure",
    title="Pagure",
    sources=("https://docs.pagure.org/pagure/usage/pull_requests.html",),
    clues=("Merge #",),
    read=_read,
)
