"""Convert a finished replay to columns for the cache and back, so that an incremental run can continue from it."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from analyzer.blame.change_tally import ChangeTally
from analyzer.blame.ledger import ID_BYTES, ID_DTYPE, Ledger
from analyzer.blame.moves import Origins
from analyzer.blame.path_log import PathLog
from analyzer.blame.recent_trees import TreeStep
from analyzer.blame.snapshot_check import check_columns
from analyzer.blame.tree import FileVersion

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    Columns = Mapping[str, NDArray[np.generic] | bytes]

# Change this whenever the replay's results change, so that old snapshots are not used.
REPLAY_VERSION = "8"
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
_SEPARATOR = b"\0"


@dataclass(slots=True)
class Snapshot:
    """State of a finished replay.

    Attributes
    ----------
    shas : commit ids in the order of their numbers.
    ledger, tally : births and removals of lines; file changes.
    steps : trees of the last commits.
    origins : links to continued lines.
    revealed : line ids by (commit number, blob) of opaque files that were read.
    missing : blobs that the clone lacked.
    path_log : paths and renames; empty if all lines were followed.
    unfollowed : the paths of it whose lines were not.
    """

    shas: list[bytes]
    ledger: Ledger
    tally: ChangeTally
    steps: Sequence[TreeStep]
    origins: Origins
    revealed: dict[tuple[int, bytes], bytes]
    missing: frozenset[bytes]
    path_log: PathLog
    unfollowed: frozenset[bytes]


def pack(snapshot: Snapshot) -> Columns:
    """Return the columns of a snapshot."""
    ledger, origins = snapshot.ledger, snapshot.origins
    columns: dict[str, NDArray[np.generic] | bytes] = {
        name: np.frombuffer(getattr(ledger, name), np.uint32) for name in _LEDGER
    }
    columns |= {f"tally_{name}": np.frombuffer(getattr(snapshot.tally, name), np.uint32) for name in _TALLY}
    columns |= {f"tally_{name}": np.frombuffer(getattr(snapshot.tally, name), np.int8) for name in _TALLY_CODES}
    columns["tally_net_hash"] = np.frombuffer(snapshot.tally.net_hash, np.uint64)
    ledger.shapes.complete(ledger.lines)
    columns["shape"] = np.frombuffer(ledger.shapes.shape, np.uint32)
    columns["tokens"] = np.frombuffer(ledger.shapes.tokens, np.uint8)
    columns["removal_path"] = np.frombuffer(ledger.removal_path, np.int32)
    columns["removed"] = np.frombuffer(ledger.removed, ID_DTYPE)
    columns["shas"] = b"\n".join(snapshot.shas)
    columns["paths"] = _SEPARATOR.join(ledger.paths)
    columns["missing"] = b"\n".join(sorted(snapshot.missing))
    columns["link_new"] = _concatenate(origins.new)
    columns["link_old"] = _concatenate(origins.old)
    columns["link_lines"] = np.array([len(link) for link in origins.new], dtype=np.uint32)
    columns["link_reason"] = np.array(origins.reason, dtype=np.int8)
    columns |= _pack_trees(snapshot.steps)
    columns |= _pack_path_log(snapshot.path_log, snapshot.unfollowed)
    revealed = sorted(snapshot.revealed.items())
    columns["looked_born"] = np.array([born for (born, _), _ in revealed], dtype=np.int32)
    columns["looked_blob"] = b"\n".join(blob for (_, blob), _ in revealed)
    columns["looked_lines"] = np.array([len(ids) // ID_BYTES for _, ids in revealed], dtype=np.uint32)
    columns["looked_ids"] = np.frombuffer(b"".join(ids for _, ids in revealed), ID_DTYPE)
    return columns


def _pack_trees(steps: Sequence[TreeStep]) -> Columns:
    """Return the columns of trees: differences from the previous tree, a table of distinct files, one of versions."""
    versions: dict[tuple[bytes, bytes | None], int] = {}
    entries: dict[tuple[int, int, tuple[int, ...]], int] = {}
    number_by_identity: dict[int, int] = {}  # by `id()`, because trees share their files
    names: dict[bytes, int] = {}
    path_numbers: list[int] = []
    entry_numbers: list[int] = []
    for path, entry in (pair for step in steps for pair in step.changed.items()):
        if entry is not None and id(entry) not in number_by_identity:
            file_versions = [(entry.blob, entry.ids), *entry.older]
            numbers = tuple(versions.setdefault(file_version, len(versions)) for file_version in file_versions)
            number_by_identity[id(entry)] = entries.setdefault((entry.born, entry.lines, numbers), len(entries))
        path_numbers.append(names.setdefault(path, len(names)))
        entry_numbers.append(-1 if entry is None else number_by_identity[id(entry)])
    return {
        "tree_sha": b"\n".join(step.sha for step in steps),
        "tree_steps": np.array([len(step.changed) for step in steps], dtype=np.uint32),
        "step_path": np.array(path_numbers, dtype=np.uint32),
        "step_entry": np.array(entry_numbers, dtype=np.int32),
        "step_names": b"\n".join(name.hex().encode() for name in names),
        "entry_born": np.array([born for born, _, _ in entries], dtype=np.int32),
        "entry_lines": np.array([lines for _, lines, _ in entries], dtype=np.int32),
        "entry_versions": np.array([len(numbers) for _, _, numbers in entries], dtype=np.uint32),
        "entry_version": np.array([n for _, _, numbers in entries for n in numbers], dtype=np.uint32),
        "version_blob": b"\n".join(blob for blob, _ in versions),
        "version_lines": np.array([-1 if i is None else len(i) // ID_BYTES for _, i in versions], dtype=np.int32),
        "version_ids": np.frombuffer(b"".join(ids or b"" for _, ids in versions), ID_DTYPE),
    }


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads columns by kind; a missing column or one of another kind means another format."""

    columns: Columns

    def numbers(self, name: str) -> NDArray[np.generic]:
        value = self.columns[name]
        if isinstance(value, bytes):
            raise TypeError(name)
        return value

    def texts(self, name: str, separator: bytes = b"\n") -> list[bytes]:
        value = self.columns[name]
        if not isinstance(value, bytes):
            raise TypeError(name)
        return value.split(separator) if value else []


def unpack(columns: Columns, ignored: Collection[bytes]) -> Snapshot:
    """Return the snapshot in these columns; raises `ValueError` if they are none.

    `ignored`: commits from `.git-blame-ignore-revs`.
    """
    check_columns(columns)
    reader = _Reader(columns)
    numbers, texts = reader.numbers, reader.texts
    ledger = Ledger()
    for name in _LEDGER:
        setattr(ledger, name, _to_array("I", numbers(name).astype(np.uint32, copy=False)))
    ledger.removal_path = _to_array("i", numbers("removal_path").astype(np.int32, copy=False))
    ledger.removed = bytearray(numbers("removed").astype(ID_DTYPE, copy=False))
    ledger.shapes.shape = _to_array("I", numbers("shape").astype(np.uint32, copy=False))
    ledger.shapes.tokens = _to_array("B", numbers("tokens").astype(np.uint8, copy=False))
    ledger.lines = sum(ledger.birth_lines)
    ledger.paths = {path: n for n, path in enumerate(texts("paths", _SEPARATOR))}
    origins = Origins(ignored)
    splits = np.cumsum(numbers("link_lines").astype(np.int64))[:-1]
    if len(numbers("link_lines")):
        origins.new = list(np.split(numbers("link_new").astype(ID_DTYPE), splits))
        origins.old = list(np.split(numbers("link_old").astype(ID_DTYPE), splits))
    origins.reason = numbers("link_reason").tolist()
    keys = zip(numbers("looked_born").tolist(), texts("looked_blob"), strict=True)
    ids_by_blob = _split_ids(numbers("looked_ids"), numbers("looked_lines"))
    revealed = {key: ids or b"" for key, ids in zip(keys, ids_by_blob, strict=True)}
    return Snapshot(
        texts("shas"),
        ledger,
        _unpack_tally(reader),
        _unpack_steps(reader),
        origins,
        revealed,
        frozenset(texts("missing")),
        *_unpack_path_log(reader),
    )


def _unpack_tally(reader: _Reader) -> ChangeTally:
    tally = ChangeTally()
    for name in _TALLY:
        setattr(tally, name, _to_array("I", reader.numbers(f"tally_{name}").astype(np.uint32, copy=False)))
    for name in _TALLY_CODES:
        setattr(tally, name, _to_array("b", reader.numbers(f"tally_{name}").astype(np.int8, copy=False)))
    tally.net_hash = _to_array("Q", reader.numbers("tally_net_hash").astype(np.uint64, copy=False))
    return tally


def _pack_path_log(path_log: PathLog, unfollowed: frozenset[bytes]) -> Columns:
    names = sorted(path_log.paths)
    number = {name: n for n, name in enumerate(names)}
    renames = sorted(path_log.renames)
    return {
        "log_paths": _SEPARATOR.join(names),
        "log_unfollowed": np.array([name in unfollowed for name in names], dtype=np.int8),
        "log_old": np.array([number[old] for old, _ in renames], dtype=np.uint32),
        "log_new": np.array([number[new] for _, new in renames], dtype=np.uint32),
    }


def _unpack_path_log(reader: _Reader) -> tuple[PathLog, frozenset[bytes]]:
    names, is_unfollowed = reader.texts("log_paths", _SEPARATOR), reader.numbers("log_unfollowed").tolist()
    pairs = zip(reader.numbers("log_old").tolist(), reader.numbers("log_new").tolist(), strict=True)
    path_log = PathLog(set(names), {(names[old], names[new]) for old, new in pairs})
    return path_log, frozenset(name for name, flag in zip(names, is_unfollowed, strict=True) if flag)


def _to_array(code: Literal["I", "i", "b", "B", "Q"], numbers: NDArray[np.generic]) -> array[int]:
    values: array[int] = array(code)
    values.frombytes(numbers.view(np.uint8).data)
    return values


def _unpack_steps(reader: _Reader) -> list[TreeStep]:
    version_ids = _split_ids(reader.numbers("version_ids"), reader.numbers("version_lines"))
    versions = list(zip(reader.texts("version_blob"), version_ids, strict=True))
    order, offset = reader.numbers("entry_version").tolist(), 0
    entries: list[FileVersion] = []
    for born, lines, count in zip(
        *(reader.numbers(name).tolist() for name in ("entry_born", "entry_lines", "entry_versions")), strict=True
    ):
        (blob, ids), *older = (versions[n] for n in order[offset : offset + count])
        entries.append(FileVersion(blob, ids, tuple((b, i or b"") for b, i in older), born, lines))
        offset += count
    names = [bytes.fromhex(name.decode()) for name in reader.texts("step_names")]
    steps = list(zip(reader.numbers("step_path").tolist(), reader.numbers("step_entry").tolist(), strict=True))
    tree_steps: list[TreeStep] = []
    offset = 0
    for sha, count in zip(reader.texts("tree_sha"), reader.numbers("tree_steps").tolist(), strict=True):
        changed = steps[offset : offset + count]
        tree_steps.append(TreeStep(sha, {names[path]: None if n < 0 else entries[n] for path, n in changed}))
        offset += count
    return tree_steps


def _split_ids(ids: NDArray[np.generic], counts: NDArray[np.generic]) -> list[bytes | None]:
    """Split line ids into byte strings of the given numbers of lines; None for a count of -1."""
    raw, offset = ids.astype(ID_DTYPE, copy=False).view(np.uint8).data, 0
    byte_strings: list[bytes | None] = []
    for count in counts.tolist():
        byte_strings.append(None if count < 0 else bytes(raw[offset : offset + count * ID_BYTES]))
        offset += max(count, 0) * ID_BYTES
    return byte_strings


def _concatenate(arrays: Sequence[NDArray[np.uint32]]) -> NDArray[np.uint32]:
    return np.concatenate(arrays) if arrays else np.zeros(0, ID_DTYPE)
