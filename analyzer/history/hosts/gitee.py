"""Gitee: "!12 TITLE" and below it "Merge pull request !12 from OWNER/BRANCH"."""

from __future__ import annotations

import re

from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost, numbered

_SUBJECT = re.compile(r"!([0-9]{1,12})\s")
_SOURCE = re.compile(r"![0-9]{1,12} from [^/\s]+/(\S+)")


def _read(message: CommitMessage) -> Review | None:
    number = _SUBJECT.match(message.subject)
    line = message.last_line("Merge pull request ") if number else None
    source = _SOURCE.match(line) if line else None
    return numbered(number[1], source[1]) if number and source else None


GITEE = ReviewHost(
    id="gitee",
    title="Gitee",
    sources=("https://help.gitee.com/base/pullrequest/intro",),
    clues=("\nMerge pull request !",),
    read=_read,
)
