"""Check that a repository's objects are what their names say, before anything that was read from them is stored.

In a clone that git made they are: git names what it fetches itself. In a folder that somebody sends they need not be,
and git does not look again when it reads them. What such a folder says must not become the answer for an honest clone
of the same commit, so only what was read from checked objects is stored. Loose objects are hashed here, packs by
`git verify-pack`; a pack that has passed once is recognised by a hash of its bytes.
"""

from __future__ import annotations

import hashlib
import threading
import time
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from analyzer.core.cachedir import CacheStore
from analyzer.history.object_files import loose_files, object_ids_digest, open_plain, pack_indexes, pack_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analyzer.history.git import Git

_CHUNK = 1 << 20
_TIME_LIMIT_SECONDS = 900
# Packs of this size in all are checked in a second or two; larger ones only where it pays.
_SMALL_BYTES = 32 << 20
_PACKS_REMEMBERED = 500
_RECORD, _PASSED, _NOTICED = "packs", "passed", "noticed"
MISMATCH = "some objects of this folder are damaged, or not what their names say"


class UncheckedError(Exception):
    """Why what was read is not stored; `mismatch`: objects are damaged or not what their names say."""

    def __init__(self, reason: str, *, mismatch: bool = False) -> None:
        """`reason` is a clause; empty where the check was not worth its time, which nobody needs to know."""
        super().__init__(reason)
        self.mismatch = mismatch


class _Pack(NamedTuple):
    """A pack: path of its index, bytes of both files, a hash over them."""

    index_path: Path
    size: int
    digest: str


class ObjectCheck:
    """The check of one repository's objects, in a thread next to the run that reads them."""

    def __init__(self, git: Git, cache_dir: Path, name: str) -> None:
        """Note the state of the object files before anything is read. `cache_dir` remembers which packs have passed."""
        self._git, self._format = git, git.object_format
        self._record = CacheStore(cache_dir, "checked packs", name, keep=1, suffix=".packs")
        self._folders: list[Path] = []
        self._state_before = self._state()
        self._deadline = 0.0
        self._unchecked_packs: Sequence[_Pack] = ()
        self._error: UncheckedError | None = None
        self._thread: threading.Thread | None = None

    def ids_digest(self) -> str | None:
        """Return a digest of the ids of all objects that are there now; None if they cannot be listed."""
        try:
            return object_ids_digest([Path(folder) for folder in self._git.object_folders()], self._format)
        except (OSError, ValueError):
            return None

    def start(self, *, thorough: bool) -> None:
        """Begin in the background, unless it has begun.

        `thorough`: check large packs also when they are here for the first time. A clone that is made for one run has
        new packs each time, and checking them takes as long as git's own work on them when it clones.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._check, args=(thorough,), daemon=True)
            self._thread.start()

    def require(self, *, thorough: bool = False) -> None:
        """Wait for the check; raises `UncheckedError` unless all objects passed, also those that came during the run.

        A file that changed or went since the start cannot be vouched for: nobody knows what was read.
        """
        self.start(thorough=thorough)
        if self._thread is not None:
            self._thread.join()
        if thorough and self._error is None:
            self._guarded(lambda: self._check_packs(self._unchecked_packs))
        if self._error is None and not self._unchecked_packs:
            self._guarded(self._check_what_came_since)
        if self._error is not None:
            raise self._error
        if self._unchecked_packs:
            raise UncheckedError("")

    def _check_what_came_since(self) -> None:
        state = self._state()
        if state == self._state_before:
            return
        if not self._state_before.items() <= state.items():
            self._error = UncheckedError("its objects changed while they were read")
            return
        self._state_before = state
        self._check_now(thorough=True)
        if self._error is None and self._state() != state:
            self._error = UncheckedError("its objects changed while they were read")

    def _check(self, thorough: bool) -> None:
        self._guarded(lambda: self._check_now(thorough=thorough))

    def _guarded(self, check: Callable[[], None]) -> None:
        """Run a part of the check within its time limit; whatever ends it early, the objects have not passed."""
        self._deadline = time.monotonic() + _TIME_LIMIT_SECONDS
        try:
            check()
        except Exception as reason:  # noqa: BLE001 - in a thread it would be lost, and the check would seem to have passed
            why = getattr(reason, "strerror", None) or str(reason)
            self._error = UncheckedError(f"its objects could not be checked: {why}")

    def _check_now(self, *, thorough: bool) -> None:
        """Check loose objects, then the packs that have not passed before."""
        if not all(self._loose_matches(path) for path in loose_files(self._folders)):
            self._error = UncheckedError(MISMATCH, mismatch=True)
            return
        passed, noticed = self._recall(_PASSED), self._recall(_NOTICED)
        packs = [pack for pack in map(self._pack, pack_indexes(self._folders)) if pack.digest not in passed]
        self._unchecked_packs = packs
        if thorough or sum(pack.size for pack in packs if pack.digest not in noticed) <= _SMALL_BYTES:
            self._check_packs(packs)
        else:
            self._remember(passed, [*noticed, *(pack.digest for pack in packs)])

    def _check_packs(self, packs: Sequence[_Pack]) -> None:
        for pack in packs:
            passed = self._git.verify_pack(str(pack.index_path), self._seconds_left())
            if passed is None:
                self._error = UncheckedError(f"its objects could not be checked in {_TIME_LIMIT_SECONDS} s")
            elif not passed:
                self._error = UncheckedError(MISMATCH, mismatch=True)
            if self._error is not None:
                return
        self._unchecked_packs = ()
        if packs:
            self._remember([*self._recall(_PASSED), *(pack.digest for pack in packs)], self._recall(_NOTICED))

    def _recall(self, column: str) -> list[str]:
        """Return the digests of packs that have passed, or were noticed, oldest first."""
        digests = (self._record.read(_RECORD) or {}).get(column)
        return digests.decode("ascii", "replace").split() if isinstance(digests, bytes) else []

    def _remember(self, passed: Sequence[str], noticed: Sequence[str]) -> None:
        columns = {_PASSED: passed, _NOTICED: noticed}
        lines = {name: "\n".join(digests[-_PACKS_REMEMBERED:]).encode() for name, digests in columns.items()}
        self._record.write(_RECORD, lines)

    def _loose_matches(self, path: Path) -> bool:
        """Return whether a loose object hashes to its name; its time grows with its inflated size, up to the limit."""
        digest, inflate = hashlib.new(self._format), zlib.decompressobj()
        with open_plain(path) as file:
            while (compressed := file.read(_CHUNK)) and not inflate.eof:
                while compressed:
                    self._seconds_left()
                    try:
                        digest.update(inflate.decompress(compressed, _CHUNK))
                    except zlib.error:
                        return False
                    compressed = inflate.unconsumed_tail
        return inflate.eof and digest.hexdigest() == path.parent.name + path.name

    def _pack(self, index: Path) -> _Pack:
        digest, size = hashlib.sha256(), 0
        for path in (index, pack_of(index)):
            part = hashlib.sha256()
            with open_plain(path) as file:
                while chunk := file.read(_CHUNK):
                    self._seconds_left()
                    part.update(chunk)
                    size += len(chunk)
            digest.update(part.digest())
        return _Pack(index, size, digest.hexdigest())

    def _seconds_left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"no end within {_TIME_LIMIT_SECONDS} s")
        return left

    def _state(self) -> dict[Path, tuple[int, ...]]:
        """Return size, times and inode of every object file: whoever writes one changes at least its ctime.

        Also of the folders that say from where objects are borrowed.
        """
        self._folders = [Path(folder) for folder in self._git.object_folders()]
        packs = ((index, pack_of(index)) for index in pack_indexes(self._folders))
        files = [*loose_files(self._folders), *(file for pair in packs for file in pair)]
        files += [folder / "info" for folder in self._folders]
        state: dict[Path, tuple[int, ...]] = {}
        for file in files:
            with suppress(OSError):  # a link to nowhere, or gone since it was listed: git cannot read it either
                s = file.stat()
                state[file] = (s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino)
        return state


_CHECKS: WeakKeyDictionary[Git, dict[Path, ObjectCheck]] = WeakKeyDictionary()


def object_check(git: Git, cache_dir: Path, name: str) -> ObjectCheck:
    """Return the one check of this opened repository for what a run stores in `cache_dir`.

    `name`: the repository's, so that its packs do not push those of others out of the cache.
    """
    checks = _CHECKS.setdefault(git, {})
    if cache_dir not in checks:
        checks[cache_dir] = ObjectCheck(git, cache_dir, name)
    return checks[cache_dir]
