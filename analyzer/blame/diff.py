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
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK, _MAX_CHUNKS_AHEAD = 1 << 20, 32
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


class FilePatch:
    """The patch of one file: its hunks, and on demand the texts of the lines that it adds and removes.

    `section` is the text of the patch, `hunks` as in `parse_hunks`.
    """

    __slots__ = ("_bodies", "hunks", "section")

    def __init__(self, section: bytes) -> None:
        """Parse the hunks of a patch without context lines (`-U0`)."""
        parts = _HUNK.split(section)
        headers = zip(parts[1::5], parts[2::5], parts[3::5], parts[4::5], strict=True)
        self.section = section
        self.hunks: list[Hunk] = [(int(a), int(b or 1), int(c), int(d or 1)) for a, b, c, d in headers]
        self._bodies: list[bytes] = parts[5::5]

    @property
    def is_binary(self) -> bool:
        """Whether git shows no lines because it takes the file for binary."""
        return not self.hunks and b"\nBinary files " in self.section

    def added(self) -> list[bytes]:
        """Return the texts of the added lines, in order, without their prefix."""
        texts: list[bytes] = []
        for body in self._bodies:
            texts += _lines_after(body, b"\n+")
        return texts

    def net_hash(self) -> int:
        """Return the sum of the added lines' CRC-32 minus that of the removed lines, modulo 2^64."""
        return (sum(map(crc32, self.added())) - sum(map(crc32, self.removed()))) % (1 << 64)

    def removed(self) -> list[bytes]:
        """Return the texts of the removed lines, in order, without their prefix."""
        texts: list[bytes] = []
        for body in self._bodies:
            texts += _lines_after(body.partition(b"\n+")[0], b"\n-")
        return texts


def _lines_after(body: bytes, prefix: bytes) -> list[bytes]:
    """Return the lines that begin with `prefix`; of all lines of `body` they are the last."""
    lines = body.split(prefix)[1:]
    if lines and b"\n" in lines[-1]:  # git says that a file has no newline at its end
        lines[-1] = lines[-1].partition(b"\n")[0]
    return lines
