"""OpenJDK's Skara: one commit per pull request, "8123456: TITLE" with "Reviewed-by:" or "Backport-of:" below."""

from __future__ import annotations

import re

from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost

_ISSUE = re.compile(r"(\d{7}): ")
_TRAILERS = ("Reviewed-by: ", "Backport-of: ")


def _read(message: CommitMessage) -> Review | None:
    issue = _ISSUE.match(message.subject)
    return Review((f"jbs:{issue[1]}",)) if issue and any(map(message.last_line, _TRAILERS)) else None


SKARA = ReviewHost(
    id="skara",
    title="Skara",
    sources=("https://github.com/openjdk/skara/tree/master/vcs/src/main/java/org/openjdk/skara/vcs/openjdk",),
    clues=tuple(f"\n{trailer}" for trailer in _TRAILERS),
    read=_read,
)
