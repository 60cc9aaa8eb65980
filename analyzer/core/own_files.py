"""Folders and files that only we may have written: what lies in the cache or the store must not come from others."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private(folder: Path) -> None:
    """Create `folder` for us alone, or take the right to write from everybody else if it is there.

    A folder like /tmp, in which nobody can exchange what others have put there, stays as it is.
    Raises `OSError`; its `strerror` says if the folder is a link, or belongs to somebody else.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = os.lstat(folder)
    if stat.S_ISLNK(status.st_mode):
        raise OSError(errno.ELOOP, "the folder is a symbolic link", str(folder))
    if not is_ours(status):
        raise PermissionError(errno.EPERM, "the folder belongs to somebody else", str(folder))
    is_shared_safely = status.st_mode & stat.S_ISVTX
    if status.st_mode & _WRITABLE_BY_OTHERS and status.st_uid == os.geteuid() and not is_shared_safely:
        os.chmod(folder, stat.S_IMODE(status.st_mode) & ~_WRITABLE_BY_OTHERS)


def read_own(path: Path, max_bytes: int) -> bytes:
    """Return the contents of a plain file of ours that others may neither read nor write.

    A file that git checked out may be read by others, so a cache that lies in a checkout takes nothing from a commit.
    Raises `OSError`; its `strerror` says if the file is a link or no file, larger than `max_bytes`, or somebody else's.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no plain file", str(path))
        if not is_ours(status):
            raise PermissionError(errno.EPERM, "it belongs to somebody else", str(path))
        if status.st_mode & _OF_OTHERS:
            raise PermissionError(errno.EPERM, "others may open it, so it may not be ours", str(path))
        if status.st_size > max_bytes:
            raise OSError(errno.EFBIG, f"it is larger than {max_bytes:,} bytes", str(path))
        contents = file.read(max_bytes + 1)
    if len(contents) > max_bytes:  # it grew
        raise OSError(errno.EFBIG, f"it is larger than {max_bytes:,} bytes", str(path))
    return contents


def is_ours(status: os.stat_result) -> bool:
    """Return whether a file or folder belongs to whom this process runs as, or to root, who may do anything anyway."""
    return status.st_uid in {os.geteuid(), 0}
