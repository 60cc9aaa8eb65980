"""Prefilter for commit messages: we parse only those that contain one of these words, which most do not."""

from __future__ import annotations

import re
from functools import cache

from analyzer.evidence import agents

_WORD = re.compile(r"[a-z0-9]+")
# Parts of addresses and names that occur in many messages.
_COMMON_WORDS = frozenset({"noreply", "users", "github", "reply", "agent", "code", "google", "powered"})
_MODEL_WORDS = (
    "claude opus sonnet haiku fable gpt gpt4 gpt4o gpt5 chatgpt gemini glm minimax kimi deepseek grok qwen o1 o3 o4"
)
_MORE_MODEL_WORDS = "llama mistral devstral codestral composer swe nova mimo nemotron"
_PROSE_WORDS = "ai llm llms genai vibe vibecoded agent executed replit entire checkpoint coding generated gru roomote"


@cache
def prefilter_words() -> frozenset[str]:
    """Return the prefilter words.

    One word of every name, address and account in `agents.toml`, the model families, and words used in statements.
    """
    words = {*_MODEL_WORDS.split(), *_MORE_MODEL_WORDS.split(), *_PROSE_WORDS.split()}
    for agent in agents.agent_table()[1]:
        name_sets = (agent.names, agent.sure, agent.credited, agent.prefixes, agent.footers, agent.described)
        sets = (*name_sets, agent.addresses, agent.accounts, agent.logins, agent.name_only)
        words |= {_longest_uncommon_word(text) for texts in sets for text in texts}
    return frozenset(words)


def _longest_uncommon_word(text: str) -> str:
    """Return the longest word of the text that is not a common one."""
    words = _WORD.findall(text)
    return max((word for word in words if word not in _COMMON_WORDS), key=len, default=words[0] if words else "")
