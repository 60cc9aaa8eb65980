"""Build the tables `births`, `deaths`, `lines_at_head`, `lifetimes` and `surviving`, by blame or by origin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from analyzer.blame.lines import ALIVE, lines_by_origin, run_lengths
from analyzer.blame.moves import REASONS
from analyzer.core import tables
from analyzer.core.constants import SECONDS_PER_DAY
from analyzer.core.memory import iter_slices
from analyzer.history.commits import decode_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.blame.lines import Ints, Lines

View = Literal["blame", "origin"]


def births_table(lines: Lines, view: View) -> pd.DataFrame:
    """Return table `births`: runs of lines that one commit added to one file, oldest commit first.

    Lines from before the start of a followed history are left out, here and in the tables of deaths and lifetimes.
    """
    ids = _lines_in_view(lines, view)
    runs = _run_starts(lines, ids)
    return tables.conform(_births_of_runs(lines, ids, runs), tables.BIRTHS)


def deaths_table(lines: Lines, rank: Ints, committed: pd.Series, view: View) -> pd.DataFrame:
    """Return table `deaths`: runs of lines with the same birth and killer.

    `rank`: rank per commit number. `committed`: committer dates by commit id.
    """
    by_view = lines_by_origin(lines, rank) if view == "origin" else lines
    ids = _lines_in_view(lines, view)
    ids = ids[by_view.killer[ids] != ALIVE]
    runs = _run_starts(lines, ids, by_view.killer)
    table = _births_of_runs(lines, ids, runs)
    killers = by_view.killer[ids[runs[:-1]]]
    table["died_sha"] = _categorical(killers, lines.shas)
    dates = pd.DatetimeIndex(committed.reindex([sha.decode() for sha in lines.shas]))
    days = (dates[killers] - dates[lines.commit[ids[runs[:-1]]]]).total_seconds() / SECONDS_PER_DAY
    table["days"] = pd.array(np.maximum(days, 0.0), dtype="Float64")
    return tables.conform(table, tables.DEATHS)


def lines_at_head_table(lines: Lines, view: View) -> pd.DataFrame:
    """Return table `lines_at_head`: every line of every file at head whose lines are known."""
    line_ids = lines.origin[lines.head_ids] if view == "origin" else lines.head_ids
    counts = lines.head_counts
    first = np.repeat(np.cumsum(counts) - counts, counts)
    reason = lines.reason[lines.head_ids] if view == "origin" else np.zeros(len(line_ids), dtype=np.int8)
    table = pd.DataFrame(
        {
            "path": _categorical(np.repeat(np.arange(len(counts)), counts), lines.head_paths),
            "line": pd.array(np.arange(len(line_ids)) - first + 1, dtype="Int64"),
            "sha": _categorical(lines.commit[line_ids], lines.shas),
            "born_path": _categorical(lines.path[line_ids], lines.paths),
            "born_line": pd.array(lines.line[line_ids], dtype="Int64"),
            "reason": pd.Categorical.from_codes(reason.astype(int) - 1, list(REASONS[1:])),  # type: ignore[call-overload]
        }
    )
    return tables.conform(table, tables.LINES_AT_HEAD)


def lifetimes_table(lines: Lines, rank: Ints, view: View) -> pd.DataFrame:
    """Return table `lifetimes`: lines by birth, file and killer, oldest birth first."""
    by_view = lines_by_origin(lines, rank) if view == "origin" else lines
    group_keys, ids, sizes, slight = _group_neighbours(by_view, rank, view)
    _, first, group_index = np.unique(group_keys, return_index=True, return_inverse=True)
    counts = np.bincount(group_index, weights=sizes, minlength=len(first))
    cosmetic = np.bincount(group_index, weights=slight, minlength=len(first))
    first = ids[first]
    table = pd.DataFrame(
        {
            "born_sha": _categorical(lines.commit[first], lines.shas),
            "path": _categorical(lines.path[first], lines.paths),
            "died_sha": _categorical(by_view.killer[first], lines.shas),
            "lines": pd.array(counts.astype(np.int64), dtype="Int64"),
            "cosmetic": pd.array(cosmetic.astype(np.int64), dtype="Int64"),
        }
    )
    return tables.conform(table, tables.LIFETIMES)


def _group_neighbours(lines: Lines, rank: Ints, view: View) -> tuple[Ints, Ints, Ints, Ints]:
    """Return runs of neighbouring lines with the same birth, file and killer.

    Four arrays with one element per run: a key for the three, the first line's id, number of lines, cosmetic lines.
    """
    chunks = [np.zeros((4, 0), dtype=np.int64)]
    file, last_birth = 0, (-1, -1)
    for block in iter_slices(len(lines.birth_order)):
        ids = _written_lines(lines, view, lines.birth_order[block])
        if not len(ids):
            continue
        commit, path, killer = lines.commit[ids], lines.path[ids], lines.killer[ids]
        new = np.append(last_birth[0], commit[:-1]) != commit
        new |= np.append(last_birth[1], path[:-1]) != path  # births are ordered by file
        files = file + np.cumsum(new)
        file, last_birth = files[-1], (commit[-1], path[-1])
        keys = files * (len(rank) + 1) + np.where(killer == ALIVE, len(rank), rank[killer])
        begins, sizes = run_lengths(keys)
        slight = np.add.reduceat((lines.slight[ids] | lines.comment[ids]).astype(np.int64), begins)
        chunks.append(np.array([keys[begins], ids[begins], sizes, slight]))
    keys, ids, sizes, slight = np.concatenate(chunks, axis=1)
    return keys, ids, sizes, slight


def surviving_table(lines: Lines, rank: Ints, view: View) -> pd.DataFrame:
    """Return table `surviving`: lines at head by the commit they come from, oldest first, and by file.

    Lines from before the start of a followed history, and files whose lines are not followed, have no commit.
    """
    line_ids = lines.origin[lines.head_ids] if view == "origin" else lines.head_ids
    files = len(lines.head_counts)
    file = np.repeat(np.arange(files), lines.head_counts)
    ranks = np.where(np.arange(len(rank)) < lines.starts, -1, rank)
    keys = ranks[lines.commit[line_ids]] * files + file
    begins, sizes = run_lengths(keys)
    distinct, group_index = np.unique(keys[begins], return_inverse=True)
    counts = np.bincount(group_index, weights=sizes, minlength=len(distinct)).astype(np.int64)
    nowhere = np.full(len(lines.unfollowed_paths), -1)
    is_old = distinct < 0
    commit = np.where(is_old, -1, np.argsort(rank)[np.where(is_old, 0, distinct) // max(files, 1)])
    path = np.concatenate([distinct % max(files, 1), files + np.arange(len(nowhere))])
    table = pd.DataFrame(
        {
            "sha": _categorical(np.concatenate([commit, nowhere]), lines.shas),
            "path": _categorical(path, (*lines.head_paths, *lines.unfollowed_paths)),
            "lines": pd.array(np.concatenate([counts, lines.unfollowed_counts]), dtype="Int64"),
        }
    )
    return tables.conform(table, tables.SURVIVING)


def _lines_in_view(lines: Lines, view: View) -> Ints:
    """Return the ids of the lines that count as written in this view, in order of birth."""
    if view == "blame" and not lines.starts:
        return lines.birth_order
    return np.concatenate(
        [
            lines.birth_order[:0],
            *(_written_lines(lines, view, lines.birth_order[k]) for k in iter_slices(len(lines.birth_order))),
        ]
    )


def _written_lines(lines: Lines, view: View, ids: Ints) -> Ints:
    if lines.starts:
        ids = ids[lines.commit[ids] >= lines.starts]
    return ids if view == "blame" else ids[lines.origin[ids] == ids]


def _run_starts(lines: Lines, ids: Ints, killer: Ints | None = None) -> Ints:
    """Return where runs of neighbouring lines with the same birth (and killer) start, and the end of the last run."""
    if not len(ids):
        return np.zeros(1, dtype=np.int64)
    starts = np.ones(len(ids), dtype=bool)
    columns = [lines.commit, lines.path] if killer is None else [lines.commit, lines.path, killer]
    for block in iter_slices(len(ids) - 1):
        window = ids[block.start : block.stop + 1]
        same = np.diff(lines.line[window]) == 1
        for column in columns:
            same &= np.diff(column[window]) == 0
        starts[block.start + 1 : block.stop + 1] = ~same
    return np.append(np.flatnonzero(starts), len(ids))


def _births_of_runs(lines: Lines, ids: Ints, runs: Ints) -> pd.DataFrame:
    first = ids[runs[:-1]]
    return pd.DataFrame(
        {
            "born_sha": _categorical(lines.commit[first], lines.shas),
            "path": _categorical(lines.path[first], lines.paths),
            "line": pd.array(lines.line[first], dtype="Int64"),
            "lines": pd.array(np.diff(runs), dtype="Int64"),
        }
    )


def _categorical(codes: Ints, names: Sequence[bytes]) -> pd.Categorical:
    """Return a categorical column of the names that occur; a negative code is NA."""
    present = codes >= 0
    used = np.flatnonzero(np.bincount(codes[present], minlength=len(names)))
    texts = [decode_text(names[k]) for k in used.tolist()]
    code_by_text = {text: k for k, text in enumerate(sorted(set(texts)))}
    new_codes = np.zeros(len(names), dtype=np.int64)
    new_codes[used] = [code_by_text[text] for text in texts]
    codes = np.where(present, new_codes[codes], -1)
    return pd.Categorical.from_codes(codes, list(code_by_text))  # type: ignore[call-overload,no-any-return]  # stubs know int only
