"""Every line ever added gets a number; the ledger knows where each run of numbers was born and who removed what.

Numbers are dense and ascending, so a birth is a count and a death a reference to numbers. Files hold their lines'
numbers as immutable bytes (uint32, little-endian): slices are copies, and branches share what they have in common.
"""

from __future__ import annotations

from array import array
from itertools import compress, pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from analyzer.blame.line_hashes import Texts

WIDTH = 4
IDS = np.dtype("<u4")
_AT_FIRST = 1 << 16
_AT_ONCE = 1 << 17
_MARKS = 255


class Ledger:
    """Births (commit, path, first line, lines) and removals (commit, by a merge or not, line numbers).

    `slight`, `comment`: numbers of lines that an ordinary commit added and that hold next to nothing, or a comment,
    ascending. `text`: a hash of each line's text, 0 where it is not known (lines of merges and of opaque files).
    """

    def __init__(self) -> None:
        """Nothing was born yet."""
        self.lines = 0
        self.paths: dict[bytes, int] = {}
        self.birth_commit = array("I")
        self.birth_path = array("I")
        self.birth_line = array("I")
        self.birth_lines = array("I")
        self.removal_commit = array("I")
        self.removal_merge = array("b")
        self.removal_lines = array("I")
        self.removed = bytearray()
        self.slight, self.comment, self.text = array("I"), array("I"), array("I")
        self._numbers, self._begin = b"", 0
        self._gone = np.zeros(_AT_FIRST, dtype=bool)
        self._marks = np.zeros(_AT_FIRST, dtype=np.uint8)
        self._mark = 0
        self._looked_at = 0

    def path(self, path: bytes) -> int:
        """Number of a path."""
        return self.paths.setdefault(path, len(self.paths))

    def born(self, commit: int, path: int, line: int, count: int) -> bytes:
        """Numbers of `count` lines that `commit` adds from `line` (1-based) on."""
        first, self.lines = self.lines, self.lines + count
        at = (first - self._begin) * WIDTH
        if not 0 <= at <= len(self._numbers) - count * WIDTH:
            self._numbers = np.arange(first, first + max(count, _AT_FIRST), dtype=IDS).tobytes()
            self._begin, at = first, 0
        self.birth_commit.append(commit)
        self.birth_path.append(path)
        self.birth_line.append(line)
        self.birth_lines.append(count)
        return self._numbers[at : at + count * WIDTH]

    def weigh(self, born: range, texts: Texts) -> None:
        """Note the texts of the lines that were just born."""
        self.text.frombytes(bytes(WIDTH * (born.start - len(self.text))))
        self.text.extend(texts.crc)
        self.slight.extend(compress(born, texts.slight))
        self.comment.extend(compress(born, texts.comment))

    def remove(self, commit: int, ids: bytes, *, merge: bool = False) -> None:
        """Note that `commit` removed these lines; several commits may, on different branches."""
        if ids:
            if merge:
                self._grow()
            self.removal_commit.append(commit)
            self.removal_merge.append(merge)
            self.removal_lines.append(len(ids) // WIDTH)
            self.removed += ids
            if merge:
                self._looked_at = len(self.removed)

    def dropped(self, before: bytes, after: bytes) -> bytes:
        """Lines of `before` that are not in `after` and that no ordinary commit removed so far: a merge lost them.

        Whether another merge lost them too does not count, or the answer would depend on the order of branches.
        """
        self._grow()
        self._mark = self._mark % _MARKS + 1
        if self._mark == 1:
            self._marks.fill(0)
        self._marks[np.frombuffer(after, IDS)] = self._mark
        ids = np.frombuffer(before, IDS)
        ids = ids[self._marks[ids] != self._mark]
        lost: bytes = ids[~self._gone[ids]].tobytes()
        return lost

    def _grow(self) -> None:
        """Take in the lines that were born, and those that ordinary commits removed since the last merge."""
        if self.lines > len(self._gone):
            size = max(self.lines, 2 * len(self._gone))
            gone = np.zeros(size, dtype=bool)
            gone[: len(self._gone)] = self._gone
            self._gone, self._marks, self._mark = gone, np.zeros(size, dtype=np.uint8), 0
        if self._looked_at:
            self._gone[np.frombuffer(self.removed[self._looked_at :], IDS)] = True
        else:  # those of a stored run as well, where merges removed some
            for ids, _, merge in self.removals():
                self._gone[ids[~merge]] = True
        self._looked_at = len(self.removed)

    def over(self) -> None:
        """Nothing more is born or removed: drop what only helps with that."""
        self._numbers = b""
        self._gone, self._marks = np.zeros(0, dtype=bool), np.zeros(0, dtype=np.uint8)

    def removals(self) -> Iterator[tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.bool_]]]:
        """Line, commit and whether it was a merge, one row a line and removal; some hundred thousand at a time."""
        counts = np.frombuffer(self.removal_lines, np.uint32)
        commit = np.frombuffer(self.removal_commit, np.uint32)
        merge = np.frombuffer(self.removal_merge, np.int8).astype(bool)
        edges = np.append(0, np.cumsum(counts, dtype=np.int64))
        ids = np.frombuffer(self.removed, IDS)
        cuts = np.searchsorted(edges[1:], np.arange(_AT_ONCE, len(ids), _AT_ONCE))
        for some in (slice(*pair) for pair in pairwise([0, *cuts.tolist(), len(counts)])):
            rows = counts[some]
            yield ids[edges[some.start] : edges[some.stop]], np.repeat(commit[some], rows), np.repeat(merge[some], rows)
