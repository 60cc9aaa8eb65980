"""Lines → the tables `births`, `deaths`, `lines_at_head`, `lifetimes` and `surviving`, by blame or by origin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from analyzer.blame.lines import ALIVE, continued, stretches
from analyzer.blame.moves import REASONS
from analyzer.core import tables
from analyzer.core.memory import blocks
from analyzer.history.commits import decoded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.blame.lines import Ints, Lines

View = Literal["blame", "origin"]


def births(known: Lines, view: View) -> pd.DataFrame:
    """Table `births`: runs of lines that one commit added to one file, oldest commit first."""
    ids = _own(known, view)
    runs = _runs(known, ids)
    return tables.conform(_born(known, ids, runs), tables.BIRTHS)


def deaths(known: Lines, rank: Ints, committed: pd.Series, view: View) -> pd.DataFrame:
    """Table `deaths`: runs of lines with one birth and one killer. `committed`: committer dates by commit id."""
    settled = continued(known, rank) if view == "origin" else known
    ids = _own(known, view)
    ids = ids[settled.killer[ids] != ALIVE]
    runs = _runs(known, ids, settled.killer)
    table = _born(known, ids, runs)
    killers = settled.killer[ids[runs[:-1]]]
    table["died_sha"] = _names(killers, known.shas)
    dates = pd.DatetimeIndex(committed.reindex([sha.decode() for sha in known.shas]))
    lived = (dates[killers] - dates[known.commit[ids[runs[:-1]]]]).total_seconds() / 86_400
    table["days"] = pd.array(np.maximum(lived, 0.0), dtype="Float64")
    return tables.conform(table, tables.DEATHS)


def lines_at_head(known: Lines, view: View) -> pd.DataFrame:
    """Table `lines_at_head`: every line of every file whose lines are known."""
    source = known.origin[known.head_ids] if view == "origin" else known.head_ids
    counts = known.head_counts
    first = np.repeat(np.cumsum(counts) - counts, counts)
    reason = known.reason[known.head_ids] if view == "origin" else np.zeros(len(source), dtype=np.int8)
    table = pd.DataFrame(
        {
            "path": _names(np.repeat(np.arange(len(counts)), counts), known.head_paths),
            "line": pd.array(np.arange(len(source)) - first + 1, dtype="Int64"),
            "sha": _names(known.commit[source], known.shas),
            "born_path": _names(known.path[source], known.paths),
            "born_line": pd.array(known.line[source], dtype="Int64"),
            "reason": pd.Categorical.from_codes(reason.astype(int) - 1, list(REASONS[1:])),  # type: ignore[call-overload]
        }
    )
    return tables.conform(table, tables.LINES_AT_HEAD)


def lifetimes(known: Lines, rank: Ints, view: View) -> pd.DataFrame:
    """Table `lifetimes`: lines by birth, file and killer, oldest birth first."""
    settled = continued(known, rank) if view == "origin" else known
    keys, ids, sizes, slight = _alike(settled, rank, view)
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    counts = np.bincount(place, weights=sizes, minlength=len(first))
    cosmetic = np.bincount(place, weights=slight, minlength=len(first))
    first = ids[first]
    table = pd.DataFrame(
        {
            "born_sha": _names(known.commit[first], known.shas),
            "path": _names(known.path[first], known.paths),
            "died_sha": _names(settled.killer[first], known.shas),
            "lines": pd.array(counts.astype(np.int64), dtype="Int64"),
            "cosmetic": pd.array(cosmetic.astype(np.int64), dtype="Int64"),
        }
    )
    return tables.conform(table, tables.LIFETIMES)


def _alike(known: Lines, rank: Ints, view: View) -> tuple[Ints, Ints, Ints, Ints]:
    """Neighbours of one birth, file and killer: a key for these three, the first line, lines, and slight ones."""
    parts = [np.zeros((4, 0), dtype=np.int64)]
    file, last = 0, (-1, -1)
    for some in blocks(len(known.order)):
        ids = _written(known, view, known.order[some])
        if not len(ids):
            continue
        commit, path, killer = known.commit[ids], known.path[ids], known.killer[ids]
        new = np.append(last[0], commit[:-1]) != commit
        new |= np.append(last[1], path[:-1]) != path  # births come file by file
        files = file + np.cumsum(new)
        file, last = files[-1], (commit[-1], path[-1])
        keys = files * (len(rank) + 1) + np.where(killer == ALIVE, len(rank), rank[killer])
        begins, sizes = stretches(keys)
        slight = np.add.reduceat((known.slight[ids] | known.comment[ids]).astype(np.int64), begins)
        parts.append(np.array([keys[begins], ids[begins], sizes, slight]))
    keys, ids, sizes, slight = np.concatenate(parts, axis=1)
    return keys, ids, sizes, slight


def surviving(known: Lines, rank: Ints, view: View) -> pd.DataFrame:
    """Table `surviving`: lines alive at head by the commit they come from, oldest first, and the file they are in."""
    source = known.origin[known.head_ids] if view == "origin" else known.head_ids
    files = len(known.head_counts)
    file = np.repeat(np.arange(files), known.head_counts)
    keys = rank[known.commit[source]] * files + file
    begins, sizes = stretches(keys)
    both, place = np.unique(keys[begins], return_inverse=True)
    counts = np.bincount(place, weights=sizes, minlength=len(both)).astype(np.int64)
    table = pd.DataFrame(
        {
            "sha": _names(np.argsort(rank)[both // max(files, 1)], known.shas),
            "path": _names(both % max(files, 1), known.head_paths),
            "lines": pd.array(counts, dtype="Int64"),
        }
    )
    return tables.conform(table, tables.SURVIVING)


def _own(known: Lines, view: View) -> Ints:
    """Numbers of the lines that the view holds to be written, not continued, in the order of their births."""
    if view == "blame":
        return known.order
    return np.concatenate([known.order[:0], *(_written(known, view, known.order[k]) for k in blocks(len(known.order)))])


def _written(known: Lines, view: View, ids: Ints) -> Ints:
    return ids if view == "blame" else ids[known.origin[ids] == ids]


def _runs(known: Lines, ids: Ints, killer: Ints | None = None) -> Ints:
    """Where runs of neighbouring lines with one birth (and killer) begin, with the end of the last."""
    if not len(ids):
        return np.zeros(1, dtype=np.int64)
    new = np.ones(len(ids), dtype=bool)
    columns = [known.commit, known.path] if killer is None else [known.commit, known.path, killer]
    for some in blocks(len(ids) - 1):
        both = ids[some.start : some.stop + 1]
        same = np.diff(known.line[both]) == 1
        for column in columns:
            same &= np.diff(column[both]) == 0
        new[some.start + 1 : some.stop + 1] = ~same
    return np.append(np.flatnonzero(new), len(ids))


def _born(known: Lines, ids: Ints, runs: Ints) -> pd.DataFrame:
    first = ids[runs[:-1]]
    return pd.DataFrame(
        {
            "born_sha": _names(known.commit[first], known.shas),
            "path": _names(known.path[first], known.paths),
            "line": pd.array(known.line[first], dtype="Int64"),
            "lines": pd.array(np.diff(runs), dtype="Int64"),
        }
    )


def _names(codes: Ints, names: Sequence[bytes]) -> pd.Categorical:
    """A column of names that occur, without a string a row; a negative code is NA."""
    known = codes >= 0
    used = np.flatnonzero(np.bincount(codes[known], minlength=len(names)))
    texts = [decoded(names[k]) for k in used.tolist()]
    shown = {text: k for k, text in enumerate(sorted(set(texts)))}
    place = np.zeros(len(names), dtype=np.int64)
    place[used] = [shown[text] for text in texts]
    codes = np.where(known, place[codes], -1)
    return pd.Categorical.from_codes(codes, list(shown))  # type: ignore[call-overload,no-any-return]  # stubs know int only
