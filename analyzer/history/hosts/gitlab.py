"""GitLab: "See merge request GROUP/PROJECT!12" below a merge, or below a squash by template."""

from __future__ import annotations

import re

from analyzer.history.hosts.plain_git import merged_branches
from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost

_REFERENCE = re.compile(r"(?:\S*!|https?://\S+/merge_requests/)([0-9]{1,12})\Z")
_NUMBER_AT_END = re.compile(r"\(!([0-9]{1,12})\)\Z")


def _read(message: CommitMessage) -> Review | None:
    line = message.last_line("See merge request ")
    reference = _REFERENCE.match(line) if line else None
    number = reference[1] if reference else message.number_at_end(_NUMBER_AT_END)
    return Review((f"pr:{number}",), merged_branches(message.subject), certain=False) if number else None


GITLAB = ReviewHost(
    id="gitlab",
    title="GitLab",
    sources=("https://docs.gitlab.com/user/project/merge_requests/commit_templates/",),
    clues=("\nSee merge request ", "(!"),
    read=_read,
)
