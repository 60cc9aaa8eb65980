"""What was read of a file in a commit, and how it is stored between runs: it never changes, whatever is asked later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from analyzer.core.cachedir import CacheStore
from analyzer.history.object_check import UncheckedError
from analyzer.languages import grammar_versions
from analyzer.structure.comparison import FileComparison  # noqa: TC001 - msgspec reads it at run time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from analyzer.history.object_check import ObjectCheck

# Raise this whenever the same contents give other records.
STRUCTURE_VERSION = "1"
_NAME, _COLUMN = "functions", "files"


class StoredComparison(Struct, frozen=True, array_like=True):
    """A file that a commit changed.

    measured : it is production code, so its functions were measured; of others test cases are counted.
    comparison : what the commit did to its functions; None where its text cannot be read.
    """

    sha: str
    path: str
    language: str
    measured: bool
    comparison: FileComparison | None = None


class RecordStore:
    """The stored records of one repository; without a folder nothing is stored."""

    def __init__(self, cache_dir: Path | None, repository: str, check: ObjectCheck | None) -> None:
        """`check` must pass before anything is stored."""
        key = ("structure", repository, STRUCTURE_VERSION, *grammar_versions())
        self._store = None if cache_dir is None else CacheStore(cache_dir, *key, keep=1)
        self._check = check

    def read(self) -> dict[str, list[StoredComparison]]:
        """Return the stored records by commit; empty if there are none that may be believed."""
        columns = None if self._store is None else self._store.read(_NAME)
        text = None if columns is None else columns.get(_COLUMN)
        if self._store is None or not isinstance(text, bytes):
            return {}
        try:
            return msgspec.msgpack.decode(text, type=dict[str, list[StoredComparison]])
        except (ValueError, RecursionError):
            self._store.discard(_NAME, "holds no records of this version")
            return {}

    def write(self, records: Mapping[str, Iterable[StoredComparison]]) -> None:
        """Store records by commit, unless nobody can vouch for the objects that they were read from."""
        if self._store is None:
            return
        try:
            if self._check is not None:
                self._check.require()
        except UncheckedError:
            return
        self._store.write(_NAME, {_COLUMN: msgspec.msgpack.encode(records)})
