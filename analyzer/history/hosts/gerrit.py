"""Gerrit: each commit with a Change-Id is one reviewed change; a merge by Gerrit lands those on its side.

Gerrit merges with 'Merge "SUBJECT"', 'Merge changes from topic "TOPIC"' or "Merge changes I12345678,I9abcdef0". A merge
that was reviewed itself carries a Change-Id of its own.
"""

from __future__ import annotations

import re

from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost

_CHANGE_ID = re.compile(r"(I[0-9a-f]{40})\Z")
_MERGE = re.compile(r'Merge (?:changes? (?:from topics? |I[0-9a-f]{7,40}|")|")')


def _read(message: CommitMessage) -> Review | None:
    line = message.last_line("Change-Id: ")
    change = _CHANGE_ID.match(line) if line else None
    if change:
        return Review((f"gerrit:{change[1]}",))
    return Review(()) if _MERGE.match(message.subject) else None


GERRIT = ReviewHost(
    id="gerrit",
    title="Gerrit",
    sources=(
        "https://gerrit-review.googlesource.com/Documentation/user-changeid.html",
        "https://gerrit-review.googlesource.com/Documentation/config-project-config.html",
    ),
    clues=("\nChange-Id: ", "Merge change", 'Merge "'),
    read=_read,
)
