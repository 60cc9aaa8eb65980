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

    from analyzer.blame.diff import FilePatch, FileRecord
    from analyzer.blame.lines import Ints, Lines
    from analyzer.history.file_classes import PathAttributes

# UNFOLLOWED: text whose lines are counted and not followed (`blame.path_log`).
TEXT, BINARY, LINK, UNKNOWN, UNFOLLOWED = range(5)
LINE_KINDS = (TEXT, UNFOLLOWED)
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
    """File changes as columns, one element per (commit, file): commit and path numbers, status, kind, line counts.

    `net_hash` stands for the added and removed lines of a file that is not followed (`FilePatch.net_hash`); else 0.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.commit, self.path, self.old_path = array("I"), array("I"), array("I")
        self.status, self.kind = array("b"), array("b")
        self.added, self.deleted = array("I"), array("I")
        self.functions, self.decisions = array("I"), array("I")
        self.net_hash = array("Q")

    def add_file(
        self,
        commit: int,
        paths: tuple[int, int],
        record: FileRecord,
        kind: int,
        patches: Sequence[FilePatch],
    ) -> None:
        """Add the change of one file.

        Parameters
        ----------
        commit : number of the commit.
        paths : numbers of the file's path and its old path.
        record : the file's raw record.
        kind : TEXT, BINARY, LINK, UNKNOWN or UNFOLLOWED; only text has line counts.
        patches : patches of the file; a change of its type has two.
        """
        added = deleted = functions = decisions = net_hash = 0
        for patch in patches if kind in LINE_KINDS else ():
            added += sum([hunk[3] for hunk in patch.hunks])
            deleted += sum([hunk[1] for hunk in patch.hunks])
            if kind == UNFOLLOWED:
                net_hash = patch.net_hash()
            else:
                patch_functions, patch_decisions = count_functions_and_decisions(patch.section)
                functions += patch_functions
                decisions += patch_decisions
        self.commit.append(commit)
        self.path.append(paths[0])
        self.old_path.append(paths[1])
        self.status.append(record.status[0])
        self.kind.append(kind)
        self.added.append(added)
        self.deleted.append(deleted)
        self.functions.append(functions)
        self.decisions.append(decisions)
        self.net_hash.append(net_hash)

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
        self.net_hash.append(0)


def content_kind(
    record: FileRecord, patches: Sequence[FilePatch], missing: Collection[bytes], unfollowed: Collection[bytes]
) -> int:
    """Return the kind of a changed file, as numstat treats it; a file with a `missing` blob is unknown.

    `unfollowed`: paths whose lines are counted and not followed.
    """
    if record.new_mode in LINK_MODES or (record.old_mode in LINK_MODES and record.status == b"D"):
        return LINK
    if record.new_blob in missing or record.old_blob in missing:
        return UNKNOWN
    if any(patch.is_binary for patch in patches):
        return BINARY
    return UNFOLLOWED if record.path in unfollowed else TEXT


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
    order = order[(has_own_lines & (commit >= lines.starts))[order]]
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
    has_no_lines = ~np.isin(kind, LINE_KINDS)
    line_counts |= {name: _ordered(getattr(tally, name), order) for name in ("functions", "decisions")}
    for column, counts in (("added", _ordered(tally.added, order)), ("deleted", deleted[order])):
        table[column] = pd.arrays.IntegerArray(counts, has_no_lines)
    for column, counts in line_counts.items():
        table[column] = pd.arrays.IntegerArray(counts, kind != TEXT)
    # Two names that are not UTF-8 can decode to the same text; count such a file once.
    return tables.conform(table.drop_duplicates(["sha", "path"], ignore_index=True), tables.FILE_CHANGES)


def _ordered(column: array[int], order: Ints) -> NDArray[np.int64]:
    return np.frombuffer(column, np.uint32)[order].astype(np.int64)


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
    is_text = np.isin(np.frombuffer(tally.kind, np.int8), LINE_KINDS)
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
