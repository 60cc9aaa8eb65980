"""Append-only log of line births and removals. Every line ever added gets a number, its id.

Ids are dense and ascending, so a birth is a count and a removal is a list of ids. A file stores the ids of its lines
as immutable bytes (uint32, little-endian): slices are copies, and branches share what they have in common.
"""

from __future__ import annotations

from array import array
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from analyzer.blame.line_shapes import LineShapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from analyzer.blame.line_hashes import LineHashes

ID_BYTES = 4
ID_DTYPE = np.dtype("<u4")
_BLOCK_SIZE = 1 << 16
_REMOVALS_PER_CHUNK = 1 << 17
_MAX_MARK = 255
NOT_A_MERGE = -1


class Ledger:
    """Births and removals of lines, as columns.

    Attributes
    ----------
    birth_commit, birth_path, birth_line, birth_lines : per run of added lines: commit number, path number, first line
        (1-based) and number of lines.
    removal_commit, removal_path, removal_lines : per removal: commit number, for a merge the number of the path that
        it dropped the lines from and else `NOT_A_MERGE`, number of lines.
    removed : ids of the removed lines, removal by removal.
    slight, comment : ids of added lines that are slight, or a comment; ascending.
    text : hash of each line's text, 0 if unknown (lines of opaque files).
    shapes : shapes and numbers of tokens of the lines.
    """

    def __init__(self, starts: int = 0) -> None:
        """Start empty. No merge drops lines of commits with a smaller number than `starts`, which stand for others."""
        self.lines, self.starts = 0, starts
        self.paths: dict[bytes, int] = {}
        self.birth_commit = array("I")
        self.birth_path = array("I")
        self.birth_line = array("I")
        self.birth_lines = array("I")
        self.removal_commit = array("I")
        self.removal_path = array("i")
        self.removal_lines = array("I")
        self.removed = bytearray()
        self.slight, self.comment, self.text = array("I"), array("I"), array("I")
        self.shapes = LineShapes()
        self._id_buffer, self._buffer_start = b"", 0
        self._is_removed = np.zeros(_BLOCK_SIZE, dtype=bool)
        self._marks = np.zeros(_BLOCK_SIZE, dtype=np.uint8)
        self._mark = 0
        self._removed_masked = self._births_masked = 0

    def path(self, path: bytes) -> int:
        """Return the number of a path; a new path gets the next number."""
        return self.paths.setdefault(path, len(self.paths))

    def add_lines(self, commit: int, path: int, line: int, count: int) -> bytes:
        """Log that `commit` adds `count` lines from `line` (1-based) on, and return their ids."""
        first, self.lines = self.lines, self.lines + count
        offset = (first - self._buffer_start) * ID_BYTES
        if not 0 <= offset <= len(self._id_buffer) - count * ID_BYTES:
            self._id_buffer = np.arange(first, first + max(count, _BLOCK_SIZE), dtype=ID_DTYPE).tobytes()
            self._buffer_start, offset = first, 0
        self.birth_commit.append(commit)
        self.birth_path.append(path)
        self.birth_line.append(line)
        self.birth_lines.append(count)
        return self._id_buffer[offset : offset + count * ID_BYTES]

    def add_line_hashes(self, first: int, hashes: LineHashes, hunks: Sequence[int], path: bytes) -> None:
        """Log the texts of the lines that were just added to `path`, from line id `first` on.

        `hunks`: how many of them stand together, hunk by hunk.
        """
        self.text.frombytes(bytes(ID_BYTES * (first - len(self.text))))
        self.text.extend(hashes.crc)
        self.slight.extend([first + n for n in hashes.slight])
        self.comment.extend([first + n for n in hashes.comment])
        self.shapes.add(first, hashes.texts, hunks, path)

    def text_hashes(self, ids: bytes) -> list[int]:
        """Return the text hashes of these lines."""
        hashes: list[int] = np.frombuffer(self.text, np.uint32)[np.frombuffer(ids, ID_DTYPE)].tolist()
        return hashes

    def drop(self, merge: int, path: int, ids: bytes) -> None:
        """Log that a merge dropped these lines from a path; `ids` come from `dropped_lines`."""
        self._grow()
        self.remove(merge, ids, path)
        self._removed_masked = len(self.removed)

    def remove(self, commit: int, ids: bytes, path: int = NOT_A_MERGE) -> None:
        """Log that a commit removed these lines; several commits may remove a line, on different branches.

        `path`: for `drop` only.
        """
        if ids:
            self.removal_commit.append(commit)
            self.removal_path.append(path)
            self.removal_lines.append(len(ids) // ID_BYTES)
            self.removed += ids

    def dropped_lines(self, before: bytes, after: bytes) -> bytes:
        """Return the ids in `before` but not in `after` that no non-merge commit has removed: the merge dropped them.

        We ignore whether another merge dropped them too; otherwise the result would depend on the order of branches.
        """
        self._grow()
        self._mark = self._mark % _MAX_MARK + 1
        if self._mark == 1:
            self._marks.fill(0)
        self._marks[np.frombuffer(after, ID_DTYPE)] = self._mark
        ids = np.frombuffer(before, ID_DTYPE)
        ids = ids[self._marks[ids] != self._mark]
        dropped_ids: bytes = ids[~self._is_removed[ids]].tobytes()
        return dropped_ids

    def _grow(self) -> None:
        """Update the masks with lines added, and lines removed by non-merge commits, since the last merge."""
        if self.lines > len(self._is_removed):
            size = max(self.lines, 2 * len(self._is_removed))
            enlarged = np.zeros(size, dtype=bool)
            enlarged[: len(self._is_removed)] = self._is_removed
            self._is_removed, self._marks, self._mark = enlarged, np.zeros(size, dtype=np.uint8), 0
        if self.starts:
            births = slice(self._births_masked, None)
            counts = np.frombuffer(self.birth_lines, np.uint32)[births]
            is_old = np.frombuffer(self.birth_commit, np.uint32)[births] < self.starts
            self._is_removed[self.lines - int(counts.sum()) : self.lines] |= np.repeat(is_old, counts)
            self._births_masked = len(self.birth_lines)
        if self._removed_masked:
            self._is_removed[np.frombuffer(self.removed[self._removed_masked :], ID_DTYPE)] = True
        else:  # a stored run: its removals include those of merges
            for ids, _, merge in self.removals():
                self._is_removed[ids[~merge]] = True
        self._removed_masked = len(self.removed)

    def free_buffers(self) -> None:
        """Free the buffers that only adding and removing lines needs."""
        self._id_buffer = b""
        self._is_removed, self._marks = np.zeros(0, dtype=bool), np.zeros(0, dtype=np.uint8)

    def drops(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32]]:
        """Return (line ids, merge, path number) of the lines that merges dropped, one element per merge and line."""
        path = np.frombuffer(self.removal_path, np.int32)
        counts = np.frombuffer(self.removal_lines, np.uint32)
        events = np.flatnonzero(path != NOT_A_MERGE)
        starts = (np.cumsum(counts, dtype=np.int64) - counts)[events]
        ids = np.frombuffer(self.removed, ID_DTYPE)
        slices = [ids[start : start + n] for start, n in zip(starts.tolist(), counts[events].tolist(), strict=True)]
        commit = np.frombuffer(self.removal_commit, np.uint32)[events]
        return (
            np.concatenate([ids[:0], *slices]),
            np.repeat(commit, counts[events]),
            np.repeat(path[events].astype(np.uint32), counts[events]),
        )

    def removals(self) -> Iterator[tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.bool_]]]:
        """Yield (line ids, commit numbers, is a merge) of removed lines, about a hundred thousand at a time."""
        counts = np.frombuffer(self.removal_lines, np.uint32)
        commit = np.frombuffer(self.removal_commit, np.uint32)
        merge = np.frombuffer(self.removal_path, np.int32) != NOT_A_MERGE
        line_offsets = np.append(0, np.cumsum(counts, dtype=np.int64))
        ids = np.frombuffer(self.removed, ID_DTYPE)
        chunk_ends = np.searchsorted(line_offsets[1:], np.arange(_REMOVALS_PER_CHUNK, len(ids), _REMOVALS_PER_CHUNK))
        for events in (slice(*pair) for pair in pairwise([0, *chunk_ends.tolist(), len(counts)])):
            lines_per_event = counts[events]
            yield (
                ids[line_offsets[events.start] : line_offsets[events.stop]],
                np.repeat(commit[events], lines_per_event),
                np.repeat(merge[events], lines_per_event),
            )
