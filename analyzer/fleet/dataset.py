"""Tables and report of each repository as files in `repo=NAME/v=KEY/`, written atomically; runs may share the store.

Table `merged_changes` has one row per merged change, `panel` one per person and four weeks, `people` one per handle. If
teams are defined by CODEOWNERS, `owned` has one row per merged change and set of owners. All tables are Parquet:

    duckdb -c "select repo, label, count(*) from read_parquet('store/repo=*/v=*/merged_changes.parquet') group by all"

`manifest.json` holds the checksums of a version. Nothing is used that does not match them.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from analyzer.core.export import parquet_bytes
from analyzer.core.links import refuse_links
from analyzer.core.own_files import is_ours, make_private, read_own
from analyzer.core.sanitize import plain
from analyzer.errors import AishareError, UsageError
from analyzer.fleet.stored_files import (
    MANIFEST,
    REPORT,
    StoreDamageError,
    check_table,
    decoded_table,
    encoded_manifest,
    is_draft,
    is_version,
    read_manifest,
    read_verified,
    remove_version,
    write_file,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd

_DRAFT = ".draft-"
_FLEET_RESULTS, _MAX_FLEET_RESULTS = "fleets", 12
_FLEET_RESULT = re.compile(r"[0-9a-f]{32}\.json\Z")
_MAX_FLEET_BYTES = 1 << 28


class _StoredFleet(Struct, frozen=True):
    """The result of the whole fleet, with its key and checksum."""

    key: str
    sha256: str
    result: msgspec.Raw


class FleetStore:
    """A folder with one partition per repository."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which the first write creates."""
        self.folder = folder

    def _partition(self, name: str, key: str) -> Path:
        return self.folder / f"repo={name}" / f"v={key}"

    def prepare(self, names: Iterable[str]) -> None:
        """Create the folder for us alone, and check that nothing in it leads elsewhere. `names`: repositories.

        Raises `UsageError("linked-output")`, `UsageError("foreign-store")` or `AishareError("output-unwritable")`.
        """
        with suppress(FileNotFoundError):
            if not is_ours(os.stat(self.folder)):
                raise UsageError(
                    "foreign-store",
                    f"The store {plain(str(self.folder))} belongs to somebody else.",
                    "Name a folder of your own with --store.",
                )
        with self._unwritable_errors():
            make_private(self.folder.resolve())  # the user may have named a link
        folders = [self.folder / name for name in (_FLEET_RESULTS, "histories", "mirrors")]
        for name in names:
            folders += [self.folder / f"repo={name}", self.folder / "mirrors" / f"{name}.git"]
        refuse_links(folders)

    def exists(self, name: str, key: str) -> bool:
        """Return whether anything is stored as this version of a repository."""
        return os.path.lexists(self._partition(name, key))

    def has(self, name: str, key: str, tables: Iterable[str] = ()) -> bool:
        """Return whether the store has this version of a repository, with these tables at least, undamaged."""
        return self.exists(name, key) and self.damage(name, key, tables) is None

    def damage(self, name: str, key: str, tables: Iterable[str] = ()) -> str | None:
        """Return why a version cannot be used, as a clause; None if every file of it matches its checksum."""
        folder = self._partition(name, key)
        try:
            self._check_owner(name)
            manifest = read_manifest(folder, name, key)
            for file in sorted({*manifest.files, REPORT, *(f"{table}.parquet" for table in tables)}):
                contents = read_verified(folder, manifest, file)
                if file != REPORT:
                    check_table(name, file.removesuffix(".parquet"), contents)
        except StoreDamageError as damage:
            return damage.reason
        return None

    def _check_owner(self, name: str) -> None:
        with suppress(FileNotFoundError):
            if not is_ours(os.lstat(self.folder / f"repo={name}")):
                raise StoreDamageError(name, "its folder in the store belongs to somebody else")

    def table(self, name: str, key: str, table: str) -> pd.DataFrame:
        """Return one table of one repository; raises `StoreDamageError`."""
        folder = self._partition(name, key)
        contents = read_verified(folder, read_manifest(folder, name, key), f"{table}.parquet")
        return decoded_table(name, table, contents)

    def report(self, name: str, key: str) -> bytes:
        """Return the JSON that `analyze` made of one repository; raises `StoreDamageError`."""
        folder = self._partition(name, key)
        return read_verified(folder, read_manifest(folder, name, key), REPORT)

    def discard(self, name: str, key: str) -> None:
        """Remove a version that cannot be used."""
        remove_version(self._partition(name, key))

    def write(self, name: str, key: str, tables: Mapping[str, pd.DataFrame], report: bytes) -> None:
        """Write a version to a draft folder and rename that, so that readers see all of it or nothing.

        Raises `AishareError("output-unwritable")`, or `UsageError("linked-output")`.
        """
        repository_dir = self.folder / f"repo={name}"
        files = {f"{table}.parquet": parquet_bytes(frame) for table, frame in tables.items()} | {REPORT: report}
        files[MANIFEST] = encoded_manifest(name, key, files)  # the last to be written
        refuse_links([repository_dir])
        with self._unwritable_errors():
            make_private(repository_dir)
            draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=repository_dir))
            try:
                for file, contents in files.items():
                    write_file(draft / file, contents)
                self._publish(draft, name, key, files)
            finally:
                remove_version(draft)

    def _publish(self, draft: Path, name: str, key: str, files: Iterable[str]) -> None:
        """Give a draft its name. Raises `OSError`."""
        partition = self._partition(name, key)
        try:
            os.rename(draft, partition)
        except OSError as error:
            if error.errno not in {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}:
                raise
        else:
            return
        if self.has(name, key):  # another run has already written the same contents
            return
        remove_version(partition)
        partition.mkdir(exist_ok=True)  # it is still there if it holds files of somebody else
        for file in files:
            os.replace(draft / file, partition / file)

    @contextmanager
    def _unwritable_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise AishareError(
                "output-unwritable",
                f"{plain(str(error.filename or self.folder))} cannot be written: {error.strerror}.",
                "Name another store.",
            ) from None

    def fleet_result(self, key: str) -> bytes | None:
        """Return the stored result of the whole fleet for a key; None if there is none, or if it is damaged."""
        with suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
            contents = read_own(self.folder / _FLEET_RESULTS / f"{key}.json", _MAX_FLEET_BYTES)
            stored = msgspec.json.decode(contents, type=_StoredFleet)
            encoded = bytes(stored.result)
            if stored.key == key and stored.sha256 == hashlib.sha256(encoded).hexdigest():
                return encoded
        return None

    def write_fleet_result(self, key: str, encoded: bytes) -> None:
        """Store the result of the whole fleet and delete all but the latest ones; ignore a read-only folder."""
        fleet_dir = self.folder / _FLEET_RESULTS
        refuse_links([fleet_dir])
        stored = _StoredFleet(key, hashlib.sha256(encoded).hexdigest(), msgspec.Raw(encoded))
        with suppress(OSError):
            make_private(fleet_dir)
            handle, draft = tempfile.mkstemp(prefix=_DRAFT, dir=fleet_dir)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(msgspec.json.encode(stored))
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(draft, fleet_dir / f"{key}.json")
            except OSError:
                os.unlink(draft)
                raise
            ours = [path for path in fleet_dir.iterdir() if _FLEET_RESULT.match(path.name) and not path.is_dir()]
            for path in sorted(ours, key=lambda path: path.lstat().st_mtime, reverse=True)[_MAX_FLEET_RESULTS:]:
                path.unlink(missing_ok=True)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Hold a shared lock, so that no other run prunes the store. Raises `AishareError("output-unwritable")`."""
        with self._unwritable_errors():
            make_private(self.folder.resolve())  # the user may have named a link
            lock = os.open(self.folder, os.O_RDONLY)
        try:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(lock, fcntl.LOCK_SH)
            yield
        finally:
            os.close(lock)

    def prune(self, current_keys: Mapping[str, str]) -> None:
        """Remove versions other than the current ones, and drafts of killed runs; files that are not ours stay.

        Does nothing while another run uses the store; the next run will prune it.
        `current_keys`: repository → key.
        """
        lock = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for name, key in current_keys.items():
                repository_dir = self.folder / f"repo={name}"
                for entry in [] if repository_dir.is_symlink() else list(os.scandir(repository_dir)):
                    if is_version(entry.name) and entry.name != f"v={key}" and entry.is_dir(follow_symlinks=False):
                        remove_version(Path(entry.path))
            for draft in list(os.scandir(self.folder / _FLEET_RESULTS)):
                if is_draft(draft.name) and draft.is_file(follow_symlinks=False):
                    os.unlink(draft.path)
        except OSError:
            return
        finally:
            os.close(lock)
