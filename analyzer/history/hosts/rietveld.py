"""Rietveld, which Go and Chromium used before Gerrit: the address of the reviewed change on a line of its own."""

from __future__ import annotations

import re

from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost

_ISSUE = re.compile(r"(?:https?://\S+/)?([0-9]{1,12})/?(?: \.)?\Z")
_BEGINNINGS = (
    "Review URL: ",
    "Review-Url: ",
    "https://codereview.appspot.com/",
    "http://codereview.appspot.com/",
    "https://golang.org/cl/",
)


def _read(message: CommitMessage) -> Review | None:
    for beginning in _BEGINNINGS:
        line = message.last_line(beginning)
        issue = _ISSUE.match(line) if line else None
        if issue:
            return Review((f"rietveld:{issue[1]}",))
    return None


RIETVELD = ReviewHost(
    id="rietveld",
    title="Rietveld",
    sources=("https://github.com/rietveld-codereview/rietveld/blob/master/upload.py",),
    clues=tuple(f"\n{beginning}" for beginning in _BEGINNINGS),
    read=_read,
)
