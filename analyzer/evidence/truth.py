"""notes, births → line truth: of the lines that a commit added, those that a note gives to an agent or to a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer import tables
from analyzer.evidence.notes import count_notes, read_notes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analyzer.evidence.notes import Note
    from analyzer.history.repository import Repository

    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LineNotes:
    """Line-level notes of a history: table `line_truth`, and `noted`, the non-merge commits whose note says something.

    Counted and not used: `empty` notes, notes of `merges`, notes `elsewhere` (on commits that are not in this history,
    as those of a squashed pull request), and `unknown` keys.
    """

    truth: pd.DataFrame
    noted: frozenset[str]
    empty: int
    merges: int
    elsewhere: int
    unknown: int


def line_notes(repository: Repository, commits: pd.DataFrame, births: pd.DataFrame | None) -> LineNotes | None:
    """Read `refs/notes/ai`; None without notes, or without `births` as git blame sees them."""
    if repository.ai_notes is None or births is None:
        return None
    merges = frozenset(commits.loc[commits["parents"].str.contains(" ", regex=False), "sha"])
    read = dict(read_notes(repository.git, repository.ai_notes, commits["sha"]))
    said = {sha: note for sha, note in read.items() if note.ranges and sha not in merges}
    return LineNotes(
        truth=line_truth(said, births),
        noted=frozenset(said),
        empty=sum(not note.ranges for note in read.values()),
        merges=sum(sha in merges for sha in read),
        elsewhere=count_notes(repository.git, repository.ai_notes) - len(read),
        unknown=sum(note.unknown for note in read.values()),
    )


# More than any file has lines (a note's numbers have nine digits).
_FILE = 1 << 32
_KEYS = ["sha", "path", "source", "tool", "model"]


def line_truth(notes: Mapping[str, Note], births: pd.DataFrame) -> pd.DataFrame:
    """Table `line_truth`. `births`: the table, as git blame sees them, of a history that holds the notes' commits.

    Ranges may name lines older than the commit: only those it added count, each once (the first range that names it).
    """
    every = ((sha, r.path, r.source, r.tool, r.model, r.first, r.last) for sha, n in notes.items() for r in n.ranges)
    first: dict[tuple[object, ...], tuple[str, str, str, str | None, str | None, int, int]] = {}
    for row in every:  # the same range again says nothing new, and a note may say it without end
        first.setdefault((row[0], row[1], row[5], row[6]), row)
    rows = list(first.values())
    named = pd.DataFrame(rows, columns=[*_KEYS, "first", "last"])
    keys = [row[:2] for row in rows]
    files = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    added = _added(births, files)
    file = np.array([files[key] for key in keys], dtype=np.int64) * _FILE
    begin = np.searchsorted(added, file + named["first"].to_numpy(np.int64))
    end = np.searchsorted(added, file + named["last"].to_numpy(np.int64), side="right")
    owner = np.full(len(added), -1, dtype=np.int64)
    for n in range(len(named) - 1, -1, -1):  # so that the first range has the last word
        owner[begin[n] : end[n]] = n
    counts = np.bincount(owner[owner >= 0], minlength=len(named))
    sums = named.assign(lines=counts)[counts > 0].groupby(_KEYS, dropna=False, sort=True)["lines"].sum().reset_index()
    return tables.conform(
        sums.astype({**dict.fromkeys(_KEYS, "str"), "lines": "Int64"})[tables.LINE_TRUTH.names], tables.LINE_TRUTH
    )


def _added(births: pd.DataFrame, files: Mapping[tuple[str, str], int]) -> Ints:
    """Lines that the commits added to these files, as sorted numbers: file × `_FILE` + line."""
    shas = {sha for sha, _ in files}
    known = births[births["born_sha"].isin(list(shas))].astype({"born_sha": "str", "path": "str"})
    file = np.array([files.get(key, -1) for key in zip(known["born_sha"], known["path"], strict=True)], dtype=np.int64)
    first, count = known["line"].to_numpy(np.int64)[file >= 0], known["lines"].to_numpy(np.int64)[file >= 0]
    begins = np.cumsum(count) - count
    lines = np.arange(count.sum()) - np.repeat(begins - first, count)
    found: Ints = np.sort(np.repeat(file[file >= 0] * _FILE, count) + lines)
    return found
