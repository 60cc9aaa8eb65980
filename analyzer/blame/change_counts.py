"""Build table `file_changes`: what each commit changed per file.

The counts of a non-merge commit equal git's numstat and come from the hunks that the replay reads anyway. A merge has
rows only for the files in which it wrote or dropped lines itself: lines that no parent has, which git blame gives to
it, and lines of a parent that the result lacks although no other commit removed them, as in table `deaths`.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analyzer.blame.conflict_copies import lines_from_conflicts
from analyzer.blame.copied_blocks import find_copied_lines
from analyzer.blame.diff import SUBMODULE
from analyzer.blame.line_hashes import added_section, count_functions_and_decisions
from analyzer.blame.lines import run_lengths
from analyzer.core import tables
from analyzer.core.memory import iter_slices
from analyzer.history.commits import decode_text
from analyzer.history.file_classes import classify_paths

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from analyzer.blame.diff import FileRecord, Hunk
    from analyzer.blame.lines import Ints, Lines
    from analyzer.history.file_classes import PathAttributes

TEXT, BINARY, LINK, UNKNOWN = range(4)
LINK_MODES = (b"120000", SUBMODULE)


class OwnFile(NamedTuple):
    """What a merge itself wrote in one file: lines that no parent has.

    old_path: its path in the first parent that has it, empty if none does. kind: TEXT, BINARY, LINK or UNKNOWN.
    texts: the lines.
    """

    old_path: bytes
    kind: int
    texts: list[bytes]


class ChangeTally:
    """File changes as columns, one element per (commit, file): commit and path numbers, status, kind, line counts."""

    def __init__(self) -> None:
        """Start empty."""
        self.commit, self.path, self.old_path = array("I"), array("I"), array("I")
        self.status, self.kind = array("b"), array("b")
        self.added, self.deleted = array("I"), array("I")
        self.functions, self.decisions = array("I"), array("I")

    def add_file(
        self,
        commit: int,
        paths: tuple[int, int],
        record: FileRecord,
        kind: int,
        sections: Sequence[bytes],
        hunks: Sequence[Sequence[Hunk]],
    ) -> None:
        """Add the change of one file.

        Parameters
        ----------
        commit : number of the commit.
        paths : numbers of the file's path and its old path.
        record : the file's raw record.
        kind : TEXT, BINARY, LINK or UNKNOWN; only text has line counts.
        sections : patch sections of the file.
        hunks : hunks per section.
        """
        counted_hunks = [hunk for section_hunks in hunks for hunk in section_hunks] if kind == TEXT else []
        line_kinds = [count_functions_and_decisions(section) for section in sections] if kind == TEXT else []
        self.commit.append(commit)
        self.path.append(paths[0])
        self.old_path.append(paths[1])
        self.status.append(record.status[0])
        self.kind.append(kind)
        self.added.append(sum(hunk[3] for hunk in counted_hunks))
        self.deleted.append(sum(hunk[1] for hunk in counted_hunks))
        self.functions.append(sum(functions for functions, _ in line_kinds))
        self.decisions.append(sum(decisions for _, decisions in line_kinds))

    def add_own_file(self, merge: int, paths: tuple[int, int], status: bytes, own_file: OwnFile) -> None:
        """Add a file in which a merge wrote or dropped lines; how many it dropped follows from the ledger later.

        Parameters
        ----------
        merge : number of the merge.
        paths : numbers of the file's path and its old path.
        status : A if no parent has the file, D if the result lacks it, R if it was renamed, else M.
        own_file : what the merge wrote.
        """
        texts = own_file.texts if own_file.kind == TEXT else []
        functions, decisions = count_functions_and_decisions(added_section(texts))
        self.commit.append(merge)
        self.path.append(paths[0])
        self.old_path.append(paths[1])
        self.status.append(status[0])
        self.kind.append(own_file.kind)
        self.added.append(len(texts))
        self.deleted.append(0)
        self.functions.append(functions)
        self.decisions.append(decisions)


def content_kind(record: FileRecord, sections: Sequence[bytes], missing: Collection[bytes]) -> int:
    """Return the kind of a changed file, as numstat treats it; a file with a `missing` blob is unknown."""
    if record.new_mode in LINK_MODES or (record.old_mode in LINK_MODES and record.status == b"D"):
        return LINK
    if record.new_blob in missing or record.old_blob in missing:
        return UNKNOWN
    return BINARY if any(b"\nBinary files " in section for section in sections) else TEXT


def change_table(
    tally: ChangeTally, rank: Ints, lines: Lines, attributes: Mapping[str, PathAttributes]
) -> pd.DataFrame:
    """Return table `file_changes`.

    Parameters
    ----------
    tally : the changes of all commits.
    rank : rank per commit number; rows are sorted by it.
    lines : all lines of the history.
    attributes : attributes by path.
    """
    shas, paths = lines.shas, lines.paths
    deleted, has_own_lines = _with_dropped_lines(tally, lines)
    commit = np.frombuffer(tally.commit, np.uint32)
    order = np.argsort(rank[commit], kind="stable")
    order = order[has_own_lines[order]]
    path, kind = np.frombuffer(tally.path, np.uint32)[order], np.frombuffer(tally.kind, np.int8)[order]
    effective = lines.origin == np.arange(len(lines.origin), dtype=lines.origin.dtype)
    effective[lines_from_conflicts(lines)] = True
    effective &= ~lines.slight
    # Do this before the table is built: its temporary arrays are just as large.
    line_counts = {
        column: _lines_per_change(lines, selected_lines, commit[order], path)
        for column, selected_lines in (("effective", effective), ("copied", find_copied_lines(lines, rank, effective)))
    }
    names = np.array([decode_text(name) for name in paths], dtype=object)
    classes = np.array(classify_paths(names.tolist(), attributes), dtype=object)[path]
    classes[kind == LINK], classes[kind == BINARY] = "link", "binary"
    table = pd.DataFrame(
        {
            "sha": np.array([sha.decode() for sha in shas], dtype=object)[commit[order]],
            "path": names[path],
            "old_path": names[np.frombuffer(tally.old_path, np.uint32)[order]],
            "status": np.frombuffer(tally.status, "S1").astype(str)[order],
            "path_class": classes,
        },
        dtype="str",
    )
    counted = {name: np.frombuffer(getattr(tally, name), np.uint32) for name in ("added", "functions", "decisions")}
    for column in ("added", "deleted", "functions", "decisions"):
        counts = counted.get(column, deleted)[order].astype(np.int64)
        table[column] = pd.arrays.IntegerArray(counts, kind != TEXT)
    for column, counts in line_counts.items():
        table[column] = pd.arrays.IntegerArray(counts, kind != TEXT)
    # Two names that are not UTF-8 can decode to the same text; count such a file once.
    return tables.conform(table.drop_duplicates(["sha", "path"], ignore_index=True), tables.FILE_CHANGES)


def _with_dropped_lines(tally: ChangeTally, lines: Lines) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return lines deleted per change, and which changes are rows of the table.

    Only now is it settled which lines a merge dropped: another commit may have removed the same line. A merge whose
    dropped lines were all removed elsewhere has nothing of its own in the file.
    """
    commit, path = np.frombuffer(tally.commit, np.uint32), np.frombuffer(tally.path, np.uint32)
    width = max(len(lines.paths), 1)
    merge, dropped_from, counts = lines.dropped
    dropped = _sums_by_key(merge * width + dropped_from, counts, commit.astype(np.int64) * width + path)
    deleted = np.frombuffer(tally.deleted, np.uint32).astype(np.int64) + dropped
    is_text = np.frombuffer(tally.kind, np.int8) == TEXT
    is_empty = is_text & (deleted == 0) & (np.frombuffer(tally.added, np.uint32) == 0)
    return deleted, ~(is_empty & lines.is_merge[commit])


def _lines_per_change(
    lines: Lines, selected: NDArray[np.bool_], commit: NDArray[np.uint32], path: NDArray[np.uint32]
) -> NDArray[np.int64]:
    """Return the number of `selected` lines that each commit added to each path, per change."""
    width = max(len(lines.paths), 1)
    chunks = [np.zeros((2, 0), dtype=np.int64)]
    for block in iter_slices(len(selected)):
        in_block = selected[block]
        keys = lines.commit[block][in_block].astype(np.int64) * width + lines.path[block][in_block]
        begins, sizes = run_lengths(keys)
        chunks.append(np.array([keys[begins], sizes]))
    keys, sizes = np.concatenate(chunks, axis=1)
    return _sums_by_key(keys, sizes, commit.astype(np.int64) * width + path)


def _sums_by_key(keys: NDArray[np.int64], sizes: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sum of `sizes` over equal `keys`, for each of the `wanted` keys; 0 for one that does not occur."""
    files, position = np.unique(keys, return_inverse=True)
    counts = np.bincount(position, weights=sizes, minlength=len(files)).astype(np.int64)
    position = np.searchsorted(files, wanted)
    matched = np.append(files, -1)[position] == wanted
    result: NDArray[np.int64] = np.append(counts, 0)[position] * matched
    return result
