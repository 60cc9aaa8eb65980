"""Replayed history → every line's birth, death and origin, as arrays; the tables of this stage are views of them.

A line alive at head is alive, whatever was logged. Otherwise its killer is the earliest non-merge commit that removed
it, by generation (longest way from a root) and then by id, else the earliest merge: rules of the graph alone, so that
the answer does not depend on the order in which branches were read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analyzer.blame.ledger import IDS
from analyzer.blame.patch_ids import net_of_commits
from analyzer.core.memory import blocks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from analyzer.blame.ledger import Ledger
    from analyzer.blame.moves import Origins

    Ints = NDArray[np.signedinteger]

ALIVE = -1
# Numbers of lines, commits and paths: half the memory of the platform's own integers.
NUMBER = np.int32


@dataclass(frozen=True, slots=True)
class Lines:
    """One element a line ever added, in the order of their numbers.

    commit, path, line: where git blame sees its birth (commit number, path number, 1-based line). killer: commit that
    removed it, or ALIVE. origin: number of the line it continues, its own where it was written. reason: why, an index
    into `origin.REASONS`. slight: holds next to nothing. comment: is one, by how it begins. text: hash of its text, 0
    where it is not known. order: lines by birth, that is by rank of the commit, path and line. net, one element a
    commit: its patch as a number (`copies`), 0 for none. Head: `head_paths`, `head_counts` and `head_ids`, the files'
    lines one after the other.
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
    net: NDArray[np.uint64]
    order: Ints
    head_paths: tuple[bytes, ...]
    head_counts: Ints
    head_ids: Ints
    opaque: tuple[bytes, ...]


def lines(
    ledger: Ledger,
    parents: Mapping[bytes, Sequence[bytes]],
    head: Mapping[bytes, bytes | None],
    origins: Origins | None,
    rank: Ints,
) -> Lines:
    """Settle births, deaths and origins. `head`: path → numbers of its lines, None where they are not known.

    `rank`: of each commit, by `ranks`.
    """
    counts = np.frombuffer(ledger.birth_lines, np.uint32)
    first = np.cumsum(counts, dtype=np.int64) - counts
    line = np.arange(ledger.lines, dtype=NUMBER)
    line -= np.repeat((first - _column(ledger.birth_line)).astype(NUMBER), counts)
    known = sorted(path for path, ids in head.items() if ids is not None)
    ids = [head[path] or b"" for path in known]
    head_ids = np.frombuffer(b"".join(ids), IDS).astype(NUMBER)
    shas = tuple(parents)
    killer = _killers(ledger, rank, head_ids)
    origin, reason = _origins(ledger.lines, origins)
    commit, path = (np.repeat(_column(column), counts) for column in (ledger.birth_commit, ledger.birth_path))
    text = np.frombuffer(ledger.text, np.uint32)
    if len(text) < ledger.lines:  # the last lines are no ordinary commit's
        text = np.pad(text, (0, ledger.lines - len(text)))
    return Lines(
        shas=shas,
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
        net=net_of_commits(ledger, commit, path, text, len(shas)),
        order=_order(ledger, first, counts.astype(np.int64), rank),
        head_paths=tuple(known),
        head_counts=np.array([len(part) // IDS.itemsize for part in ids], dtype=np.int64),
        head_ids=head_ids,
        opaque=tuple(sorted(path for path, ids in head.items() if ids is None)),
    )


def _flags(numbers: object, size: int) -> NDArray[np.bool_]:
    flags = np.zeros(size, dtype=bool)
    flags[_column(numbers)] = True
    return flags


def _order(ledger: Ledger, first: Ints, counts: Ints, rank: Ints) -> Ints:
    """Sort runs, not lines: within a run numbers ascend already."""
    places = np.empty(len(ledger.paths), dtype=np.int64)
    names = list(ledger.paths)
    places[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    commit, path = _column(ledger.birth_commit), _column(ledger.birth_path)
    runs = np.lexsort((_column(ledger.birth_line), places[path], rank[commit]))
    sizes = counts[runs]
    begins = np.cumsum(sizes) - sizes
    order: Ints = np.repeat((first[runs] - begins).astype(NUMBER), sizes)
    order += np.arange(ledger.lines, dtype=NUMBER)
    return order


def _column(values: object) -> Ints:
    return np.frombuffer(values, np.uint32).astype(NUMBER)  # type: ignore[call-overload,no-any-return]  # an array


def ranks(parents: Mapping[bytes, Sequence[bytes]]) -> Ints:
    """Place of each commit by (generation, id): the same in every order of reading."""
    generation: dict[bytes, int] = {}
    for sha, before in parents.items():
        generation[sha] = 1 + max((generation[parent] for parent in before), default=0)
    order = sorted(range(len(parents)), key=list(zip(generation.values(), parents, strict=True)).__getitem__)
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    return places


def stretches(keys: Ints) -> tuple[Ints, Ints]:
    """Where stretches of equal neighbours begin, and their lengths: lines come in blocks, and blocks sort sooner."""
    begins = np.flatnonzero(np.append(len(keys) > 0, keys[1:] != keys[:-1]))
    return begins, np.diff(begins, append=len(keys))


def _killers(ledger: Ledger, rank: Ints, head_ids: Ints) -> Ints:
    """The one killer of each line: merges count only where no other commit removed it."""
    small = rank.astype(NUMBER)
    least = np.full(ledger.lines, 2 * len(rank), dtype=NUMBER)
    for ids, commit, merge in ledger.removals():
        np.minimum.at(least, ids, small[commit] + np.where(merge, NUMBER(len(rank)), NUMBER(0)))
    by_rank = np.argsort(rank).astype(NUMBER)
    return _looked_up(least, np.concatenate([by_rank, by_rank, np.array([ALIVE], dtype=NUMBER)]), head_ids)


def _looked_up(places: Ints, table: Ints, alive: Ints | NDArray[np.bool_]) -> Ints:
    """Killers instead of their places in `table`, and of none of those that are alive; in place."""
    for some in blocks(len(places)):
        places[some] = table[places[some]]
    places[alive] = ALIVE
    return places


def _origins(count: int, origins: Origins | None) -> tuple[Ints, NDArray[np.int8]]:
    """Root of every line's chain of links, and the reason of its own link."""
    origin, reason = np.arange(count, dtype=NUMBER), np.zeros(count, dtype=np.int8)
    if origins is not None and origins.new:
        new = np.concatenate(origins.new)
        origin[new] = np.concatenate(origins.old)
        reason[new] = np.repeat(np.array(origins.reason, dtype=np.int8), [len(part) for part in origins.new])
        near = origin[new]  # every other line is its own
        while not np.array_equal(farther := origin[near], near):
            origin[new] = near = farther
    return origin, reason


def continued(known: Lines, rank: Ints) -> Lines:
    """The same by origin: only written lines are born, and one lives as long as any line that continues it."""
    alive = np.zeros(len(known.origin), dtype=bool)
    latest = np.full(len(known.origin), -1, dtype=NUMBER)
    small = rank.astype(NUMBER)
    for some in blocks(len(latest)):
        origin, killer = known.origin[some], known.killer[some]
        dead = killer != ALIVE
        alive[origin[~dead]] = True
        np.maximum.at(latest, origin[dead], small[killer[dead]])
    return replace(known, killer=_looked_up(latest, np.append(np.argsort(rank), ALIVE).astype(NUMBER), alive))
