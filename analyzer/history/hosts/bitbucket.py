"""Bitbucket Cloud and Data Center: the same words below merges and squashes."""

from __future__ import annotations

import re

from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost, numbered

_CLOUD = re.compile(r"Merged in (\S+) \(pull request #([0-9]{1,12})\)")
_DATA_CENTER = re.compile(r"Pull request #([0-9]{1,12}): ")
_STASH = re.compile(r"Merge pull request #([0-9]{1,12}) in \S+ from (\S+) to \S+")
_MERGE_IN = re.compile(r"\S+ from (\S+) to \S+")
_SQUASH = re.compile(r"\(pull request #([0-9]{1,12})\)\Z")


def _read(message: CommitMessage) -> Review | None:
    if cloud := _CLOUD.match(message.subject):
        return numbered(cloud[2], cloud[1])
    if stash := _STASH.match(message.subject):
        return numbered(stash[1], stash[2])
    if data_center := _DATA_CENTER.match(message.subject):
        line = message.last_line("Merge in ")
        source = _MERGE_IN.match(line) if line else None
        return numbered(data_center[1], source[1]) if source else None
    squash = message.number_at_end(_SQUASH)
    return Review((f"pr:{squash}",), certain=False) if squash else None


BITBUCKET = ReviewHost(
    id="bitbucket",
    title="Bitbucket",
    sources=(
        "https://support.atlassian.com/bitbucket-cloud/docs/merge-a-pull-request/",
        "https://confluence.atlassian.com/bitbucketserver/pull-request-merge-strategies-844499235.html",
    ),
    clues=("Merged in ", "ull request #"),
    read=_read,
)
