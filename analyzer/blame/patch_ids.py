"""Compute patch ids: one number per commit from hashes of its lines, equal for equal patches.

A patch id is the sum over added lines minus the sum over removed lines. So a revert has the negative id of what it
reverts, a squash has the sum of its branch, and a patch applied twice has the same id (git patch-id(1) as a number).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from analyzer.blame.hash_mixing import mix_hash
from analyzer.blame.line_hashes import BLANK_HASH
from analyzer.core.memory import iter_slices

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analyzer.blame.change_tally import ChangeTally
    from analyzer.blame.hash_mixing import Hashes
    from analyzer.blame.ledger import Ledger

    Ints = NDArray[np.signedinteger]
    Counted = Callable[[Hashes, Ints | NDArray[np.uint32], Hashes], None]


def commit_patch_ids(
    ledger: Ledger,
    tally: ChangeTally,
    commit: Ints,
    path: Ints,
    text: NDArray[np.uint32],
    is_merge: NDArray[np.bool_],
) -> Hashes:
    """Return the patch id of each commit; 0 for no patch, and if the text of any line is unknown.

    A line counts with the path it was born in; blank lines do not count. Lines of files that are not followed count as
    they are, blanks and all, with their path. Merges have no patch id: the lines they remove were removed on their
    branches.

    Parameters
    ----------
    ledger : log of births and removals.
    tally : changes of files.
    commit, path, text : per line: commit number, path number, hash of its text.
    is_merge : per commit: it has several parents.
    """
    path_hashes = np.array([crc32(name) for name in ledger.paths], dtype=np.uint64)
    path_hashes <<= np.uint64(32)
    patch_ids, incomplete = np.zeros(len(is_merge), dtype=np.uint64), is_merge.copy()

    def count(accumulate: Counted, commit_of_line: Ints | NDArray[np.uint32], ids: slice | NDArray[np.uint32]) -> None:
        texts = text[ids]
        keys = mix_hash(path_hashes[path[ids]] | texts)
        keys[texts == BLANK_HASH] = 0
        accumulate(patch_ids, commit_of_line, keys)
        incomplete[commit_of_line[texts == 0]] = True

    with np.errstate(over="ignore"):
        for block in iter_slices(len(text)):
            count(np.add.at, commit[block], block)
        for ids, remover, merge in ledger.removals():
            count(np.subtract.at, remover[~merge], ids[~merge])
        net_hashes = np.frombuffer(tally.net_hash, np.uint64)
        rows = np.flatnonzero(net_hashes)
        changed, changed_path = (np.frombuffer(column, np.uint32)[rows] for column in (tally.commit, tally.path))
        np.add.at(patch_ids, changed, net_hashes[rows] * mix_hash(path_hashes[changed_path]))
    patch_ids[incomplete] = 0
    return patch_ids
