"""Signals in the author and committer fields: an AI agent made the commit, or is named together with a person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analyzer.evidence import agents
from analyzer.evidence.model_names import is_model_name, model_in
from analyzer.evidence.signal import Match, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.evidence.signal import CommitText, Strength

_TOOLS = r"(claude(?: code)?|chatgpt|copilot|codex|gemini|cursor|ai)"
# "Ada + Claude" credits both. "Ada and Claude" may be two people, and "Ada (claude)" is a private habit.
_JOINT_NAME = re.compile(rf".*\S\s*[+&]\s*{_TOOLS}\Z", re.IGNORECASE)
_BRACKETED_TOOL = re.compile(rf".*\S\s*[(\[]{_TOOLS}[)\]]\s*\Z", re.IGNORECASE)
_MIN_MODEL_NAME = 4  # "o1" and "o3" are also people's handles
_AMBIGUOUS_TOOLS = frozenset({"claude", "gemini", "ai"})


def _author(commit: CommitText) -> Iterator[Match]:
    name, address = commit.author_name, commit.author_email
    identity = f"{name} <{address}>"
    if agents.is_aider_author(name):
        yield Match(f"{AUTHOR.id}:aider", "aider", None, "author", "A", "the author name ends in (aider)")
    elif agent := agents.by_identity(name, address):
        doubtful = agent.suggestion or agent.in_doubt(address.strip().lower(), commit.day)
        strength: Strength = "C" if doubtful else "A"
        yield Match(f"{AUTHOR.id}:{agent.tool}", agent.tool, model_in(name), "author", strength, identity)
    elif len(name) >= _MIN_MODEL_NAME and is_model_name(name):
        yield Match(f"{AUTHOR.id}:model", None, model_in(name), "author", "A", identity)


def _author_mentions(commit: CommitText) -> Iterator[Match]:
    name, address = commit.author_name, commit.author_email
    if agents.by_identity(name, address) is not None:
        return
    if match := _JOINT_NAME.fullmatch(name):
        yield Match(f"{AUTHOR_MENTION.id}:and", _tool_named(match[1]), None, "coauthor", "B", name)
    elif _BRACKETED_TOOL.fullmatch(name) or _has_model_in_brackets(name):
        yield Match(f"{AUTHOR_MENTION.id}:brackets", None, None, "hint", "H", name)


def _has_model_in_brackets(name: str) -> bool:
    brackets = re.search(r"[(\[]([^()\[\]]{2,40})[)\]]\s*\Z", name)
    return brackets is not None and is_model_name(brackets[1])


def _tool_named(word: str) -> str | None:
    agent = None if word.lower() in _AMBIGUOUS_TOOLS else agents.by_mention(word, "footers")
    return agent.tool if agent else None


def _committer(commit: CommitText) -> Iterator[Match]:
    name, address = commit.committer_name, commit.committer_email
    if agents.by_identity(commit.author_name, commit.author_email) is not None:
        return
    agent = agents.by_identity(name, address)
    if agent is not None and not agent.suggestion:
        yield Match(f"{COMMITTER.id}:{agent.tool}", agent.tool, None, "committer", "H", f"{name} <{address}>")


AUTHOR = Signal(
    id="author-identity",
    title="the git author is an AI agent",
    strength="A",
    says="An agent's exact address or application account made the commit.",
    limits="Most agents commit under a person's name and leave no such trace.",
    extract=_author,
    reads="people",
)
AUTHOR_MENTION = Signal(
    id="author-beside",
    title="the author's name names an AI tool beside the person",
    strength="B",
    says='"Ada + Claude" credits both. "Ada (claude)" is a private habit: a hint.',
    limits="A team or a company may be called so.",
    extract=_author_mentions,
    reads="people",
)
COMMITTER = Signal(
    id="committer-identity",
    title="an agent committed what a person authored",
    strength="H",
    says="The agent replayed, amended or rebased the commit.",
    limits="Who wrote the code is not known. aider alone as committer commits what a person had made: no trace.",
    extract=_committer,
    reads="people",
)
