"""Gitea and Forgejo: "Merge pull request 'TITLE' (#12) from BRANCH into BRANCH" and "Reviewed-on: …/pulls/12"."""

from __future__ import annotations

import re

from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost, numbered

_MERGE = re.compile(r"Merge pull request '.*' \([#!]([0-9]{1,12})\)(?: from (\S+))?")
_NUMBER_AT_END = re.compile(r"\(#([0-9]{1,12})\)\Z")
_REVIEWED_ON = re.compile(r"https?://\S+/pulls/([0-9]{1,12})\Z")


def _read(message: CommitMessage) -> Review | None:
    merge = _MERGE.match(message.subject) if message.subject.startswith("Merge pull request '") else None
    if merge:
        return numbered(merge[1], *filter(None, [_branch(merge[2])]))
    line = message.last_line("Reviewed-on: ")
    reviewed = _REVIEWED_ON.match(line) if line else None
    if reviewed is None or message.number_at_end(_NUMBER_AT_END) not in {None, reviewed[1]}:
        return None  # a squash of another host that quotes the line
    # A rebase by template puts the line below the last commit of the request or below all of them.
    return Review((f"pr:{reviewed[1]}",), certain=False, series=True)


def _branch(source: str | None) -> str | None:
    """Return the branch of BRANCH or OWNER:BRANCH; a branch of a fork is named OWNER/BRANCH, like one with a folder."""
    return None if source is None else source.rpartition(":")[2]


GITEA = ReviewHost(
    id="gitea",
    title="Gitea or Forgejo",
    sources=(
        "https://docs.gitea.com/usage/merge-message-templates",
        "https://forgejo.org/docs/latest/user/merge-message-templates",
    ),
    clues=("Merge pull request '", "\nReviewed-on: "),
    read=_read,
)
