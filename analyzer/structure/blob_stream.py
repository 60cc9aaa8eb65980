"""Read the texts of many blobs in a given order, from git processes that unpack ahead while we parse."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import numpy as np

from analyzer.blame.diff import EMPTY_BLOBS
from analyzer.errors import NoShareError
from analyzer.history.batch import FSCK_HINT, MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.history.git import Git

# Larger texts are mostly generated, or data; the few that are not would take most of the time.
MAX_TEXT_BYTES = 150_000
# Finding what a node is in takes as long as the tree is deep, and nobody nests brackets so deeply by hand.
MAX_BRACKETS_OPEN = 400
# The ids of one process fit into its input pipe, or we would wait for git to read while it waits for us.
_BLOBS_PER_PROCESS = 800
_CHUNK = 1 << 20
_BRACKETS = np.zeros(256, dtype=np.int8)
_BRACKETS[list(b"([{")], _BRACKETS[list(b")]}")] = 1, -1


def read_texts(git: Git, blobs: Sequence[bytes]) -> Iterator[bytes | None]:
    """Yield the text of each blob; None if it is missing, binary, too large or nested too deeply.

    Raises `NoShareError` if git fails.
    """
    for start in range(0, len(blobs), _BLOBS_PER_PROCESS):
        batch = blobs[start : start + _BLOBS_PER_PROCESS]
        request = b"".join(blob + b"\n" for blob in batch)
        with git.open_pipe("cat-file", "--batch", "--buffer", stdin=request) as stdout:
            for blob in batch:
                text = _read(stdout)
                yield b"" if blob in EMPTY_BLOBS else text


def _read(stdout: IO[bytes]) -> bytes | None:
    """Read the next answer: a line with id, kind and size, and the contents; a missing blob has no size."""
    line = stdout.readline()
    id_kind_size = line.split()
    if not line.endswith(b"\n"):
        raise _cut_off()
    if line.endswith(MISSING):
        return None
    size = int(id_kind_size[2])
    text = b"" if size > MAX_TEXT_BYTES else stdout.read(size)
    _skip(stdout, size + 1 - len(text))
    is_text = id_kind_size[1] == b"blob" and b"\0" not in text and size <= MAX_TEXT_BYTES
    return text if is_text and _most_brackets_open(text) <= MAX_BRACKETS_OPEN else None


def _skip(stdout: IO[bytes], size: int) -> None:
    """Read on and forget what comes."""
    while size > 0:
        piece = stdout.read(min(size, _CHUNK))
        if not piece:
            raise _cut_off()
        size -= len(piece)


def _cut_off() -> NoShareError:
    return NoShareError("broken-repository", "git ended before it had shown all contents.", FSCK_HINT)


def _most_brackets_open(text: bytes) -> int:
    """Return the largest number of brackets that are open at one place of a text, those in strings included."""
    steps = _BRACKETS[np.frombuffer(text, np.uint8)]
    return int(np.cumsum(steps[steps != 0], dtype=np.int64).max(initial=0))
