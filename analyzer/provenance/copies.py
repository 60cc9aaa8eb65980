"""Hashes of lines → patches that are alike, and lines that repeat code which was there already.

A patch is the sum of what it added less what it removed, so a revert has the negative of what it takes back, a squash
the sum of its branch, and the same patch applied twice the same sum (git patch-id(1), in one number).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from analyzer.memory import blocks
from analyzer.provenance.texts import BLANK

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analyzer.provenance.ledger import Ledger
    from analyzer.provenance.lines import Ints, Lines

    Hashes = NDArray[np.uint64]
    Counted = Callable[[Hashes, Ints | NDArray[np.uint32], Hashes], None]

# Lines that count, next to each other: shorter blocks repeat by chance (imports, closing lines, headers).
BLOCK = 6
_SHARES = 3  # bits: blocks are compared an eighth at a time, which sorts sooner and holds less
_GOLDEN, _ONE, _TWO = (np.uint64(k) for k in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def mixed(values: Hashes) -> Hashes:
    """SplitMix64's finaliser (Steele, Lea & Flood, OOPSLA 2014): sums of mixed values do not cancel by accident."""
    with np.errstate(over="ignore"):
        values = values + _GOLDEN
        values = (values ^ (values >> np.uint64(30))) * _ONE
        values = (values ^ (values >> np.uint64(27))) * _TWO
        return values ^ (values >> np.uint64(31))


def net_of_commits(ledger: Ledger, commit: Ints, path: Ints, text: NDArray[np.uint32], commits: int) -> Hashes:
    """Net patch of each commit, lines by the path they were born in; 0 for none, and where a text is not known.

    Blank lines do not count. Merges have none: what they remove was removed on their branches.
    """
    names = np.array([crc32(name) for name in ledger.paths], dtype=np.uint64)
    names <<= np.uint64(32)
    net, unknown = np.zeros(commits, dtype=np.uint64), np.zeros(commits, dtype=bool)

    def count(by: Counted, who: Ints | NDArray[np.uint32], ids: slice | NDArray[np.uint32]) -> None:
        texts = text[ids]
        keys = mixed(names[path[ids]] | texts)
        keys[texts == BLANK] = 0
        by(net, who, keys)
        unknown[who[texts == 0]] = True

    with np.errstate(over="ignore"):
        for some in blocks(len(text)):
            count(np.add.at, commit[some], some)
        for ids, remover, merge in ledger.removals():
            count(np.subtract.at, remover[~merge], ids[~merge])
    net[unknown] = 0
    return net


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
