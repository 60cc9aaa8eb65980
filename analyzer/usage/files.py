"""Read the files that `[[usage]]` names, as bytes: plain files of bounded size, named by the user's own settings."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from analyzer.core.sanitize import plain
from analyzer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analyzer.config import UsageSource

MAX_BYTES = 256_000_000
_MAX_NAME = 80


@dataclass(frozen=True, slots=True)
class UsageFile:
    """A file of `[[usage]]` and its contents."""

    source: UsageSource
    contents: bytes

    @property
    def name(self) -> str:
        """Name of the file without its folders, printable."""
        return plain(os.path.basename(self.source.file) or self.source.file, _MAX_NAME)


def located(sources: Iterable[UsageSource], folder: Path) -> list[UsageSource]:
    """Return the sources with absolute paths; relative ones start at `folder`, that of the settings file."""
    return [
        msgspec.structs.replace(source, file=os.path.abspath(folder / os.path.expanduser(source.file)))
        for source in sources
    ]


def read_files(sources: Iterable[UsageSource]) -> tuple[UsageFile, ...]:
    """Return the files with their contents. Raises `UsageError("bad-usage")` for one that cannot be read."""
    return tuple(UsageFile(source, _read(source)) for source in sources)


def contents_digest(files: Sequence[UsageFile]) -> str:
    """Return a digest of the contents of all files; "" without files."""
    return ",".join(hashlib.sha256(file.contents).hexdigest() for file in files)


def unusable(name: str, problem: str, fix: str) -> UsageError:
    """Return the error of a usage file. Its contents are never quoted: it may be another file than was meant."""
    return UsageError("bad-usage", f"{plain(name, 120)}: {problem}", fix)


def _read(source: UsageSource) -> bytes:
    fix = "Correct file in [[usage]] of your settings (relative paths start at the settings file)."
    try:
        # A pipe would block without O_NONBLOCK.
        descriptor = os.open(source.file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise unusable(source.file, "this is no plain file.", fix)
            contents = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as reason:
        problem = reason.strerror if isinstance(reason, OSError) else "this is no path"
        raise unusable(source.file, f"{problem}.", fix) from None
    if len(contents) > MAX_BYTES:
        raise unusable(
            source.file,
            f"it is larger than {MAX_BYTES // 1_000_000} MB.",
            "Split it by time into several files, each with its own [[usage]].",
        )
    return contents
