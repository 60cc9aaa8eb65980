"""Build table `file_changes`: what each commit changed per file.

The counts of a non-merge commit equal git's numstat and come from the hunks that the replay reads anyway. A merge has
rows only for the files in which it wrote or dropped lines itself: lines that no parent has, which git blame gives to
it, and lines of a parent that the result lacks although no other commit removed them, as in table `deaths`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.blame.change_tally import BINARY, LINE_KINDS, LINK, TEXT
from analyzer.blame.conflict_copies import lines_from_conflicts
from analyzer.blame.copied_blocks import find_copied_lines
from analyzer.blame.lines import run_lengths
from analyzer.blame.repeated_tokens import find_repeated_tokens
from analyzer.core import tables
from analyzer.core.memory import iter_slices
from analyzer.history.commits import decode_text
from analyzer.history.file_classes import classify_paths

if TYPE_CHECKING:
    from array import array
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analyzer.blame.change_tally import ChangeTally
    from analyzer.blame.lines import Ints, Lines
    from analyzer.history.file_classes import PathAttributes


# UNFOLLOWED: text whose lines are counted and not followed (`blame.path_log`).
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
    ordered_commit = commit[order]
    line_counts = {
        "effective": _sums_per_change(lines, effective, None, ordered_commit, path),
        "copied": _sums_per_change(lines, find_copied_lines(lines, rank, effective), None, ordered_commit, path),
        "tokens": _sums_per_change(lines, effective, lines.tokens, ordered_commit, path),
    }
    repeated = find_repeated_tokens(lines, rank, effective)
    line_counts["repeated_tokens"] = _sums_per_change(lines, repeated, lines.tokens, ordered_commit, path)
    names = np.array([decode_text(name) for name in paths], dtype=object)
    classes = np.array(classify_paths(names.tolist(), attributes), dtype=object)[path]
    classes[kind == LINK], classes[kind == BINARY] = "link", "binary"
    table = pd.DataFrame(
        {
            "sha": np.array([sha.decode() for sha in shas], dtype=object)[ordered_commit],
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


def _sums_per_change(
    lines: Lines,
    selected: NDArray[np.bool_],
    weights: NDArray[np.uint8] | None,
    commit: NDArray[np.uint32],
    path: NDArray[np.uint32],
) -> NDArray[np.int64]:
    """Return the number or total weight of the `selected` lines that each commit added to each path, per change."""
    width = max(len(lines.paths), 1)
    chunks = [np.zeros((2, 0), dtype=np.int64)]
    for block in iter_slices(len(selected)):
        in_block = selected[block]
        keys = lines.commit[block][in_block].astype(np.int64) * width + lines.path[block][in_block]
        begins, sizes = run_lengths(keys)
        if weights is not None and len(begins):
            sizes = np.add.reduceat(weights[block][in_block], begins, dtype=np.int64)
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
