"""Phabricator and Phorge: "Differential Revision: https://HOST/D12", which `arc land` adds; one commit per revision."""

from __future__ import annotations

import re

from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost

_REVISION = re.compile(r"(?:https?://\S+/)?D?([0-9]{1,12})\Z")


def _read(message: CommitMessage) -> Review | None:
    line = message.last_line("Differential Revision:")
    revision = _REVISION.match(line) if line else None
    return Review((f"phabricator:D{revision[1]}",)) if revision else None


PHABRICATOR = ReviewHost(
    id="phabricator",
    title="Phabricator",
    sources=(
        "https://github.com/phacility/arcanist/blob/master/src/differential/ArcanistDifferentialCommitMessage.php",
    ),
    clues=("\nDifferential Revision:",),
    read=_read,
)
