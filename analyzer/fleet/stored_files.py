"""Check what lies in the store before it is used: checksums, owners, sizes, and the columns of tables.

A manifest names the files of one stored version with their sizes and SHA-256 digests, and binds them to the repository
and the key. Checksums detect damage and mix-ups; they do not stop a person who may write to the folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from analyzer.core.export import read_parquet
from analyzer.core.own_files import is_ours, read_own

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

MANIFEST, REPORT = "manifest.json", "report.json"
_MAX_MANIFEST_BYTES = 1 << 16
# Far above what the largest history needs (docs/scale.md).
_MAX_FILE_BYTES, _MAX_ROWS, _MAX_DECODED_BYTES = 1 << 29, 1 << 26, 1 << 32
_COLUMNS = {
    "merged_changes": {"merged": "timestamp", "person": "string", "label": "string", "ai": "double", "kind": "string"},
    "panel": {
        "unit": "string",
        "person": "string",
        "period": "string",
        "share": "double",
        "n": "int64",
        "outcome": "int64",
        "eligible": "int64",
    },
    "people": {"person": "string", "handle": "string"},
    "owned": {"row": "int64", "owners": "string", "lines": "int64"},
}
# Tables of every version, and the one of fleets whose teams are defined by CODEOWNERS.
TABLES, OWNED = ("merged_changes", "panel", "people"), "owned"
# `units` is what earlier versions called `merged_changes`.
_OUR_NAMES = frozenset({MANIFEST, REPORT, "units.parquet", *(f"{table}.parquet" for table in _COLUMNS)})
_DRAFT = re.compile(r"\.draft-[a-z0-9_]{8}\Z")
_VERSION = re.compile(r"v=[0-9a-z]{1,64}\Z")


class StoreDamageError(Exception):
    """A stored version of a repository cannot be used: `name` is the repository, `reason` says why."""

    def __init__(self, name: str, reason: str) -> None:
        """Hold the reason, a clause without a full stop."""
        super().__init__(name, reason)
        self.name, self.reason = name, reason


class _FileEntry(Struct, frozen=True):
    """Size and digest of one file."""

    bytes: int
    sha256: str


class VersionManifest(Struct, frozen=True):
    """The files of one stored version of a repository, by name."""

    repository: str
    key: str
    files: dict[str, _FileEntry]


def encoded_manifest(repository: str, key: str, files: Mapping[str, bytes]) -> bytes:
    """Return the manifest of a version as JSON."""
    entries = {name: _FileEntry(len(contents), _sha256(contents)) for name, contents in sorted(files.items())}
    return msgspec.json.format(msgspec.json.encode(VersionManifest(repository, key, entries)), indent=1) + b"\n"


def read_manifest(folder: Path, repository: str, key: str) -> VersionManifest:
    """Return the manifest of a version; raises `StoreDamageError`."""
    try:
        status = os.lstat(folder)
        if not stat.S_ISDIR(status.st_mode):
            raise StoreDamageError(repository, "its place in the store is a link or no folder")
        if not is_ours(status):
            raise StoreDamageError(repository, "its folder in the store belongs to somebody else")
        manifest = msgspec.json.decode(read_own(folder / MANIFEST, _MAX_MANIFEST_BYTES), type=VersionManifest)
    except FileNotFoundError:
        raise StoreDamageError(repository, "it has no checksums") from None
    except OSError as error:
        raise StoreDamageError(repository, f"{MANIFEST} cannot be used: {error.strerror}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise StoreDamageError(repository, f"{MANIFEST} is damaged") from None
    if (manifest.repository, manifest.key) != (repository, key):
        raise StoreDamageError(repository, "it is of another repository or of other settings")
    return manifest


def read_verified(folder: Path, manifest: VersionManifest, name: str) -> bytes:
    """Return the contents of a file of a version; raises `StoreDamageError`."""
    entry = manifest.files.get(name)
    if entry is None:
        raise StoreDamageError(manifest.repository, f"{name} is missing")
    if not 0 <= entry.bytes <= _MAX_FILE_BYTES:
        raise StoreDamageError(manifest.repository, f"{name} is too large")
    try:
        contents = read_own(folder / name, entry.bytes)
    except FileNotFoundError:
        raise StoreDamageError(manifest.repository, f"{name} is missing") from None
    except OSError as error:
        raise StoreDamageError(manifest.repository, f"{name} cannot be used: {error.strerror}") from None
    if _sha256(contents) != entry.sha256:
        raise StoreDamageError(manifest.repository, f"{name} does not match its checksum")
    return contents


def decoded_table(repository: str, table: str, contents: bytes) -> pd.DataFrame:
    """Return a table that has the columns of `table`; raises `StoreDamageError`."""
    check_table(repository, table, contents)
    return read_parquet(contents)


def check_table(repository: str, table: str, contents: bytes) -> None:
    """Check the columns of a table and the size that it claims, without decoding it; raises `StoreDamageError`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(contents))
    except (pa.ArrowException, OSError, ValueError):
        raise StoreDamageError(repository, f"{table}.parquet is no table") from None
    metadata = file.metadata
    decoded = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    if not (0 <= metadata.num_rows <= _MAX_ROWS and 0 <= decoded <= _MAX_DECODED_BYTES):
        raise StoreDamageError(repository, f"{table}.parquet is too large")
    columns = {field.name: str(field.type) for field in file.schema_arrow}
    expected = _COLUMNS.get(table, columns)
    if columns.keys() != expected.keys() or not all(kind in columns[name] for name, kind in expected.items()):
        raise StoreDamageError(repository, f"{table}.parquet has other columns")


def remove_version(folder: Path) -> None:
    """Remove a version, or the link or file in its place; files that are not ours stay, and so does their folder."""
    with suppress(OSError):
        if not stat.S_ISDIR(os.lstat(folder).st_mode):
            os.unlink(folder)
            return
    with suppress(OSError):
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name != MANIFEST):  # half a version is none
            if entry.name in _OUR_NAMES and not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
        os.rmdir(folder)


def is_version(name: str) -> bool:
    """Return whether a name in the folder of a repository is that of a version, or of the draft of one."""
    return bool(_VERSION.match(name)) or is_draft(name)


def is_draft(name: str) -> bool:
    """Return whether a name is one that we give to drafts."""
    return bool(_DRAFT.match(name))


def write_file(path: Path, contents: bytes) -> None:
    """Write a new file to the disk, for nobody else to change. Raises `OSError`."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o644), "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(contents)
        file.flush()
        os.fsync(file.fileno())


def _sha256(contents: bytes) -> str:
    return hashlib.sha256(contents).hexdigest()
