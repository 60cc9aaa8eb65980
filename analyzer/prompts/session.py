"""What a reader returns for one conversation with an agent: counts, never text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

# Shorter lines ("}", "return x") occur in many places and cannot show where they came from.
SHORTEST_LINE = 12


@dataclass(frozen=True, slots=True)
class Turn:
    """One prompt of a person, as counts.

    Attributes
    ----------
    id : the record's own id, so that a copied history counts once.
    timestamp : UTC seconds; None where the store has no time.
    low : characters that read as typed.
    high : characters not known to be pasted. The difference to `low` reads as code, logs or quotations and may have
        been typed.
    words : words among the `low` characters.
    pasted : characters known to be pasted.
    correction : whether the prompt followed an interrupt or a refusal.
    """

    id: str
    timestamp: float | None
    low: int
    high: int
    words: int
    pasted: int
    correction: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """What the agent wrote into one file, as sorted hashes of its lines (`line_hashes`); `path` as the store has it."""

    path: str
    timestamp: float | None
    lines: NDArray[np.uint64]


@dataclass(slots=True)
class Session:
    """One conversation with an agent.

    Attributes
    ----------
    source : id of the format it was read from.
    tool : the agent.
    key : the session's own id.
    folder : where it ran.
    interactive : False for scripts and sub-agents.
    commits : commit ids that its shell printed, with the time.
    checkpoints : the store's own names for commits that the session belongs to.
    automatic : number of records in a person's role that no person wrote.
    """

    source: str
    tool: str
    key: str
    folder: str | None = None
    interactive: bool = True
    turns: list[Turn] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    commits: list[tuple[float | None, str]] = field(default_factory=list)
    checkpoints: set[str] = field(default_factory=set)
    automatic: int = 0


@dataclass(slots=True)
class SkippedCounts:
    """Number of lines and files that could not be read. Nothing is skipped silently."""

    lines: int = 0
    files: int = 0


class Reader(Protocol):
    """Reads one file of a store, line by line, and forgets its text."""

    def __call__(self, lines: Iterable[bytes], name: str, skipped: SkippedCounts) -> Iterator[Session]:
        """Yield the sessions of the file called `name`; lines that are not records are counted in `skipped`."""


def line_hashes(text: str) -> NDArray[np.uint64]:
    """Return sorted unique hashes of the lines of a text that are long enough to show where they came from.

    This is Python's own string hash, which every process keys anew: it is compared within a run and never stored.
    """
    lines = {line for raw in text.splitlines() if len(line := raw.strip()) >= SHORTEST_LINE}
    hashes = np.fromiter((hash(line) & 0xFFFF_FFFF_FFFF_FFFF for line in lines), np.uint64, len(lines))
    return np.sort(hashes)


def edited_lines(edits: Iterable[Edit]) -> NDArray[np.uint64]:
    """Return the line hashes of several edits, sorted, each once."""
    line_sets = [edit.lines for edit in edits]
    return np.unique(np.concatenate(line_sets)) if line_sets else np.empty(0, np.uint64)
