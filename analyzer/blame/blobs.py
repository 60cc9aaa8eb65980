"""Looks into single blobs: how many lines one has that git's patches did not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.history.batch import Dialogue

ASK = ("cat-file", "--batch")
_BINARY_WITHIN = 8_000


class Blobs:
    """Blobs by way of one `git cat-file --batch`."""

    def __init__(self, asked: Dialogue) -> None:
        """`asked`: a dialogue with `ASK`."""
        self._asked = asked

    def lines(self, blob: bytes) -> int | None:
        """Lines of a blob, whatever it holds; None where it is missing."""
        contents = self._asked.sized(blob)
        return None if contents is None else _count(contents)

    def text_lines(self, blob: bytes) -> int | None:
        """Lines of a blob that git shows as text; None for a binary or missing one."""
        contents = self._asked.sized(blob)
        return None if contents is None or b"\0" in contents[:_BINARY_WITHIN] else _count(contents)


def _count(contents: bytes) -> int:
    return contents.count(b"\n") + (contents[-1:] not in (b"", b"\n"))
