"""Words of which a message must hold one to be read for traces: most hold none, and cost next to nothing."""

from __future__ import annotations

import re
from functools import cache

from analyzer.evidence import agents

_WORD = re.compile(r"[a-z0-9]+")
# Parts of addresses and names that say nothing.
_COMMON = frozenset({"noreply", "users", "github", "reply", "agent", "code", "google", "powered"})
_MODELS = (
    "claude opus sonnet haiku fable gpt gpt4 gpt4o gpt5 chatgpt gemini glm minimax kimi deepseek grok qwen o1 o3 o4"
)
_MORE = "llama mistral devstral codestral composer swe nova mimo nemotron"
_PROSE = "ai llm llms genai vibe vibecoded agent executed replit entire checkpoint coding generated gru roomote"


@cache
def vocabulary() -> frozenset[str]:
    """One telling word of every name, address and account of the table, models' families, and words of prose."""
    found = {*_MODELS.split(), *_MORE.split(), *_PROSE.split()}
    for agent in agents.table()[1]:
        called = (agent.names, agent.sure, agent.credited, agent.prefixes, agent.footers, agent.described)
        kinds = (*called, agent.addresses, agent.accounts, agent.logins, agent.name_only)
        found |= {_telling(text) for kind in kinds for text in kind}
    return frozenset(found)


def _telling(text: str) -> str:
    """The longest word that is not a common one."""
    words = _WORD.findall(text)
    return max((word for word in words if word not in _COMMON), key=len, default=words[0] if words else "")
