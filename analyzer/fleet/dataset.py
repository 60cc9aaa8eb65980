"""What is known of each repository: Parquet in `repo=NAME/v=KEY/`, whole or not there, safe for two runs at once.

The schema, one row a merged change in `units`, a person and four weeks in `panel`, a handle in `people`, and where
teams are given by CODEOWNERS a merged change and set of owners in `owned`:

    duckdb -c "select repo, label, count(*) from read_parquet('store/repo=*/v=*/units.parquet') group by all"
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.core.export import parquet_bytes, parquet_table
from analyzer.core.sanitize import plain
from analyzer.errors import AishareError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

REPORT = "report.json"
_DRAFT = ".draft-"
_FLEETS, _KEPT = "fleets", 12


class Store:
    """A folder with a partition for each repository."""

    def __init__(self, folder: Path) -> None:
        """Made on the first write."""
        self.folder = folder

    def _at(self, name: str, key: str) -> Path:
        return self.folder / f"repo={name}" / f"v={key}"

    def has(self, name: str, key: str) -> bool:
        """Whether this very answer is there, whole."""
        return (self._at(name, key) / REPORT).is_file()

    def table(self, name: str, key: str, table: str) -> pd.DataFrame:
        """One table of one repository."""
        return parquet_table((self._at(name, key) / f"{table}.parquet").read_bytes())

    def report(self, name: str, key: str) -> bytes:
        """The JSON of `analyze` of one repository."""
        return (self._at(name, key) / REPORT).read_bytes()

    def write(self, name: str, key: str, tables: Mapping[str, pd.DataFrame], report: bytes) -> None:
        """Write an answer beside its place, then rename: a reader sees all of it or nothing; older ones go.

        Raises `AishareError("output-unwritable")`.
        """
        above = self.folder / f"repo={name}"
        try:
            above.mkdir(parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=above))
            for table, frame in tables.items():
                (draft / f"{table}.parquet").write_bytes(parquet_bytes(frame))
            (draft / REPORT).write_bytes(report)
            with suppress(OSError):  # another run was first, with the same contents
                os.rename(draft, self._at(name, key))
            shutil.rmtree(draft, ignore_errors=True)
        except OSError as reason:
            raise AishareError(
                "output-unwritable", f"{plain(str(above))} cannot be written: {reason.strerror}.", "Name another store."
            ) from None

    def fleet(self, key: str) -> bytes | None:
        """What all repositories together gave for a question that was asked before."""
        with suppress(OSError):
            return (self.folder / _FLEETS / f"{key}.json").read_bytes()
        return None

    def keep_fleet(self, key: str, text: bytes) -> None:
        """Keep an answer, the latest ones alone; a folder that cannot be written keeps nothing."""
        above = self.folder / _FLEETS
        with suppress(OSError):
            above.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(prefix=_DRAFT, dir=above)
            with os.fdopen(handle, "wb") as file:
                file.write(text)
            os.replace(draft, above / f"{key}.json")
            old = sorted(above.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)[_KEPT:]
            for path in old:
                path.unlink(missing_ok=True)

    @contextmanager
    def used(self) -> Iterator[None]:
        """While it is used no other run removes anything from it. Raises `AishareError("output-unwritable")`."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.folder, os.O_RDONLY)
        except OSError as reason:
            raise AishareError(
                "output-unwritable",
                f"{plain(str(self.folder))} cannot be written: {reason.strerror}.",
                "Name another store.",
            ) from None
        try:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(lock, fcntl.LOCK_SH)
            yield
        finally:
            os.close(lock)

    def prune(self, kept: Mapping[str, str]) -> None:
        """Remove answers to other questions (`kept`: repository → key), and drafts that a killed run left.

        Nothing, where another run uses the store: the next one will.
        """
        lock = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for name, key in kept.items():
                above = self.folder / f"repo={name}"
                for entry in (*above.glob("v=*"), *above.glob(f"{_DRAFT}*")):
                    if entry.name != f"v={key}":
                        shutil.rmtree(entry, ignore_errors=True)
        except OSError:
            return
        finally:
            os.close(lock)
