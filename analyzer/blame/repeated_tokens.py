"""Find added lines whose code exists elsewhere but for names, literals, comments and formatting (type-2 clones).

Clones by tokens are those of Roy, Cordy & Koschke (Sci. Comput. Program. 2009). `line_shapes` says when two lines are
alike. A window is a row of lines with at least fifty tokens, which is jscpd's default, that one commit wrote in one
piece. Equal windows are found by their hashes, so time grows with the number of lines and no faster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.blame.copied_blocks import lines_in_order, repeated_commits
from analyzer.blame.hash_mixing import mix_hash
from analyzer.core.memory import iter_slices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.blame.hash_mixing import Hashes
    from analyzer.blame.lines import Ints, Lines

    Mask = NDArray[np.bool_]

MIN_WINDOW_TOKENS, MIN_WINDOW_LINES = 50, 3
_MAX_WINDOW_LINES = max(MIN_WINDOW_TOKENS, MIN_WINDOW_LINES)  # each line has a token at least
# Code that repeats itself every one, two or three lines is a table.
_MAX_PERIOD = 3
_PARTITION_BITS = 3  # compare an eighth of the windows at a time: faster to sort, and less memory
_SLICE_LINES = 1 << 15
_MODULUS_BITS = 64
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << _MODULUS_BITS)


class _Windows(NamedTuple):
    """Windows: the position of the first line among the candidates, the number of lines, and the hash of all shapes."""

    start: NDArray[np.int32]
    size: NDArray[np.uint8]
    hashes: Hashes


def find_repeated_tokens(lines: Lines, rank: Ints, effective: Mask) -> Mask:
    """Return a mask of the effective lines in a window that repeats the window with the same shapes before it.

    That window must not reach into the one that repeats it, as in a row of lines that are all alike, and all its lines
    must still be alive. Lines without a shape do not interrupt a window, lines that moved do. Commits whose whole patch
    came in before repeat nothing, because they are cherry-picks.
    """
    repeats = np.zeros(len(effective), dtype=bool)
    ids, continues = lines_in_order(lines, lines.tokens > 0, lines.shape)
    for block in iter_slices(len(ids) - 1):
        window = slice(block.start, block.stop + 1)
        is_effective = effective[ids[window]]
        continues[block] &= is_effective[:-1] & is_effective[1:]
    windows = _find_windows(lines, ids, continues)
    is_repick = repeated_commits(lines, rank)
    rank32 = rank.astype(np.int32)
    partitions = (windows.hashes >> np.uint64(_MODULUS_BITS - _PARTITION_BITS)).astype(np.uint8)
    for partition in range(1 << _PARTITION_BITS):  # equal windows are in the same partition
        members = np.flatnonzero(partitions == partition)
        by_hash = members[np.argsort(windows.hashes[members], kind="stable")]  # equal windows are in order of birth
        later = np.flatnonzero(np.diff(windows.hashes[by_hash].view(np.int64)) == 0) + 1
        copies, sources = windows.start[by_hash[later]], windows.start[by_hash[later - 1]]
        sizes = windows.size[by_hash[later]]
        commit = lines.commit[ids[copies]]
        is_copy = (copies - sources >= sizes) & ~is_repick[commit]
        copies, sources, sizes, commit = copies[is_copy], sources[is_copy], sizes[is_copy], commit[is_copy]
        all_alive = np.ones(len(copies), dtype=bool)
        for step in range(int(sizes.max(initial=0))):
            inside = np.flatnonzero(sizes > step)
            killer = lines.killer[ids[sources[inside] + step]]
            all_alive[inside] &= (killer < 0) | (rank32[killer] > rank32[commit[inside]])
        copies, sizes = copies[all_alive], sizes[all_alive]
        for step in range(int(sizes.max(initial=0))):
            repeats[ids[copies[sizes > step] + step]] = True
    return repeats


def _find_windows(lines: Lines, ids: Ints, continues: Mask) -> _Windows:
    """Return all windows of code, by their first lines."""
    powers, inverses = (
        np.cumprod(np.full(_SLICE_LINES + _MAX_WINDOW_LINES, base, dtype=np.uint64)) for base in (_BASE, _INVERSE)
    )
    slices = [_Windows(np.zeros(0, np.int32), np.zeros(0, np.uint8), np.zeros(0, np.uint64))]
    for block in iter_slices(len(ids), _SLICE_LINES):
        section = slice(block.start, min(block.stop + _MAX_WINDOW_LINES, len(ids)))
        section_ids = ids[section]
        tokens = np.append(0, np.cumsum(lines.tokens[section_ids], dtype=np.int64))
        starts, ends = _delimit_windows(tokens, continues[section], block.stop - block.start)
        values = mix_hash(lines.shape[section_ids].astype(np.uint64)) * powers[: len(section_ids)]
        totals = np.append(np.uint64(0), np.cumsum(values))
        is_code = np.ones(len(starts), dtype=bool)
        for period in range(1, _MAX_PERIOD + 1):
            front = (totals[ends - period] - totals[starts]) * inverses[starts]
            back = (totals[ends] - totals[starts + period]) * inverses[starts + period]
            is_code &= (front != back) | (ends - starts < 2 * period)
        starts, ends = starts[is_code], ends[is_code]
        hashes = mix_hash((totals[ends] - totals[starts]) * inverses[starts])
        slices.append(_Windows((starts + block.start).astype(np.int32), (ends - starts).astype(np.uint8), hashes))
    return _Windows(*(np.concatenate(columns) for columns in zip(*slices, strict=True)))


def _delimit_windows(tokens: Ints, continues: Mask, count: int) -> tuple[Ints, Ints]:
    """Return where windows start and end: the shortest ones from each line on, and up to each line.

    Only both cover all lines of a clone.

    Parameters
    ----------
    tokens : number of tokens before each line, and of all lines.
    continues : whether each line continues in the next one.
    count : number of lines in which windows may start.
    """
    breaks = np.append(np.flatnonzero(~continues) + 1, len(continues))
    run_ends = breaks[np.searchsorted(breaks, np.arange(count), side="right")]
    starts = np.arange(count)
    ends = np.maximum(np.searchsorted(tokens, tokens[:count] + MIN_WINDOW_TOKENS), starts + MIN_WINDOW_LINES)
    last_ends = np.arange(MIN_WINDOW_LINES, len(tokens))
    last_starts = np.searchsorted(tokens, tokens[last_ends] - MIN_WINDOW_TOKENS, side="right") - 1
    last_starts = np.minimum(last_starts, last_ends - MIN_WINDOW_LINES)
    is_window = (last_starts >= 0) & (last_starts < count)
    starts, ends = np.append(starts, last_starts[is_window]), np.append(ends, last_ends[is_window])
    is_window = ends <= run_ends[starts]
    pairs = np.unique(starts[is_window] << 8 | (ends - starts)[is_window])
    starts = pairs >> 8
    return starts, starts + (pairs & 255)
