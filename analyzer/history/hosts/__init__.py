"""Code-review hosts, merge bots and landing scripts, by the words that they leave in commit messages.

A new host is one module with a `ReviewHost` and one line in `HOSTS`. The first host that recognises a message wins:
words in the subject come first, then trailers, which a squash can quote from another project, and git's own words last.
"""

from __future__ import annotations

from dataclasses import replace

from analyzer.history.hosts.azure import AZURE
from analyzer.history.hosts.bitbucket import BITBUCKET
from analyzer.history.hosts.bors import BORS
from analyzer.history.hosts.copybara import COPYBARA
from analyzer.history.hosts.gerrit import GERRIT
from analyzer.history.hosts.gitea import GITEA
from analyzer.history.hosts.gitee import GITEE
from analyzer.history.hosts.github import GITHUB
from analyzer.history.hosts.gitlab import GITLAB
from analyzer.history.hosts.maintainer_tools import MAINTAINER_TOOLS
from analyzer.history.hosts.marge import MARGE
from analyzer.history.hosts.pagure import PAGURE
from analyzer.history.hosts.phabricator import PHABRICATOR
from analyzer.history.hosts.plain_git import PLAIN_GIT
from analyzer.history.hosts.pull_request_trailers import PULL_REQUEST_TRAILERS
from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost, is_numbered
from analyzer.history.hosts.review_board import REVIEW_BOARD
from analyzer.history.hosts.rietveld import RIETVELD
from analyzer.history.hosts.skara import SKARA

__all__ = ["HOSTS", "Review", "ReviewHost", "is_numbered", "read_review"]

HOSTS: tuple[ReviewHost, ...] = (
    GITEE,
    BITBUCKET,
    AZURE,
    PAGURE,
    BORS,
    MAINTAINER_TOOLS,
    GITEA,
    GITHUB,
    GITLAB,
    GERRIT,
    PHABRICATOR,
    REVIEW_BOARD,
    RIETVELD,
    MARGE,
    PULL_REQUEST_TRAILERS,
    COPYBARA,
    SKARA,
    PLAIN_GIT,
)

_CLUES = tuple((clue, host) for host in HOSTS for clue in host.clues)
_SUBJECT_CLUES = tuple((clue, host) for clue, host in _CLUES if "\n" not in clue)


def read_review(message: str) -> Review | None:
    """Return what a commit's message says of the request that it lands; None if no host's words are in it."""
    subject, is_longer, _ = message.partition("\n")
    for clue, host in _CLUES if is_longer else _SUBJECT_CLUES:
        if clue in message and (review := host.read(CommitMessage(message, subject))) is not None:
            return replace(review, host=host.id)
    return None
