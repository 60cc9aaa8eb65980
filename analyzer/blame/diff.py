"""Parse git's patch log into commits, file records and hunks, all as bytes.

Lines of a `-U0` patch begin with `+`, `-` or `\\`, so no file content can imitate the separators below.
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

_CHUNK, _MAX_CHUNKS_AHEAD = 1 << 20, 64
_SECTION = b"\ndiff --git "
_HUNK = re.compile(rb"\n@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_ESCAPES = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}

Hunk = tuple[int, int, int, int]
SUBMODULE, NO_FILE = b"160000", b"000000"
# Ids of the empty blob, by SHA-1 and by SHA-256.
EMPTY_BLOBS = tuple(hashlib.new(name, b"blob 0\0").hexdigest().encode() for name in ("sha1", "sha256"))


class FileRecord(NamedTuple):
    """One file of a raw diff: modes, hexadecimal blob ids, status letter, and paths as git stores them."""

    old_mode: bytes
    new_mode: bytes
    old_blob: bytes
    new_blob: bytes
    status: bytes
    old_path: bytes
    path: bytes


def split_commits(pipe: IO[bytes]) -> Iterator[bytes]:
    """Split the output of `git log --format=%x01%H` and yield one block per commit, which begins with its id.

    A thread reads ahead, so that git keeps working while we resolve a merge. A huge commit takes linear time.
    """
    pieces: list[bytes] = []
    for chunk in _read_ahead(pipe):
        # A separator may span two chunks. We join pieces only when their block ends, to stay linear.
        first = (pieces.pop() if pieces and pieces[-1].endswith(b"\n") else b"") + chunk
        head, *complete = first.split(b"\n\x01")
        pieces.append(head)
        if complete:
            yield b"".join(pieces).removeprefix(b"\x01")
            yield from complete[:-1]
            pieces = [complete[-1]]
    remainder = b"".join(pieces)
    if remainder.strip():
        yield remainder.removeprefix(b"\x01").removesuffix(b"\n")


def _read_ahead(pipe: IO[bytes]) -> Iterator[bytes]:
    chunks: SimpleQueue[bytes] = SimpleQueue()
    room = BoundedSemaphore(_MAX_CHUNKS_AHEAD)
    stopped = Event()

    def read() -> None:
        while not stopped.is_set():
            room.acquire()
            chunk = b""
            with suppress(OSError, ValueError):  # the pipe was closed by a reader that stopped early
                chunk = pipe.read1(_CHUNK)  # type: ignore[attr-defined]  # it is buffered
            chunks.put(chunk)
            if not chunk:
                return

    Thread(target=read, daemon=True).start()
    try:
        while chunk := chunks.get():
            room.release()
            yield chunk
    finally:
        stopped.set()
        with suppress(ValueError):
            room.release()


def parse_commit(block: bytes) -> tuple[bytes, list[FileRecord], list[bytes]]:
    """Return (commit id, raw records, patch sections in the order of the records; a type change has two)."""
    head, *sections = block.split(_SECTION)
    sha, *lines = head.split(b"\n")
    return sha, [_record(line) for line in lines if line[:1] == b":"], sections


def _record(line: bytes) -> FileRecord:
    facts, *paths = line.split(b"\t")
    old_mode, new_mode, old_blob, new_blob, status = facts[1:].split(b" ")
    if b'"' in line:
        paths = [unquote(path) for path in paths]
    return FileRecord(old_mode, new_mode, old_blob, new_blob, status[:1], paths[0], paths[-1])


def unquote(path: bytes) -> bytes:
    """Return a path as git stores it, without the C-style quoting that git prints for unusual characters."""
    if path[:1] != b'"':
        return path
    return _ESCAPE.sub(_unescape, path[1:-1])


def _unescape(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8)]) if len(code) == 3 else _ESCAPES.get(code, code)


def parse_hunks(section: bytes) -> list[Hunk]:
    """Return (old start, old lines, new start, new lines) per hunk; a side of 0 lines starts after its number."""
    return [(int(a), int(b or 1), int(c), int(d or 1)) for a, b, c, d in _HUNK.findall(section)]


def removed_and_added(section: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return the texts of all removed and of all added lines, in order, without their prefix."""
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
