"""Marge-bot: "Part-of: <URL/merge_requests/12>" below every commit of a rebased merge request."""

from __future__ import annotations

import re

from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost

_MERGE_REQUEST = re.compile(r"<?https?://\S+/merge_requests/([0-9]{1,12})>?\Z")


def _read(message: CommitMessage) -> Review | None:
    line = message.last_line("Part-of: ")
    request = _MERGE_REQUEST.match(line) if line else None
    return Review((f"pr:{request[1]}",), certain=False, series=True) if request else None


MARGE = ReviewHost(
    id="marge",
    title="Marge-bot",
    sources=("https://github.com/smarkets/marge-bot#adding-part-of",),
    clues=("\nPart-of: ",),
    read=_read,
)
