"""What looked like a trace and was left out: quotations, people of an agent's name, reviews. For explanations alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.evidence import agents
from analyzer.evidence.labels import traces
from analyzer.evidence.message import quoted_lines
from analyzer.evidence.signal import CommitText

if TYPE_CHECKING:
    from collections.abc import Iterator


def guards(commit: CommitText) -> Iterator[tuple[str, str]]:
    """Pairs of a reason and the untrusted text that it kept from counting."""
    for line in quoted_lines(commit.message):
        if any(trace.strength in "ABCD" for trace in traces(CommitText("", "", f"\n{line}"))):
            yield "quoted, fenced or indented: it is shown, not said", line
    people = [(trailer.name, trailer.address) for trailer in commit.trailers if trailer.address]
    for name, address in [(commit.author_name, commit.author_email), *people]:
        if agents.by_name(name.split(" ", 1)[0]) is not None and agents.by_identity(name, address) is None:
            yield "a name that people have as well: the address decides, and it is no agent's", f"{name} <{address}>"
    if agents.is_aider_author(commit.committer_name) and not agents.is_aider_author(commit.author_name):
        yield "aider as committer alone commits what a person had made", commit.committer_name
