"""Prefilter for commit messages: we parse only those that contain one of these words, which most do not."""

from __future__ import annotations

import re
from functools import cache

from analyzer.evidence import agents
from analyzer.evidence.prose import prose_table

_WORD = re.compile(r"[a-z0-9]+")
_MODEL_WORDS = (
    "claude opus sonnet haiku fable mythos gpt gpt4 gpt4o gpt5 chatgpt gemini glm minimax kimi deepseek grok qwen o1 o3"
)
_MORE_MODEL_WORDS = "o4 llama mistral devstral codestral magistral composer swe nova mimo nemotron gemma oss mai"
_PROSE_WORDS = "ai llm llms genai vibe vibecoded agent executed replit entire checkpoint coding generated gru roomote"
_KEY_WORDS = "assisted assistant"
# An address in `name_only` counts beside one of `names`.
_FIELDS = tuple(field_name for field_name in agents.NAME_FIELDS if field_name != "name_only")


@cache
def prefilter_words() -> frozenset[str]:
    """Return the words each of which suffices: model families, words of statements and keys, one word of most names.

    The names are those in `agents.toml`, with addresses and accounts, and agents' branches.
    """
    words = {*_MODEL_WORDS.split(), *_MORE_MODEL_WORDS.split(), *_PROSE_WORDS.split(), *_KEY_WORDS.split()}
    return frozenset(words | {word for name in _names() if (word := _rare_word(name))})


@cache
def _word_groups() -> tuple[frozenset[str], ...]:
    """Return the words that must occur together, of names that consist of common words ("continue[bot]")."""
    return tuple({frozenset(_WORD.findall(name)) for name in _names() if not _rare_word(name)})


@cache
def _words_of_groups() -> frozenset[str]:
    return frozenset().union(*_word_groups())


def may_have_mark(words: set[str]) -> bool:
    """Return whether a message with these words has to be parsed."""
    if not words.isdisjoint(prefilter_words()):
        return True
    return not words.isdisjoint(_words_of_groups()) and any(group <= words for group in _word_groups())


@cache
def _names() -> frozenset[str]:
    sets = (getattr(agent, field_name) for agent in agents.agent_table()[1] for field_name in _FIELDS)
    return frozenset(name for names in (*sets, prose_table()["branches"]) for name in names)


def _rare_word(name: str) -> str:
    """Return the longest word of a name that is not a common one; empty if it has none."""
    words = (word for word in _WORD.findall(name) if word not in agents.common_words() and len(word) > 1)
    return max(words, key=len, default="")
