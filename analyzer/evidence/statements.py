"""Signals in the sentences of a message: what its author says of AI, and in subjects aider's prefix and agents' branches."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from analyzer.evidence import agents
from analyzer.evidence.footers import AMBIGUOUS_NAMES, match_footer
from analyzer.evidence.markup import is_ticked, plain_words, without_box
from analyzer.evidence.message import words
from analyzer.evidence.model_names import model_in
from analyzer.evidence.prose import MAX_SENTENCE, compile_prose, prose_patterns, prose_table
from analyzer.evidence.signal import Match, Signal
from analyzer.evidence.trailer_keys import meaning_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.evidence.signal import CommitText, Role, Strength

# No paragraph of prose is longer; see `MAX_SENTENCE`.
_MAX_PARAGRAPH = 20_000
_SENTENCE_END = re.compile(r"(?<=[.!?])[)\]*_]* +(?=\S)")
_CLAUSE_END = re.compile(r"[,;()]| but | and | then ")
_AIDER_SUBJECT = re.compile(r"aider: \S")
_SUBJECT_TAG = re.compile(
    r"(?:\[(?:ai|llm)[- ](?:generated|assisted|written|authored)\]|\((?:ai|llm)[- ](?:generated|assisted|written)\))"
)


class _Meaning(NamedTuple):
    """What a kind of sentence proves."""

    role: Role
    strength: Strength


_CLAUSE_START = re.compile(r"[,;] (?:and |but |with )?(?:the )?")
# The kinds of prose.toml in the order in which they are tried; the first that matches a sentence decides.
_KINDS = {
    "message": _Meaning("message", "M"),
    "reported": _Meaning("reviewer", "R"),
    "wrote": _Meaning("assisted", "B"),
    "consulted": _Meaning("hint", "H"),
}


@cache
def _ai_words() -> frozenset[str]:
    return frozenset(prose_table()["words"])


@cache
def _ai_pattern() -> re.Pattern[str]:
    return compile_prose(r"\b{ai}\b")


@cache
def _lead_pattern() -> re.Pattern[str]:
    return compile_prose("{lead}")


@cache
def _branch_pattern() -> re.Pattern[str]:
    folders = "|".join(prose_table()["branches"])
    merge = r"Merge (?:pull request \S+ from [^/\s]+/|(?:(?:remote-tracking )?branch \S+ (?:of \S+ )?into )|"
    merge += r"(?:remote-tracking )?branch '(?:origin/)?)"
    return re.compile(rf"{merge}(?:{folders})/\S*")


@cache
def _denial_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the words that deny a clause, and those that make a sentence a rule about AI."""
    table = prose_table()
    return re.compile(table["denied"], re.IGNORECASE), re.compile(table["ruled"], re.IGNORECASE)


def _statement_matches(commit: CommitText) -> Iterator[Match]:
    """Yield at most one match per paragraph and kind; the subject says what the change is about, and only tags count."""
    if commit.words.isdisjoint(_ai_words()):
        return
    trailers = {trailer.line for trailer in commit.trailers if trailer.address or meaning_of(trailer.key)}
    for paragraph in commit.paragraphs:
        if len(paragraph) <= _MAX_PARAGRAPH and paragraph not in trailers and _speaks_of_ai(paragraph):
            yield from _match_paragraph(paragraph)


def _speaks_of_ai(text: str) -> bool:
    return not words(text).isdisjoint(_ai_words())


def _match_paragraph(paragraph: str) -> Iterator[Match]:
    ticked = is_ticked(paragraph)
    if ticked is False or any(
        match.strength == "B" for match in match_footer(paragraph)
    ):  # an empty box of a template means no
        return
    text = plain_words(without_box(paragraph))
    if ticked:
        yield from filter(None, [_match_sentence(text, paragraph, ("ticked",)) or _match_sentence(text, paragraph)])
        return
    sentences = (part for part in _SENTENCE_END.split(text) if _speaks_of_ai(part))
    matches = (_match_sentence(sentence, paragraph) for sentence in sentences)
    yield from filter(None, [next(filter(None, matches), None)])


def _match_sentence(sentence: str, line: str, kinds: tuple[str, ...] = tuple(_KINDS)) -> Match | None:
    text = sentence.strip(" ([)]\"'")
    if not text or len(text) > MAX_SENTENCE or _is_rule(text):
        return None
    bare = _without_lead(text)
    for kind in kinds:
        for pattern in prose_patterns(kind):
            match = pattern.match(bare) or (pattern.match(text) if bare is not text else None)
            if match is not None and not _is_denied_to(match.end(), match.string):
                return _statement(kind, match, text, line)
    clauses = _CLAUSE_START.split(text)[1:]
    matches = (pattern.match(clause) for clause in clauses for pattern in prose_patterns("clause"))
    match = next(filter(None, matches), None)
    return None if match is None or _is_denied_to(match.end(), match.string) else _statement("wrote", match, text, line)


def _without_lead(sentence: str) -> str:
    """Return the sentence without words that only lead to it, such as "Disclaimer:"."""
    lead = _lead_pattern().match(sentence)
    return sentence[lead.end() :].lstrip(" *_([\"'") if lead and lead.end() else sentence


def is_denied(text: str) -> bool:
    """Return whether a text has a negation, or states a rule about AI."""
    return any(pattern.search(text) for pattern in _denial_patterns())


def _is_rule(text: str) -> bool:
    return _denial_patterns()[1].search(text) is not None


def _is_denied_to(end: int, text: str) -> bool:
    """Return whether the clause that reaches to `end`, or one before it, is denied."""
    clause_end = _CLAUSE_END.search(text, end)
    return _denial_patterns()[0].search(text[: clause_end.start() if clause_end else len(text)]) is not None


def _statement(kind: str, match: re.Match[str], text: str, line: str) -> Match:
    role, strength = _KINDS.get(kind, _KINDS["wrote"])
    if strength != "B":
        return Match(f"{STATEMENT.id}:{kind}", None, None, role, strength, line)
    mentions = [match.groupdict().get("ai") or "", *(mention[0] for mention in _ai_pattern().finditer(text))]
    tool = next((tool for name in mentions if (tool := _tool_named(name))), None)
    model = next((model for name in mentions if (model := model_in(name))), None)
    return Match(f"{STATEMENT.id}:{kind}", tool, model, role, strength, line)


def _tool_named(name: str) -> str | None:
    """Return the tool of that name, unless the name may be a model's or a person's."""
    bare = name.lower().removeprefix("the ").removeprefix("an ").removeprefix("a ")
    agent = None if bare in AMBIGUOUS_NAMES or model_in(bare) else agents.by_mention(bare, "footers")
    return agent.tool if agent else None


def _subject_matches(commit: CommitText) -> Iterator[Match]:
    subject = commit.lines[0] if commit.lines else ""
    lowered = subject.lower().strip()
    if _AIDER_SUBJECT.match(subject):
        yield Match(f"{SUBJECT.id}:aider", "aider", None, "assisted", "B", subject)
    elif match := _branch_pattern().match(subject):
        yield Match(f"{SUBJECT.id}:branch", None, None, "hint", "H", match[0])
    elif any(lowered.startswith(tag[0]) or lowered.endswith(tag[0]) for tag in _SUBJECT_TAG.finditer(lowered)):
        yield Match(f"{SUBJECT.id}:tag", None, None, "assisted", "B", subject)


STATEMENT = Signal(
    id="statement",
    title='the author says so ("tests written by Claude", "this was mostly AI generated", a ticked box)',
    strength="B",
    says="A sentence of the message, from its beginning, says that AI wrote the change or a part of it.",
    limits="English, and the plainest forms of some other languages. Consulting AI settles nothing and is a hint (H), an AI tool that wrote the message wrote no "
    "code (M), one that reported a fault did not either (R); a clause with a negation is not read.",
    extract=_statement_matches,
)
SUBJECT = Signal(
    id="subject",
    title='the subject begins with "aider: ", has the tag [AI-generated], or merges an agent\'s branch',
    strength="B",
    says="aider prefixes its commits so on request. A branch like copilot/… is a hint (H).",
    limits="A person can choose such a branch name, and the merge itself has no code.",
    extract=_subject_matches,
)
