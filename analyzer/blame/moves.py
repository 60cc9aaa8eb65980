"""Link lines that a commit added but did not write: moved, restored by a revert, reformatted, or in an ignored commit.

Such a line gets a link to the line it continues. The replay itself sees lines as git blame does, so one pass yields
both views. Rules: docs/method.md, "Where a line comes from".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.blame.diff import removed_and_added
from analyzer.blame.ledger import ID_DTYPE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from analyzer.blame.diff import FileRecord

REASONS = ("", "moved", "restored", "whitespace", "ignored")
MOVED, RESTORED, WHITESPACE, IGNORED = 1, 2, 3, 4
_BLANKS = b" \t\r\n\v\f"
# Three tokens: words or single punctuation characters.
_THREE_TOKENS = re.compile(rb"(?:\s*(?:\w++|[^\w\s])){3}")
_MIN_BLOCK_LINES = 3
_FILE_BOUNDARY = b"\0\n"  # cannot be a line of a file: it keeps a block from extending into the next file


class _FileChange(NamedTuple):
    section: bytes
    removed_ids: bytes
    added_ids: range


class Origins:
    """Links from added lines to the lines they continue, collected commit by commit."""

    def __init__(self, ignored: Collection[bytes] = ()) -> None:
        """`ignored`: commits whose changes are not authorship (.git-blame-ignore-revs)."""
        self.ignored = frozenset(ignored)
        self._pending: list[_FileChange] = []
        self.new: list[NDArray[np.uint32]] = []
        self.old: list[NDArray[np.uint32]] = []
        self.reason: list[int] = []

    def add_change(
        self,
        record: FileRecord,
        section: bytes,
        removed_ids: bytes,
        added_ids: range,
        file_ids: bytes,
        older: Sequence[tuple[bytes, bytes]],
    ) -> None:
        """Add one file's change to the current commit.

        Parameters
        ----------
        record, section : the file's raw record and patch.
        removed_ids : ids of the lines it removed.
        added_ids : ids of the lines it added.
        file_ids : ids of the file's lines afterwards.
        older : earlier versions of the file as (blob, line ids), newest first.
        """
        version = next((ids for blob, ids in older if blob == record.new_blob), None)
        if version is not None and len(version) == len(file_ids):
            current_ids, earlier_ids = np.frombuffer(file_ids, ID_DTYPE), np.frombuffer(version, ID_DTYPE)
            added = (current_ids >= added_ids.start) & (current_ids < added_ids.stop)
            self._link(current_ids[added], earlier_ids[added], RESTORED)
        elif removed_ids or added_ids:
            self._pending.append(_FileChange(section, removed_ids, added_ids))

    def end_of_commit(self, sha: bytes) -> None:
        """Link the lines that commit `sha` added to those it removed."""
        pending, self._pending = self._pending, []
        if not any(change.removed_ids for change in pending) or not any(change.added_ids for change in pending):
            return
        texts = [removed_and_added(change.section) for change in pending]
        if all(_without_blanks(removed) == _without_blanks(added) for removed, added in texts):
            for change, (removed, added) in zip(pending, texts, strict=True):
                self._link_pairs(change, _pair_by_offset(removed, added), WHITESPACE)
        elif sha in self.ignored:
            for change, (removed, added) in zip(pending, texts, strict=True):
                self._link_pairs(change, _pair_by_text(removed, added), IGNORED)
        else:
            # Strip lines: code that gets wrapped in a condition is indented further, but it is the same lines.
            stripped = ([[text.strip() for text in side] for side in sides] for sides in texts)
            self._link_moves(pending, [(minus, plus) for minus, plus in stripped])

    def _link(self, new: NDArray[np.uint32], old: NDArray[np.uint32], reason: int) -> None:
        if len(new):
            self.new.append(new)
            self.old.append(old)
            self.reason.append(reason)

    def _link_pairs(self, change: _FileChange, pairs: Iterator[tuple[int, int]], reason: int) -> None:
        """Link pairs of (added line, removed line), given as indices within the change."""
        pair_array = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
        removed_ids = np.frombuffer(change.removed_ids, ID_DTYPE)
        self._link((pair_array[:, 0] + change.added_ids.start).astype(ID_DTYPE), removed_ids[pair_array[:, 1]], reason)

    def _link_moves(self, pending: Sequence[_FileChange], texts: Sequence[tuple[list[bytes], list[bytes]]]) -> None:
        removed_texts, added_texts = (set().union(*(sides[side] for sides in texts)) for side in (0, 1))
        common = (removed_texts & added_texts) - {b""}
        if not common:
            return
        removed, added = [_FILE_BOUNDARY], [_FILE_BOUNDARY]
        removed_ids: list[NDArray[np.uint32]] = [np.zeros(1, ID_DTYPE)]
        added_ids: list[NDArray[np.uint32]] = [np.zeros(1, ID_DTYPE)]
        for change, (minus, plus) in zip(pending, texts, strict=True):
            removed += [*minus, _FILE_BOUNDARY]
            added += [*plus, _FILE_BOUNDARY]
            removed_ids += [np.frombuffer(change.removed_ids, ID_DTYPE), np.zeros(1, ID_DTYPE)]
            added_ids += [
                np.arange(change.added_ids.start, change.added_ids.stop, dtype=ID_DTYPE),
                np.zeros(1, ID_DTYPE),
            ]
        pairs = np.array(list(_match_blocks(removed, added, common)), dtype=np.int64).reshape(-1, 2)
        self._link(np.concatenate(added_ids)[pairs[:, 0]], np.concatenate(removed_ids)[pairs[:, 1]], MOVED)


def _match_blocks(removed: Sequence[bytes], added: Sequence[bytes], common: set[bytes]) -> Iterator[tuple[int, int]]:
    """Yield (added, removed) positions of blocks of at least three lines, or of lines with at least three tokens."""
    positions_by_text: dict[bytes, list[int]] = {}
    for j in range(len(removed) - 1, -1, -1):
        if removed[j] in common:
            positions_by_text.setdefault(removed[j], []).append(j)
    used = bytearray(len(removed))
    run: list[tuple[int, int]] = []
    for i, text in enumerate(added):
        j = run[-1][1] + 1 if run else 0
        if run and text != _FILE_BOUNDARY and removed[j] == text and not used[j]:
            run.append((i, j))
            used[j] = 1
            continue
        if run:
            yield from _accept_run(run, added)
            run = []
        if text in common:
            positions = positions_by_text[text]
            while positions and used[positions[-1]]:
                positions.pop()
            if positions:
                j = positions.pop()
                used[j] = 1
                run = [(i, j)]
    yield from _accept_run(run, added)


def _accept_run(run: Sequence[tuple[int, int]], added: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of a long enough run, else those of lines with three tokens; `added`: stripped lines."""
    if len(run) >= _MIN_BLOCK_LINES and sum(1 for i, _ in run if added[i]) >= _MIN_BLOCK_LINES:
        yield from run
    else:
        yield from ((i, j) for i, j in run if _THREE_TOKENS.match(added[i]))


def _without_blanks(lines: Sequence[bytes]) -> bytes:
    return b"".join(lines).translate(None, _BLANKS)


def _pair_by_offset(removed: Sequence[bytes], added: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Yield pairs by the offset of the first non-blank character: the texts differ only in blanks and line breaks."""
    ends, total = [], 0
    for text in removed:
        total += len(text.translate(None, _BLANKS))
        ends.append(total)
    offset = j = 0
    for i, text in enumerate(added):
        size = len(text.translate(None, _BLANKS))
        while j < len(ends) and ends[j] <= offset:
            j += 1
        if size and j < len(ends):
            yield i, j
        offset += size


def _pair_by_text(removed: Sequence[bytes], added: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Yield pairs one to one if both sides have as many lines, else pairs of lines that differ only in blanks."""
    if len(removed) == len(added):
        yield from ((i, i) for i in range(len(added)))
        return
    positions_by_text: dict[bytes, list[int]] = {}
    for j in range(len(removed) - 1, -1, -1):
        positions_by_text.setdefault(removed[j].translate(None, _BLANKS), []).append(j)
    for i, text in enumerate(added):
        positions = positions_by_text.get(text.translate(None, _BLANKS))
        if positions and text.strip():
            yield i, positions.pop()
