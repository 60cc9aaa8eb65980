"""Hashes of lines → patches that are alike, and lines that repeat code which was there already.

A patch is the sum of what it added less what it removed, so a revert has the negative of what it takes back, a squash
the sum of its branch, and the same patch applied twice the same sum (git patch-id(1), in one number).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from analyzer.provenance.texts import BLANK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.provenance.ledger import Ledger
    from analyzer.provenance.lines import Ints, Lines

    Hashes = NDArray[np.uint64]

# Lines that count, next to each other: shorter blocks repeat by chance (imports, closing lines, headers).
BLOCK = 6
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
    keys = mixed((names[path] << np.uint64(32)) | text)
    keys[text == BLANK] = 0
    ids, remover, merge = ledger.removals()
    ids, remover = ids[~merge], remover[~merge]
    net = np.zeros(commits, dtype=np.uint64)
    with np.errstate(over="ignore"):
        np.add.at(net, commit, keys)
        np.subtract.at(net, remover, keys[ids])
    unknown = np.zeros(commits, dtype=bool)
    unknown[commit[text == 0]] = True
    unknown[remover[text[ids] == 0]] = True
    net[unknown] = 0
    return net


def copied(known: Lines, rank: Ints, own: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of `own` lines stand in a block of six and more that repeats code of the time, anywhere in the tree.

    Blocks run on over slight lines; the one that is repeated was written in one piece by one commit, earlier or in the
    same one, and all its lines were still there. Commits whose whole patch had come in before copy nothing: they
    are picked again.
    """
    found = np.zeros(len(own), dtype=bool)
    place = np.flatnonzero(own[known.order] & (known.text[known.order] > 0))
    ids = known.order[place]
    if len(ids) < BLOCK:
        return found
    line, commit, path = known.line[ids], known.commit[ids], known.path[ids]
    joined = (np.diff(line) == np.diff(place)) & (np.diff(commit) == 0) & (np.diff(path) == 0)
    ends = np.concatenate([[0], np.cumsum(joined)])
    starts = np.flatnonzero(ends[BLOCK - 1 :] - ends[: len(ends) - BLOCK + 1] == BLOCK - 1)
    blocks = _hashes(known.text[ids].astype(np.uint64), starts)
    order = np.argsort(blocks, kind="stable")  # equal blocks by birth
    again = np.flatnonzero(np.diff(blocks[order].view(np.int64)) == 0) + 1
    here = ids[starts[order[again]]]
    there = np.ones(len(again), dtype=bool)
    for step in range(BLOCK):
        gone = known.killer[ids[starts[order[again - 1]] + step]]
        there &= (gone < 0) | (rank[gone] > rank[known.commit[here]])
    there &= ~_picked(known, rank)[known.commit[here]]
    for step in range(BLOCK):
        found[ids[starts[order[again[there]]] + step]] = True
    return found


def _hashes(texts: Hashes, starts: Ints) -> Hashes:
    whole = np.zeros(len(starts), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for step in range(BLOCK):
            whole = mixed(whole ^ texts[starts + step])
    return whole


def _picked(known: Lines, rank: Ints) -> NDArray[np.bool_]:
    """Commits whose net patch an earlier commit had."""
    order = np.argsort(rank)
    _, first = np.unique(known.net[order], return_index=True)
    picked = np.ones(len(order), dtype=bool)
    picked[order[first]] = False
    again: NDArray[np.bool_] = picked & (known.net != 0)
    return again
