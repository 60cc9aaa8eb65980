"""Write several files of a folder so that they appear together: drafts first, renames once all are on the disk.

Subfolders are opened one below the other without following links, and all work in them goes through their descriptors.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from analyzer.core.links import linked_output

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType
    from typing import Self

_PREFIX = ".aishare-draft-"
_DRAFT = re.compile(rf"{re.escape(_PREFIX)}[0-9a-f]{{16}}\Z")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# Larger files are not ours, and not worth reading.
_MAX_BYTES = 1 << 30


class StagedFiles:
    """Drafts of files below one folder, as a context manager that removes what was not published.

    Paths are relative and use `/`. Every method raises `OSError`, and `UsageError("linked-output")` for a subfolder
    that is a symbolic link.
    """

    def __init__(self, folder: Path) -> None:
        """Open `folder`, which may itself be a link."""
        self._folder = folder
        self._descriptors = {PurePosixPath(): os.open(folder, _FOLDER)}
        self._made: list[PurePosixPath] = []
        self._drafts: list[tuple[PurePosixPath, str]] = []

    def __enter__(self) -> Self:
        """Return the drafts, none yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Remove drafts that are left, and after an error also the folders that were made for them."""
        for path, draft in self._drafts:
            with suppress(OSError):
                os.unlink(draft, dir_fd=self._descriptors[path.parent])
        for made in reversed(self._made if error is not None else []):
            with suppress(OSError):  # somebody else has put a file into it
                os.rmdir(made.name, dir_fd=self._descriptors[made.parent])
        for descriptor in self._descriptors.values():
            os.close(descriptor)

    def names(self, folder: str) -> list[str]:
        """Return the names in a subfolder, sorted; none if it does not exist."""
        descriptor = self._open(PurePosixPath(folder), create=False)
        return [] if descriptor is None else sorted(os.listdir(descriptor))

    def mode(self, path: str) -> int | None:
        """Return type and rights of a file, of the link itself if it is one; None if it does not exist."""
        place = PurePosixPath(path)
        descriptor = self._open(place.parent, create=False)
        if descriptor is None:
            return None
        try:
            return os.stat(place.name, dir_fd=descriptor, follow_symlinks=False).st_mode
        except FileNotFoundError:
            return None

    def read(self, path: str) -> bytes | None:
        """Return the contents of a plain file; None if there is none, or if it is too large to be ours."""
        mode, place = self.mode(path), PurePosixPath(path)
        if mode is None or not stat.S_ISREG(mode):
            return None
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(os.open(place.name, flags, dir_fd=self._descriptors[place.parent]), "rb") as file:
            return None if os.fstat(file.fileno()).st_size > _MAX_BYTES else file.read()

    def add(self, path: str, contents: bytes) -> None:
        """Write the draft of a file to the disk."""
        place, draft = PurePosixPath(path), f"{_PREFIX}{secrets.token_hex(8)}"
        folder = self._open(place.parent, create=True)
        descriptor = os.open(draft, _NEW_FILE, 0o644, dir_fd=folder)
        self._drafts.append((place, draft))
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(contents)
            file.flush()
            os.fsync(file.fileno())

    def publish(self) -> None:
        """Give every draft its name, in the order in which they were added."""
        while self._drafts:
            place, draft = self._drafts[0]
            descriptor = self._descriptors[place.parent]
            os.rename(draft, place.name, src_dir_fd=descriptor, dst_dir_fd=descriptor)
            del self._drafts[0]

    def remove_old_drafts(self, folders: Iterable[str]) -> None:
        """Remove drafts that a killed run left in the subfolders: plain files of exactly our names."""
        for folder in folders:
            for name in self.names(folder):
                mode = self.mode(f"{folder}/{name}") if _DRAFT.match(name) else None
                if mode is not None and stat.S_ISREG(mode):
                    os.unlink(name, dir_fd=self._descriptors[PurePosixPath(folder)])

    def _open(self, folder: PurePosixPath, *, create: bool) -> int | None:
        """Return the descriptor of a subfolder; None if it does not exist and is not to be created."""
        if folder in self._descriptors:
            return self._descriptors[folder]
        parent = self._open(folder.parent, create=create)
        if parent is None:
            return None
        try:
            self._descriptors[folder] = os.open(folder.name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
        except FileNotFoundError:
            if not create:
                return None
            os.mkdir(folder.name, 0o755, dir_fd=parent)
            self._made.append(folder)
            self._descriptors[folder] = os.open(folder.name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
        except OSError:
            if stat.S_ISLNK(os.stat(folder.name, dir_fd=parent, follow_symlinks=False).st_mode):
                raise linked_output(self._folder / folder) from None
            raise
        return self._descriptors[folder]


def make_folders(folder: Path) -> list[Path]:
    """Create a folder and its parents; return those that did not exist, outermost first. Raises `OSError`."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]
