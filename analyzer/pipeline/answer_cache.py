"""Answers kept from earlier runs: the same question to the same code gets the same bytes, so it is computed once.

What an answer depends on is its key: the analysed commit and all that a repository is opened with (names, notes, tags),
every setting, and the code itself with the libraries it computes with. Contents that were missing are noted: once one
of them is there, the answer is another one.
"""

from __future__ import annotations

import hashlib
import platform
from dataclasses import fields
from functools import cache
from importlib import metadata, resources
from typing import TYPE_CHECKING

import msgspec

from analyzer.blame.missing_blobs import absent
from analyzer.core.cachedir import Store
from analyzer.core.progress import Progress, silent
from analyzer.report.contract import Result

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from analyzer.config import Settings
    from analyzer.history.repository import Repository
    from analyzer.pipeline.load import History

# What computes; a figure's last digit may differ with another version of them.
_LIBRARIES = ("numpy", "pandas", "scipy", "scikit-learn", "tree-sitter", "tree-sitter-python", "msgspec")
_COLUMN, _MISSING = "json", "missing"
_KEPT = 8


def answered(
    repository: Repository,
    settings: Settings,
    folder: Path | None,
    progress: Progress = silent,
    exported: bytes | None = None,
) -> tuple[Result, list[str]]:
    """The answer kept from an earlier run of the same question, else computed and kept; and notes on what was read.

    `exported`: an export of the repository's pull requests, which is part of the question.
    """
    kept = Kept(folder, repository, settings, exported)
    if (known := kept.read()) is not None:
        return known, []
    from analyzer.pipeline.load import read
    from analyzer.pipeline.run import conclude

    history = read(repository, settings, progress, folder)
    result = conclude(history, progress, exported).result
    progress("keeping", 0, 0)
    kept.write(result, history)
    return result, [] if history.lines is None else list(history.lines.notes)


class Kept:
    """The answer to one question in a cache folder; a folder that cannot be used keeps nothing."""

    def __init__(
        self, folder: Path | None, repository: Repository, settings: Settings, exported: bytes | None = None
    ) -> None:
        """`folder` None keeps nothing, and so does a clone that lacks contents by design."""
        self.name, self._git = _key(repository, settings, exported), repository.git
        # Logs outside of the repository may have grown since.
        usable = folder is not None and not repository.partial and settings.transcripts is None
        self.store = Store(folder, "answers", repository.name, keep=_KEPT) if usable and folder is not None else None

    def read(self) -> Result | None:
        """The kept answer; None where there is none, it cannot be read, or it lacked contents that are here now."""
        columns = (None if self.store is None else self.store.read(self.name)) or {}
        text, lacked = columns.get(_COLUMN), columns.get(_MISSING)
        if not isinstance(text, bytes) or not isinstance(lacked, bytes):
            return None
        missing = frozenset(lacked.split())
        if absent(self._git, missing) != missing:
            return None
        try:
            return msgspec.json.decode(text, type=Result)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return None

    def write(self, result: Result, history: History) -> None:
        """Keep the answer of a history whose lines could be read."""
        if self.store is None or (lines := history.lines) is None or (lines.unknown()[0] and not lines.missing):
            return
        missing = b"\n".join(sorted(lines.missing))
        self.store.write(self.name, {_COLUMN: msgspec.json.encode(result), _MISSING: missing})


def _key(repository: Repository, settings: Settings, exported: bytes | None) -> str:
    facts = [repr(getattr(repository, f.name)) for f in fields(repository) if f.name not in {"git", "inside"}]
    given = "" if exported is None else hashlib.sha256(exported).hexdigest()
    parts = [*facts, settings.digest(), given, code()]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:40]


@cache
def code() -> str:
    """Digest of this package's files and of the versions of what it computes with."""
    found = hashlib.sha256(platform.python_version().encode())
    for name in _LIBRARIES:
        found.update(f"{name} {metadata.version(name)}\0".encode())
    for path, contents in _files(resources.files("analyzer"), ""):
        found.update(f"{path}\0{len(contents)}\0".encode() + contents)
    return found.hexdigest()


def _files(folder: Traversable, above: str) -> Iterator[tuple[str, bytes]]:
    """Every file of the package in the order of its path, compiled ones left out."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _files(entry, f"{above}{entry.name}/")
        elif entry.is_file():
            yield f"{above}{entry.name}", entry.read_bytes()
