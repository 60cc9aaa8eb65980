"""GitLab: "See merge request GROUP/PROJECT!12" below a merge, or below a squash by template."""

from __future__ import annotations

import re

from analyzer.history.hosts.plain_git import merged_branches
from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost, numbered

_REFERENCE = re.compile(r"(?:\S*!|https?://\S+/merge_requests/)(\d+)")


def _read(message: CommitMessage) -> Review | None:
    line = message.last_line("See merge request ")
    reference = _REFERENCE.match(line) if line else None
    return numbered(reference[1], *merged_branches(message.subject)) if reference else None


GITLAB = ReviewHost(
    id="gitlab",
    title="GitLab",
    sources=("https://docs.gitlab.com/user/project/merge_requests/commit_templates/",),
    clues=("\nSee merge request ",),
    read=_read,
)
