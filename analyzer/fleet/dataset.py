"""Tables and report of each repository as files in `repo=NAME/v=KEY/`, written atomically; runs may share the store.

Table `merged_changes` has one row per merged change, `panel` one per person and four weeks, `people` one per handle. If
teams are defined by CODEOWNERS, `owned` has one row per merged change and set of owners. All tables are Parquet:

    duckdb -c "select repo, label, count(*) from read_parquet('store/repo=*/v=*/merged_changes.parquet') group by all"
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.core.export import parquet_bytes, read_parquet
from analyzer.core.sanitize import plain
from analyzer.errors import AishareError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

REPORT = "report.json"
_DRAFT = ".draft-"
_FLEET_RESULTS, _MAX_FLEET_RESULTS = "fleets", 12


class FleetStore:
    """A folder with one partition per repository."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which the first write creates."""
        self.folder = folder

    def _partition(self, name: str, key: str) -> Path:
        return self.folder / f"repo={name}" / f"v={key}"

    def has(self, name: str, key: str) -> bool:
        """Return whether the store has this version of a repository."""
        return (self._partition(name, key) / REPORT).is_file()

    def table(self, name: str, key: str, table: str) -> pd.DataFrame:
        """Return one table of one repository."""
        return read_parquet((self._partition(name, key) / f"{table}.parquet").read_bytes())

    def report(self, name: str, key: str) -> bytes:
        """Return the JSON that `analyze` made of one repository."""
        return (self._partition(name, key) / REPORT).read_bytes()

    def write(self, name: str, key: str, tables: Mapping[str, pd.DataFrame], report: bytes) -> None:
        """Write a version to a draft folder and rename that, so that readers see all of it or nothing.

        Raises `AishareError("output-unwritable")`.
        """
        repository_dir = self.folder / f"repo={name}"
        try:
            repository_dir.mkdir(parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=repository_dir))
            for table, frame in tables.items():
                (draft / f"{table}.parquet").write_bytes(parquet_bytes(frame))
            (draft / REPORT).write_bytes(report)
            with suppress(OSError):  # another run has already written the same contents
                os.rename(draft, self._partition(name, key))
            shutil.rmtree(draft, ignore_errors=True)
        except OSError as error:
            raise AishareError(
                "output-unwritable",
                f"{plain(str(repository_dir))} cannot be written: {error.strerror}.",
                "Name another store.",
            ) from None

    def fleet_result(self, key: str) -> bytes | None:
        """Return the stored result of the whole fleet for a key, or None."""
        with suppress(OSError):
            return (self.folder / _FLEET_RESULTS / f"{key}.json").read_bytes()
        return None

    def write_fleet_result(self, key: str, encoded: bytes) -> None:
        """Store the result of the whole fleet and delete all but the latest ones; ignore a read-only folder."""
        fleet_dir = self.folder / _FLEET_RESULTS
        with suppress(OSError):
            fleet_dir.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(prefix=_DRAFT, dir=fleet_dir)
            with os.fdopen(handle, "wb") as file:
                file.write(encoded)
            os.replace(draft, fleet_dir / f"{key}.json")
            old = sorted(fleet_dir.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)[
                _MAX_FLEET_RESULTS:
            ]
            for path in old:
                path.unlink(missing_ok=True)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Hold a shared lock, so that no other run prunes the store. Raises `AishareError("output-unwritable")`."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.folder, os.O_RDONLY)
        except OSError as error:
            raise AishareError(
                "output-unwritable",
                f"{plain(str(self.folder))} cannot be written: {error.strerror}.",
                "Name another store.",
            ) from None
        try:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(lock, fcntl.LOCK_SH)
            yield
        finally:
            os.close(lock)

    def prune(self, current_keys: Mapping[str, str]) -> None:
        """Remove versions other than the current ones, and drafts of killed runs.

        Does nothing while another run uses the store; the next run will prune it.
        `current_keys`: repository → key.
        """
        lock = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for name, key in current_keys.items():
                repository_dir = self.folder / f"repo={name}"
                for entry in (*repository_dir.glob("v=*"), *repository_dir.glob(f"{_DRAFT}*")):
                    if entry.name != f"v={key}":
                        shutil.rmtree(entry, ignore_errors=True)
        except OSError:
            return
        finally:
            os.close(lock)
