"""Signals for trailers that credit an AI tool: co-author, assistance, signature (strength B; suggestions C)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analyzer.evidence import agents
from analyzer.evidence.model_names import is_model_name, model_in
from analyzer.evidence.signal import Match, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.evidence.agents import Agent
    from analyzer.evidence.message import Trailer
    from analyzer.evidence.signal import CommitText, Role, Strength

_COAUTHOR_KEYS = frozenset(
    {"coauthoredby", "coauthor", "coauthorby", "coauthored", "coauthorered", "coauthoredwith", "cocreatedby"}
)
# These keys count only if their value is an AI tool; it is often a person or a build tool.
_ASSISTED_KEYS = frozenset(
    {
        *(
            "assistedby",
            "assited",
            "assitedby",
            "assistedbyai",
            "aiassistedby",
            "aiassistant",
            "assistant",
            "aiassisted",
        ),
        *("generatedby", "generatedwith", "aigeneratedby", "claudegeneratedby", "codevelopedby", "codeveloped"),
        *("madewith", "builtwith", "createdby", "createdwith", "writtenby", "authoredby", "implementedby"),
        *("aitools", "aitool", "aiagent", "aimodel", "aiusage", "aicoauthor", "developedby", "developedwith"),
        *("aigenerated", "aiauthor", "agent", "codingagent", "codegeneratedby", "poweredby", "llm"),
    }
)
_SIGNED_KEYS = frozenset({"signedoffby", "agentsignature"})
_AI_WORDS = frozenset(
    {"ai", "llm", "an llm", "an ai", "ai assistant", "ai agent", "ai tools", "genai", "generative ai"}
)
_YES = frozenset({"yes", "true", "partially", "partly", "full", "fully", "mostly"})
# Separators between a tool and its model: "TOOL:MODEL", "TOOL (MODEL)", "TOOL VERSION / MODEL", "TOOL+MODEL".
_SEPARATOR = re.compile(r"[:(/+<\[]| - | using | with | on behalf of ", re.IGNORECASE)
_LIST = re.compile(r"\s*(?:[,;&]|\band\b)\s*")
_VIA_WORD = re.compile(r" via ", re.IGNORECASE)
_LINK_TO_LLM = re.compile(r"https?://\S*(?:llm|/ai[-/]|claude|chatgpt)\S*", re.IGNORECASE)
_SIGNATURE = re.compile(r"([a-z]+)-")


def _coauthor_matches(commit: CommitText) -> Iterator[Match]:
    for trailer in commit.trailers:
        if trailer.key in _COAUTHOR_KEYS:
            yield from _match_identity(COAUTHOR.id, trailer, "coauthor", commit.day)


def _assistance_matches(commit: CommitText) -> Iterator[Match]:
    for trailer in commit.trailers:
        if trailer.key in _ASSISTED_KEYS:
            described = list(_match_description(trailer))
            yield from described or _match_identity(ASSISTED.id, trailer, "assisted", commit.day)


def _signature_matches(commit: CommitText) -> Iterator[Match]:
    for trailer in commit.trailers:
        if trailer.key == "agentsignature":
            first_word = _SIGNATURE.match(trailer.name.lower())
            agent = agents.by_mention(first_word[1], "described") if first_word and first_word[1] != "claude" else None
            yield _match(SIGNED.id, agent, model_in(trailer.name), "assisted", "B", trailer.line)
        elif trailer.key == "signedoffby":
            if trailer.name.lower() in {"gemini", "chatgpt", "gpt"}:
                yield _match(SIGNED.id, None, None, "assisted", "B", trailer.line)
            else:
                yield from _match_identity(SIGNED.id, trailer, "assisted", commit.day)


def _match_identity(rule: str, trailer: Trailer, role: Role, day: str) -> Iterator[Match]:
    """Match a trailer whose value is an agent's identity or, without an address, a tool's or model's exact name."""
    model = model_in(trailer.name)
    agent = agents.by_credit(trailer.name, trailer.address) if trailer.address else agents.by_name(trailer.name)
    if agent is not None and agent.in_doubt(trailer.address, day):
        yield _match(rule, agent, model, role, "C", trailer.line)
    elif agent is not None and (agent.suggestion or (agent.suggests and role == "coauthor")):
        yield _match(rule, agent, model, "suggestion", "C", trailer.line)
    elif agent is not None or is_model_name(trailer.name):
        yield _match(rule, agent, model, role, "B", trailer.line)
    elif role == "coauthor" and not trailer.address and trailer.name.lower() in _AI_WORDS:
        yield _match(rule, None, None, role, "B", trailer.line)


def _match_description(trailer: Trailer) -> Iterator[Match]:
    """Match free forms of `Assisted-by:` that name tools and models in one text; skipped if there is an address."""
    if trailer.address:
        return
    if trailer.key == "aiassisted" and trailer.name.lower().strip(". ") in _YES:
        yield _match(ASSISTED.id, None, None, "assisted", "B", trailer.line)
    described = _VIA_WORD.split(trailer.name, maxsplit=1)[-1]
    matches = list(_tool_at_head(described, trailer))
    items = [] if matches else [item for item in _LIST.split(described) if item]
    yield from matches or (match for item in items for match in _tool_at_head(item, trailer))


def _tool_at_head(text: str, trailer: Trailer) -> Iterator[Match]:
    head = _SEPARATOR.split(text.strip("`*_'\""), maxsplit=1)[0].strip(" .`*_'\"")
    agent = agents.by_mention(head, "described")
    if agent is not None:
        yield _match(ASSISTED.id, agent, model_in(trailer.name), "assisted", "B", trailer.line)
    elif head.lower() in _AI_WORDS or is_model_name(head) or _LINK_TO_LLM.match(text):
        yield _match(ASSISTED.id, None, model_in(trailer.name), "assisted", "B", trailer.line)


def _match(rule: str, agent: Agent | None, model: str | None, role: Role, strength: Strength, line: str) -> Match:
    subject = "model" if agent is None and model else "ai" if agent is None else agent.tool
    return Match(f"{rule}:{subject}", agent.tool if agent else None, model, role, strength, line)


COAUTHOR = Signal(
    id="coauthor-trailer",
    title="Co-authored-by names an AI tool",
    strength="B",
    says="A person's commit credits an agent as co-author, by exact address or account, or by a name no person has.",
    limits="Some or all of the lines are AI's, it does not say which. Some tools add it by default and some people "
    "remove it, so it measures disclosure. An account that only applies review suggestions counts as C, and so does "
    "VS Code's mark of 2026-04-15 to 2026-06-30, which a default added to commits without any AI.",
    extract=_coauthor_matches,
)
ASSISTED = Signal(
    id="assistance-trailer",
    title="Assisted-by, Generated-by, Co-developed-by, AI-assisted, Made-with and the like name an AI tool",
    strength="B",
    says="The author declares assistance, often with the model.",
    limits="Opt-in and policy-driven: a project's rule moves it. A person, a release script or a code generator named "
    "there is not AI and does not count.",
    extract=_assistance_matches,
)
SIGNED = Signal(
    id="signature-trailer",
    title="Signed-off-by or Agent-Signature is an AI tool's",
    strength="B",
    says="The agent signed the commit.",
    limits="Usually a breach of the project's policy. A person with a tool's name signs as a person.",
    extract=_signature_matches,
)
