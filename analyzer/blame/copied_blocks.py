"""Find added lines that repeat a block of code which exists elsewhere in the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.blame.hash_mixing import mix_hash
from analyzer.core.memory import iter_slices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.blame.hash_mixing import Hashes
    from analyzer.blame.lines import Ints, Lines


# Number of adjacent candidate lines: shorter blocks repeat by chance (imports, closing lines, headers).
MIN_BLOCK_LINES = 6


_PARTITION_BITS = 3  # compare an eighth of the blocks at a time: faster to sort, and less memory


def find_copied_lines(lines: Lines, rank: Ints, candidates: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask of the candidate lines in a block of at least six that repeats code existing anywhere in the tree.

    Slight lines do not interrupt a block. One commit must have written the repeated block in one piece, in an earlier
    commit or the same one, and all its lines must still be alive. Commits whose whole patch came in before copy
    nothing, because they are cherry-picks.
    """
    is_copied = np.zeros(len(candidates), dtype=bool)
    ids, block_starts = _candidate_blocks(lines, candidates)
    hashes, is_repick = _block_hashes(lines.text, ids, block_starts), repeated_commits(lines, rank)
    partitions = (hashes >> np.uint64(64 - _PARTITION_BITS)).astype(np.uint8)
    for partition in range(1 << _PARTITION_BITS):  # equal blocks are in the same partition
        in_partition = np.flatnonzero(partitions == partition)
        by_hash = in_partition[np.argsort(hashes[in_partition], kind="stable")]  # equal blocks are in order of birth
        repeats = np.flatnonzero(np.diff(hashes[by_hash].view(np.int64)) == 0) + 1
        copy_starts, source_starts = block_starts[by_hash[repeats]], block_starts[by_hash[repeats - 1]]
        copy_commit = lines.commit[ids[copy_starts]]
        source_alive = ~is_repick[copy_commit]
        for step in range(MIN_BLOCK_LINES):
            killer = lines.killer[ids[source_starts + step]]
            source_alive &= (killer < 0) | (rank[killer] > rank[copy_commit])
        for step in range(MIN_BLOCK_LINES):
            is_copied[ids[copy_starts[source_alive] + step]] = True
    return is_copied


def _candidate_blocks(lines: Lines, candidates: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Return the ids of candidate lines with a known text, in order of birth, and the indices where a block starts."""
    ids, continues = lines_in_order(lines, candidates, lines.text)
    complete = continues[: max(len(ids) - MIN_BLOCK_LINES + 1, 0)].copy()
    for step in range(1, MIN_BLOCK_LINES - 1):
        complete &= continues[step : step + len(complete)]
    return ids, np.flatnonzero(complete).astype(ids.dtype)


def lines_in_order(
    lines: Lines, candidates: NDArray[np.bool_], hashes: NDArray[np.uint32]
) -> tuple[Ints, NDArray[np.bool_]]:
    """Return the ids of candidate lines with a hash, in order of birth, and whether each continues in the next one.

    It does if one commit added both to one file, with nothing but its own lines in between.
    """
    chunks = []
    for block in iter_slices(len(lines.birth_order)):
        ids = lines.birth_order[block]
        chunks.append(np.flatnonzero(candidates[ids] & (hashes[ids] > 0)).astype(lines.birth_order.dtype) + block.start)
    order_positions = np.concatenate([np.zeros(0, lines.birth_order.dtype), *chunks])
    ids = lines.birth_order[order_positions]
    continues = np.zeros(len(ids), dtype=bool)
    for block in iter_slices(len(ids) - 1):
        window = slice(block.start, block.stop + 1)
        adjacent = np.diff(lines.line[ids[window]]) == np.diff(order_positions[window])
        continues[block] = (
            adjacent & (np.diff(lines.commit[ids[window]]) == 0) & (np.diff(lines.path[ids[window]]) == 0)
        )
    return ids, continues


def _block_hashes(text: NDArray[np.uint32], ids: Ints, starts: Ints) -> Hashes:
    hashes = np.zeros(len(starts), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for block in iter_slices(len(starts)):
            for step in range(MIN_BLOCK_LINES):
                hashes[block] = mix_hash(hashes[block] ^ text[ids[starts[block] + step]])
    return hashes


def repeated_commits(lines: Lines, rank: Ints) -> NDArray[np.bool_]:
    """Return a mask of the commits whose patch id an earlier commit had."""
    order = np.argsort(rank)
    _, first = np.unique(lines.patch_id[order], return_index=True)
    is_repeat = np.ones(len(order), dtype=bool)
    is_repeat[order[first]] = False
    repeated: NDArray[np.bool_] = is_repeat & (lines.patch_id != 0)
    return repeated
