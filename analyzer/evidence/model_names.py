"""Turn free text into model slugs: "Claude Opus 4.5 (1M context)" → "claude-opus-4.5".

A model family without a version gives no slug.
"""

from __future__ import annotations

import re

_NOISE = re.compile(r"[-@](?:20\d{6}|\d{4}-\d\d-\d\d|default|latest|preview(?:-[\d-]+)?)\b")
_VERSION_DASH = re.compile(r"(?<=\d)-(?=\d{1,2}(?!\d))")
_CLAUDE_NEW = re.compile(r"(?:claude-)?(?:code-)?(opus|sonnet|haiku|fable)-?(\d+(?:\.\d+)?)")
_CLAUDE_OLD = re.compile(r"claude-(\d(?:\.\d+)?)-(opus|sonnet|haiku)")
_OTHERS = re.compile(
    r"gpt-?\d+(?:\.\d+)*o?(?:-(?:mini|nano|turbo|codex|sol|pro|max))*"
    r"|gemini-\d+(?:\.\d+)*(?:-(?:pro|flash|ultra|lite))*"
    r"|(?:glm|minimax|kimi|deepseek|grok|qwen|llama|mistral|devstral|codestral|composer|swe|nova|mimo|nemotron)"
    r"-?[a-z]{0,8}-?\d+(?:\.\d+)*(?:-(?:coder|pro|flash|air|mini|fast|code|max|turbo|lite))*"
    r"|(?<![a-z])o[134](?:-mini|-pro)?(?![a-z\d])"
)
_FAMILY_FIRST = re.compile(
    r"(?:claude|gpt|chatgpt|gemini|opus|sonnet|haiku|fable|o[134]|glm|kimi|deepseek|grok|qwen|minimax)[\w .:/-]*"
)


def model_in(text: str) -> str | None:
    """Return the slug of the first model that `text` names with its version, or None."""
    last = text if "://" in text else text.rsplit("/", 1)[-1]
    folded = _VERSION_DASH.sub(".", _NOISE.sub("", re.sub(r"[\s_]+", "-", last.lower())))
    if old := _CLAUDE_OLD.search(folded):
        return f"claude-{old[1]}-{old[2]}"
    if new := _CLAUDE_NEW.search(folded):
        return f"claude-{new[1]}-{new[2]}"
    other = _OTHERS.search(folded)
    return other[0] if other else None


def is_model_name(text: str) -> bool:
    """Return whether the text is only a model's name ("Claude Opus 4.8"), which proves AI without naming the tool."""
    bare = " ".join(re.sub(r"\([^()]*\)", "", text).lower().split())
    return model_in(text) is not None and _FAMILY_FIRST.fullmatch(bare) is not None
