"""The types of detection: a `Signal` is a rule, a `Match` its finding in one commit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from analyzer.evidence.message import Trailer, asserted_lines, joined_paragraphs, trailers_in, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Strongest first: the agent is the author (A), is credited (B), took part in a session (D), applied a suggestion (C),
# wrote the message (M), is hinted at (H), reviewed (R). Adoption (Z) describes a repository, not a commit.
STRENGTHS = "ABDCMHR"
Strength = Literal["A", "B", "C", "D", "M", "H", "R"]
Role = Literal[
    "author", "coauthor", "assisted", "session", "suggestion", "checkpoint", "message", "hint", "committer", "reviewer"
]


@dataclass(frozen=True)
class CommitText:
    """The fields of one commit that signals read, as recorded (without .mailmap, which could rename an agent).

    `day`: committer date as YYYY-MM-DD or a prefix of it; empty if unknown.
    """

    author_name: str
    author_email: str
    message: str
    committer_name: str = ""
    committer_email: str = ""
    day: str = ""

    @cached_property
    def words(self) -> set[str]:
        """Lower-case words of the message."""
        return words(self.message)

    @cached_property
    def lines(self) -> list[str]:
        """Lines that the message itself asserts, folded lines joined; the first is the subject."""
        return list(asserted_lines(self.message))

    @cached_property
    def paragraphs(self) -> list[str]:
        """Asserted lines of the body, with those joined that were wrapped."""
        return list(joined_paragraphs(self.lines[1:]))

    @cached_property
    def trailers(self) -> list[Trailer]:
        """Asserted trailers, from anywhere in the message."""
        return list(trailers_in(self.lines))


@dataclass(frozen=True, slots=True)
class Match:
    """One finding of a signal in one commit.

    rule : id of the signal, a colon, and the row of its table.
    tool, model : slugs; None if unknown.
    role : what the AI did.
    strength : how much it proves, a letter of `STRENGTHS`.
    text : the matching line.
    """

    rule: str
    tool: str | None
    model: str | None
    role: Role
    strength: Strength
    text: str


@dataclass(frozen=True, slots=True)
class Signal:
    """A registered detection rule: the single source of `aishare list signals` and docs/signals.md.

    `reads`: "people" (author and committer), or "message" (read only if the message contains a prefilter word).
    """

    id: str
    title: str
    strength: str
    says: str
    limits: str
    extract: Callable[[CommitText], Iterator[Match]]
    reads: Literal["people", "message"] = "message"
