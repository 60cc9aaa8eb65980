"""What a reader hands on of one conversation with an agent: counts, never text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

# Shorter lines ("}", "return x") stand in many places and tell nothing of where they came from.
SHORTEST_LINE = 12


@dataclass(frozen=True, slots=True)
class Turn:
    """One act of saying something; `id` is the record's own, so that a copied history counts once.

    `at`: UTC seconds, None where the store has no time. `low`: characters that read as typed, `high`: those that are
    not known to be pasted; what lies between reads as code, logs or quotations and may have been typed. `words` are of
    `low`. `pasted`: characters known to be pasted. `correction`: it followed an interrupt or a refusal.
    """

    id: str
    at: float | None
    low: int
    high: int
    words: int
    pasted: int
    correction: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """What the agent wrote into one file, as sorted hashes of its lines (`hashed`); `path` as the store has it."""

    path: str
    at: float | None
    lines: NDArray[np.uint64]


@dataclass(slots=True)
class Session:
    """One conversation. `folder`: where it ran. `commits`: ids that its shell printed, with the time.

    `automatic`: records in a person's role that no person said. `interactive`: False for scripts and sub-agents.
    `checkpoint`: the store's own name for a commit it belongs to.
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
class Skipped:
    """What could not be read, by why; counted, never silent."""

    lines: int = 0
    files: int = 0


class Reader(Protocol):
    """Reads one file of a store, line by line, and forgets its text."""

    def __call__(self, lines: Iterable[bytes], name: str, skipped: Skipped) -> Iterator[Session]:
        """Sessions of one file; `name` is the file's name. A line that is no record is counted in `skipped`."""


def hashed(text: str) -> NDArray[np.uint64]:
    """Hashes of the lines of a text that are long enough to tell where they came from: sorted, each once.

    The hash is Python's own of bytes, keyed anew in each process: it is compared within a run and never kept.
    """
    lines = {line for raw in text.splitlines() if len(line := raw.strip()) >= SHORTEST_LINE}
    found = np.fromiter((hash(line) & 0xFFFF_FFFF_FFFF_FFFF for line in lines), np.uint64, len(lines))
    return np.sort(found)


def together(edits: Iterable[Edit]) -> NDArray[np.uint64]:
    """Lines of several edits, each once."""
    found = [edit.lines for edit in edits]
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.uint64)
