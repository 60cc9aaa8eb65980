"""Looks into single blobs: how many lines one has that git's patches did not show."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from analyzer.history.git import Dialogue, Git

BINARY_WITHIN = 8_000


class Blobs:
    """One `git cat-file --batch`, begun at the first question."""

    def __init__(self, git: Git) -> None:
        """Nothing runs until something is asked."""
        self._git = git
        self._open = ExitStack()
        self._asked: Dialogue | None = None

    def __enter__(self) -> Self:
        """Begin a block at whose end the processes end."""
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        """End the processes."""
        self._open.close()

    def lines(self, blob: bytes) -> int | None:
        """Lines of a blob, whatever it holds; None where it is missing."""
        contents = self._contents(blob)
        return None if contents is None else _count(contents)

    def text_lines(self, blob: bytes) -> int | None:
        """Lines of a blob that git shows as text; None for a binary or missing one."""
        contents = self._contents(blob)
        return None if contents is None or b"\0" in contents[:BINARY_WITHIN] else _count(contents)

    def _contents(self, blob: bytes) -> bytes | None:
        if self._asked is None:
            self._asked = self._open.enter_context(self._git.dialogue("cat-file", "--batch"))
        return self._asked.sized(blob)


def _count(contents: bytes) -> int:
    return contents.count(b"\n") + (contents[-1:] not in (b"", b"\n"))
