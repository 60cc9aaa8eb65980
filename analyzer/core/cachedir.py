"""Store columns in the user's cache: atomic writes, checksums, safe for concurrent runs and under kill -9.

A file is written under a temporary name and then renamed, so a reader sees the old file, the new one or none. It ends
with a SHA-256 over its key, its name and its contents; a file that fails this check counts as missing, also one that
was renamed or comes from another folder. Folders are ours alone, and a file that somebody else can have written is
not read. This module does not know what the columns mean.

Columns of numbers are written as Parquet. Bytes alone, such as an answer, are compressed MessagePack, so that whoever
asks again need not wait until pyarrow is imported.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
import tempfile
import time
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from analyzer.core.own_files import make_private, read_own

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Columns = Mapping[str, NDArray[np.generic] | bytes]

FORMAT_VERSION = "3"
TABLES_SUFFIX, ANSWERS_SUFFIX = ".parquet", ".answer"
# Limits for what is read: the largest snapshots of public histories take a tenth of them.
_MAX_FILE_BYTES, _MAX_UNPACKED_BYTES = 2 << 30, 8 << 30
# What a file of bytes alone starts with; Parquet's start is PAR1.
_BYTES_ALONE = b"aishare1"
# Elements of a column per cell: the amount that a reader or writer holds twice.
_CELL_ELEMENTS = 1 << 20
_DRAFT_PREFIX = ".draft-"
_DRAFT = re.compile(r"\.draft-[a-z0-9_]{8}\Z")  # as `tempfile.mkstemp` names them
_DIGEST = hashlib.sha256().digest_size
_ABANDONED_SECONDS = 24 * 3600


def default_cache_dir() -> Path | None:
    """Return the user's cache folder: `$XDG_CACHE_HOME/aishare` or the platform's default; None without a home."""
    base = os.environ.get("XDG_CACHE_HOME")
    if base and os.path.isabs(base):
        return Path(base) / "aishare"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return (home / "Library" / "Caches" if sys.platform == "darwin" else home / ".cache") / "aishare"


def cache_usage(cache_dir: Path) -> tuple[int, int]:
    """Return total bytes and number of all snapshots in a cache folder."""
    sizes = []
    for path in cache_dir.glob("v*/*/*"):
        with suppress(OSError):
            if path.suffix in {TABLES_SUFFIX, ANSWERS_SUFFIX}:
                sizes.append(path.stat().st_size)
    return sum(sizes), len(sizes)


class CacheStore:
    """Snapshots of one kind under one key in a cache folder.

    If the folder cannot be used, nothing is stored or read, and `problem` says why.
    """

    def __init__(self, cache_dir: Path, *key: str, keep: int = 3, suffix: str = TABLES_SUFFIX) -> None:
        """`key` becomes a folder name; we keep the `keep` most recently used, in files `NAME{suffix}`."""
        self._key = "\0".join((FORMAT_VERSION, *key)).encode("utf-8", "surrogateescape")
        self._parents = (cache_dir, cache_dir / f"v{FORMAT_VERSION}")
        self.folder = self._parents[-1] / hashlib.sha256(self._key).hexdigest()[:32]
        self.keep, self.suffix = keep, suffix
        self.problem: str | None = None

    def names(self) -> list[str]:
        """Return the names of the stored snapshots, most recently used first."""
        try:
            used_names = [(_last_used(entry.stat().st_mtime), entry.name) for entry in os.scandir(self.folder)]
        except OSError:
            return []
        return [
            name.removesuffix(self.suffix) for _, name in sorted(used_names, reverse=True) if name.endswith(self.suffix)
        ]

    def path(self, name: str) -> Path:
        """Return where a snapshot is stored."""
        return self.folder / f"{name}{self.suffix}"

    def read(self, name: str) -> dict[str, NDArray[np.generic] | bytes] | None:
        """Return the columns of a snapshot; None if there is none, or none that may be believed: see `problem`."""
        path = self.path(name)
        try:
            contents = memoryview(read_own(path, _MAX_FILE_BYTES))
        except FileNotFoundError:
            return None
        except OSError as reason:
            self.problem = f"{path.name} cannot be read: {reason.strerror}"
            return None
        if self._is_linked():
            return None
        digest = self._digest(name)
        digest.update(contents[:-_DIGEST])
        if digest.digest() != contents[-_DIGEST:]:
            self.discard(name, "is damaged, or of another question")
            return None
        with suppress(OSError):  # a read-only folder is still useful
            os.utime(path)
        try:
            return _read_columns(contents[:-_DIGEST])
        except Exception as reason:  # noqa: BLE001 - whatever libraries and we raise at a file that is none of ours
            self.discard(name, f"is no snapshot ({type(reason).__name__})")
            return None

    def _is_linked(self) -> bool:
        """Return whether a folder of ours is a link, and note that: it leads to folders of others."""
        linked = next((folder for folder in (*self._parents[1:], self.folder) if folder.is_symlink()), None)
        if linked is not None:
            self.problem = f"{linked} is a symbolic link"
        return linked is not None

    def discard(self, name: str, why: str) -> None:
        """Remove a snapshot that cannot be used, so that it is made anew; `problem` says why."""
        self.problem = f"{self.path(name).name} {why} and was not used"
        with suppress(OSError):
            self.path(name).unlink()

    def _digest(self, name: str) -> hashlib._Hash:
        """Return a hash that has taken in which snapshot of which key follows."""
        return hashlib.sha256(self._key + b"\0\0" + name.encode() + b"\0\0")

    def write(self, name: str, columns: Columns) -> bool:
        """Write a snapshot completely or not at all; return False if the folder or the disk refuses."""
        try:
            self._parents[0].mkdir(parents=True, exist_ok=True, mode=0o700)  # the user's choice, and perhaps not ours
            for folder in (*self._parents[1:], self.folder):
                make_private(folder)
            handle, draft = tempfile.mkstemp(dir=self.folder, prefix=_DRAFT_PREFIX)
        except OSError as reason:
            self.problem = f"{self.folder} cannot be written: {reason.strerror}"
            return False
        try:
            with os.fdopen(handle, "wb") as file:
                digested = _HashingWriter(file, self._digest(name))
                _write_columns(columns, digested)
                file.write(digested.digest.digest())
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, self.path(name))
        except BaseException as reason:
            Path(draft).unlink(missing_ok=True)
            if not isinstance(reason, OSError):
                raise
            self.problem = f"{self.folder} cannot be written: {reason.strerror or reason}"
            return False
        self._prune()
        return True

    def _prune(self) -> None:
        """Remove old snapshots, and drafts that a killed run left behind."""
        for name in self.names()[self.keep :]:
            self.path(name).unlink(missing_ok=True)
        for entry in os.scandir(self.folder):
            with suppress(FileNotFoundError):  # another run renamed or removed it
                if _DRAFT.match(entry.name) and abs(time.time() - entry.stat().st_mtime) > _ABANDONED_SECONDS:
                    os.unlink(entry.path)


def _last_used(when: float) -> float:
    """Return when a file was last used; a date far in the future (from a wrong clock) counts as never."""
    return when if when < time.time() + _ABANDONED_SECONDS else 0.0


class _HashingWriter(io.RawIOBase):
    """A writable file that hashes everything written to it."""

    def __init__(self, file: IO[bytes], digest: hashlib._Hash) -> None:
        """Wrap `file`, which stays open; `digest` takes in what is written."""
        self.file, self.digest = file, digest

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # arrow hands over no other buffers
        """Write all of `data`."""
        self.digest.update(data)
        return self.file.write(data)


def _write_columns(columns: Columns, out: io.RawIOBase) -> None:
    values_alone = {name: values for name, values in columns.items() if isinstance(values, bytes)}
    if len(values_alone) == len(columns):
        out.write(_BYTES_ALONE + zlib.compress(msgspec.msgpack.encode(values_alone)))
    else:
        _write_parquet(columns, out)


def _write_parquet(columns: Columns, out: io.RawIOBase) -> None:
    """Write the columns to Parquet in rows whose cells are pieces of columns.

    So columns of different lengths share one file and one atomic rename.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    encodings, fields = {}, []
    for name, values in columns.items():
        if isinstance(values, bytes):
            fields.append(pa.field(name, pa.large_binary()))
            encodings[name] = "PLAIN"
        else:
            fields.append(pa.field(name, pa.large_list(pa.from_numpy_dtype(values.dtype))))
            is_integer = values.dtype.kind in "iu" and values.dtype.itemsize >= 4
            encodings[f"{name}.list.element"] = "DELTA_BINARY_PACKED" if is_integer else "PLAIN"
    options = {"compression": "zstd", "use_dictionary": False, "write_statistics": False}
    longest = max((len(values) for values in columns.values()), default=0)
    with pq.ParquetWriter(out, pa.schema(fields), column_encoding=encodings, **options) as writer:
        for start in range(0, max(longest, 1), _CELL_ELEMENTS):
            cells = {name: _cell(values[start : start + _CELL_ELEMENTS]) for name, values in columns.items()}
            writer.write_table(pa.table(cells, schema=writer.schema))


def _cell(piece: NDArray[np.generic] | bytes) -> pa.Array:
    import pyarrow as pa

    if isinstance(piece, bytes):
        return pa.array([piece], pa.large_binary())
    return pa.LargeListArray.from_arrays(pa.array([0, len(piece)], pa.int64()), pa.array(piece))


def _read_columns(contents: memoryview) -> dict[str, NDArray[np.generic] | bytes]:
    """Return the columns; raises what zlib, msgspec, arrow and numpy raise, and `ValueError` for a bomb."""
    if contents[: len(_BYTES_ALONE)] != _BYTES_ALONE:
        return _read_parquet(contents)
    inflate = zlib.decompressobj()
    packed = inflate.decompress(contents[len(_BYTES_ALONE) :], _MAX_UNPACKED_BYTES)
    if not inflate.eof:
        raise ValueError(_MAX_UNPACKED_BYTES)
    return {**msgspec.msgpack.decode(packed, type=dict[str, bytes])}


def _read_parquet(contents: memoryview) -> dict[str, NDArray[np.generic] | bytes]:
    """Return the columns, joined from the cells of all rows; raises what arrow raises, and `ValueError` for a bomb."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(pa.BufferReader(contents))
    groups = (file.metadata.row_group(number) for number in range(file.num_row_groups))
    if sum(group.total_byte_size for group in groups) > _MAX_UNPACKED_BYTES:
        raise ValueError(_MAX_UNPACKED_BYTES)
    pieces: dict[str, list[NDArray[np.generic] | bytes]] = {name: [] for name in file.schema_arrow.names}
    for number in range(file.num_row_groups):
        for name, cells in zip(pieces, file.read_row_group(number, use_threads=False).columns, strict=True):
            pieces[name].append(_cell_values(cells.chunk(0)))
    columns: dict[str, NDArray[np.generic] | bytes] = {}
    for name in list(pieces):
        column_pieces = pieces.pop(name)  # pop, so that no column is in memory twice
        texts = [piece for piece in column_pieces if isinstance(piece, bytes)]
        numbers = [piece for piece in column_pieces if not isinstance(piece, bytes)]
        columns[name] = np.concatenate(numbers) if numbers else b"".join(texts)
        del column_pieces, numbers
    return columns


def _cell_values(cell: pa.Array) -> NDArray[np.generic] | bytes:
    import pyarrow as pa

    if pa.types.is_large_binary(cell.type):
        piece: bytes = cell[0].as_py()
        return piece
    numbers: NDArray[np.generic] = cell.values.to_numpy(zero_copy_only=False)
    return numbers.copy()  # arrow's array is a view of a larger buffer
