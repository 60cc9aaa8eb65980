"""Author identity: the git author is an AI agent (strength A)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.evidence import agents
from analyzer.evidence.models import model_in
from analyzer.evidence.signal import Signal, Trace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.evidence.signal import CommitText


def _author(commit: CommitText) -> Iterator[Trace]:
    name, address = commit.author_name, commit.author_email
    shown = f"{name} <{address}>"
    if agents.is_aider_author(name):
        yield Trace(AUTHOR.id, "aider", None, "author", "A", "the author name ends in (aider)")
    elif agent := agents.by_identity(name, address):
        yield Trace(AUTHOR.id, agent.tool, model_in(name), "author", "C" if agent.suggestion else "A", shown)


AUTHOR = Signal(
    id="author-identity",
    title="the git author is an AI agent",
    strength="A",
    says="An agent's exact address or application account made the commit.",
    limits="Most agents commit under a person's name and leave no such trace. "
    "The committer field proves nothing: aider commits edits a person had made.",
    extract=_author,
)
