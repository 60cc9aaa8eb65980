"""What the message of a commit says about the reviewed request that it lands, and the code-review hosts that say it.

Messages are untrusted, so patterns take linear time: they are anchored, or see at most `MAX_LINE` characters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

# No host writes a longer line, and patterns must take linear time.
MAX_LINE = 400
# A number in parentheses, with the words around it.
MAX_NUMBER = 60


@dataclass(frozen=True, slots=True)
class CommitMessage:
    """A commit message; `subject` is its first line."""

    text: str
    subject: str

    def last_line(self, beginning: str) -> str | None:
        """Return the rest of the last line below the subject that begins with `beginning`; None if no line does.

        The last line counts, because a host appends its own words to what people wrote or quoted.
        """
        start = self.text.rfind(f"\n{beginning}")
        if start < 0:
            return None
        start += 1 + len(beginning)
        return self.text[start : start + MAX_LINE].partition("\n")[0].strip()

    def number_at_end(self, pattern: re.Pattern[str]) -> str | None:
        """Return the first group of a pattern that ends the subject; the pattern ends in `\\Z`."""
        match = pattern.search(self.subject[-MAX_NUMBER:].rstrip())
        return match[1] if match else None


@dataclass(frozen=True, slots=True)
class Review:
    """The reviewed requests (pull or merge requests, changes, revisions) that one commit lands.

    Attributes
    ----------
    requests : their ids, such as "pr:12": one, or one per merged parent; empty if the message names none.
    branches : the branches that a merge names, without owners and remotes: one, or one per merged parent.
    certain : whether only this project's host writes such words. People also end subjects in the number of an issue,
        and commits that are taken over from another project keep its trailers.
    series : whether the last commit of several can name the request of all.
    host : id of the host.
    """

    requests: tuple[str, ...]
    branches: tuple[str, ...] = ()
    certain: bool = True
    series: bool = False
    host: str = ""


@dataclass(frozen=True, slots=True)
class ReviewHost:
    """A code-review host, or a bot or script that lands changes, by the words that it leaves in git.

    Attributes
    ----------
    id, title : as in the JSON, and as people read it.
    sources : public pages that document the words.
    clues : every message with the host's words contains one of these; others are not read.
    read : returns what a message says; None if it has none of this host's words.
    """

    id: str
    title: str
    sources: tuple[str, ...]
    clues: tuple[str, ...]
    read: Callable[[CommitMessage], Review | None]


def numbered(number: str, *branches: str) -> Review:
    """Return the review of one numbered pull request or merge request."""
    return Review((f"pr:{number}",), branches)


def is_numbered(request: str) -> bool:
    """Return whether a request is a numbered pull request or merge request, not a change of Gerrit or the like."""
    return request.startswith("pr:")
