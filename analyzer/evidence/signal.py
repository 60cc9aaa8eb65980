"""What a signal is: one family of traces, with what it proves and where it errs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from analyzer.evidence.message import Trailer
from analyzer.evidence.message import trailers as read_trailers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Strength = Literal["A", "B", "C"]
Role = Literal["author", "coauthor", "assisted", "suggestion"]


@dataclass(frozen=True)
class CommitText:
    """The fields of one commit that signals read, as recorded (no .mailmap: it could rename an agent)."""

    author_name: str
    author_email: str
    message: str

    @cached_property
    def trailers(self) -> list[Trailer]:
        """Asserted trailers; empty at once where no line could be one."""
        return list(read_trailers(self.message)) if ":" in self.message or "\uff1a" in self.message else []


@dataclass(frozen=True, slots=True)
class Trace:
    """One finding in one commit; `text` is the untrusted line that fired."""

    rule: str
    tool: str | None
    model: str | None
    role: Role
    strength: Strength
    text: str


@dataclass(frozen=True, slots=True)
class Signal:
    """A registered family of traces: the single source of `aishare list signals` and docs/signals.md."""

    id: str
    title: str
    strength: str
    says: str
    limits: str
    extract: Callable[[CommitText], Iterator[Trace]]
