"""Read the lines of single blobs that git's patches did not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.history.batch import BatchProcess

CAT_FILE = ("cat-file", "--batch")
_BINARY_CHECK_BYTES = 8_000


class BlobReader:
    """Reads the lines of blobs through one `git cat-file --batch` process."""

    def __init__(self, cat_file: BatchProcess) -> None:
        """`cat_file`: a batch process started with `CAT_FILE`."""
        self._cat_file = cat_file

    def lines(self, blob_id: bytes) -> list[bytes]:
        """Return the lines of a blob, text or binary; none if it is missing."""
        return _lines(self._cat_file.read_object(blob_id) or b"")

    def text_lines(self, blob_id: bytes) -> list[bytes] | None:
        """Return the lines of a blob that git treats as text; None if it is binary or missing."""
        contents = self._cat_file.read_object(blob_id)
        return None if contents is None or b"\0" in contents[:_BINARY_CHECK_BYTES] else _lines(contents)


def _lines(contents: bytes) -> list[bytes]:
    lines = contents.split(b"\n")
    return lines if lines[-1] else lines[:-1]
