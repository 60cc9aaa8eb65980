"""Link lines that a commit added but did not write: moved, restored by a revert, reformatted, or in an ignored commit.

Such a line gets a link to the line it continues. The replay itself sees lines as git blame does, so one pass yields
both views. Rules: docs/method.md, "Where a line comes from".
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from analyzer.blame.ledger import ID_BYTES, ID_DTYPE
from analyzer.blame.line_hashes import BLANK_HASH

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from analyzer.blame.diff import FilePatch
    from analyzer.blame.line_hashes import LineHashes

Key = TypeVar("Key", int, bytes)

REASONS = ("", "moved", "restored", "whitespace", "ignored")
MOVED, RESTORED, WHITESPACE, IGNORED = 1, 2, 3, 4
_BLANKS = b" \t\r\n\v\f"
# Three tokens: words or single punctuation characters.
_THREE_TOKENS = re.compile(rb"(?:\s*(?:\w++|[^\w\s])){3}")
_MIN_BLOCK_LINES = 3
# These are no line of a file: they keep a block from extending into the next file.
_FILE_BOUNDARY, _NO_HASH, _NO_ID = b"\0\n", -1, bytes(ID_BYTES)


class _FileChange(NamedTuple):
    """One file's change: its patch, ids of the lines it removed and added, and the latter without blanks, hashed."""

    patch: FilePatch
    removed_ids: bytes
    added_ids: range
    hashes: LineHashes


class Origins:
    """Links from added lines to the lines they continue, collected commit by commit."""

    def __init__(self, ignored: Collection[bytes] = ()) -> None:
        """`ignored`: commits whose changes are not authorship (.git-blame-ignore-revs)."""
        self.ignored = frozenset(ignored)
        self._pending: list[_FileChange] = []
        self.new: list[NDArray[np.uint32]] = []
        self.old: list[NDArray[np.uint32]] = []
        self.reason: list[int] = []

    def restore(self, new_blob: bytes, added_ids: range, file_ids: bytes, older: Sequence[tuple[bytes, bytes]]) -> bool:
        """Link the lines of a file that has become one of its earlier versions again; return whether it has.

        Parameters
        ----------
        new_blob : blob of the file afterwards.
        added_ids : ids of the lines that the change added.
        file_ids : ids of the file's lines afterwards.
        older : earlier versions of the file as (blob, line ids), newest first.
        """
        version = next((ids for blob, ids in older if blob == new_blob), None)
        if version is None or len(version) != len(file_ids):
            return False
        current_ids, earlier_ids = np.frombuffer(file_ids, ID_DTYPE), np.frombuffer(version, ID_DTYPE)
        added = (current_ids >= added_ids.start) & (current_ids < added_ids.stop)
        self._link(current_ids[added], earlier_ids[added], RESTORED)
        return True

    def add_change(self, patch: FilePatch, removed_ids: bytes, added_ids: range, hashes: LineHashes) -> None:
        """Add one file's change to the current commit.

        Parameters
        ----------
        patch : the file's patch.
        removed_ids, added_ids : ids of the lines it removed and added.
        hashes : of the added lines.
        """
        if removed_ids or added_ids:
            self._pending.append(_FileChange(patch, removed_ids, added_ids, hashes))

    def end_of_commit(self, sha: bytes, text_hashes: Callable[[bytes], list[int]]) -> None:
        """Link the lines that commit `sha` added to those it removed.

        `text_hashes`: returns the hashes of lines by their ids (`Ledger.text_hashes`).
        """
        pending, self._pending = self._pending, []
        if not any(change.removed_ids for change in pending) or not any(change.added_ids for change in pending):
            return
        if all(_differs_in_blanks_only(change.patch) for change in pending):
            for change in pending:
                pairs = _pair_by_offset(change.patch.removed(), change.patch.added())
                self._link_pairs(change, pairs, WHITESPACE)
        elif sha in self.ignored:
            for change in pending:
                self._link_pairs(change, _pair_by_text(change.patch.removed(), change.patch.added()), IGNORED)
        else:
            self._link_moves(pending, text_hashes)

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

    def _link_moves(self, pending: Sequence[_FileChange], text_hashes: Callable[[bytes], list[int]]) -> None:
        """Link moved lines. We match hashes, which need no text of the removed lines, and compare texts only then."""
        added_hashes = [change.hashes.crc for change in pending]
        removed_hashes = [text_hashes(change.removed_ids) if change.removed_ids else [] for change in pending]
        if (set().union(*added_hashes) - {BLANK_HASH}).isdisjoint(chain.from_iterable(removed_hashes)):
            return
        texts = _with_boundaries([change.hashes.texts for change in pending], _FILE_BOUNDARY)
        added, removed = _with_boundaries(added_hashes, _NO_HASH), _with_boundaries(removed_hashes, _NO_HASH)
        pairs = list(_match_blocks(removed, added, BLANK_HASH, texts))
        if not pairs:
            return
        # Strip lines: code that gets wrapped in a condition is indented further, but it is the same lines.
        removed_texts = [_FILE_BOUNDARY]
        for change in pending:
            removed_texts += [*change.patch.removed(), _FILE_BOUNDARY] if change.removed_ids else [_FILE_BOUNDARY]
        if any(texts[i] != removed_texts[j].strip() for i, j in pairs):  # different texts with one hash
            stripped = [text if text is _FILE_BOUNDARY else text.strip() for text in removed_texts]
            pairs = list(_match_blocks(stripped, texts, b"", texts))
        pair_array = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        added_ids = _with_boundaries([change.added_ids for change in pending], 0)
        removed_ids = np.frombuffer(b"".join((_NO_ID, *(change.removed_ids + _NO_ID for change in pending))), ID_DTYPE)
        self._link(np.array(added_ids, dtype=ID_DTYPE)[pair_array[:, 0]], removed_ids[pair_array[:, 1]], MOVED)


def _with_boundaries(sequences: Iterable[Iterable[Key]], boundary: Key) -> list[Key]:
    """Return all sequences one after the other, with a boundary before, between and after them."""
    joined = [boundary]
    for sequence in sequences:
        joined += sequence
        joined.append(boundary)
    return joined


def _match_blocks(
    removed: Sequence[Key], added: Sequence[Key], blank: Key, texts: Sequence[bytes]
) -> Iterator[tuple[int, int]]:
    """Yield (added, removed) positions of blocks of at least three lines, or of lines with at least three tokens.

    Parameters
    ----------
    removed, added : what is compared of every line: its text without surrounding blanks, or a hash of it.
    blank : what a blank line has there.
    texts : the added lines without surrounding blanks.
    """
    common = set(removed).intersection(added) - {blank, removed[0]}
    positions_by_key: dict[Key, list[int]] = {}
    for j in range(len(removed) - 1, -1, -1):
        if removed[j] in common:
            positions_by_key.setdefault(removed[j], []).append(j)
    used = bytearray(len(removed))
    run: list[tuple[int, int]] = []
    wanted = common | {blank}
    for i in [i for i, key in enumerate(added) if key in wanted]:
        key = added[i]
        if run:
            j = run[-1][1] + 1
            if run[-1][0] == i - 1 and removed[j] == key and not used[j]:
                run.append((i, j))
                used[j] = 1
                continue
            yield from _accept_run(run, texts)
            run = []
        positions = positions_by_key.get(key)
        while positions and used[positions[-1]]:
            positions.pop()
        if positions:
            j = positions.pop()
            used[j] = 1
            run = [(i, j)]
    yield from _accept_run(run, texts)


def _accept_run(run: Sequence[tuple[int, int]], texts: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of a long enough run, else those of lines with three tokens; `texts`: stripped added lines."""
    if len(run) >= _MIN_BLOCK_LINES and sum(1 for i, _ in run if texts[i]) >= _MIN_BLOCK_LINES:
        yield from run
    else:
        yield from ((i, j) for i, j in run if _THREE_TOKENS.match(texts[i]))


def _differs_in_blanks_only(patch: FilePatch) -> bool:
    return _without_blanks(patch.removed()) == _without_blanks(patch.added())


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
