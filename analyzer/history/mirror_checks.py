"""Whether a folder holds a mirror that we made, of which URL, and whether it is complete, without running git in it.

git is not run in a folder that somebody else filled: a setting in its `config` could name a command.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from analyzer.core.own_files import is_ours
from analyzer.core.sanitize import plain
from analyzer.errors import NoShareError
from analyzer.history.git import run_with_user_config

if TYPE_CHECKING:
    from pathlib import Path

RECORD = "aishare-mirror.json"
_MAX_BYTES = 1 << 16
_HEAD = re.compile(rb"(?:ref: refs/\S+|[0-9a-f]{40}|[0-9a-f]{64})\n?\Z")
_OTHER_URL = "its mirror is of another URL"
# What git makes in a bare repository without a template, and what a fetch adds.
_GIT_NAMES = frozenset(
    {"HEAD", "FETCH_HEAD", "ORIG_HEAD", "config", "objects", "refs", "packed-refs", "shallow", "info", "logs", "gc.log"}
)
_SETTINGS = frozenset(
    f"core.{name}"
    for name in ("repositoryformatversion", "filemode", "bare", "ignorecase", "precomposeunicode", "symlinks")
) | {"extensions.objectformat", "extensions.refstorage", "extensions.compatobjectformat"}


class _Record(Struct, frozen=True):
    """The URL of a mirror, as a digest because it can hold a password."""

    url_sha256: str


def write_record(folder: Path, url: str) -> None:
    """Record the URL in its mirror. Raises `OSError`."""
    contents = msgspec.json.encode(_Record(_digest(url))) + b"\n"
    if _read(folder / RECORD) == contents:
        return
    handle, draft = tempfile.mkstemp(prefix=".draft-", suffix=".lock", dir=folder)  # a leftover goes as git's do
    with os.fdopen(handle, "wb") as file:
        file.write(contents)
    os.replace(draft, folder / RECORD)


def is_mirror_of(url: str, folder: Path) -> bool:
    """Return whether the folder holds a mirror of ours that is not of another URL, damaged or not."""
    try:
        return folder.is_dir() and not folder.is_symlink() and mirror_problem(folder, url) != _OTHER_URL
    except NoShareError:
        return False


def mirror_problem(folder: Path, url: str | None) -> str | None:
    """Return why a mirror of ours cannot be updated, as a clause; None if nothing speaks against it.

    A mirror of an earlier version has no record of its URL; it gets one with the next update. `url`: None for any.
    Raises `NoShareError("foreign-mirror")` if the folder is not a mirror that we made.
    """
    if not is_ours(os.stat(folder)) or not _has_only_git_names(folder) or _leads_elsewhere(folder):
        raise _foreign(folder)
    settings = _setting_names(folder / "config")
    if settings is not None and not settings <= _SETTINGS:
        raise _foreign(folder)
    with suppress(msgspec.MsgspecError, UnicodeDecodeError):
        record = msgspec.json.decode(_read(folder / RECORD) or b"", type=_Record)
        if url is not None and record.url_sha256 != _digest(url):
            return _OTHER_URL
    head = _read(folder / "HEAD") or b""
    if settings is None or not _HEAD.match(head):
        return "its mirror is damaged (HEAD or config)"
    if not (folder / "objects").is_dir() or not (folder / "refs").is_dir():
        return "its mirror is damaged (objects or refs)"
    if not _packs_are_complete(folder / "objects" / "pack", 20 if "extensions.objectformat" not in settings else 32):
        return "its mirror is damaged (a pack)"
    return None


def _packs_are_complete(folder: Path, hash_bytes: int) -> bool:
    """Return whether every index of a pack names the checksum at the end of its pack."""
    for index in folder.glob("*.idx"):
        try:
            with index.open("rb") as index_file, index.with_suffix(".pack").open("rb") as pack_file:
                index_file.seek(-2 * hash_bytes, os.SEEK_END)
                pack_file.seek(-hash_bytes, os.SEEK_END)
                if index_file.read(hash_bytes) != pack_file.read(hash_bytes):
                    return False
        except OSError:
            return False
    return True


def _has_only_git_names(folder: Path) -> bool:
    """Return whether nothing at the top of a folder is a link or has a name that git and we would not give it."""
    with os.scandir(folder) as entries:
        return all(
            not entry.is_symlink()
            and (entry.name in _GIT_NAMES or entry.name == RECORD or entry.name.endswith(".lock"))
            for entry in entries
        )


def _leads_elsewhere(folder: Path) -> bool:
    """Return whether git would read objects from elsewhere, or follow a link where it stores objects or refs."""
    places = [entry for entry in folder.glob("objects/*") if entry.is_symlink()]
    for parent, folders, files in os.walk(folder / "refs"):
        places += [path for name in (*folders, *files) if (path := folder / parent / name).is_symlink()]
    return bool(places) or os.path.lexists(folder / "objects" / "info" / "alternates")


def _setting_names(config: Path) -> set[str] | None:
    """Return the names of the settings in a file, not in files that it includes; None if git cannot parse it."""
    if _read(config) is None:
        return None
    listing = run_with_user_config(
        "config", "--file", str(config), "--no-includes", "--list", "--name-only", "-z", overrides={}
    )
    names = {name.decode("utf-8", "replace").lower() for name in listing.stdout.split(b"\0") if name}
    return names if listing.returncode == 0 and names else None


def _read(path: Path) -> bytes | None:
    """Return the contents of a small plain file; None if there is none."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if stat.S_ISREG(status.st_mode) and status.st_size <= _MAX_BYTES:
                return file.read(_MAX_BYTES)
    return None


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "surrogateescape")).hexdigest()


def _foreign(folder: Path) -> NoShareError:
    return NoShareError(
        "foreign-mirror",
        f"{plain(str(folder))} is not a mirror that aishare made.",
        "Move it, or name another folder with --store.",
    )
