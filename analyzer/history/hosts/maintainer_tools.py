"""Merge scripts that name the pull request after the words of git: "Merge #12: TITLE", "Merge PR #12: TITLE"."""

from __future__ import annotations

import re

from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost, numbered

_MERGE = re.compile(r"Merge (?:PR |pull request )?(?:[\w.-]+/[\w.-]+)?#([0-9]{1,12}): ")


def _read(message: CommitMessage) -> Review | None:
    merge = _MERGE.match(message.subject)
    return numbered(merge[1]) if merge else None


MAINTAINER_TOOLS = ReviewHost(
    id="maintainer-tools",
    title="merge scripts",
    sources=(
        "https://github.com/bitcoin-core/bitcoin-maintainer-tools/blob/main/github-merge.py",
        "https://github.com/rocq-prover/rocq/blob/master/dev/tools/merge-pr.sh",
    ),
    clues=("Merge ",),
    read=_read,
)
