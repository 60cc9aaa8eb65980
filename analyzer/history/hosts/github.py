"""GitHub: merges, squashes and merge queues; also Gitea's squashes, which look the same without their trailer."""

from __future__ import annotations

import re

from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost, numbered

_MERGE = re.compile(r"Merge pull request #([0-9]{1,12})(?: from [^/\s]+/(\S+))?")
_NUMBER_AT_END = re.compile(r"\(#([0-9]{1,12})\)\Z")


def _read(message: CommitMessage) -> Review | None:
    if message.subject.startswith("Merge pull request #"):
        merge = _MERGE.match(message.subject)
        return numbered(merge[1], *filter(None, [merge[2]])) if merge else None
    number = message.number_at_end(_NUMBER_AT_END)
    return Review((f"pr:{number}",), certain=False) if number else None


GITHUB = ReviewHost(
    id="github",
    title="GitHub",
    sources=(
        "https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges",
        "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/configuring-commit-squashing-for-pull-requests",
    ),
    clues=("Merge pull request #", "(#"),
    read=_read,
)
