"""A URL of the user's own configuration → a bare mirror on this machine: heads, tags, notes; nothing is checked out.

The one place that fetches. The URL and git's settings are the user's, so credentials work as on the command line.
"""

from __future__ import annotations

import fcntl
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from analyzer.errors import NoShareError
from analyzer.history.batch import last_line
from analyzer.history.git import alone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_REFS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", "+refs/notes/*:refs/notes/*")
# ext:: would run a command.
_ALLOWED = {"GIT_ALLOW_PROTOCOL": "https:ssh:git:http:file"}
_QUIET = ("core.hooksPath=/dev/null", "gc.auto=0", "maintenance.auto=false", "core.fsmonitor=false")


def mirrored(url: str, folder: Path) -> str:
    """Make the mirror in `folder`, or bring it up to date, and return its path; a second run waits for the first.

    Raises `NoShareError("mirror-failed")` with git's last word.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _held(folder) as lock:
        _ask(lock, "init", "--quiet", "--bare", "--template=", "--", str(folder))
        within = ("-C", str(folder))
        _ask(lock, *within, "fetch", "--quiet", "--prune", "--no-tags", "--end-of-options", url, *_REFS)
        said = _ask(lock, *within, "ls-remote", "--symref", "--end-of-options", url, "HEAD")
        if match := re.match(rb"ref: (refs/heads/\S+)\tHEAD", said):
            _ask(lock, *within, "symbolic-ref", "HEAD", match[1].decode("utf-8", "surrogateescape"))
    return str(folder)


@contextmanager
def _held(folder: Path) -> Iterator[int]:
    """The mirror for ourselves alone, without the lock files and halves of packs that a killed git left in it.

    Each git inherits the lock: it is free when the last git of a killed run has ended, and not before.
    """
    lock = os.open(folder.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for pattern in ("**/*.lock", "objects/**/tmp_*"):
            for left in folder.glob(pattern):
                left.unlink(missing_ok=True)
        yield lock
    finally:
        os.close(lock)


def _ask(lock: int, *arguments: str) -> bytes:
    settings = [option for setting in _QUIET for option in ("-c", setting)]
    done = alone(*settings, *arguments, extra=_ALLOWED, kept_open=(lock,))
    if done.returncode:
        why = last_line(done.stderr)
        raise NoShareError("mirror-failed", f"git could not mirror it: {why}", "Check the URL and your rights to it.")
    return done.stdout
