"""Read the value of a trailer that credits AI in free words: "TOOL:MODEL", "MODEL via TOOL", "TOOL (model: M)"."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from analyzer.evidence import agents
from analyzer.evidence.agents import Agent  # noqa: TC001  # the types of a NamedTuple's fields
from analyzer.evidence.markup import plain_words
from analyzer.evidence.message import words
from analyzer.evidence.model_names import (
    is_ambiguous,
    is_family_name,
    is_model_name,
    model_by_shape,
    model_in,
    models_in,
)
from analyzer.evidence.prose import compile_prose

# Separators between a tool, its model and what else a value names.
_SEPARATOR = re.compile(
    r"\s*(?:[:(/+<>\[\]),;&|•·=]|\s[-–—]\s|\b(?:using|with|via|and|on behalf of|in|from|for|to|running)\b(?=\s))\s*",
    re.IGNORECASE,
)
_AI_WORDS = re.compile(
    r"(?:an? |the |some |generic |local(?:ly)? |trained |hosted |run |running |self[- ])*"
    r"(?:ai|llms?|gen ?ai|generative ai|(?:large )?language model|chatbot|trained model|local model"
    r"|coding (?:agent|assistant)|(?:ai|llm)[- ](?:assistants?|agents?|tools?|models?|chatbots?|bot))",
    re.IGNORECASE,
)
# The Linux kernel's form: "LLM coccinelle sparse", where the other words are analysers.
_KERNEL_FORM = re.compile(r"(?:LLM|AI)(?:[ ,]+[a-z][\w.+-]*)*")
_LINK_TO_LLM = re.compile(r"https?://\S*(?:llm|/ai[-/]|claude|chatgpt)\S*", re.IGNORECASE)
_DENIED = re.compile(
    r"(?:no|none|n/?a|false|not?|nope|nil|null|never|nothing|unknown|0 ?%?|-+|unassisted|without"
    r"|human(?:s|[- ](?:only|written))?)\b|0\Z|\W*\Z|.*\b(?:no|not|without|non) (?:ai|llm|used|applicable)\b",
    re.IGNORECASE,
)
# A template that nobody filled in, or a choice of no.
_UNFILLED = re.compile(r"<[^<>@]+>|.*\byes ?[/|] ?no\b|\[ ?\] ?yes\b.*\[x\] ?no\b", re.IGNORECASE)
# "unknown:claude-sonnet-4.6" leaves out the tool and names the model.
_TOOL_NOT_NAMED = re.compile(r"(?:unknown|n/?a)\b", re.IGNORECASE)
_UNKNOWN_PAIR = re.compile(r"(?P<tool>[A-Za-z][\w .+-]{1,40}):(?P<model>[\w./ -]{2,60}?)(?: ?[\[(].*)?")
_LABELLED_MODEL = re.compile(r"[(\[]model[:=] ?(?P<model>[\w./:-]{2,60})(?=[\s,;)\]])", re.IGNORECASE)
_NAME_SEPARATOR = re.compile(r"\s*[·•|/:]\s*")
_BARE_MODEL_IN_BRACKETS = re.compile(r"\S\s*[(\[]claude[)\]]", re.IGNORECASE)
_BRACKETS_AT_END = re.compile(r"\s*\(([^()]{2,60})\)\Z")
# "GPT 5.3 Codex" is a model, not the tool.
_MODEL_WITH_TOOL_WORD = re.compile(r"gpt[- ]?\d[\w.]*[- ]codex(?:[- ](?:max|mini))?", re.IGNORECASE)
_CLAUDE_CODE = re.compile(r"claude[ -]code\b", re.IGNORECASE)
_HOW_IT_WAS_RUN = frozenset(
    {
        "high",
        "xhigh",
        "medium",
        "low",
        "max",
        "thinking",
        "preview",
        "latest",
        "default",
        "1m",
        "context",
        "openai",
        "anthropic",
    }
)
_ANY_ADDRESS = re.compile(r"<[^<>]*>")


class Credit(NamedTuple):
    """The tools and models that a value credits; nothing in them where it says only that it was AI."""

    agents: tuple[Agent, ...]
    models: tuple[str, ...]


@cache
def _tools_pattern() -> re.Pattern[str]:
    return compile_prose(r"\b(?:claude[ -]code|{tools})\b")


def is_denial(value: str) -> bool:
    """Return whether a value says that no AI was used ("none", "n/a", "No AI was used")."""
    text = plain_words(value)
    if _TOOL_NOT_NAMED.match(text) and model_in(text):
        return False
    return _UNFILLED.match(text) is not None or _DENIED.match(text) is not None


def is_ai_word(text: str) -> bool:
    """Return whether a text only says that something is AI ("an LLM", "AI assistant")."""
    return _AI_WORDS.fullmatch(text) is not None


def credited_ai(value: str, *, any_shape: bool) -> Credit | None:
    """Return what AI a value without an address credits, or None for a person, a script or a denial.

    `any_shape`: the key is one of assistance by AI, so that "TOOL:MODEL" counts though no table knows either, and so
    does a model whose family is also an ordinary word.
    """
    text = plain_words(_ANY_ADDRESS.sub("", value)).strip(" .`\"'")
    if is_denial(text):
        return None
    pieces = [piece.strip(" .`*_\"'") for piece in _SEPARATOR.split(text)]
    field_name = "described" if any_shape else "footers"
    named = tuple(dict.fromkeys(agent for piece in pieces if piece and (agent := _agent_of(piece, field_name))))
    if len(named) > 1 and _BARE_MODEL_IN_BRACKETS.search(text):  # "Pi (Claude)" runs a model of that family
        named = tuple(agent for agent in named if agent.tool != "claude-code")
    models = models_in(text)
    if not models and (unknown := _unknown_model(text, any_shape=any_shape or bool(named))):
        models = (unknown,)
    if not named and not any_shape:
        models = tuple(model for model in models if not is_ambiguous(model))
    if not named and models and _may_name_tool(text) and (tool := named_tool(text)):
        named = (tool,)
    is_ai = any(_AI_WORDS.fullmatch(piece) or is_family_name(piece) for piece in pieces)
    is_ai = is_ai or _KERNEL_FORM.fullmatch(text) is not None or _LINK_TO_LLM.match(value) is not None
    return Credit(named, models) if named or models or is_ai else None


def is_only_ai(value: str) -> bool:
    """Return whether a value lists AI tools and models and nothing else."""
    pieces = [piece.strip(" .`*_\"'") for piece in _SEPARATOR.split(plain_words(value)) if piece.strip(" .`*_\"'")]
    return bool(pieces) and all(
        _is_bare_model(p) or is_ai_word(p) or is_family_name(p) or _agent_of(p, "described") is not None for p in pieces
    )


def _is_bare_model(piece: str) -> bool:
    """Return whether a piece is a model's name with at most how it was run ("gpt-5.5 xhigh")."""
    slug = model_in(piece) if is_model_name(piece) else None
    return slug is not None and words(piece) - set(re.split(r"[-.]", slug)) <= _HOW_IT_WAS_RUN


def _may_name_tool(text: str) -> bool:
    """Return whether a text with a model says more than the model, such as the tool and its version."""
    return not is_model_name(text) or _CLAUDE_CODE.search(text) is not None


def _agent_of(piece: str, field_name: str) -> Agent | None:
    return None if is_model_name(piece) else agents.by_mention(piece, field_name)


def _unknown_model(text: str, *, any_shape: bool) -> str | None:
    if labelled := _LABELLED_MODEL.search(text):
        name = labelled["model"].rsplit(":", 1)[-1]
        return None if is_denial(name) else model_by_shape(name) or name.rsplit("/", 1)[-1].lower()
    pair = _UNKNOWN_PAIR.fullmatch(text) if any_shape else None
    return model_by_shape(pair["model"]) if pair else None


def named_tool(text: str) -> Agent | None:
    """Return the first tool that a sentence names ("Changes applied with Claude Code"), or None."""
    names = (mention[0] for mention in _tools_pattern().finditer(_MODEL_WITH_TOOL_WORD.sub("", text)))
    return next(filter(None, (agents.by_mention(name, "described") for name in names)), None)


def credited_name(name: str) -> Credit | None:
    """Return the AI in a name that stands before a foreign address, if no person can have that name.

    A tool with a model ("Cursor o3"), or a model run by a tool ("Kimi K2 via Crush").
    """
    text = plain_words(name).strip(" \"'")
    first, via, last = text.rpartition(" via ")
    if via and (agent := agents.by_mention(last, "described")) is not None and model_in(first):
        return Credit((agent,), models_in(first))
    if is_model_name(text):
        return None
    if (brackets := _BRACKETS_AT_END.search(text)) and _is_model_path(brackets[1]):
        agent = agents.by_mention(text[: brackets.start()], "described")
        return Credit((agent,) if agent else (), models_in(brackets[1]))
    words = _NAME_SEPARATOR.sub(" ", text).split(" ")
    for n in range(1, min(len(words), 4)):
        agent, rest = agents.by_mention(" ".join(words[:n]), "described"), " ".join(words[n:]).strip("()[] ")
        if agent is not None and model_in(rest) and is_model_name(rest):
            return Credit((agent,), models_in(rest))
    return None


def _is_model_path(text: str) -> bool:
    """Return whether a text is a model, maybe behind its provider ("anthropic/claude-opus-4-6", "Cloud - o3")."""
    return _is_bare_model(re.split(r"/| - |:", text)[-1].strip())
