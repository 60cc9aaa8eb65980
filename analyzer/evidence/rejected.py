"""Explain what looks like an AI mark and did not count: quotations, people with an agent's name, near misses."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from analyzer.evidence import agents
from analyzer.evidence.credited_values import is_denial
from analyzer.evidence.footers import looks_like_footer
from analyzer.evidence.labels import find_matches
from analyzer.evidence.markup import is_ticked
from analyzer.evidence.message import quoted_lines, trailers_in
from analyzer.evidence.prose import compile_prose
from analyzer.evidence.signal import CommitText
from analyzer.evidence.statements import is_denied
from analyzer.evidence.trailer_keys import meaning_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.config import Rule

# A message about AI has many such lines; a reader wants the first few.
_MOST_LINES = 12
_LONGEST = 2000
_DENIES = "it says that no AI was used"
_UNLISTED_TRAILER = "no table knows this name as an AI tool or model; if it is one, [[rules]] trailers can add it"
_UNLISTED_FOOTER = "a footer that names neither a tool nor a model of a table; if it is AI, [[rules]] lines can add it"
_EMPTY_BOX = "an empty box means no"
_OF_SUBJECT = "a subject says what the change is about"
_OF_RULE = "a negation, or a rule about AI"
_INSIDE = "about AI, but it does not say at the beginning of a sentence that AI made this change"


@cache
def _mark_pattern() -> re.Pattern[str]:
    """Compile the broad pattern of lines that a reader might take for a mark: an AI word beside a word of making."""
    verbs = r"\b(?:{made}|wrote|written|used|using|help|assist\w*|session|disclos\w*)\b"
    return compile_prose(rf"(?:{verbs}[^\n]{{0,60}}\b{{ai}}\b|\b{{ai}}\b[^\n]{{0,60}}{verbs})")


def rejected_matches(commit: CommitText, rules: Sequence[Rule] = ()) -> Iterator[tuple[str, str]]:
    """Yield pairs of the reason for a rejection and the rejected text, which is untrusted.

    `rules`: the user's own, whose matches are not listed.
    """
    for line in quoted_lines(commit.message):
        if any(match.strength in "ABCD" for match in find_matches(CommitText("", "", f"\n{line}"))):
            yield "quoted, fenced or indented: it is shown, not said", line
    credited = [(trailer.name, trailer.address) for trailer in commit.trailers if trailer.address]
    for name, address in [(commit.author_name, commit.author_email), *credited]:
        if agents.by_name(name.split(" ", 1)[0]) is not None and agents.by_identity(name, address) is None:
            yield "a name that people have as well: the address decides, and it is no agent's", f"{name} <{address}>"
    if agents.is_aider_author(commit.committer_name) and not agents.is_aider_author(commit.author_name):
        yield "aider as committer alone commits what a person had made", commit.committer_name
    yield from islice(_near_misses(commit, rules), _MOST_LINES)


def _near_misses(commit: CommitText, rules: Sequence[Rule]) -> Iterator[tuple[str, str]]:
    matched = [match.text for match in find_matches(commit, rules)]
    for number, line in enumerate((*commit.lines[:1], *commit.paragraphs)):
        if (
            line
            and not any(line in text or text in line for text in matched)
            and (reason := _reason(line, number == 0))
        ):
            yield reason, line


def _reason(line: str, is_subject: bool) -> str | None:
    """Return why a line that matched nothing did not count; None if nobody would take it for a mark."""
    trailer = next(trailers_in([line]), None)
    if trailer is not None and trailer.address:
        return None  # a person's
    if trailer is not None and meaning_of(trailer.key) in {"assisted", "declared"}:
        return _DENIES if is_denial(trailer.name) else _UNLISTED_TRAILER
    text, is_empty_box = line[:_LONGEST], is_ticked(line) is False
    if looks_like_footer(line):
        return _EMPTY_BOX if is_empty_box else _UNLISTED_FOOTER
    if not _mark_pattern().search(text):
        return None
    return _EMPTY_BOX if is_empty_box else _OF_SUBJECT if is_subject else _OF_RULE if is_denied(text) else _INSIDE
