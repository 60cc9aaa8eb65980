"""What a line-level record is: a store in which a tool recorded who wrote which lines of a commit, or how many."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analyzer.core import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from analyzer.evidence.line_notes import Note
    from analyzer.history.repository import Repository


@dataclass(frozen=True, slots=True)
class RecordedLines:
    """What one store says about the commits of a history.

    Attributes
    ----------
    notes : line ranges by commit, as the store has them; a range may name lines that are older than the commit.
    carried : commits whose note was taken over from squashed or rebased commits, and `carried_count` how many were.
    counts : table `checkpoints`, for a store that counts lines without naming them.
    empty, on_merges, outside : notes that are not used: without ranges, on merges, on commits outside the history.
    unknown_keys : entries whose key has an unknown form.
    shared, uncounted : commits left out of `counts`: others name the same checkpoint, or the store has no count.
    """

    notes: Mapping[str, Note] = field(default_factory=dict)
    carried: frozenset[str] = frozenset()
    carried_count: int = 0
    counts: pd.DataFrame = field(default_factory=lambda: tables.CHECKPOINTS.frame([]))
    empty: int = 0
    on_merges: int = 0
    outside: int = 0
    unknown_keys: int = 0
    shared: int = 0
    uncounted: int = 0


@dataclass(frozen=True, slots=True)
class LineRecord:
    """A registered store of line-level records.

    Attributes
    ----------
    locate : where the store is in this clone, as the id of a git object; None if it is not here.
    read : what it says about the commits of table `commits`; called only where `locate` finds it.
    names_lines : it names lines by file and number, so that the lines each commit added have to be known.
    """

    id: str
    title: str
    says: str
    limits: str
    source: str
    locate: Callable[[Repository], str | None]
    read: Callable[[Repository, pd.DataFrame], RecordedLines]
    names_lines: bool
