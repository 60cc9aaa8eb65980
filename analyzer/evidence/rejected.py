"""Explain what looked like an AI mark but was rejected: quotations, people with an agent's name, aider as committer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.evidence import agents
from analyzer.evidence.labels import find_matches
from analyzer.evidence.message import quoted_lines
from analyzer.evidence.signal import CommitText

if TYPE_CHECKING:
    from collections.abc import Iterator


def rejected_matches(commit: CommitText) -> Iterator[tuple[str, str]]:
    """Yield pairs of the reason for a rejection and the rejected text, which is untrusted."""
    for line in quoted_lines(commit.message):
        if any(match.strength in "ABCD" for match in find_matches(CommitText("", "", f"\n{line}"))):
            yield "quoted, fenced or indented: it is shown, not said", line
    credited = [(trailer.name, trailer.address) for trailer in commit.trailers if trailer.address]
    for name, address in [(commit.author_name, commit.author_email), *credited]:
        if agents.by_name(name.split(" ", 1)[0]) is not None and agents.by_identity(name, address) is None:
            yield "a name that people have as well: the address decides, and it is no agent's", f"{name} <{address}>"
    if agents.is_aider_author(commit.committer_name) and not agents.is_aider_author(commit.author_name):
        yield "aider as committer alone commits what a person had made", commit.committer_name
