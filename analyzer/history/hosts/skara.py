"""OpenJDK's Skara: one commit per pull request, "8123456: TITLE" with "Reviewed-by:" below."""

from __future__ import annotations

import re

from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost

_ISSUE = re.compile(r"(\d{7}): ")


def _read(message: CommitMessage) -> Review | None:
    issue = _ISSUE.match(message.subject)
    return Review((f"jbs:{issue[1]}",)) if issue and message.last_line("Reviewed-by: ") else None


SKARA = ReviewHost(
    id="skara",
    title="Skara",
    sources=("https://wiki.openjdk.org/display/SKARA",),
    clues=("\nReviewed-by: ",),
    read=_read,
)
