"""The files that hold a repository's objects, and a digest of which objects they hold."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_FAN_OUT = re.compile(r"[0-9a-f]{2}\Z")
_REST_OF_ID = re.compile(r"[0-9a-f]{38}(?:[0-9a-f]{24})?\Z")
_INDEX = re.compile(r".*\.idx\Z", re.DOTALL)
# An index of version 2: these bytes, 256 numbers of four bytes, the last of which counts the ids, and the sorted ids.
_INDEX_START = b"\xfftOc\0\0\0\2"
_FAN_OUT_BYTES = 256 * 4
_PREFIX_BYTES = 8


def loose_files(folders: Sequence[Path]) -> Iterator[Path]:
    """Yield the file of every loose object, in the order of their ids within a folder."""
    for folder in folders:
        for prefix in _names(folder, _FAN_OUT):
            yield from (folder / prefix / name for name in _names(folder / prefix, _REST_OF_ID))


def pack_indexes(folders: Sequence[Path]) -> Iterator[Path]:
    """Yield the index of every pack; git ignores an index without a pack."""
    for folder in folders:
        names = set(_names(folder / "pack", _INDEX))
        yield from (path for name in sorted(names) if pack_of(path := folder / "pack" / name).exists())


def pack_of(index: Path) -> Path:
    """Return the pack of an index as git names it, also where the index is called just `.idx`."""
    return index.with_name(index.name.removesuffix(".idx") + ".pack")


@contextmanager
def open_plain(path: Path) -> Iterator[IO[bytes]]:
    """Open a plain file, or a link to one; raises `OSError` for a pipe or a device, which would have no end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "among them is something that is no file")
        yield file


def object_ids_digest(folders: Sequence[Path], object_format: str) -> str:
    """Return a digest of the ids of all objects in these folders, however they are packed.

    Only names are read: whether the objects are what these say is for `object_check`.
    Raises `OSError` or `ValueError` where an index cannot be read or is not of version 2, which git has written since
    2008.
    """
    size = hashlib.new(object_format).digest_size
    lists = [_packed_ids(index, size) for index in pack_indexes(folders)]
    lists += [_loose_ids(folder) for folder in folders]
    lists = [ids for ids in lists if ids]
    ids = lists[0] if len(lists) == 1 else _merged(lists, size)
    return hashlib.sha256(ids).hexdigest()


def _names(folder: Path, pattern: re.Pattern[str]) -> list[str]:
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if pattern.match(entry.name))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [name for name in names if (folder / name).exists()]  # git cannot read a link to nowhere either


def _loose_ids(folder: Path) -> bytes:
    """Return the ids of a folder's loose objects, sorted and without a separator."""
    return b"".join(bytes.fromhex(path.parent.name + path.name) for path in loose_files([folder]))


def _packed_ids(index: Path, size: int) -> bytes:
    """Return the ids of a pack's objects, sorted and without a separator."""
    with open_plain(index) as file:
        start = file.read(len(_INDEX_START) + _FAN_OUT_BYTES)
        if len(start) < len(_INDEX_START) + _FAN_OUT_BYTES or not start.startswith(_INDEX_START):
            raise ValueError(f"{index.name} is not an index of version 2")
        count = int.from_bytes(start[-4:], "big")
        ids = file.read(count * size)
    if len(ids) != count * size:
        raise ValueError(f"{index.name} is cut off")
    return ids


def _merged(lists: Sequence[bytes], size: int) -> bytes:
    """Return the ids of several lists, sorted by their first bytes, each once."""
    import numpy as np

    ids = np.frombuffer(b"".join(lists), np.uint8).reshape(-1, size)
    prefixes = ids[:, :_PREFIX_BYTES].copy().view(">u8").ravel()
    ids = ids[np.argsort(prefixes.astype(np.uint64), kind="stable")]  # quick: each list is sorted by itself
    is_repeated = (ids[1:] == ids[:-1]).all(axis=1)
    merged: bytes = ids[np.concatenate([[True], ~is_repeated])[: len(ids)]].tobytes()
    return merged
