"""Count the lines of single blobs that git's patches did not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.history.batch import BatchProcess

CAT_FILE = ("cat-file", "--batch")
_BINARY_CHECK_BYTES = 8_000


class BlobLineCounter:
    """Counts lines of blobs through one `git cat-file --batch` process."""

    def __init__(self, cat_file: BatchProcess) -> None:
        """`cat_file`: a batch process started with `CAT_FILE`."""
        self._cat_file = cat_file

    def count_lines(self, blob_id: bytes) -> int | None:
        """Return the number of lines of a blob, text or binary; None if it is missing."""
        contents = self._cat_file.read_object(blob_id)
        return None if contents is None else _count_lines(contents)

    def count_text_lines(self, blob_id: bytes) -> int | None:
        """Return the number of lines of a blob that git treats as text; None if it is binary or missing."""
        contents = self._cat_file.read_object(blob_id)
        return None if contents is None or b"\0" in contents[:_BINARY_CHECK_BYTES] else _count_lines(contents)


def _count_lines(contents: bytes) -> int:
    return contents.count(b"\n") + (contents[-1:] not in (b"", b"\n"))
