"""Signals in sentences: what the author says of AI; and in subjects: aider's prefix, tags and agents' branches."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from analyzer.evidence import agents
from analyzer.evidence.branches import agent_folder, named_branches
from analyzer.evidence.footers import AMBIGUOUS_NAMES, match_footer
from analyzer.evidence.markup import is_ticked, plain_words, without_box
from analyzer.evidence.message import words
from analyzer.evidence.model_names import model_in
from analyzer.evidence.prose import MAX_SENTENCE, compile_prose, prose_patterns, prose_table
from analyzer.evidence.signal import STRENGTHS, Match, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.evidence.signal import CommitText, Role, Strength

# No paragraph of prose is longer; see `MAX_SENTENCE`.
_MAX_PARAGRAPH = 20_000
_LONGEST_SUFFIX = 10
_LONGEST_HEADING = 60
_SENTENCE_END = re.compile(r"(?<=[.!?])[)\]*_]* +(?=\S)")
_CLAUSE_END = re.compile(r"[,;()]| (?:but|and|then|as|since|because|which|so) ")
_AIDER_SUBJECT = re.compile(r"aider: \S")
_SUBJECT_TAG = re.compile(
    r"(?:\[(?:ai|llm)[- ](?:generated|assisted|written|authored)\]|\((?:ai|llm)[- ](?:generated|assisted|written)\))"
)


class _Meaning(NamedTuple):
    """What a kind of sentence proves."""

    role: Role
    strength: Strength


# "When enabled, Claude wrote the file twice" is about a fault.
_CONDITION = re.compile(
    r"(?:when|if|where|once|after|because|since|whenever|until|unless|before|fix|fixes)\b", re.IGNORECASE
)
# "[x] If AI was used, I have said so" says nothing.
_IF = re.compile(r"(?:if|whether|any)\b", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"(?:[\w ]{1,30}: )?(?:i|we)\b", re.IGNORECASE)
_CLAUSE_START = re.compile(r"[,;:] (?:and |but |with |so |as )?(?:the )?| (?:but|and|so) ")
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
def _cues() -> frozenset[str]:
    return frozenset(prose_table()["cues"])


@cache
def _ai_pattern() -> re.Pattern[str]:
    return compile_prose(r"\b{ai}\b")


@cache
def _lead_pattern() -> re.Pattern[str]:
    return compile_prose("{lead}")


def _is_heading(text: str) -> bool:
    """Return whether a line announces what the next paragraph says of AI ("## AI disclosure")."""
    return any(pattern.fullmatch(text) for pattern in prose_patterns("heading"))


@cache
def _denial_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the words that deny a clause, and those that make a sentence a rule about AI."""
    table = prose_table()
    return re.compile(table["denied"], re.IGNORECASE), re.compile(table["ruled"], re.IGNORECASE)


def _statement_matches(commit: CommitText) -> Iterator[Match]:
    """Yield at most one match per paragraph, and none of the subject, which says what the change is about."""
    if commit.words.isdisjoint(_ai_words()):
        return
    trailers = {t.line for t in commit.trailers if t.address or t.is_hyphenated}
    disclosing = False
    for paragraph in filter(None, commit.paragraphs):
        if len(paragraph) > _MAX_PARAGRAPH or paragraph in trailers:
            continue
        matches = list(_match_paragraph(paragraph, disclosing=disclosing)) if _speaks_of_ai(paragraph) else []
        yield from matches
        if disclosing and not matches and _speaks_of_ai(paragraph) and not is_denied(paragraph):
            yield Match(f"{STATEMENT.id}:consulted", None, None, "hint", "H", paragraph)
        disclosing = len(paragraph) <= _LONGEST_HEADING and _is_heading(plain_words(paragraph))


def _speaks_of_ai(text: str) -> bool:
    return not words(text).isdisjoint(_ai_words())


def _may_say_more(sentence: str) -> bool:
    """Return whether a sentence speaks of AI and has a word that every pattern needs; other languages pass."""
    of_sentence = words(sentence)
    return not of_sentence.isdisjoint(_ai_words()) and not (sentence.isascii() and of_sentence.isdisjoint(_cues()))


def _match_paragraph(paragraph: str, *, disclosing: bool) -> Iterator[Match]:
    ticked = is_ticked(paragraph)  # an empty box of a template means no
    if ticked is False or any(match.strength == "B" for match in match_footer(paragraph)):
        return
    text = plain_words(without_box(paragraph))
    if ticked:
        yield from filter(None, [_match_kinds(text, paragraph, ("ticked",)) or _match_sentence(text, paragraph)])
        return
    sentences = (part for part in _SENTENCE_END.split(text) if _may_say_more(part))
    disclosing = disclosing or _is_disclosure(text)
    matches = [m for sentence in sentences if (m := _match_sentence(sentence, paragraph, disclosing=disclosing))]
    yield from sorted(matches, key=lambda match: STRENGTHS.index(match.strength))[:1]


def _match_sentence(sentence: str, line: str, *, disclosing: bool = False) -> Match | None:
    """Match a sentence and its clauses.

    `disclosing`: it stands under "AI disclosure" or the like, so that any clause may say what AI did.
    """
    text = sentence.strip(" ([)]\"'")
    if not text or len(text) > MAX_SENTENCE or (_is_rule(text) and not _FIRST_PERSON.match(text)):
        return None
    bare = _without_lead(text)
    if _IF.match(bare):
        return None
    first = _match_kinds(bare, line, tuple(_KINDS))
    if first is None and bare != text:
        first = _match_kinds(text, line, tuple(_KINDS))
    if _CONDITION.match(bare) or (first is not None and first.strength == "B"):
        return first
    kinds = ("wrote", "clause") if disclosing else ("clause",)
    later = (_match_kinds(clause, line, kinds) for clause in _CLAUSE_START.split(bare)[1:])
    return next(filter(None, later), first)


def _match_kinds(text: str, line: str, kinds: tuple[str, ...]) -> Match | None:
    for kind in kinds:
        for pattern in prose_patterns(kind):
            match = pattern.match(text)
            if match is not None and not _is_denied_to(match.end(), text):
                return _statement(kind, match, line)
    return None


def _is_disclosure(text: str) -> bool:
    lead = _lead_pattern().match(text)
    return lead is not None and not words(lead[0]).isdisjoint({"ai", "llm", "genai", "disclosure", "disclaimer"})


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


def _statement(kind: str, match: re.Match[str], line: str) -> Match:
    text = match.string
    role, strength = _KINDS.get(kind, _KINDS["wrote"])
    if strength != "B":
        return Match(f"{STATEMENT.id}:{kind}", None, None, role, strength, line)
    spans = [match.span("ai")] if match.groupdict().get("ai") else []
    spans += [mention.span() for mention in _ai_pattern().finditer(text)]
    tool = next((tool for start, end in spans if (tool := _tool_named(text[start:end]))), None)
    # A model's name may go on behind what the pattern takes ("DeepSeek V4 Pro").
    named = (text[start : end + _LONGEST_SUFFIX] for start, end in spans if model_in(text[start:end]))
    model = next(filter(None, map(model_in, named)), None)
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
    elif any(map(agent_folder, named_branches(commit.message))):
        yield Match(f"{SUBJECT.id}:branch", None, None, "hint", "H", subject)
    elif any(lowered.startswith(tag[0]) or lowered.endswith(tag[0]) for tag in _SUBJECT_TAG.finditer(lowered)):
        yield Match(f"{SUBJECT.id}:tag", None, None, "assisted", "B", subject)


STATEMENT = Signal(
    id="statement",
    title='the author says so ("tests written by Claude", "this was mostly AI generated", a ticked box)',
    strength="B",
    says="A sentence of the message, from its beginning, says that AI wrote the change or a part of it.",
    limits="English, and the plainest forms of some other languages. Consulting AI settles nothing and is a hint (H), "
    "an AI tool that wrote the message wrote no code (M), one that reported a fault did not either (R); a clause with "
    "a negation is not read.",
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
