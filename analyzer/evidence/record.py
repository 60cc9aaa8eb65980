"""What a line-level record is: a store in which a tool recorded who wrote which lines of a commit, or how many."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    import pandas as pd

    from analyzer.history.repository import Repository


Source = Literal["ai", "human"]


class LineRange(NamedTuple):
    """Lines `first` to `last` (1-based, inclusive) of a file, and who wrote them according to a note."""

    path: str
    first: int
    last: int
    source: Source
    tool: str | None
    model: str | None


@dataclass(slots=True)
class Note:
    """What a store says about one commit, by lines; one without ranges is ignored.

    ranges : line ranges in the order of the note.
    unknown_keys : number of entries whose key has an unknown form.
    keys : sessions and prompts that the ranges name.
    acceptance : lines that a person accepted and overrode, by prompt.
    """

    ranges: list[LineRange] = field(default_factory=list)
    unknown_keys: int = 0
    keys: set[str] = field(default_factory=set)
    acceptance: dict[str, tuple[int, int]] = field(default_factory=dict)


def _no_counts() -> pd.DataFrame:
    from analyzer.core import tables

    return tables.CHECKPOINTS.frame([])


@dataclass(frozen=True, slots=True)
class RecordedLines:
    """What one store says about the commits of a history.

    Attributes
    ----------
    notes : line ranges by commit, as the store has them; a range may name lines that are older than the commit.
    carried : commits that a note covers only if they added a line that it names: it was taken over from squashed or
        rebased commits, or it may name lines of files that the commit did not touch.
    carried_count : how many notes were taken over.
    counts : table `checkpoints`, for a store that counts lines without naming them.
    empty, on_merges, outside : notes that are not used: without ranges, on merges, on commits outside the history.
    unknown_keys : entries whose key has an unknown form.
    shared, uncounted : commits left out of `counts`: others name the same checkpoint, or the store has no count.
    """

    notes: Mapping[str, Note] = field(default_factory=dict)
    carried: frozenset[str] = frozenset()
    carried_count: int = 0
    counts: pd.DataFrame = field(default_factory=_no_counts)
    empty: int = 0
    on_merges: int = 0
    outside: int = 0
    unknown_keys: int = 0
    shared: int = 0
    uncounted: int = 0


def _nothing(_repository: Repository) -> Collection[str]:
    return ()


@dataclass(frozen=True, slots=True)
class LineRecord:
    """A registered store of line-level records.

    Attributes
    ----------
    place : where a reader finds it, such as a ref; printed with every range of `dump evidence`.
    locate : what the store holds in this clone, as the id of a git object or a digest of several; None if it is not
        here. Caches have it in their keys.
    read : what it says about the non-merge commits of table `commits`; called only where `locate` finds it.
    names_lines : it names lines by file and number, so that the lines each commit added have to be known.
    refspecs : what brings it into a clone, as patterns with `*`, which `git fetch` takes also where they match nothing;
        empty for a file of the analysed commit.
    objects : ids of the git objects that hold it, by themselves or in their trees.
    noted : commits it speaks of, also outside of the history, as far as such commits change what it says.
    note_of : what it says of one commit alone; None for a store that names no lines.
    """

    id: str
    title: str
    says: str
    limits: str
    source: str
    place: str
    locate: Callable[[Repository], str | None]
    read: Callable[[Repository, pd.DataFrame], RecordedLines]
    names_lines: bool
    refspecs: tuple[str, ...] = ()
    objects: Callable[[Repository], Collection[str]] = _nothing
    noted: Callable[[Repository], Collection[str]] = _nothing
    note_of: Callable[[Repository, pd.DataFrame], Note | None] | None = None
