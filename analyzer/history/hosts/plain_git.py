"""git's own merge messages, which name branches but no request; Gogs writes them too."""

from __future__ import annotations

import re

from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost

_IN_LIST = re.compile(r"Merge (?P<remote>remote-tracking )?branch(?:es)? (?P<names>'.*)")
_QUOTED = re.compile(r"'([^']+)'")
_UNQUOTED = re.compile(r"Merge branch ([^\s']+)(?: of \S+)? into ")


def merged_branches(subject: str) -> tuple[str, ...]:
    """Return the branches that git's own subject of a merge names, without their remotes."""
    if not subject.startswith("Merge "):
        return ()
    if in_list := _IN_LIST.match(subject):
        names = _QUOTED.findall(in_list["names"].partition(" into ")[0])
        remote = bool(in_list["remote"])
        names = [name.removeprefix("refs/remotes/") for name in names]
        return tuple(name.partition("/")[2] if remote or name.startswith("origin/") else name for name in names)
    unquoted = _UNQUOTED.match(subject)
    return (unquoted[1],) if unquoted else ()


def _read(message: CommitMessage) -> Review | None:
    branches = merged_branches(message.subject)
    return Review((), branches) if branches else None


PLAIN_GIT = ReviewHost(
    id="git", title="git merge", sources=("https://git-scm.com/docs/git-fmt-merge-msg",), clues=("Merge ",), read=_read
)
