"""Signals for trailers that credit an AI tool: co-author, assistance, signature (strength B; suggestions C)."""

from __future__ import annotations

import re
from itertools import pairwise, product
from typing import TYPE_CHECKING

from analyzer.evidence import agents
from analyzer.evidence.credited_values import (
    Credit,
    credited_ai,
    credited_name,
    is_ai_word,
    is_denial,
    is_only_ai,
    named_tool,
)
from analyzer.evidence.markup import plain_words
from analyzer.evidence.model_names import is_family_name, is_model_name, model_by_shape, model_in
from analyzer.evidence.signal import Match, Signal
from analyzer.evidence.trailer_keys import meaning_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.evidence.agents import Agent
    from analyzer.evidence.message import Trailer
    from analyzer.evidence.signal import CommitText, Role, Strength

# "AI-used-for: commit message" is no code, and "AI-used-for: debugging" need not be.
_MESSAGE_WORK = re.compile(
    r"(?:the )?(?:commit|pr|pull request) (?:messages?|descriptions?|titles?)|messages?|grammar|spell", re.IGNORECASE
)
_OTHER_WORK = re.compile(
    r"(?:code )?(?:reviews?|debugging|research|analysis|brainstorming|ideas?|planning|questions?)\b", re.IGNORECASE
)
# What "AI-generated:" may be followed by, apart from a tool or a model: yes, a part, or what was generated.
_EXTENT = re.compile(
    r"\W*(?:yes|true|y|x|partial\w*|partly|full\w*|mostly|some|heavily|minor|all|entirely|about|~?\d+ ?%|code|tests?"
    r"|docs?|documentation|implementation|(?:this|the|entire) |boilerplate|draft\w*|refactor\w*|unit|initial|first)\b",
    re.IGNORECASE,
)
_KEYS_WITH_EXTENT = frozenset({"aigenerated", "aiassisted", "aiauthored", "aiwritten", "llmgenerated", "llmassisted"})
_ASSISTED_BY_AI = re.compile(r"(?:assist|ai|llm|genai|gpt|codingagent)")
_SIGNATURE = re.compile(r"([a-z]+)-")
_TOOL_KEYS = frozenset({"tool", "agent", "harness", "assistant", "client", "aitool", "agentused"})
_MODEL_KEYS = frozenset({"model", "llm", "aimodel", "modelused", "llmmodel"})


def _coauthor_matches(commit: CommitText) -> Iterator[Match]:
    for trailer in commit.trailers:
        if meaning_of(trailer.key) == "coauthor":
            yield from _match_identity(COAUTHOR.id, trailer, "coauthor", commit.day)


def _assistance_matches(commit: CommitText) -> Iterator[Match]:
    for trailer in commit.trailers:
        meaning = meaning_of(trailer.key)
        is_denied = not trailer.address and is_denial(trailer.name)
        if meaning in {"assisted", "declared"} and not is_denied and not _is_label(trailer):
            described = [] if trailer.address else list(_match_description(trailer, declared=meaning == "declared"))
            yield from described or _match_identity(ASSISTED.id, trailer, "assisted", commit.day)
    yield from _match_tool_and_model(commit.trailers)


def _is_label(trailer: Trailer) -> bool:
    """Return whether a line labels prose or a chat and lists more than AI ("- AI models: …", "Assistant: …")."""
    is_credit = trailer.is_hyphenated or trailer.key.endswith(("by", "with", "using", "via"))
    return not is_credit and not trailer.address and not is_only_ai(trailer.name)


def _match_tool_and_model(trailers: list[Trailer]) -> Iterator[Match]:
    """Match two lines in a row that name a tool and a model ("Tool: Codex", "Model: gpt-5-codex")."""
    for tool, model in pairwise(trailers):
        if tool.key in _TOOL_KEYS and model.key in _MODEL_KEYS and not tool.address:
            agent = agents.by_mention(plain_words(tool.name), "described")
            slug = model_in(model.name) or (model_by_shape(plain_words(model.name)) if agent else None)
            if slug and agent is not None:
                yield _match(ASSISTED.id, agent, slug, "assisted", "B", f"{tool.line}; {model.line}")


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
    agent = (
        agents.by_credit(trailer.name, trailer.address)
        if trailer.address
        else agents.by_name(plain_words(trailer.name))
    )
    if agent is not None and agent.in_doubt(trailer.address, day):
        yield _match(rule, agent, model, role, "C", trailer.line)
    elif agent is not None and (agent.suggestion or (agent.suggests and role == "coauthor")):
        yield _match(rule, agent, model, "suggestion", "C", trailer.line)
    elif agent is None and (credit := credited_name(trailer.name)):
        yield from _credit_matches(rule, credit, role, trailer.line)
    elif agent is None and (local := trailer.address.partition("@")[0]) and is_model_name(local):
        yield _match(rule, None, model_in(local), role, "B", trailer.line)
    elif agent is not None or is_model_name(trailer.name):
        yield _match(rule, agent, model, role, "B", trailer.line)
    elif role == "coauthor" and _is_bare_ai(trailer):
        yield _match(rule, None, None, role, "B", trailer.line)


def _is_bare_ai(trailer: Trailer) -> bool:
    """Return whether a co-author is only called AI, or by a model family, at no person's address."""
    text = plain_words(trailer.name)
    no_person = not trailer.address or agents.is_role_address(trailer.address)
    return no_person and (is_ai_word(text) or is_family_name(text))


def _match_description(trailer: Trailer, *, declared: bool) -> Iterator[Match]:
    """Match the free forms of a value; a key that says AI itself ("AI-used-for: tests") needs only no denial."""
    credit = credited_ai(trailer.name, any_shape=declared or _ASSISTED_BY_AI.match(trailer.key) is not None)
    if declared and trailer.is_hyphenated:
        tool = named_tool(trailer.name)
        if credit is None and tool is None and trailer.key in _KEYS_WITH_EXTENT and not _EXTENT.match(trailer.name):
            return
        credit = credit or Credit((tool,) if tool else (), ())
        if _MESSAGE_WORK.fullmatch(trailer.name):
            yield _match(ASSISTED.id, None, None, "message", "M", trailer.line)
            return
        if _OTHER_WORK.match(trailer.name):
            yield _match(ASSISTED.id, None, None, "hint", "H", trailer.line)
            return
    if credit is not None:
        yield from _credit_matches(ASSISTED.id, credit, "assisted", trailer.line)


def _credit_matches(rule: str, credit: Credit, role: Role, line: str) -> Iterator[Match]:
    for agent, model in product(credit.agents or (None,), credit.models or (None,)):
        yield _match(rule, agent, model, role, "B", line)


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
    "there is not AI and does not count. AI for the message alone is M, for a review or ideas H.",
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
