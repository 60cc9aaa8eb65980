"""A finished replay as columns for the store, and back: what an incremental run goes on from."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from analyzer.blame.change_counts import Tally
from analyzer.blame.ledger import IDS, WIDTH, Ledger
from analyzer.blame.moves import Origins
from analyzer.blame.recent_trees import Step
from analyzer.blame.tree import Entry

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    Columns = Mapping[str, NDArray[np.generic] | bytes]

# Whatever changes what the replay finds changes this.
RULES = "5"
_LEDGER = (
    "birth_commit",
    "birth_path",
    "birth_line",
    "birth_lines",
    "removal_commit",
    "removal_lines",
    "slight",
    "comment",
    "text",
)
_TALLY = ("commit", "path", "old_path", "added", "deleted", "functions", "decisions")
_TALLY_CODES = ("status", "kind")
_END = b"\0"


@dataclass(slots=True)
class Snapshot:
    """Commits in the order of their numbers, the ledger, the tally, the trees of the last of them, and links."""

    shas: list[bytes]
    ledger: Ledger
    tally: Tally
    steps: Sequence[Step]
    origins: Origins
    looked_at: dict[tuple[int, bytes], bytes]
    missing: frozenset[bytes]


def packed(snapshot: Snapshot) -> Columns:
    """Columns of a snapshot."""
    ledger, origins = snapshot.ledger, snapshot.origins
    columns: dict[str, NDArray[np.generic] | bytes] = {
        name: np.frombuffer(getattr(ledger, name), np.uint32) for name in _LEDGER
    }
    columns |= {f"tally_{name}": np.frombuffer(getattr(snapshot.tally, name), np.uint32) for name in _TALLY}
    columns |= {f"tally_{name}": np.frombuffer(getattr(snapshot.tally, name), np.int8) for name in _TALLY_CODES}
    columns["removal_merge"] = np.frombuffer(ledger.removal_merge, np.int8)
    columns["removed"] = np.frombuffer(ledger.removed, IDS)
    columns["shas"] = b"\n".join(snapshot.shas)
    columns["paths"] = _END.join(ledger.paths)
    columns["missing"] = b"\n".join(sorted(snapshot.missing))
    columns["link_new"] = _joined(origins.new)
    columns["link_old"] = _joined(origins.old)
    columns["link_lines"] = np.array([len(part) for part in origins.new], dtype=np.uint32)
    columns["link_reason"] = np.array(origins.reason, dtype=np.int8)
    columns |= _trees(snapshot.steps)
    looked = sorted(snapshot.looked_at.items())
    columns["looked_born"] = np.array([born for (born, _), _ in looked], dtype=np.int32)
    columns["looked_blob"] = b"\n".join(blob for (_, blob), _ in looked)
    columns["looked_lines"] = np.array([len(ids) // WIDTH for _, ids in looked], dtype=np.uint32)
    columns["looked_ids"] = np.frombuffer(b"".join(ids for _, ids in looked), IDS)
    return columns


def _trees(steps: Sequence[Step]) -> Columns:
    """Trees as what differs from the tree before, over a table of distinct files, over one of distinct versions."""
    versions: dict[tuple[bytes, bytes | None], int] = {}
    entries: dict[tuple[int, tuple[int, ...]], int] = {}
    known: dict[int, int] = {}  # by identity: trees share their files
    names: dict[bytes, int] = {}
    places: list[int] = []
    held: list[int] = []
    for path, entry in (pair for step in steps for pair in step.changed.items()):
        if entry is not None and id(entry) not in known:
            parts = [(entry.blob, entry.ids), *entry.older]
            numbers = tuple(versions.setdefault(part, len(versions)) for part in parts)
            known[id(entry)] = entries.setdefault((entry.born, numbers), len(entries))
        places.append(names.setdefault(path, len(names)))
        held.append(-1 if entry is None else known[id(entry)])
    return {
        "tree_sha": b"\n".join(step.sha for step in steps),
        "tree_steps": np.array([len(step.changed) for step in steps], dtype=np.uint32),
        "step_path": np.array(places, dtype=np.uint32),
        "step_entry": np.array(held, dtype=np.int32),
        "step_names": b"\n".join(name.hex().encode() for name in names),
        "entry_born": np.array([born for born, _ in entries], dtype=np.int32),
        "entry_versions": np.array([len(numbers) for _, numbers in entries], dtype=np.uint32),
        "entry_version": np.array([n for _, numbers in entries for n in numbers], dtype=np.uint32),
        "version_blob": b"\n".join(blob for blob, _ in versions),
        "version_lines": np.array([-1 if i is None else len(i) // WIDTH for _, i in versions], dtype=np.int32),
        "version_ids": np.frombuffer(b"".join(ids or b"" for _, ids in versions), IDS),
    }


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
    """The snapshot that these columns were made of: the store's key holds `RULES`, so they are this version's."""
    reader = _Reader(columns)
    numbers, texts = reader.numbers, reader.texts
    ledger = Ledger()
    for name in _LEDGER:
        setattr(ledger, name, _array("I", numbers(name).astype(np.uint32, copy=False)))
    ledger.removal_merge = _array("b", numbers("removal_merge").astype(np.int8, copy=False))
    ledger.removed = bytearray(numbers("removed").astype(IDS, copy=False))
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
    return Snapshot(
        texts("shas"), ledger, _tally_of(reader), _steps_of(reader), origins, looked_at, frozenset(texts("missing"))
    )


def _tally_of(reader: _Reader) -> Tally:
    tally = Tally()
    for name in _TALLY:
        setattr(tally, name, _array("I", reader.numbers(f"tally_{name}").astype(np.uint32, copy=False)))
    for name in _TALLY_CODES:
        setattr(tally, name, _array("b", reader.numbers(f"tally_{name}").astype(np.int8, copy=False)))
    return tally


def _array(code: Literal["I", "b"], numbers: NDArray[np.generic]) -> array[int]:
    found: array[int] = array(code)
    found.frombytes(numbers.view(np.uint8).data)
    return found


def _steps_of(reader: _Reader) -> list[Step]:
    parts = _parts(reader.numbers("version_ids"), reader.numbers("version_lines"))
    versions = list(zip(reader.texts("version_blob"), parts, strict=True))
    order, at = reader.numbers("entry_version").tolist(), 0
    entries: list[Entry] = []
    for born, count in zip(
        reader.numbers("entry_born").tolist(), reader.numbers("entry_versions").tolist(), strict=True
    ):
        (blob, ids), *older = (versions[n] for n in order[at : at + count])
        entries.append(Entry(blob, ids, tuple((b, i or b"") for b, i in older), born))
        at += count
    names = [bytes.fromhex(name.decode()) for name in reader.texts("step_names")]
    steps = list(zip(reader.numbers("step_path").tolist(), reader.numbers("step_entry").tolist(), strict=True))
    found: list[Step] = []
    at = 0
    for sha, count in zip(reader.texts("tree_sha"), reader.numbers("tree_steps").tolist(), strict=True):
        own = steps[at : at + count]
        found.append(Step(sha, {names[path]: None if n < 0 else entries[n] for path, n in own}))
        at += count
    return found


def _parts(ids: NDArray[np.generic], counts: NDArray[np.generic]) -> list[bytes | None]:
    """Byte strings of the given numbers of lines; None for -1."""
    raw, at = ids.astype(IDS, copy=False).view(np.uint8).data, 0
    parts: list[bytes | None] = []
    for count in counts.tolist():
        parts.append(None if count < 0 else bytes(raw[at : at + count * WIDTH]))
        at += max(count, 0) * WIDTH
    return parts


def _joined(parts: Sequence[NDArray[np.uint32]]) -> NDArray[np.uint32]:
    return np.concatenate(parts) if parts else np.zeros(0, IDS)
