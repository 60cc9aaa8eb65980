"""What each ordinary commit changed, file by file: git's numstat, from the hunks that the replay reads anyway.

Merges have no rows: their own lines (conflict resolutions) are 0.1 to 1.5 % of a history, and stand on neither side
of a fraction.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.blame.copied_blocks import copied
from analyzer.blame.diff import SUBMODULE
from analyzer.blame.line_hashes import functions_and_decisions
from analyzer.blame.lines import stretches
from analyzer.core import tables
from analyzer.core.memory import blocks
from analyzer.history.commits import decoded
from analyzer.history.file_classes import path_class

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from analyzer.blame.diff import Hunk, Record
    from analyzer.blame.lines import Ints, Lines
    from analyzer.history.file_classes import Attributed

TEXT, BINARY, LINK, UNKNOWN = range(4)
_LINKS = (b"120000", SUBMODULE)


class Tally:
    """Columns, one element a file of a commit: numbers of commit and paths, status letter, kind, lines."""

    def __init__(self) -> None:
        """Nothing was changed yet."""
        self.commit, self.path, self.old_path = array("I"), array("I"), array("I")
        self.status, self.kind = array("b"), array("b")
        self.added, self.deleted = array("I"), array("I")
        self.functions, self.decisions = array("I"), array("I")

    def count(
        self,
        commit: int,
        paths: tuple[int, int],
        record: Record,
        kind: int,
        sections: Sequence[bytes],
        hunks: Sequence[Sequence[Hunk]],
    ) -> None:
        """Note one file's change by its patch sections and their hunks.

        `paths`: numbers of its path and its old one.
        """
        found = [hunk for some in hunks for hunk in some] if kind == TEXT else []
        noted = [functions_and_decisions(section) for section in sections] if kind == TEXT else []
        self.commit.append(commit)
        self.path.append(paths[0])
        self.old_path.append(paths[1])
        self.status.append(record.status[0])
        self.kind.append(kind)
        self.added.append(sum(hunk[3] for hunk in found))
        self.deleted.append(sum(hunk[1] for hunk in found))
        self.functions.append(sum(functions for functions, _ in noted))
        self.decisions.append(sum(decisions for _, decisions in noted))


def kind_of(record: Record, sections: Sequence[bytes], missing: Collection[bytes]) -> int:
    """What git's numstat would say of a file: numbers, binary, or nothing of use; `missing` blobs are unknown."""
    if record.new_mode in _LINKS or (record.old_mode in _LINKS and record.status == b"D"):
        return LINK
    if record.new_blob in missing or record.old_blob in missing:
        return UNKNOWN
    return BINARY if any(b"\nBinary files " in section for section in sections) else TEXT


def changes(tally: Tally, rank: Ints, known: Lines, said: Mapping[str, Attributed]) -> pd.DataFrame:
    """Table `changes`, by the rank of their commits. `said`: what attributes say of paths."""
    shas, paths = known.shas, known.paths
    commit = np.frombuffer(tally.commit, np.uint32)
    order = np.argsort(rank[commit], kind="stable")
    path, kind = np.frombuffer(tally.path, np.uint32)[order], np.frombuffer(tally.kind, np.int8)[order]
    own = known.origin == np.arange(len(known.origin), dtype=known.origin.dtype)
    own &= ~known.slight
    # Before the table is there: what this needs for a while is as large.
    settled = {
        column: _counted(known, lines, commit[order], path)
        for column, lines in (("effective", own), ("copied", copied(known, rank, own)))
    }
    names = np.array([decoded(name) for name in paths], dtype=object)
    both = path.astype(np.int64) * 4 + kind
    distinct, place = np.unique(both, return_inverse=True)
    classes = np.array(
        [path_class(names[k // 4], said, link=k % 4 == LINK, binary=k % 4 == BINARY) for k in distinct.tolist()],
        dtype=object,
    )
    table = pd.DataFrame(
        {
            "sha": np.array([sha.decode() for sha in shas], dtype=object)[commit[order]],
            "path": names[path],
            "old_path": names[np.frombuffer(tally.old_path, np.uint32)[order]],
            "status": np.frombuffer(tally.status, "S1").astype(str)[order],
            "path_class": classes[place],
        },
        dtype="str",
    )
    for column in ("added", "deleted", "functions", "decisions"):
        counts = np.frombuffer(getattr(tally, column), np.uint32)[order].astype(np.int64)
        table[column] = pd.arrays.IntegerArray(counts, kind != TEXT)
    for column, counts in settled.items():
        table[column] = pd.arrays.IntegerArray(counts, kind != TEXT)
    # Names that are no UTF-8 can decode to another file's name; such a file counts once.
    return tables.conform(table.drop_duplicates(["sha", "path"], ignore_index=True), tables.CHANGES)


def _counted(
    known: Lines, own: NDArray[np.bool_], commit: NDArray[np.uint32], path: NDArray[np.uint32]
) -> NDArray[np.int64]:
    """How many lines of `own` each commit added to each path."""
    width = max(len(known.paths), 1)
    parts = [np.zeros((2, 0), dtype=np.int64)]
    for some in blocks(len(own)):
        inside = own[some]
        keys = known.commit[some][inside].astype(np.int64) * width + known.path[some][inside]
        begins, sizes = stretches(keys)
        parts.append(np.array([keys[begins], sizes]))
    keys, sizes = np.concatenate(parts, axis=1)
    files, place = np.unique(keys, return_inverse=True)
    counts = np.bincount(place, weights=sizes, minlength=len(files)).astype(np.int64)
    asked = commit.astype(np.int64) * width + path
    place = np.searchsorted(files, asked)
    hit = np.append(files, -1)[place] == asked
    found: NDArray[np.int64] = np.append(counts, 0)[place] * hit
    return found
