"""Patch ids: hashes of lines → one number per commit, equal for equal patches.

A patch is the sum of what it added less what it removed, so a revert has the negative of what it takes back, a squash
the sum of its branch, and the same patch applied twice the same sum (git patch-id(1), in one number).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from analyzer.blame.line_hashes import BLANK
from analyzer.core.memory import blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analyzer.blame.ledger import Ledger

    Hashes = NDArray[np.uint64]
    Ints = NDArray[np.signedinteger]
    Counted = Callable[[Hashes, Ints | NDArray[np.uint32], Hashes], None]

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
