"""Turn free text into model slugs: "Claude Opus 4.5 (1M context)" → "claude-opus-4.5".

A model family without a version gives no slug.
"""

from __future__ import annotations

import re

_NOISE = re.compile(r"[-@](?:20\d{6}|\d{4}-\d\d-\d\d|default|latest|preview(?:-[\d-]+)?)\b")
_VERSION_DASH = re.compile(r"(?<=\d)-(?=\d{1,2}(?![\dbk]))")
_CLAUDE_NEW = re.compile(r"(?:claude-)?(?:code-)?(opus|sonnet|haiku|fable|mythos)-?v?(\d+(?:\.\d+)?)")
_CLAUDE_OLD = re.compile(r"claude-(\d(?:\.\d+)?)-(opus|sonnet|haiku)")
_CLAUDE_BARE = re.compile(r"(?<![a-z])claude-(\d\.\d+)(?![\d.])")
# A family that is also an ordinary word or another product (PHP's composer, OpenStack's nova) is listed apart.
_SUFFIXES = (
    "mini|nano|turbo|codex|sol|luna|terra|pro|max|air|flash|fast|code|coder|lite|ultra|spark|chat|instruct|sky|chatgpt"
)
_FAMILIES = (
    "glm|minimax|kimi|deepseek|grok|qwen|devstral|codestral|magistral|ministral|nemotron|gemma|ernie|hunyuan|doubao"
    "|doubao-seed|starcoder|codellama|codegemma|longcat|mercury-coder|gpt-oss|mai-code|jamba"
)
_WORDS_AS_FAMILIES = "llama|mistral|composer|swe|nova|mimo|granite|phi"
_OTHERS = re.compile(
    rf"gpt-oss-\d+b|gpt-?\d+(?:\.\d+)*o?(?:-(?:{_SUFFIXES})\b)*"
    rf"|gemini-\d+(?:\.\d+)*(?:-(?:{_SUFFIXES})\b)*"
    rf"|(?<![a-z])(?:{_FAMILIES}|{_WORDS_AS_FAMILIES})-?[a-z]{{0,8}}(?:-(?:{_SUFFIXES}))?-?\d+(?:\.\d+)*b?(?:-(?:{_SUFFIXES})\b)*"
    r"|(?<![a-z])deepseek-(?:reasoner|chat|coder)(?![a-z\d])|(?<![a-z])kimi-for-coding(?![a-z\d])"
    r"|(?<![a-z])big-pickle(?![a-z\d])|(?<![a-z])o[134](?:-mini|-pro)?(?![a-z\d])"
)
# What follows the version behind a hyphen belongs to the name ("gpt-5.6-luna") unless it says how the model was run.
_OWN_SUFFIX = re.compile(
    r"(?:-(?!(?:x?high|medium|low|minimal|none|auto|think|super|experimental|exp|effort)[a-z]*\b)[a-z]{2,9}\b)"
)
_FAMILY_FIRST = re.compile(
    rf"(?:claude(?![ -]code)|gpt|chatgpt|gemini|opus|sonnet|haiku|fable|mythos|o[134]|{_FAMILIES}|big-pickle)[\w .:/-]*"
)
_FAMILY = re.compile(
    r"(?:claude )?(?:opus|sonnet|haiku)|claude fable|(?:google )?gemini(?: pro| flash)?"
    r"|(?:openai )?chat ?gpt(?: ?v?\d)?|gpt|deepseek|qwen|kimi|minimax"
)
_MAKER = re.compile(r"(?:openai|anthropic|google|x\.?ai|alibaba|moonshot|zhipu|z\.?ai|mistral|meta)(?:'s)? ")
_MOST_WORDS = 6  # no model's name has more
_LIST = re.compile(r"[,;&+()]|\band\b")
_AMBIGUOUS_SLUG = re.compile(rf"(?:{_WORDS_AS_FAMILIES}|o[134])\b")
# A model that no list knows, by its shape: a name with a version ("zorg-3.1-coder"), where only a model can stand.
_SHAPE = re.compile(r"[A-Za-z][A-Za-z]*(?:[ ._-]?[A-Za-z]+)*[ ._-]?v?\d+(?:\.\d+)*[a-z]?(?:-[A-Za-z\d.]+)*")


def model_in(text: str) -> str | None:
    """Return the slug of the first model that `text` names with its version, or None."""
    last = text if "://" in text else text.rsplit("/", 1)[-1]
    lowered = last.lower()
    folded = _VERSION_DASH.sub(".", _NOISE.sub("", re.sub(r"[\s_]+", "-", lowered)))
    if old := _CLAUDE_OLD.search(folded):  # the vendor turned the name round with version 4
        return f"claude-{old[1]}-{old[2]}" if old[1] < "4" else f"claude-{old[2]}-{old[1]}"
    if new := _CLAUDE_NEW.search(folded):
        return f"claude-{new[1]}-{new[2]}"
    if bare := _CLAUDE_BARE.search(folded):
        return f"claude-{bare[1]}"
    other = _OTHERS.search(folded)
    if other is None:
        return None
    suffix = _OWN_SUFFIX.match(folded, other.end())
    slug = f"{other[0]}{suffix[0]}" if suffix else other[0]
    return slug if suffix and slug in re.sub(r"_", "-", lowered) else other[0]


def is_model_name(text: str) -> bool:
    """Return whether the text is only a model's name ("Claude Opus 4.8"), which proves AI without naming the tool."""
    bare = _MAKER.sub("", " ".join(re.sub(r"\([^()]*\)", "", text).lower().split()))
    return model_in(text) is not None and _FAMILY_FIRST.fullmatch(bare) is not None and bare.count(" ") < _MOST_WORDS


def models_in(text: str) -> tuple[str, ...]:
    """Return the slugs of all models that a list names, in order ("claude-sonnet-4-6 and claude-opus-4.8")."""
    slugs = (model_in(piece) for piece in _LIST.split(text))
    return tuple(dict.fromkeys(slug for slug in slugs if slug))


def is_family_name(text: str) -> bool:
    """Return whether the text is a model family's name without a version ("Gemini", "Claude Opus")."""
    return _FAMILY.fullmatch(" ".join(text.lower().split())) is not None


def is_ambiguous(slug: str) -> bool:
    """Return whether the family of this slug is also an ordinary word or another product's name."""
    return _AMBIGUOUS_SLUG.match(slug) is not None


def model_by_shape(text: str) -> str | None:
    """Return the slug of a text that can only be a model's name, known or not ("zorg-3.1-coder"), or None."""
    bare = text.strip().rsplit("/", 1)[-1]
    if known := model_in(bare):
        return known
    return re.sub(r"[\s_]+", "-", bare.lower()) if len(bare) <= 40 and _SHAPE.fullmatch(bare) else None
