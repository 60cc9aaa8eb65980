"""A URL of the user's own configuration → a bare mirror on this machine: heads, tags, notes; nothing is checked out.

The one place that fetches. The URL and git's settings are the user's, so credentials work as on the command line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analyzer.errors import NoShareError
from analyzer.history.dialogue import last_line
from analyzer.history.git import alone

if TYPE_CHECKING:
    from pathlib import Path

_REFS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", "+refs/notes/*:refs/notes/*")
# ext:: would run a command.
_ALLOWED = {"GIT_ALLOW_PROTOCOL": "https:ssh:git:http:file"}
_QUIET = ("core.hooksPath=/dev/null", "gc.auto=0", "maintenance.auto=false", "core.fsmonitor=false")


def mirrored(url: str, folder: Path) -> str:
    """Make the mirror in `folder`, or bring it up to date, and return its path.

    Raises `NoShareError("mirror-failed")` with git's last word.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _ask("init", "--quiet", "--bare", "--template=", "--", str(folder))
    within = ("-C", str(folder))
    _ask(*within, "fetch", "--quiet", "--prune", "--no-tags", "--end-of-options", url, *_REFS)
    said = _ask(*within, "ls-remote", "--symref", "--end-of-options", url, "HEAD")
    if match := re.match(rb"ref: (refs/heads/\S+)\tHEAD", said):
        _ask(*within, "symbolic-ref", "HEAD", match[1].decode("utf-8", "surrogateescape"))
    return str(folder)


def _ask(*arguments: str) -> bytes:
    settings = [option for setting in _QUIET for option in ("-c", setting)]
    done = alone(*settings, *arguments, extra=_ALLOWED)
    if done.returncode:
        why = last_line(done.stderr)
        raise NoShareError("mirror-failed", f"git could not mirror it: {why}", "Check the URL and your rights to it.")
    return done.stdout
