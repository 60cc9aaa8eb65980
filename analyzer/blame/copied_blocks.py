"""Added lines that repeat a block of code which already stands elsewhere in the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.blame.patch_ids import mixed
from analyzer.core.memory import blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.blame.lines import Ints, Lines
    from analyzer.blame.patch_ids import Hashes


# Lines that count, next to each other: shorter blocks repeat by chance (imports, closing lines, headers).
BLOCK = 6


_SHARES = 3  # bits: blocks are compared an eighth at a time, which sorts sooner and holds less


def copied(known: Lines, rank: Ints, own: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of `own` lines stand in a block of six and more that repeats code of the time, anywhere in the tree.

    Blocks run on over slight lines; the one that is repeated was written in one piece by one commit, earlier or in the
    same one, and all its lines were still there. Commits whose whole patch had come in before copy nothing: they
    are picked again.
    """
    found = np.zeros(len(own), dtype=bool)
    ids, starts = _standing(known, own)
    hashes, picked = _hashes(known.text, ids, starts), _picked(known, rank)
    shares = (hashes >> np.uint64(64 - _SHARES)).astype(np.uint8)
    for share in range(1 << _SHARES):  # equal blocks are in one share of them
        some = np.flatnonzero(shares == share)
        order = some[np.argsort(hashes[some], kind="stable")]  # equal blocks by birth
        again = np.flatnonzero(np.diff(hashes[order].view(np.int64)) == 0) + 1
        here, before = starts[order[again]], starts[order[again - 1]]
        born = known.commit[ids[here]]
        there = ~picked[born]
        for step in range(BLOCK):
            gone = known.killer[ids[before + step]]
            there &= (gone < 0) | (rank[gone] > rank[born])
        for step in range(BLOCK):
            found[ids[here[there] + step]] = True
    return found


def _standing(known: Lines, own: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Lines of `own` with a text, by birth, and the places among them where a block of one piece begins."""
    parts = []
    for some in blocks(len(known.order)):
        ids = known.order[some]
        parts.append(np.flatnonzero(own[ids] & (known.text[ids] > 0)).astype(known.order.dtype) + some.start)
    place = np.concatenate([np.zeros(0, known.order.dtype), *parts])
    ids = known.order[place]
    joined = np.zeros(max(len(ids), BLOCK) - 1, dtype=bool)
    for some in blocks(len(ids) - 1):
        both = slice(some.start, some.stop + 1)
        near = np.diff(known.line[ids[both]]) == np.diff(place[both])
        joined[some] = near & (np.diff(known.commit[ids[both]]) == 0) & (np.diff(known.path[ids[both]]) == 0)
    whole = joined[: len(joined) - BLOCK + 2].copy()
    for step in range(1, BLOCK - 1):
        whole &= joined[step : step + len(whole)]
    return ids, np.flatnonzero(whole).astype(ids.dtype)


def _hashes(text: NDArray[np.uint32], ids: Ints, starts: Ints) -> Hashes:
    whole = np.zeros(len(starts), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for some in blocks(len(starts)):
            for step in range(BLOCK):
                whole[some] = mixed(whole[some] ^ text[ids[starts[some] + step]])
    return whole


def _picked(known: Lines, rank: Ints) -> NDArray[np.bool_]:
    """Commits whose net patch an earlier commit had."""
    order = np.argsort(rank)
    _, first = np.unique(known.net[order], return_index=True)
    picked = np.ones(len(order), dtype=bool)
    picked[order[first]] = False
    again: NDArray[np.bool_] = picked & (known.net != 0)
    return again
