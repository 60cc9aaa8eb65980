"""Settle every line's birth, removal and origin from a replay, as arrays that the tables are made from.

A line that exists at head is alive, whatever the ledger says. Otherwise its killer is the earliest non-merge commit
that removed it, by generation (longest path from a root) and then by id, or else the earliest merge. These rules use
the graph alone, so the result does not depend on the order in which branches were read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.blame.ledger import ID_DTYPE
from analyzer.blame.patch_ids import commit_patch_ids
from analyzer.core.memory import iter_slices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from analyzer.blame.change_tally import ChangeTally
    from analyzer.blame.ledger import Ledger
    from analyzer.blame.moves import Origins
    from analyzer.history.start import FollowedHistory

    Ints = NDArray[np.signedinteger]

ALIVE = -1
# Numbers of lines, commits and paths: half the memory of the platform's default integers.
ID_TYPE = np.int32


@dataclass(frozen=True, slots=True)
class Lines:
    """Arrays with one element per line ever added, in the order of line ids.

    Attributes
    ----------
    shas, paths : commit ids and paths by their numbers.
    commit, path, line : birth as git blame sees it: commit number, path number, 1-based line.
    killer : number of the commit that removed the line, or ALIVE.
    origin : id of the line that this line continues; its own id if it was written.
    reason : why it continues that line, an index into `moves.REASONS`.
    slight, comment : the line has next to no text; the line begins like a comment.
    text : hash of the line's text, 0 if unknown.
    shape, tokens : hash and number of the tokens of the logical line that begins there, 0 if none (`line_shapes`).
    patch_id : per commit: its patch id (`blame.patch_ids`), 0 for none.
    is_merge : per commit: it has several parents.
    dropped : merge, path number and number of the lines that the merge dropped from there and is the killer of; three
        rows of int64.
    birth_order : line ids ordered by birth: rank of the commit, path, line.
    head_paths, head_counts, head_ids : per file at head: path and number of lines; and the ids of all these lines.
    opaque : paths at head whose lines are unknown.
    unfollowed_paths, unfollowed_counts : per text file at head whose lines are not followed: path and number of lines.
    starts : commits with a smaller number stand for all that is older (`history.start`).
    """

    shas: tuple[bytes, ...]
    paths: tuple[bytes, ...]
    commit: Ints
    path: Ints
    line: Ints
    killer: Ints
    origin: Ints
    reason: NDArray[np.int8]
    slight: NDArray[np.bool_]
    comment: NDArray[np.bool_]
    text: NDArray[np.uint32]
    shape: NDArray[np.uint32]
    tokens: NDArray[np.uint8]
    patch_id: NDArray[np.uint64]
    is_merge: NDArray[np.bool_]
    dropped: NDArray[np.int64]
    birth_order: Ints
    head_paths: tuple[bytes, ...]
    head_counts: Ints
    head_ids: Ints
    opaque: tuple[bytes, ...]
    unfollowed_paths: tuple[bytes, ...]
    unfollowed_counts: Ints
    starts: int


class FilesAtHead(NamedTuple):
    """ids: path → ids of its lines, None if they are unknown. unfollowed: path → number of lines, not followed."""

    ids: Mapping[bytes, bytes | None]
    unfollowed: Mapping[bytes, int]


def settle_lines(
    ledger: Ledger,
    tally: ChangeTally,
    history: FollowedHistory,
    head: FilesAtHead,
    origins: Origins | None,
    rank: Ints,
) -> Lines:
    """Return all lines of a history with births, removals and origins settled.

    Parameters
    ----------
    ledger, tally : births and removals of lines and changes of files, as the replay logged them.
    history : the commits, in the order of their numbers.
    head : the files of the analysed commit.
    origins : links to continued lines; None: every line counts as written.
    rank : rank per commit number, from `commit_ranks`.
    """
    counts = np.frombuffer(ledger.birth_lines, np.uint32)
    first = np.cumsum(counts, dtype=np.int64) - counts
    line = np.arange(ledger.lines, dtype=ID_TYPE)
    line -= np.repeat((first - _column(ledger.birth_line)).astype(ID_TYPE), counts)
    text_paths = sorted(path for path, line_ids in head.ids.items() if line_ids is not None)
    line_ids = [head.ids[path] or b"" for path in text_paths]
    unfollowed = sorted(head.unfollowed.items())
    head_ids = np.frombuffer(b"".join(line_ids), ID_DTYPE).astype(ID_TYPE)
    killer = _killers(ledger, rank, head_ids)
    origin, reason = _origins(ledger.lines, origins)
    commit, path = (np.repeat(_column(column), counts) for column in (ledger.birth_commit, ledger.birth_path))
    is_merge = np.array([len(parent_ids) > 1 for parent_ids in history.parents.values()], dtype=bool)
    text = np.frombuffer(ledger.text, np.uint32)
    if len(text) < ledger.lines:  # the last lines are of opaque files
        text = np.pad(text, (0, ledger.lines - len(text)))
    ledger.shapes.complete(ledger.lines)
    return Lines(
        shas=tuple(history.parents),
        paths=tuple(ledger.paths),
        commit=commit,
        path=path,
        line=line,
        killer=killer,
        origin=origin,
        reason=reason,
        slight=_flags(ledger.slight, ledger.lines),
        comment=_flags(ledger.comment, ledger.lines),
        text=text,
        shape=np.frombuffer(ledger.shapes.shape, np.uint32),
        tokens=np.frombuffer(ledger.shapes.tokens, np.uint8),
        patch_id=commit_patch_ids(ledger, tally, commit, path, text, is_merge),
        is_merge=is_merge,
        dropped=_dropped_lines(ledger, killer),
        birth_order=_birth_order(ledger, first, counts.astype(np.int64), rank),
        head_paths=tuple(text_paths),
        head_counts=np.array([len(file_ids) // ID_DTYPE.itemsize for file_ids in line_ids], dtype=np.int64),
        head_ids=head_ids,
        opaque=tuple(sorted(path for path, line_ids in head.ids.items() if line_ids is None)),
        unfollowed_paths=tuple(path for path, _ in unfollowed),
        unfollowed_counts=np.array([count for _, count in unfollowed], dtype=np.int64),
        starts=history.starts,
    )


def _flags(numbers: object, size: int) -> NDArray[np.bool_]:
    flags = np.zeros(size, dtype=bool)
    flags[_column(numbers)] = True
    return flags


def _birth_order(ledger: Ledger, first: Ints, counts: Ints, rank: Ints) -> Ints:
    """Return line ids in order of birth. We sort runs, not lines, because ids ascend within a run."""
    path_order = np.empty(len(ledger.paths), dtype=np.int64)
    names = list(ledger.paths)
    path_order[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    commit, path = _column(ledger.birth_commit), _column(ledger.birth_path)
    runs = np.lexsort((_column(ledger.birth_line), path_order[path], rank[commit]))
    sizes = counts[runs]
    starts = np.cumsum(sizes) - sizes
    order: Ints = np.repeat((first[runs] - starts).astype(ID_TYPE), sizes)
    order += np.arange(ledger.lines, dtype=ID_TYPE)
    return order


def _column(values: object) -> Ints:
    return np.frombuffer(values, np.uint32).astype(ID_TYPE)  # type: ignore[call-overload,no-any-return]  # an array


def commit_ranks(parents: Mapping[bytes, Sequence[bytes]], shas: Iterable[bytes] | None = None) -> Ints:
    """Return each commit's rank by (generation, id), which does not depend on the order of reading.

    Parameters
    ----------
    parents : parents by commit, of the whole history.
    shas : the commits to rank, in the order of the result; None: all.
    """
    generation: dict[bytes, int] = {}
    for sha, parent_ids in parents.items():
        generation[sha] = 1 + max((generation[parent] for parent in parent_ids), default=0)
    keys = [(generation[sha], sha) for sha in (parents if shas is None else shas)]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    positions = np.empty(len(order), dtype=np.int64)
    positions[order] = np.arange(len(order))
    return positions


def run_lengths(keys: Ints) -> tuple[Ints, Ints]:
    """Return starts and lengths of runs of equal neighbours. Lines come in blocks, and runs sort faster than lines."""
    starts = np.flatnonzero(np.append(len(keys) > 0, keys[1:] != keys[:-1]))
    return starts, np.diff(starts, append=len(keys))


def _killers(ledger: Ledger, rank: Ints, head_ids: Ints) -> Ints:
    """Return the killer of each line; a merge counts only if no other commit removed the line."""
    rank32 = rank.astype(ID_TYPE)
    earliest_place = np.full(ledger.lines, 2 * len(rank), dtype=ID_TYPE)
    for ids, commit, merge in ledger.removals():
        np.minimum.at(earliest_place, ids, rank32[commit] + np.where(merge, ID_TYPE(len(rank)), ID_TYPE(0)))
    by_rank = np.argsort(rank).astype(ID_TYPE)
    return _killers_from_places(
        earliest_place, np.concatenate([by_rank, by_rank, np.array([ALIVE], dtype=ID_TYPE)]), head_ids
    )


def _dropped_lines(ledger: Ledger, killer: Ints) -> NDArray[np.int64]:
    """Return (merge, path number, number of lines) of lines whose killer is the merge that dropped them."""
    ids, merge, path = ledger.drops()
    is_killer = killer[ids] == merge
    pairs = np.array([merge[is_killer], path[is_killer]], dtype=np.int64)
    distinct, counts = np.unique(pairs, axis=1, return_counts=True)
    return np.vstack([distinct, counts.astype(np.int64)])


def _killers_from_places(places: Ints, table: Ints, alive: Ints | NDArray[np.bool_]) -> Ints:
    """Replace, in place, each element of `places` by the killer at that place in `table`, and by ALIVE if alive."""
    for block in iter_slices(len(places)):
        places[block] = table[places[block]]
    places[alive] = ALIVE
    return places


def _origins(count: int, origins: Origins | None) -> tuple[Ints, NDArray[np.int8]]:
    """Return the root of every line's chain of links, and the reason of its own link."""
    origin, reason = np.arange(count, dtype=ID_TYPE), np.zeros(count, dtype=np.int8)
    if origins is not None and origins.new:
        new_lines = np.concatenate(origins.new)
        origin[new_lines] = np.concatenate(origins.old)
        reason[new_lines] = np.repeat(np.array(origins.reason, dtype=np.int8), [len(link) for link in origins.new])
        parents = origin[new_lines]  # every other line is its own origin
        while not np.array_equal(grandparents := origin[parents], parents):
            origin[new_lines] = parents = grandparents
    return origin, reason


def lines_by_origin(lines: Lines, rank: Ints) -> Lines:
    """Return the lines with killers by origin: a written line lives as long as any line that continues it."""
    alive = np.zeros(len(lines.origin), dtype=bool)
    latest_rank = np.full(len(lines.origin), -1, dtype=ID_TYPE)
    rank32 = rank.astype(ID_TYPE)
    for block in iter_slices(len(latest_rank)):
        origin, killer = lines.origin[block], lines.killer[block]
        dead = killer != ALIVE
        alive[origin[~dead]] = True
        np.maximum.at(latest_rank, origin[dead], rank32[killer[dead]])
    return replace(
        lines, killer=_killers_from_places(latest_rank, np.append(np.argsort(rank), ALIVE).astype(ID_TYPE), alive)
    )
