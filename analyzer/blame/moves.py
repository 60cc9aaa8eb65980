"""Lines that a commit added but did not write: moved, restored by a revert, reformatted, or named to be ignored.

Such a line gets a link to the line it continues; the replay itself stays as git blame sees it, so both views come
from one pass. Rules: docs/method.md, "Where a line comes from".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.blame.diff import removed_and_added
from analyzer.blame.ledger import IDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from analyzer.blame.diff import Record

REASONS = ("", "moved", "restored", "whitespace", "ignored")
MOVED, RESTORED, WHITESPACE, IGNORED = 1, 2, 3, 4
_BLANKS = b" \t\r\n\v\f"
# Three tokens: words, or single signs.
_TOKENS = re.compile(rb"(?:\s*(?:\w++|[^\w\s])){3}")
_BLOCK = 3
_BOUNDARY = b"\0\n"  # no line of a file: it keeps a block from running on into the next file


class _Change(NamedTuple):
    section: bytes
    gone: bytes
    born: range


class Origins:
    """Links from added lines to the lines they continue, collected commit by commit."""

    def __init__(self, ignored: Collection[bytes] = ()) -> None:
        """`ignored`: commits whose changes are not authorship (.git-blame-ignore-revs)."""
        self.ignored = frozenset(ignored)
        self._pending: list[_Change] = []
        self.new: list[NDArray[np.uint32]] = []
        self.old: list[NDArray[np.uint32]] = []
        self.reason: list[int] = []

    def change(
        self, record: Record, section: bytes, gone: bytes, born: range, new: bytes, older: Sequence[tuple[bytes, bytes]]
    ) -> None:
        """Hear of one file's change: lines gone and born, the file after it, and its earlier versions."""
        version = next((ids for blob, ids in older if blob == record.new_blob), None)
        if version is not None and len(version) == len(new):
            now, then = np.frombuffer(new, IDS), np.frombuffer(version, IDS)
            added = (now >= born.start) & (now < born.stop)
            self._link(now[added], then[added], RESTORED)
        elif gone or born:
            self._pending.append(_Change(section, gone, born))

    def end_of_commit(self, sha: bytes) -> None:
        """Match what the commit removed with what it added."""
        pending, self._pending = self._pending, []
        if not any(change.gone for change in pending) or not any(change.born for change in pending):
            return
        texts = [removed_and_added(change.section) for change in pending]
        if all(_bare(removed) == _bare(added) for removed, added in texts):
            for change, (removed, added) in zip(pending, texts, strict=True):
                self._pairs(change, _by_place(removed, added), WHITESPACE)
        elif sha in self.ignored:
            for change, (removed, added) in zip(pending, texts, strict=True):
                self._pairs(change, _by_likeness(removed, added), IGNORED)
        else:
            # Without the blanks around them: what is wrapped in a condition is deeper, and the same lines.
            bare = ([[text.strip() for text in side] for side in both] for both in texts)
            self._moves(pending, [(minus, plus) for minus, plus in bare])

    def _link(self, new: NDArray[np.uint32], old: NDArray[np.uint32], reason: int) -> None:
        if len(new):
            self.new.append(new)
            self.old.append(old)
            self.reason.append(reason)

    def _pairs(self, change: _Change, pairs: Iterator[tuple[int, int]], reason: int) -> None:
        """Link pairs of (added line, removed line), counted within the change."""
        found = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
        gone = np.frombuffer(change.gone, IDS)
        self._link((found[:, 0] + change.born.start).astype(IDS), gone[found[:, 1]], reason)

    def _moves(self, pending: Sequence[_Change], texts: Sequence[tuple[list[bytes], list[bytes]]]) -> None:
        gone_texts, born_texts = (set().union(*(both[side] for both in texts)) for side in (0, 1))
        common = (gone_texts & born_texts) - {b""}
        if not common:
            return
        removed, added = [_BOUNDARY], [_BOUNDARY]
        gone: list[NDArray[np.uint32]] = [np.zeros(1, IDS)]
        born: list[NDArray[np.uint32]] = [np.zeros(1, IDS)]
        for change, (minus, plus) in zip(pending, texts, strict=True):
            removed += [*minus, _BOUNDARY]
            added += [*plus, _BOUNDARY]
            gone += [np.frombuffer(change.gone, IDS), np.zeros(1, IDS)]
            born += [np.arange(change.born.start, change.born.stop, dtype=IDS), np.zeros(1, IDS)]
        pairs = np.array(list(_matched(removed, added, common)), dtype=np.int64).reshape(-1, 2)
        self._link(np.concatenate(born)[pairs[:, 0]], np.concatenate(gone)[pairs[:, 1]], MOVED)


def _matched(removed: Sequence[bytes], added: Sequence[bytes], common: set[bytes]) -> Iterator[tuple[int, int]]:
    """Pairs of (added, removed) positions: blocks of three lines and more, else lines of three tokens and more."""
    places: dict[bytes, list[int]] = {}
    for j in range(len(removed) - 1, -1, -1):
        if removed[j] in common:
            places.setdefault(removed[j], []).append(j)
    used = bytearray(len(removed))
    run: list[tuple[int, int]] = []
    for i, text in enumerate(added):
        j = run[-1][1] + 1 if run else 0
        if run and text != _BOUNDARY and removed[j] == text and not used[j]:
            run.append((i, j))
            used[j] = 1
            continue
        if run:
            yield from _accepted(run, added)
            run = []
        if text in common:
            free = places[text]
            while free and used[free[-1]]:
                free.pop()
            if free:
                j = free.pop()
                used[j] = 1
                run = [(i, j)]
    yield from _accepted(run, added)


def _accepted(run: Sequence[tuple[int, int]], added: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """`added`: lines without the blanks around them."""
    if len(run) >= _BLOCK and sum(1 for i, _ in run if added[i]) >= _BLOCK:
        yield from run
    else:
        yield from ((i, j) for i, j in run if _TOKENS.match(added[i]))


def _bare(lines: Sequence[bytes]) -> bytes:
    return b"".join(lines).translate(None, _BLANKS)


def _by_place(removed: Sequence[bytes], added: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Pairs by the first character that is not blank: the text is the same, only its breaks and blanks moved."""
    ends, total = [], 0
    for text in removed:
        total += len(text.translate(None, _BLANKS))
        ends.append(total)
    at = j = 0
    for i, text in enumerate(added):
        size = len(text.translate(None, _BLANKS))
        while j < len(ends) and ends[j] <= at:
            j += 1
        if size and j < len(ends):
            yield i, j
        at += size


def _by_likeness(removed: Sequence[bytes], added: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Pairs one to one where there are as many lines, else those that differ in blanks alone."""
    if len(removed) == len(added):
        yield from ((i, i) for i in range(len(added)))
        return
    places: dict[bytes, list[int]] = {}
    for j in range(len(removed) - 1, -1, -1):
        places.setdefault(removed[j].translate(None, _BLANKS), []).append(j)
    for i, text in enumerate(added):
        free = places.get(text.translate(None, _BLANKS))
        if free and text.strip():
            yield i, free.pop()
