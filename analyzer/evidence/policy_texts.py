"""Read what a policy file says about AI marks: statements of its prose, and switches of tools' settings.

Both are sets, so that the change between two versions is a difference of sets: text that only moves or is wrapped in
another way changes nothing. Every pattern is linear in its input; texts come from strangers.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.evidence.public_policies import Asks

# A sentence of a rule is short; what is longer is data.
_LONGEST_SENTENCE = 600
# Most items of a list that are read together with what introduces it.
_MAX_ITEMS = 30
_BULLET = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]")
_HEADING = re.compile(r"[ \t]*(?:#|\||```|~~~|//|<!--)")
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")
_SENTENCE_END = re.compile(r"(?<=[.!?])[ \t]+(?=[A-Z`\"'*_(\[])")
_SPACE = re.compile(r"\s+")

_KEYS = r"\bco-?author", r"\b(?:(?:AI-?)?(?:assisted|generated)-by|made-with)\b"
_CO_AUTHOR, _OTHER_KEY = (re.compile(key, re.IGNORECASE) for key in _KEYS)
_OTHER = (
    r"\bco-?develop|\btrailers?\b|\battribution\b|\bbylines?\b|[`\"'_*\[🤖] ?generated (?:with|by)\b|"
    r"\battribut(?:e|ed|ing) (?:an?|any|the|your)? ?(?:commits?|code|changes?|work|contributions?)\b"
)
_OTHER_MARK = re.compile(_OTHER, re.IGNORECASE)
_MARK = "|".join((*_KEYS, _OTHER))
_SIGN_OFF = re.compile(r"\bsign(?:ed)?[- ]?off", re.IGNORECASE)
_MESSAGE_WORD = re.compile(
    r"\b(?:commits?|commit messages?|trailers?|co-?develop\w*)\b|\b(?:AI|Claude|Copilot|Codex|tool)[- ]attribution",
    re.IGNORECASE,
)
_AI_WORD = re.compile(
    r"\b(?:AI|A\.I|LLMs?|GenAI|ChatGPT|Claude|Copilot|Codex|Cursor|Gemini|Devin|Anthropic|OpenAI|"
    r"[Gg]enerative|[Aa]rtificial [Ii]ntelligence|[Ll]anguage [Mm]odels?)\b"
)
_AGENT_WORD = re.compile(r"\b(?:agents?|assistants?|bots?)\b", re.IGNORECASE)
_NEGATION = (
    r"(?:\b(?:not(?! (?:only|limited|required|necessary|needed))|no|never|nor|cannot|without|forbid\w*|prohibit\w*|"
    r"disallow\w*|ban|bans|banned|remove[sd]?|strip\w*|omit\w*|avoid\w*|reject\w*|refuse\w*|disable[sd]?|suppress\w*)\b|"
    r"n't\b|n’t\b)"
)
# A negation speaks of a mark shortly before it, or after it in words like "is not allowed".
_FORBIDS_MARK = re.compile(
    rf"{_NEGATION}[^.;]{{0,80}}?(?:{_MARK})|(?:{_MARK})[^.;]{{0,120}}?\b(?:(?:not|never|n't) (?:be )?"
    r"(?:allowed|permitted|accepted|acceptable|welcome|used|added|included|wanted)|forbidden|prohibited|disallowed|banned|"
    r"unacceptable|rejected|stripped)\b",
    re.IGNORECASE,
)
_KEEP_MARKS = re.compile(
    r"\b(?:not|never|cannot|don't|don’t|mustn't)\s+(?:be\s+)?(?:remove|strip|omit|drop|delete|skip|forget|hide)",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"\b(?:must|should|shall|add|include|require[sd]?|use|append|credit|disclose[sd]?|end|always|please|ask|expect\w*|"
    r"recommend\w*|encourage\w*|prefer\w*|need|needs)\b",
    re.IGNORECASE,
)
_ASKS_FOR_KEY = re.compile(
    r"(?<!not )(?<!n't )(?<!never )\b(?:use|add|append|include|prefer|disclose|credit|with|via|require)\b[^.;]{0,60}?"
    r"\b(?:assisted|generated)-by",
    re.IGNORECASE,
)
# What a check reports is no rule.
_RESULT = re.compile(r"\b(?:found|detected)\b", re.IGNORECASE)
_TRAILER_LINE = re.compile(r"[`\s>*]*(?:co-authored|assisted|generated|co-developed)-by:", re.IGNORECASE)
_ASKS_TO_DISCLOSE = re.compile(
    r"disclos|\bdeclar|\btransparen|\blabell?ed\b|AI-(?:generated|assisted)[^.]{0,80}\b(?:label|state|indicat)",
    re.IGNORECASE,
)
# "We do not accept", "are not allowed", "must not submit", "no AI-generated code".
_FORBIDS = re.compile(
    r"(?:\bnot|n't|n’t|\bnever|\bcannot|\bno longer)\s+(?:\w+\s){0,2}"
    r"(?:accept|allow|permit|welcome|merge|submit|contribut)|"
    r"(?<!not )(?<!n't )\b(?:forbid|prohibit|reject|declin)\w*|(?<!not )\b(?:bans?|banned)\b(?! from)|"
    r"\bno (?:AI|LLM|generative)\b",
    re.IGNORECASE,
)
_CONTRIBUTED = re.compile(
    r"\b(?:contributions?|code|commits?|patch|patches|pull requests?|PRs?|changes?|submissions?)\b", re.IGNORECASE
)
# A rule on how AI is used is no ban of it.
_QUALIFIED = re.compile(
    r"\b(?:unless|without|until|only|if|media|comments?|descriptions?|reviews?|reviewed|responsib\w*|slop|"
    r"low[- ]quality|fully|entirely|purely|unreviewed|unsupervised|first issues?|you (?:have|do|can|don't))\b",
    re.IGNORECASE,
)
# Settings of tools that add or leave out marks; those in _ON_BY_DEFAULT say nothing new when they are on.
_SETTINGS = re.compile(
    r"(?:includeCoAuthoredBy|attribution\.commit|addAICoAuthor|commit_attribution|codex_git_commit|trailer_style|"
    r"attribution\.co_authored_by|attribute-(?:author|committer|co-authored-by))\Z"
)
_ON_BY_DEFAULT = frozenset({"includeCoAuthoredBy", "attribution.commit"})
_OFF_VALUES = frozenset({"", "false", "off", "none", "no", "0"})
_SETTING_LINE = re.compile(r"[ \t]*[\"']?([\w.-]{1,80})[\"']?[ \t]*[:=][ \t]*([^\n]{0,200})")


class Statement(NamedTuple):
    """A sentence that speaks of AI marks or AI use, with single blanks, and what it asks for."""

    text: str
    asks: Asks


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of prose or a script; what a list after a colon says belongs to the sentence before it."""
    introduction, items = "", 0
    for block in _blocks(text):
        is_item = bool(_BULLET.match(block) or _TRAILER_LINE.match(block) or _FENCE.match(block))
        joined = _SPACE.sub(" ", block).strip()
        items += 1
        if not is_item or items > _MAX_ITEMS:
            introduction = ""
        for sentence in _SENTENCE_END.split(joined):
            statement = f"{introduction} {sentence}".strip() if introduction else sentence
            if len(statement) <= _LONGEST_SENTENCE:
                yield statement
        if joined.endswith(":") and not _TRAILER_LINE.match(block):
            introduction, items = joined[-_LONGEST_SENTENCE // 2 :], 0


def _blocks(text: str) -> Iterator[str]:
    """Yield paragraphs; an item of a list, a heading, a row of a table and a trailer are each one of their own."""
    lines: list[str] = []
    for line in text.splitlines():
        if lines and (not line.strip() or _BULLET.match(line) or _HEADING.match(line) or _TRAILER_LINE.match(line)):
            yield "\n".join(lines)
            lines = []
        if line.strip():
            lines.append(line)
    if lines:
        yield "\n".join(lines)


def classify(texts: Iterable[str], *, for_agents: bool = False) -> frozenset[Statement]:
    """Return the sentences that say something about AI marks, with what they ask for.

    `for_agents`: the file instructs agents, so a sentence on co-authors means them without saying so.
    """
    classified = ((text, _classify(text, for_agents=for_agents)) for text in texts)
    return frozenset(Statement(text, asks) for text, asks in classified if asks is not None)


def _classify(sentence: str, *, for_agents: bool) -> Asks | None:
    has_ai_word = bool(_AI_WORD.search(sentence))
    names_person = _CO_AUTHOR.search(sentence) is not None
    names_key = _OTHER_KEY.search(sentence) and (has_ai_word or (for_agents and _MESSAGE_WORD.search(sentence)))
    names_other = _OTHER_MARK.search(sentence) and _MESSAGE_WORD.search(sentence) and not _SIGN_OFF.search(sentence)
    means_agent = for_agents or has_ai_word or _AGENT_WORD.search(sentence)
    if (names_person and means_agent) or names_key or (names_other and (for_agents or has_ai_word)):
        return _classify_mark(sentence)
    if not has_ai_word:
        return None
    if _ASKS_TO_DISCLOSE.search(sentence):
        return "disclosure"
    forbids = _FORBIDS.search(sentence) and _CONTRIBUTED.search(sentence) and not _QUALIFIED.search(sentence)
    return "no_ai" if forbids else None


def _classify_mark(sentence: str) -> Asks | None:
    if _RESULT.search(sentence):
        return None
    if _KEEP_MARKS.search(sentence):
        return "marks"
    if _FORBIDS_MARK.search(sentence):
        return "marks" if _ASKS_FOR_KEY.search(sentence) else "no_marks"
    return "marks" if _REQUEST.search(sentence) or _TRAILER_LINE.match(sentence) else None


def without_replaced_keys(stated: Iterable[Statement], version: Iterable[Statement]) -> frozenset[Statement]:
    """Leave out bans of AI co-authors where the `version` asks for another trailer: one mark replaces another."""
    asks_for_other = any(s.asks == "marks" and _OTHER_KEY.search(s.text) for s in version)
    return frozenset(
        s
        for s in stated
        if not (asks_for_other and s.asks == "no_marks" and _CO_AUTHOR.search(s.text) and not _OTHER_KEY.search(s.text))
    )


class Switches(NamedTuple):
    """Settings that turn marks off, and such that turn them on although the tool's default is off."""

    off: frozenset[str]
    on: frozenset[str]


def switches(text: str) -> Switches:
    """Return the settings in a tool's configuration (JSON, TOML or YAML) that decide whether it adds marks."""
    pairs = [(name, value) for name, value in _settings(text) if _SETTINGS.search(name)]
    names = [(_SETTINGS.search(name)[0], value.strip().strip("\"'").lower()) for name, value in pairs]  # type: ignore[index]  # it matched
    off = frozenset(name for name, value in names if value in _OFF_VALUES)
    return Switches(off, frozenset(name for name, _ in names) - off - _ON_BY_DEFAULT)


def _settings(text: str) -> Iterator[tuple[str, str]]:
    """Yield dotted names of settings with their values as text."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        for match in map(_SETTING_LINE.match, text.splitlines()):
            if match is not None:
                yield match[1], re.split(r"[,#]", match[2], maxsplit=1)[0]
        return
    pending: list[tuple[str, object]] = [("", document)]
    while pending:
        name, value = pending.pop()
        if isinstance(value, dict):
            pending += ((f"{name[-200:]}.{key}" if name else key, below) for key, below in value.items())
        elif isinstance(value, str | int | bool):
            yield name, str(value)
