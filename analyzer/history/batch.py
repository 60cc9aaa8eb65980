"""Request/response protocol with a long-running git process, such as `git cat-file --batch`.

This module starts no process (`history.git` does). It also builds the error that is raised when git fails.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, NoReturn

from analyzer.core.sanitize import plain
from analyzer.errors import NoShareError

if TYPE_CHECKING:
    from collections.abc import Callable

FSCK_HINT = "Run git fsck, or clone afresh."
# Larger texts count as binary: git shows no patches for them (core.bigFileThreshold) and we do not load them.
# A line that we ask `diff-tree --stdin` to echo after each commit.
END_OF_COMMIT = b"=END\n"
MAX_TEXT_BYTES = 16 << 20
_CHUNK = 1 << 20
# Newer versions of git say of a submodule that it is one, and give no size.
MISSING = (b" missing\n", b" ambiguous\n", b" submodule\n")


class BatchProcess:
    """Send requests to a running git process and read its responses.

    Every method raises `NoShareError("broken-repository")` if the process dies.
    """

    def __init__(self, start: Callable[[], tuple[IO[bytes], IO[bytes]]], stderr: IO[bytes]) -> None:
        """Prepare a process that starts at the first request.

        Parameters
        ----------
        start : starts the process and returns its stdin and stdout.
        stderr : the file that receives its stderr.
        """
        self._start, self._stderr = start, stderr
        self._pipes: tuple[IO[bytes], IO[bytes]] | None = None

    def read_until(self, request: bytes, end_line: bytes) -> bytes:
        """Send a request and return the response up to the line `end_line`, which is dropped."""
        stdout = self._send(request)
        chunks, tail = [b"\n"], b"\n"
        while not tail.endswith(b"\n" + end_line):
            chunks.append(stdout.read1(_CHUNK) or self._fail())  # type: ignore[attr-defined]  # it is buffered
            tail = (tail + chunks[-1])[-len(end_line) - 1 :]
        return b"".join(chunks)[1 : -len(end_line)]

    def object_size(self, request: bytes) -> int:
        """Ask `cat-file --batch-check` for an object's size in bytes; return 0 for a missing object."""
        _, header = self._read_header(request)
        return 0 if header.endswith(MISSING) else int(header.split()[2])

    def read_object(self, request: bytes, max_bytes: int = MAX_TEXT_BYTES) -> bytes | None:
        """Ask `cat-file --batch` for an object's contents; return None if it is missing or exceeds `max_bytes`."""
        stdout, header = self._read_header(request)
        if header.endswith(MISSING):
            return None
        remaining = int(header.split()[2]) + 1
        if remaining > max_bytes + 1:
            while remaining > 0:
                remaining -= len(stdout.read(min(remaining, _CHUNK)) or self._fail())
            return None
        contents = stdout.read(remaining)
        return contents[:-1] if len(contents) == remaining else self._fail()

    def _read_header(self, request: bytes) -> tuple[IO[bytes], bytes]:
        """Send a request and return stdout with the first line of the response; a line that is cut off is an error."""
        stdout = self._send(request + b"\n")
        line = stdout.readline()
        return stdout, line if line.endswith(b"\n") else self._fail()

    def _send(self, request: bytes) -> IO[bytes]:
        """Send a request and return the stream to read the response from."""
        if self._pipes is None:
            self._pipes = self._start()
        stdin, stdout = self._pipes
        try:
            stdin.write(request)
            stdin.flush()
        except BrokenPipeError:
            self._fail()
        return stdout

    def _fail(self) -> NoReturn:
        raise broken_repository(self._stderr)


def broken_repository(stderr: IO[bytes]) -> NoShareError:
    """Return the error for a git that failed; its last line on stderr is the reason."""
    stderr.seek(0)
    reason = last_error_line(stderr.read())
    return NoShareError("broken-repository", f"git could not read the history: {reason}", FSCK_HINT)


def last_error_line(stderr: bytes) -> str:
    """Return the last line that git wrote to stderr, made printable."""
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    return plain(lines[-1]) if lines else "no reason given"
