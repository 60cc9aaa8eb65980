"""Settings that only the user may make: which usage data are read from this machine, and whether a verdict uses them.

Whoever may commit could otherwise name a file of the machine that analyses, or swap what a verdict rests on. The keys
are ignored where the analysed commit has them, and data quality says so.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from analyzer.config import USER_ONLY_KEYS, FileSettings

if TYPE_CHECKING:
    from analyzer.history.repository import Repository


def without_user_keys(settings: FileSettings) -> tuple[FileSettings, tuple[str, ...]]:
    """Return settings of a commit without the keys that only the user may set, and those that it had."""
    defaults = FileSettings()
    refused = tuple(key for key in USER_ONLY_KEYS if getattr(settings, key) != getattr(defaults, key))
    return structs.replace(settings, **{key: getattr(defaults, key) for key in refused}), refused


def is_committed(repository: Repository, name: str, text: bytes) -> bool:
    """Return whether a settings file on disk is the analysed commit's: the same contents at the same place."""
    path = Path(name).absolute().resolve()
    top = next((folder for folder in path.parents if (folder / ".git").exists()), None)
    return top is not None and repository.read_file_at_head(path.relative_to(top).as_posix()) == text
