"""git's patch log → commits, file records and hunks, as bytes.

Lines of a `-U0` patch begin with `+`, `-` or `\\`, so the separators below are unambiguous, whatever a file holds.
Formats: git-log(1), git-diff(1) "RAW OUTPUT FORMAT" and "GENERATING PATCH TEXT WITH -P".
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from queue import SimpleQueue
from threading import BoundedSemaphore, Event, Thread
from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK, _AHEAD = 1 << 20, 64
_SECTION = b"\ndiff --git "
_HUNK = re.compile(rb"\n@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_SHORT = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}

Hunk = tuple[int, int, int, int]
SUBMODULE, NOTHING = b"160000", b"000000"
# Ids of the blob without contents, by SHA-1 and by SHA-256.
EMPTY = tuple(hashlib.new(name, b"blob 0\0").hexdigest().encode() for name in ("sha1", "sha256"))


class Record(NamedTuple):
    """One file of a raw diff: modes, blob ids as hexadecimal, status letter, paths as git stores them."""

    old_mode: bytes
    new_mode: bytes
    old_blob: bytes
    new_blob: bytes
    status: bytes
    old_path: bytes
    path: bytes


def blocks(pipe: IO[bytes]) -> Iterator[bytes]:
    """What `--format=%x01%H` separates: one block a commit, beginning with its id.

    A thread reads ahead, so that git goes on while a merge is asked about; a huge commit costs linear time.
    """
    pieces: list[bytes] = []
    for chunk in _ahead(pipe):
        # A separator may lie across two chunks; pieces without one are joined only when their block ends.
        first = (pieces.pop() if pieces and pieces[-1].endswith(b"\n") else b"") + chunk
        head, *whole = first.split(b"\n\x01")
        pieces.append(head)
        if whole:
            yield b"".join(pieces).removeprefix(b"\x01")
            yield from whole[:-1]
            pieces = [whole[-1]]
    rest = b"".join(pieces)
    if rest.strip():
        yield rest.removeprefix(b"\x01").removesuffix(b"\n")


def _ahead(pipe: IO[bytes]) -> Iterator[bytes]:
    waiting: SimpleQueue[bytes] = SimpleQueue()
    room = BoundedSemaphore(_AHEAD)
    stopped = Event()

    def read() -> None:
        while not stopped.is_set():
            room.acquire()
            chunk = b""
            with suppress(OSError, ValueError):  # the pipe was closed by a reader that stopped early
                chunk = pipe.read1(_CHUNK)  # type: ignore[attr-defined]  # it is buffered
            waiting.put(chunk)
            if not chunk:
                return

    Thread(target=read, daemon=True).start()
    try:
        while chunk := waiting.get():
            room.release()
            yield chunk
    finally:
        stopped.set()
        with suppress(ValueError):
            room.release()


def parsed(block: bytes) -> tuple[bytes, list[Record], list[bytes]]:
    """Commit id, raw records, and patch sections in the records' order (a type change has two)."""
    head, *sections = block.split(_SECTION)
    sha, *lines = head.split(b"\n")
    return sha, [_record(line) for line in lines if line[:1] == b":"], sections


def _record(line: bytes) -> Record:
    facts, *paths = line.split(b"\t")
    old_mode, new_mode, old_blob, new_blob, status = facts[1:].split(b" ")
    if b'"' in line:
        paths = [unquoted(path) for path in paths]
    return Record(old_mode, new_mode, old_blob, new_blob, status[:1], paths[0], paths[-1])


def unquoted(path: bytes) -> bytes:
    """A path as git stores it, from the C-style quoting that it uses for odd ones."""
    if path[:1] != b'"':
        return path
    return _ESCAPE.sub(_unescaped, path[1:-1])


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8)]) if len(code) == 3 else _SHORT.get(code, code)


def hunks(section: bytes) -> list[Hunk]:
    """(old start, old lines, new start, new lines) of each hunk; a side of 0 lines starts after its number."""
    return [(int(a), int(b or 1), int(c), int(d or 1)) for a, b, c, d in _HUNK.findall(section)]


def removed_and_added(section: bytes) -> tuple[list[bytes], list[bytes]]:
    """Texts of all removed and of all added lines, in order, without their prefix."""
    removed: list[bytes] = []
    added: list[bytes] = []
    begin = section.find(b"\n@@ -")
    if begin >= 0:
        for line in section[begin + 1 :].split(b"\n"):
            sign = line[:1]
            if sign == b"+":
                added.append(line[1:])
            elif sign == b"-":
                removed.append(line[1:])
    return removed, added
