"""Signals for the trailers listed in `marks.toml`: session links, checkpoints, message-only marks, reviews, hints."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from analyzer.evidence import agents
from analyzer.evidence.model_names import is_model_name
from analyzer.evidence.signal import Match, Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analyzer.evidence.message import Trailer
    from analyzer.evidence.signal import CommitText, Role, Strength

_AI_NAMES = re.compile(
    r"(?:@?(?:github )?copilot|claude(?: code)?|chat ?gpt|codex|gemini|an? llm|llm|ai|cursor(?: bugbot| agent)?)\b",
    re.IGNORECASE,
)
# Home-made: "Agent-Ada: Assisted with the implementation".
_HOME_MADE = re.compile(r"agent[a-z]+")


@dataclass(frozen=True, slots=True)
class Mark:
    """One row of `marks.toml`, whose header describes the fields; `ai`: it counts only if its value is an AI tool."""

    key: str
    family: str
    since: str
    default: str
    value: str = ""
    tool: str | None = None
    ai: bool = False
    hosted: bool = False
    traps: str = ""

    def holds(self, trailer: Trailer) -> bool:
        """Return whether the trailer's value is one that the mark covers."""
        if self.ai:
            return is_ai(trailer)
        return not self.value or re.match(self.value, trailer.name, re.IGNORECASE) is not None


@cache
def mark_table() -> dict[str, Mark]:
    """Return the marks by the key of their trailer."""
    data = tomllib.loads(resources.files(__package__).joinpath("marks.toml").read_text("utf-8"))
    return {row["key"]: Mark(**row) for row in data["mark"]}


def is_ai(trailer: Trailer) -> bool:
    """Return whether a trailer's value is an AI tool or model: by identity or, without an address, by name."""
    if trailer.address:
        return agents.by_identity(trailer.name, trailer.address) is not None
    if agents.by_name(trailer.name) is not None or is_model_name(trailer.name):
        return True
    match = _AI_NAMES.match(trailer.name)
    return match is not None and not trailer.name[match.end() :].strip()[:1].isalpha()  # "Claude Monet" is a person


def trailer_matches(commit: CommitText, rule: str, family: str, role: Role, strength: Strength) -> Iterator[Match]:
    """Yield the matches of the trailers of one family."""
    for trailer in commit.trailers:
        mark = mark_table().get(trailer.key)
        if mark is not None and mark.family == family and mark.holds(trailer):
            tool = None if mark.hosted and names_other_agent(commit, mark.tool) else mark.tool
            yield Match(f"{rule}:{mark.key}", tool, None, role, strength, trailer.line)
        elif family == "hint" and _HOME_MADE.fullmatch(trailer.key) and trailer.name.lower().startswith("assisted"):
            yield Match(f"{rule}:home-made", None, None, role, strength, trailer.line)


def _extractor(family: str, role: Role, strength: Strength) -> Callable[[CommitText], Iterator[Match]]:
    return lambda commit: trailer_matches(commit, _IDS[family], family, role, strength)


def names_other_agent(commit: CommitText, tool: str | None) -> bool:
    """Return whether another agent than `tool` is the author or a co-author, so that the host ran that one."""
    names = [(commit.author_name, commit.author_email)]
    names += [(trailer.name, trailer.address) for trailer in commit.trailers if trailer.key == "coauthoredby"]
    agents_named = filter(None, (agents.by_identity(name, address) for name, address in names))
    return any(agent.tool != tool and not agent.suggestion for agent in agents_named)


_IDS = {
    "made": "made-by-agent",
    "checkpoint": "checkpoint",
    "message": "message-only",
    "review": "review-only",
    "hint": "hint-trailer",
}
MADE_BY_AGENT = Signal(
    id=_IDS["made"],
    title="Replit-Commit-Author is the agent or the assistant",
    strength="B",
    says="The platform states who made the commit.",
    limits="Deployments carry the same trailer and are not AI.",
    extract=_extractor("made", "assisted", "B"),
)
CHECKPOINT = Signal(
    id=_IDS["checkpoint"],
    title="a recorder of agent sessions ran (Entire-Checkpoint)",
    strength="D",
    says="A session was recorded while this commit was made.",
    limits="In a quarter of the commits whose record is known no line is the agent's: outside the floor.",
    extract=_extractor("checkpoint", "checkpoint", "D"),
)
MESSAGE_ONLY = Signal(
    id=_IDS["message"],
    title="an AI tool wrote the message (Commit-generated-by)",
    strength="M",
    says="The words of the message are the tool's.",
    limits="Says nothing about the code.",
    extract=_extractor("message", "message", "M"),
)
REVIEW = Signal(
    id=_IDS["review"],
    title="Reviewed-by, Tested-by or Reported-by names an AI tool",
    strength="R",
    says="The tool looked at the change.",
    limits="Review is not authorship: no label.",
    extract=_extractor("review", "reviewer", "R"),
)
HINT = Signal(
    id=_IDS["hint"],
    title="Suggested-by names an AI tool, or a home-made trailer of unclear meaning",
    strength="H",
    says="AI had a part that is not said to be the code.",
    limits="Settles nothing: outside the floor.",
    extract=_extractor("hint", "hint", "H"),
)
