"""Find the lines in which two versions of a file differ, to parse and to compare those parts alone.

What is called changed decides only how much is looked at, never what is counted: functions are compared by their texts.
So a linear method does: lines that occur once in each version and stand in the same order are anchors (patience diff).
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Span(NamedTuple):
    """A changed part in bytes, ends exclusive: old_start to old_end became new_start to new_end."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def changed_spans(old: bytes, new: bytes) -> list[Span]:
    """Return the changed parts of a text in ascending order; they begin and end at line ends."""
    start = _common_start(old, new)
    rest = _common_end(old, new, min(len(old), len(new)) - start)
    old_part, new_part = (text[start : len(text) - rest].splitlines(keepends=True) for text in (old, new))
    old_offsets, new_offsets = _offsets(old_part, start), _offsets(new_part, start)
    return [
        Span(old_offsets[a], old_offsets[b], new_offsets[c], new_offsets[d])
        for a, b, c, d in _gaps(old_part, new_part, _anchors(old_part, new_part))
    ]


def _common_start(old: bytes, new: bytes) -> int:
    """Return the number of bytes of the whole lines that both texts begin with."""
    size = min(len(old), len(new))
    differs = np.frombuffer(old, np.uint8, size) != np.frombuffer(new, np.uint8, size)
    same = int(differs.argmax()) if differs.any() else size
    return old.rfind(b"\n", 0, same) + 1


def _common_end(old: bytes, new: bytes, most: int) -> int:
    """Return the number of bytes of the whole lines that both texts end with; at most `most`."""
    if most <= 0:
        return 0
    differs = (np.frombuffer(old, np.uint8)[-most:] != np.frombuffer(new, np.uint8)[-most:])[::-1]
    same = int(differs.argmax()) if differs.any() else most
    # The last `same` bytes are equal; the first line of them may have begun otherwise.
    line_end = old.find(b"\n", len(old) - same)
    return len(old) - line_end - 1 if line_end >= 0 else 0


def _offsets(lines: Sequence[bytes], start: int) -> list[int]:
    return list(accumulate(map(len, lines), initial=start))


def _anchors(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[int, int]]:
    """Return the longest ascending sequence of pairs (old, new) of lines that occur once in each part."""
    new_rows = _rows_of_single_lines(new)
    pairs = [(row, new_rows[line]) for line, row in _rows_of_single_lines(old).items() if line in new_rows]
    ends: list[int] = []
    last_of_length: list[int] = []
    previous: list[int] = []
    for number, (_, row) in enumerate(pairs):
        length = bisect_left(ends, row)
        ends[length : length + 1] = [row]
        last_of_length[length : length + 1] = [number]
        previous.append(last_of_length[length - 1] if length else -1)
    anchors, number = [], last_of_length[-1] if last_of_length else -1
    while number >= 0:
        anchors.append(pairs[number])
        number = previous[number]
    return anchors[::-1]


def _rows_of_single_lines(lines: Sequence[bytes]) -> dict[bytes, int]:
    rows: dict[bytes, int] = {}
    for row, line in enumerate(lines):
        rows[line] = -1 if line in rows else row
    return {line: row for line, row in rows.items() if row >= 0}


def _gaps(
    old: Sequence[bytes], new: Sequence[bytes], anchors: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int, int, int]]:
    """Yield what differs between neighbouring anchors, without the equal lines next to them."""
    old_row = new_row = 0
    for old_anchor, new_anchor in [*anchors, (len(old), len(new))]:
        old_end, new_end = old_anchor, new_anchor
        while old_row < old_end and new_row < new_end and old[old_row] == new[new_row]:
            old_row, new_row = old_row + 1, new_row + 1
        while old_end > old_row and new_end > new_row and old[old_end - 1] == new[new_end - 1]:
            old_end, new_end = old_end - 1, new_end - 1
        if old_end > old_row or new_end > new_row:
            yield old_row, old_end, new_row, new_end
        old_row, new_row = old_anchor + 1, new_anchor + 1
