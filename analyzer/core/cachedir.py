"""Files in the user's cache: whole or not there, checked when read, safe for two runs at once and under kill -9.

A file is written under a name of its own and renamed: a reader sees the old one, the new one or none. It ends with the
SHA-256 of its contents; what fails that is no file. Nothing here knows what the columns mean.
"""

from __future__ import annotations

import hashlib
import io
import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    from numpy.typing import NDArray

    Columns = Mapping[str, NDArray[np.generic] | bytes]

FORMAT = "2"
# Elements of each column in one row: what a reader or writer holds in a second form.
_PIECE = 1 << 20
_PREFIX = ".draft-"
_DIGEST = hashlib.sha256().digest_size
_ABANDONED_SECONDS = 24 * 3600


def default_folder() -> Path | None:
    """The user's cache folder: `$XDG_CACHE_HOME/aishare`, else the platform's own place; None for a homeless user."""
    base = os.environ.get("XDG_CACHE_HOME")
    if base and os.path.isabs(base):
        return Path(base) / "aishare"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return (home / "Library" / "Caches" if sys.platform == "darwin" else home / ".cache") / "aishare"


def used(folder: Path) -> tuple[int, int]:
    """Bytes and number of all snapshots in a cache folder."""
    sizes = []
    for path in folder.glob("v*/*/*.parquet"):
        with suppress(OSError):
            sizes.append(path.stat().st_size)
    return sum(sizes), len(sizes)


class Store:
    """Snapshots of one kind for one key in a folder; a folder that cannot be written stores nothing, and says why."""

    def __init__(self, folder: Path, *key: str, keep: int = 3) -> None:
        """`key` becomes a folder name; `keep` snapshots are kept, the latest used ones."""
        digest = hashlib.sha256("\0".join((FORMAT, *key)).encode("utf-8", "surrogateescape")).hexdigest()[:32]
        self.folder = folder / f"v{FORMAT}" / digest
        self.keep = keep
        self.problem: str | None = None

    def names(self) -> list[str]:
        """Names of the snapshots that are there, the latest used first."""
        try:
            found = [(_used(entry.stat().st_mtime), entry.name) for entry in os.scandir(self.folder)]
        except OSError:
            return []
        return [name.removesuffix(".parquet") for _, name in sorted(found, reverse=True) if name.endswith(".parquet")]

    def read(self, name: str) -> dict[str, NDArray[np.generic] | bytes] | None:
        """The columns of a snapshot; None where there is none, or what is there is damaged."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.folder / f"{name}.parquet"
        try:
            contents = memoryview(path.read_bytes())
            if hashlib.sha256(contents[:-_DIGEST]).digest() != contents[-_DIGEST:]:
                self.problem = f"{path.name} is damaged and was not used"
                return None
            with suppress(OSError):  # a folder that can be read and not written is of use all the same
                os.utime(path)
        except FileNotFoundError:
            return None
        except OSError as reason:
            self.problem = f"{path.name} cannot be read: {reason.strerror}"
            return None
        try:
            return _decoded(pq.ParquetFile(pa.BufferReader(contents[:-_DIGEST])))
        except pa.ArrowException:
            self.problem = f"{path.name} is no snapshot and was not used"
            return None

    def write(self, name: str, columns: Columns) -> bool:
        """Write a snapshot whole or not at all; False where the folder or the disk refuses."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, draft = tempfile.mkstemp(dir=self.folder, prefix=_PREFIX)
        except OSError as reason:
            self.problem = f"{self.folder} cannot be written: {reason.strerror}"
            return False
        try:
            with os.fdopen(handle, "wb") as file:
                digested = _Digested(file)
                _encode(columns, digested)
                file.write(digested.digest.digest())
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, self.folder / f"{name}.parquet")
        except BaseException as reason:
            Path(draft).unlink(missing_ok=True)
            if not isinstance(reason, OSError):
                raise
            self.problem = f"{self.folder} cannot be written: {reason.strerror or reason}"
            return False
        self._prune()
        return True

    def _prune(self) -> None:
        """Remove old snapshots and drafts that a killed run left."""
        for name in self.names()[self.keep :]:
            (self.folder / f"{name}.parquet").unlink(missing_ok=True)
        for entry in os.scandir(self.folder):
            with suppress(FileNotFoundError):  # another run renamed or removed it
                if entry.name.startswith(_PREFIX) and abs(time.time() - entry.stat().st_mtime) > _ABANDONED_SECONDS:
                    os.unlink(entry.path)


def _used(when: float) -> float:
    """When a file was last used; what a clock that was wrong dated far ahead counts as never used."""
    return when if when < time.time() + _ABANDONED_SECONDS else 0.0


class _Digested(io.RawIOBase):
    """A file to write to that digests what passes."""

    def __init__(self, file: IO[bytes]) -> None:
        """`file` stays open."""
        self.file, self.digest = file, hashlib.sha256()

    def writable(self) -> bool:
        """Nothing but that."""
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # arrow hands over no other buffers
        """Write all of it."""
        self.digest.update(data)
        return self.file.write(data)


def _encode(columns: Columns, out: io.RawIOBase) -> None:
    """Rows whose cells are pieces of the columns, so that columns of any lengths share one file and one rename."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    encodings, fields = {}, []
    for name, values in columns.items():
        if isinstance(values, bytes):
            fields.append(pa.field(name, pa.large_binary()))
            encodings[name] = "PLAIN"
        else:
            fields.append(pa.field(name, pa.large_list(pa.from_numpy_dtype(values.dtype))))
            whole = values.dtype.kind in "iu" and values.dtype.itemsize >= 4
            encodings[f"{name}.list.element"] = "DELTA_BINARY_PACKED" if whole else "PLAIN"
    options = {"compression": "zstd", "use_dictionary": False, "write_statistics": False}
    longest = max((len(values) for values in columns.values()), default=0)
    with pq.ParquetWriter(out, pa.schema(fields), column_encoding=encodings, **options) as writer:
        for at in range(0, max(longest, 1), _PIECE):
            cells = {name: _cell(values[at : at + _PIECE]) for name, values in columns.items()}
            writer.write_table(pa.table(cells, schema=writer.schema))


def _cell(piece: NDArray[np.generic] | bytes) -> pa.Array:
    import pyarrow as pa

    if isinstance(piece, bytes):
        return pa.array([piece], pa.large_binary())
    return pa.LargeListArray.from_arrays(pa.array([0, len(piece)], pa.int64()), pa.array(piece))


def _decoded(file: pq.ParquetFile) -> dict[str, NDArray[np.generic] | bytes]:
    """The columns of all rows."""
    import numpy as np

    pieces: dict[str, list[NDArray[np.generic] | bytes]] = {name: [] for name in file.schema_arrow.names}
    for number in range(file.num_row_groups):
        for name, cells in zip(pieces, file.read_row_group(number, use_threads=False).columns, strict=True):
            pieces[name].append(_piece(cells.chunk(0)))
    columns: dict[str, NDArray[np.generic] | bytes] = {}
    for name in list(pieces):
        found = pieces.pop(name)  # so that no column is there twice
        texts = [piece for piece in found if isinstance(piece, bytes)]
        numbers = [piece for piece in found if not isinstance(piece, bytes)]
        columns[name] = np.concatenate(numbers) if numbers else b"".join(texts)
        del found, numbers
    return columns


def _piece(cell: pa.Array) -> NDArray[np.generic] | bytes:
    import pyarrow as pa

    if pa.types.is_large_binary(cell.type):
        piece: bytes = cell[0].as_py()
        return piece
    numbers: NDArray[np.generic] = cell.values.to_numpy(zero_copy_only=False)
    return numbers.copy()  # arrow's own is a part of a larger buffer
