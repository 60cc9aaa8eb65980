"""Co-author and assistance trailers that credit an AI tool (strength B; applied suggestions C)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analyzer.evidence import agents
from analyzer.evidence.models import is_model_name, model_in
from analyzer.evidence.signal import Signal, Trace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.evidence.message import Trailer
    from analyzer.evidence.signal import CommitText, Role

_COAUTHOR_KEYS = frozenset({"coauthoredby", "coauthor", "coauthorby", "coauthored"})
_ASSISTED_KEYS = frozenset({"assistedby", "aiassistedby", "generatedby", "codevelopedby", "madewith", "aiassisted"})
_AI_WORDS = frozenset({"ai", "llm", "an llm", "an ai", "ai assistant"})
# What stands between a tool and its model: "TOOL:MODEL", "TOOL (MODEL)", "TOOL VERSION / MODEL", "TOOL+MODEL".
_SEPARATOR = re.compile(r"[:(/,+<]")
_VIA_WORD = re.compile(r" via ", re.IGNORECASE)


def _coauthors(commit: CommitText) -> Iterator[Trace]:
    for trailer in commit.trailers:
        if trailer.key in _COAUTHOR_KEYS:
            yield from _credited(COAUTHOR.id, trailer, "coauthor")


def _assistance(commit: CommitText) -> Iterator[Trace]:
    for trailer in commit.trailers:
        if trailer.key in _ASSISTED_KEYS:
            found = list(_described(trailer))
            yield from found or _credited(ASSISTED.id, trailer, "assisted")


def _credited(rule: str, trailer: Trailer, role: Role) -> Iterator[Trace]:
    """A trailer whose value is an identity; without an address, a tool's or model's exact name."""
    agent = agents.by_identity(trailer.name, trailer.address) if trailer.address else agents.by_name(trailer.name)
    if agent is not None and agent.suggestion:
        yield Trace(rule, agent.tool, model_in(trailer.name), "suggestion", "C", trailer.line)
    elif agent is not None:
        yield Trace(rule, agent.tool, model_in(trailer.name), role, "B", trailer.line)
    elif not trailer.address and is_model_name(trailer.name):
        yield Trace(rule, None, model_in(trailer.name), role, "B", trailer.line)


def _described(trailer: Trailer) -> Iterator[Trace]:
    """Free forms of `Assisted-by:`, which name a tool and a model in one text; a person's address stops it."""
    if trailer.address:
        return
    described = _VIA_WORD.split(trailer.name, maxsplit=1)[-1]
    head = _SEPARATOR.split(described, maxsplit=1)[0].strip()
    agent = agents.by_name(head)
    if agent is not None:
        yield Trace(ASSISTED.id, agent.tool, model_in(trailer.name), "assisted", "B", trailer.line)
    elif head.lower().strip(". ") in _AI_WORDS or (trailer.key == "aiassisted" and head.lower() == "yes"):
        yield Trace(ASSISTED.id, None, None, "assisted", "B", trailer.line)


COAUTHOR = Signal(
    id="coauthor-trailer",
    title="Co-authored-by names an AI tool",
    strength="B",
    says="A person's commit credits an agent as co-author, by exact address or account.",
    limits="Some or all of the lines are AI's, it does not say which. Some tools add it by default and some people "
    "remove it, so it measures disclosure. An account that only applies review suggestions counts as C.",
    extract=_coauthors,
)
ASSISTED = Signal(
    id="assistance-trailer",
    title="Assisted-by, Generated-by, Co-developed-by, AI-assisted or Made-with names an AI tool",
    strength="B",
    says="The author declares assistance, often with the model.",
    limits="Opt-in and policy-driven: a project's rule moves it. A person, a release script or a code generator named "
    "there is not AI and does not count.",
    extract=_assistance,
)
