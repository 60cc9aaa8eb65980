"""What a signal is: one family of traces, with what it proves and where it errs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from analyzer.evidence.message import Trailer, asserted_lines, trailers_in, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# From what proves most to what proves least: the agent is the author, is credited, took part in a session, applied a
# suggestion, wrote the message, is hinted at, reviewed. Adoption (Z) is a repository's and no commit's.
STRENGTHS = "ABDCMHR"
Strength = Literal["A", "B", "C", "D", "M", "H", "R"]
Role = Literal[
    "author", "coauthor", "assisted", "session", "suggestion", "checkpoint", "message", "hint", "committer", "reviewer"
]


@dataclass(frozen=True)
class CommitText:
    """The fields of one commit that signals read, as recorded (no .mailmap: it could rename an agent).

    `day`: committer date as YYYY-MM-DD, or its beginning; empty where it is not known.
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
        """Lines that the message itself says, folded ones joined; the first is the subject."""
        return list(asserted_lines(self.message))

    @cached_property
    def trailers(self) -> list[Trailer]:
        """Asserted trailers, wherever they stand."""
        return list(trailers_in(self.lines))


@dataclass(frozen=True, slots=True)
class Trace:
    """One finding in one commit. `rule`: the signal, a colon, the table's row. `text`: the line that fired."""

    rule: str
    tool: str | None
    model: str | None
    role: Role
    strength: Strength
    text: str


@dataclass(frozen=True, slots=True)
class Signal:
    """A registered family of traces: the single source of `aishare list signals` and docs/signals.md.

    `reads`: "people" (author and committer) or "message", which is read only where it holds a word of the tables.
    """

    id: str
    title: str
    strength: str
    says: str
    limits: str
    extract: Callable[[CommitText], Iterator[Trace]]
    reads: Literal["people", "message"] = "message"
