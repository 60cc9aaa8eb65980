"""The ways in which people write a tool's name: with its kind, its version or its maker, joined or with breaks."""

from __future__ import annotations

import re

from analyzer.evidence.model_names import model_in

_BREAKS = re.compile(r"[\s_-]+")
_DASHES = re.compile(r"[_-]+")
_PARENTHESES = re.compile(r"\s*\([^()]*\)\s*\Z")
# What a name may end or begin with and still be that tool's: "copilot-cli", "cursor-agent/0.42", "OpenAI Codex".
_KIND = re.compile(
    r" (?:cli|coding agent|agent mode|agent|app|desktop|ide|web|cloud|bot|assistant|ai|coder|code assist|go|extension"
    r"|editor|plugin|auto|chat|assistance|help)\Z"
)
_VERSION = re.compile(r"(?:[/@ ]v?\d+(?:\.\d+)+[\w.+-]*| v\d+)\Z")
_MAKER = re.compile(
    r"\A(?:the )?(?:openai|anthropic|google|github|microsoft|amazon|aws|cursor|sourcegraph|ibm)(?:'s)? "
)
_MOST_WORDS = 8  # no tool's name has more


def fold(name: str) -> str:
    """Return a name in lower case with single blanks."""
    return " ".join(name.lower().split())


def joined(name: str) -> str:
    """Return a name in lower case without breaks ("Claude-Code" → "claudecode")."""
    return _BREAKS.sub("", name.lower())


def without_parentheses(folded: str) -> str:
    """Return a folded name without what stands in parentheses at its end."""
    return _PARENTHESES.sub("", folded)


def spellings(name: str) -> tuple[str, ...]:
    """Return other ways to write a tool's name: without what only says that it is a tool, a version, a maker."""
    spaced = " ".join(_DASHES.sub(" ", _VERSION.sub("", fold(name))).split())
    without_kind = _KIND.sub("", spaced)
    return tuple(dict.fromkeys(text for text in (spaced, without_kind, _MAKER.sub("", without_kind)) if text))


def names_before_version(bare: str) -> list[str]:
    """Return what may be a tool's name before a model or a version, longest first.

    "cursor grok 4.5" is Cursor with a model, and "claude code 2.1" a version of it; "claude opus 4.5" is a model.
    """
    if not any(character.isdigit() for character in bare) or _is_model(bare):
        return []
    words = bare.split(" ", _MOST_WORDS)[:_MOST_WORDS]
    return [" ".join(words[:n]) for n in range(len(words) - 1, 0, -1)]


def _is_model(name: str) -> bool:
    """Return whether a name begins with a model family and names a model ("claude opus 4.5")."""
    return name.startswith(("claude ", "gemini ", "grok ", "gpt")) and model_in(name) is not None
