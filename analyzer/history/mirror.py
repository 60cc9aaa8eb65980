"""Mirror a URL from the user's own configuration: heads, tags and notes in a bare repository, nothing checked out.

This is the only module that fetches. The URL and git's settings are the user's, so credentials work as they do on the
command line.
"""

from __future__ import annotations

import fcntl
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from analyzer.errors import NoShareError
from analyzer.history.batch import last_error_line
from analyzer.history.git import run_with_user_config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_REFS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", "+refs/notes/*:refs/notes/*")
# Without this list, ext:: URLs would run a command.
_ALLOWED_PROTOCOLS = {"GIT_ALLOW_PROTOCOL": "https:ssh:git:http:file"}
_SETTINGS = ("core.hooksPath=/dev/null", "gc.auto=0", "maintenance.auto=false", "core.fsmonitor=false")


def update_mirror(url: str, folder: Path) -> str:
    """Create or update the mirror of `url` in `folder` and return its path; a concurrent run waits.

    Raises `NoShareError("mirror-failed")` with the last line of git's stderr.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder) as lock:
        _run_git(lock, "init", "--quiet", "--bare", "--template=", "--", str(folder))
        in_mirror = ("-C", str(folder))
        _run_git(lock, *in_mirror, "fetch", "--quiet", "--prune", "--no-tags", "--end-of-options", url, *_REFS)
        stdout = _run_git(lock, *in_mirror, "ls-remote", "--symref", "--end-of-options", url, "HEAD")
        if match := re.match(rb"ref: (refs/heads/\S+)\tHEAD", stdout):
            _run_git(lock, *in_mirror, "symbolic-ref", "HEAD", match[1].decode("utf-8", "surrogateescape"))
    return str(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[int]:
    """Lock the mirror exclusively, remove lock files and partial packs that a killed git left, and yield the lock.

    Every git process inherits the lock, so it is released only when the last git of a killed run has ended.
    """
    lock = os.open(folder.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for pattern in ("**/*.lock", "objects/**/tmp_*"):
            for leftover in folder.glob(pattern):
                leftover.unlink(missing_ok=True)
        yield lock
    finally:
        os.close(lock)


def _run_git(lock: int, *arguments: str) -> bytes:
    settings = [option for setting in _SETTINGS for option in ("-c", setting)]
    process = run_with_user_config(*settings, *arguments, overrides=_ALLOWED_PROTOCOLS, inherited_fds=(lock,))
    if process.returncode:
        reason = last_error_line(process.stderr)
        raise NoShareError(
            "mirror-failed", f"git could not mirror it: {reason}", "Check the URL and your rights to it."
        )
    return process.stdout
