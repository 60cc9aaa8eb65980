"""A finished replay as columns for the store, and back: what an incremental run goes on from."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analyzer.provenance.ledger import IDS, WIDTH, Ledger
from analyzer.provenance.origin import Origins
from analyzer.provenance.tree import Entry, Files

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    Columns = Mapping[str, NDArray[np.generic] | bytes]

# Whatever changes what the replay finds changes this.
RULES = "1"
_LEDGER = ("birth_commit", "birth_path", "birth_line", "birth_lines", "removal_commit", "removal_lines")
_END = b"\0"


@dataclass(slots=True)
class Snapshot:
    """Commits in the order of their numbers, the ledger, the files at head, and links."""

    shas: list[bytes]
    ledger: Ledger
    files: Files
    origins: Origins
    looked_at: dict[tuple[int, bytes], bytes]
    missing: frozenset[bytes]


def packed(snapshot: Snapshot) -> Columns:
    """Columns of a snapshot."""
    ledger, origins = snapshot.ledger, snapshot.origins
    columns: dict[str, NDArray[np.generic] | bytes] = {
        name: np.frombuffer(getattr(ledger, name), np.uint32) for name in _LEDGER
    }
    columns["removal_merge"] = np.frombuffer(ledger.removal_merge, np.int8)
    columns["removed"] = np.frombuffer(bytes(ledger.removed), IDS)
    columns["shas"] = b"\n".join(snapshot.shas)
    columns["paths"] = _END.join(ledger.paths)
    columns["missing"] = b"\n".join(sorted(snapshot.missing))
    columns["link_new"] = _joined(origins.new)
    columns["link_old"] = _joined(origins.old)
    columns["link_lines"] = np.array([len(part) for part in origins.new], dtype=np.uint32)
    columns["link_reason"] = np.array(origins.reason, dtype=np.int8)
    versions = [
        (path, entry.born, [(entry.blob, entry.ids), *entry.older]) for path, entry in sorted(snapshot.files.items())
    ]
    flat = [version for _, _, known in versions for version in known]
    columns["file_path"] = b"\n".join(path.hex().encode() for path, _, _ in versions)
    columns["file_born"] = np.array([born for _, born, _ in versions], dtype=np.int32)
    columns["file_versions"] = np.array([len(known) for _, _, known in versions], dtype=np.uint32)
    columns["version_blob"] = b"\n".join(blob for blob, _ in flat)
    columns["version_lines"] = np.array([-1 if i is None else len(i) // WIDTH for _, i in flat], dtype=np.int32)
    columns["version_ids"] = np.frombuffer(b"".join(ids or b"" for _, ids in flat), IDS)
    looked = sorted(snapshot.looked_at.items())
    columns["looked_born"] = np.array([born for (born, _), _ in looked], dtype=np.int32)
    columns["looked_blob"] = b"\n".join(blob for (_, blob), _ in looked)
    columns["looked_lines"] = np.array([len(ids) // WIDTH for _, ids in looked], dtype=np.uint32)
    columns["looked_ids"] = np.frombuffer(b"".join(ids for _, ids in looked), IDS)
    return columns


@dataclass(frozen=True, slots=True)
class _Reader:
    """Columns by kind; a column that is absent or of the other kind is another format's."""

    columns: Columns

    def numbers(self, name: str) -> NDArray[np.generic]:
        value = self.columns[name]
        if isinstance(value, bytes):
            raise TypeError(name)
        return value

    def texts(self, name: str, end: bytes = b"\n") -> list[bytes]:
        value = self.columns[name]
        if not isinstance(value, bytes):
            raise TypeError(name)
        return value.split(end) if value else []


def unpacked(columns: Columns, ignored: Collection[bytes]) -> Snapshot:
    """The snapshot that these columns were made of; raises `LookupError`, `TypeError` or `ValueError` for others."""
    reader = _Reader(columns)
    numbers, texts = reader.numbers, reader.texts
    ledger = Ledger()
    for name in _LEDGER:
        setattr(ledger, name, array("I", numbers(name).astype(np.uint32).tobytes()))
    ledger.removal_merge = array("b", numbers("removal_merge").astype(np.int8).tobytes())
    ledger.removed = bytearray(numbers("removed").astype(IDS).tobytes())
    ledger.lines = sum(ledger.birth_lines)
    ledger.paths = {path: n for n, path in enumerate(texts("paths", _END))}
    origins = Origins(ignored)
    cuts = np.cumsum(numbers("link_lines").astype(np.int64))[:-1]
    if len(numbers("link_lines")):
        origins.new = list(np.split(numbers("link_new").astype(IDS), cuts))
        origins.old = list(np.split(numbers("link_old").astype(IDS), cuts))
    origins.reason = numbers("link_reason").tolist()
    looked = zip(numbers("looked_born").tolist(), texts("looked_blob"), strict=True)
    parts = _parts(numbers("looked_ids"), numbers("looked_lines"))
    looked_at = {key: ids or b"" for key, ids in zip(looked, parts, strict=True)}
    return Snapshot(texts("shas"), ledger, _files(reader), origins, looked_at, frozenset(texts("missing")))


def _files(reader: _Reader) -> Files:
    blobs = reader.texts("version_blob")
    parts = _parts(reader.numbers("version_ids"), reader.numbers("version_lines"))
    born, counts = reader.numbers("file_born").tolist(), reader.numbers("file_versions").tolist()
    files: Files = {}
    at = 0
    for path, birth, count in zip(reader.texts("file_path"), born, counts, strict=True):
        (blob, ids), *older = zip(blobs[at : at + count], parts[at : at + count], strict=True)
        files[bytes.fromhex(path.decode())] = Entry(blob, ids, tuple((b, i or b"") for b, i in older), birth)
        at += count
    return files


def _parts(ids: NDArray[np.generic], counts: NDArray[np.generic]) -> list[bytes | None]:
    """Byte strings of the given numbers of lines; None for -1."""
    raw, at = ids.astype(IDS).tobytes(), 0
    parts: list[bytes | None] = []
    for count in counts.tolist():
        parts.append(None if count < 0 else raw[at : at + count * WIDTH])
        at += max(count, 0) * WIDTH
    return parts


def _joined(parts: Sequence[NDArray[np.uint32]]) -> NDArray[np.uint32]:
    return np.concatenate(parts) if parts else np.zeros(0, IDS)
