"""Questions to a git that runs, and what is said when one fails. It starts no process: `history.git` does."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, NoReturn

from analyzer.core.sanitize import plain
from analyzer.errors import NoShareError

if TYPE_CHECKING:
    from collections.abc import Callable

FSCK = "Run git fsck, or clone afresh."
# Beyond it git is told to show no patches (core.bigFileThreshold), and no contents are held here.
LARGEST_TEXT = 16 << 20
_PIECE = 1 << 20
_ABSENT = (b" missing\n", b" ambiguous\n")


class Dialogue:
    """Questions to a running git process and its answers; a process that dies is a broken repository."""

    def __init__(self, begin: Callable[[], tuple[IO[bytes], IO[bytes]]], errors: IO[bytes]) -> None:
        """`begin` starts the process and gives the ends of its pipes, `errors` is the file that takes its stderr."""
        self._begin, self._errors = begin, errors
        self._pipes: tuple[IO[bytes], IO[bytes]] | None = None

    def until(self, question: bytes, end: bytes) -> bytes:
        """What is answered to `question` before the line `end`."""
        out = self._ask(question)
        said, last = [b"\n"], b"\n"
        while not last.endswith(b"\n" + end):
            said.append(out.read1(_PIECE) or self._fail())  # type: ignore[attr-defined]  # it is buffered
            last = (last + said[-1])[-len(end) - 1 :]
        return b"".join(said)[1 : -len(end)]

    def size(self, question: bytes) -> int:
        """An answer of `cat-file --batch-check`: the object's size in bytes, 0 where it is missing."""
        _, said = self._told(question)
        return 0 if said.endswith(_ABSENT) else int(said.split()[2])

    def sized(self, question: bytes, most: int = LARGEST_TEXT) -> bytes | None:
        """An answer of `cat-file --batch`: the object's contents; None where it is missing or larger than `most`."""
        out, header = self._told(question)
        if header.endswith(_ABSENT):
            return None
        left = int(header.split()[2]) + 1
        if left > most + 1:
            while left > 0:
                left -= len(out.read(min(left, _PIECE)) or self._fail())
            return None
        contents = out.read(left)
        return contents[:-1] if len(contents) == left else self._fail()

    def _told(self, question: bytes) -> tuple[IO[bytes], bytes]:
        """Where the answer comes, and its first line; one that breaks off is no answer."""
        out = self._ask(question + b"\n")
        line = out.readline()
        return out, line if line.endswith(b"\n") else self._fail()

    def _ask(self, question: bytes) -> IO[bytes]:
        """Put a question and return where the answer comes."""
        if self._pipes is None:
            self._pipes = self._begin()
        to, back = self._pipes
        try:
            to.write(question)
            to.flush()
        except BrokenPipeError:
            self._fail()
        return back

    def _fail(self) -> NoReturn:
        raise broken(self._errors)


def broken(errors: IO[bytes]) -> NoShareError:
    """The error for a git that failed, with its last word as the reason."""
    errors.seek(0)
    why = last_line(errors.read())
    return NoShareError("broken-repository", f"git could not read the history: {why}", FSCK)


def last_line(errors: bytes) -> str:
    """The last line git wrote to stderr, made printable."""
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return plain(lines[-1]) if lines else "no reason given"
