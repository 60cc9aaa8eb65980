"""Combine the matches of one commit into one claim; the strongest match decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from analyzer.evidence import agents
from analyzer.evidence.signal import STRENGTHS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.evidence.signal import Match

Ai = Literal["authored", "assisted", "unknown", "none"]
# Roles that claim AI wrote some of the code; checkpoints, hints and AI-written messages do not.
_CODE_ROLES = frozenset({"author", "coauthor", "assisted", "session", "suggestion"})


@dataclass(frozen=True, slots=True)
class Claim:
    """What the marks of one commit claim together.

    ai : as `aishare classify` reports it; includes applied suggestions.
    marked : whether the AI share counts the commit.
    tools, models : credited slugs, sorted.
    strength : the strongest, a letter of `STRENGTHS`; None without matches.
    """

    ai: Ai
    marked: bool
    tools: tuple[str, ...]
    models: tuple[str, ...]
    strength: str | None


_NO_CLAIM = Claim("none", marked=False, tools=(), models=(), strength=None)


def proves_ai(match: Match) -> bool:
    """Return whether the AI share counts this match: author, credit or session; not suggestions, hints or reviews."""
    return match.strength in {"A", "B"} or match.role == "session"


def strongest_claim(matches: Sequence[Match]) -> Claim:
    """Return what all matches of one commit claim together."""
    if not matches:
        return _NO_CLAIM
    code_matches = [match for match in matches if match.role in _CODE_ROLES]
    strength = min((match.strength for match in matches), key=STRENGTHS.index, default=None)
    if not code_matches:
        only_reviews = all(match.role == "reviewer" for match in matches)
        return Claim("none" if only_reviews else "unknown", marked=False, tools=(), models=(), strength=strength)
    credited = [match for match in code_matches if proves_ai(match)] or code_matches
    return Claim(
        ai="authored" if any(match.role == "author" for match in code_matches) else "assisted",
        marked=any(proves_ai(match) for match in code_matches),
        tools=_credited_tools(credited),
        models=tuple(sorted({match.model for match in credited if match.model})),
        strength=strength,
    )


def _credited_tools(credited: Sequence[Match]) -> tuple[str, ...]:
    """Return the named tools; a harness only if no other tool is named."""
    named = {match.tool for match in credited if match.tool}
    wrappers = {agent.tool for agent in agents.agent_table()[1] if agent.wrapper}
    return tuple(sorted(named - wrappers or named))
