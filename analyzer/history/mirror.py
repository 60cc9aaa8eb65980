"""Mirror a URL from the user's own configuration into a bare repository: heads, tags, and every kind of records.

This is the only module that fetches. The URL and git's settings are the user's, so credentials work as they do on the
command line. A mirror that is damaged or of another URL is replaced by a new clone; only a mirror that we made is.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from analyzer.core.links import refuse_links
from analyzer.core.own_files import make_private
from analyzer.core.sanitize import plain
from analyzer.errors import AishareError, NoShareError
from analyzer.history.batch import last_error_line
from analyzer.history.git import run_with_user_config
from analyzer.history.mirror_checks import mirror_problem, write_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_REFS = tuple(
    f"+refs/{kind}/*:refs/{kind}/*" for kind in ("heads", "tags", "notes", "ai/authorship", "entire/checkpoints")
)
# Without this list, ext:: URLs would run a command.
_ALLOWED_PROTOCOLS = {"GIT_ALLOW_PROTOCOL": "https:ssh:git:http:file"}
_SETTINGS = ("core.hooksPath=/dev/null", "gc.auto=0", "maintenance.auto=false", "core.fsmonitor=false")


def update_mirror(url: str, folder: Path) -> str | None:
    """Create or update the mirror of `url` in `folder`; a concurrent run waits.

    Returns why a mirror was replaced by a new clone, as a clause; None if none was. Raises
    `NoShareError("mirror-failed")` with the last line of git's stderr, in which case an existing mirror stays,
    `NoShareError("foreign-mirror")` if the folder holds something else, `UsageError("linked-output")` if it is a link.
    """
    with _locked(folder) as lock:
        _finish_replacement(folder)
        if not any(folder.iterdir()):
            _fetch(lock, url, folder)
            return None
        problem = mirror_problem(folder, url)
        if problem is None:
            _remove_leftovers(folder)
            try:
                _fetch(lock, url, folder)
            except NoShareError:
                problem = _damage(lock, folder, "rev-list", "--quiet", "--all")
                if problem is None:
                    raise
            else:
                return None
        _replace(lock, url, folder)
    return problem


def repair_mirror(url: str, folder: Path) -> str | None:
    """Replace the mirror by a new clone if git finds damage in it; return what it found, None if nothing.

    Raises what `update_mirror` raises.
    """
    with _locked(folder) as lock:
        problem = mirror_problem(folder, url) or _damage(
            lock, folder, "fsck", "--full", "--no-dangling", "--no-progress"
        )
        if problem is not None:
            _replace(lock, url, folder)
    return problem


def _fetch(lock: int, url: str, folder: Path) -> None:
    """Fetch into a mirror, which is created if the folder is empty. Raises `NoShareError("mirror-failed")`."""
    if not (folder / "HEAD").exists():
        _run_git(lock, "init", "--quiet", "--bare", "--template=", "--", str(folder))
    in_mirror = ("-C", str(folder))
    _run_git(lock, *in_mirror, "fetch", "--quiet", "--prune", "--no-tags", "--end-of-options", url, *_REFS)
    stdout = _run_git(lock, *in_mirror, "ls-remote", "--symref", "--end-of-options", url, "HEAD")
    if match := re.match(rb"ref: (refs/heads/\S+)\tHEAD", stdout):
        _run_git(lock, *in_mirror, "symbolic-ref", "HEAD", match[1].decode("utf-8", "surrogateescape"))
    write_record(folder, url)


def _replace(lock: int, url: str, folder: Path) -> None:
    """Clone next to the mirror, then take its place; if that fails, the mirror stays as it is."""
    new, old = folder.with_suffix(".new"), folder.with_suffix(".old")
    new.mkdir(mode=0o700)
    try:
        _fetch(lock, url, new)
        os.rename(folder, old)
        os.rename(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
        _finish_replacement(folder)


def _finish_replacement(folder: Path) -> None:
    """Finish or undo what a killed run began: only one of a mirror, its successor and its predecessor stays."""
    new, old = folder.with_suffix(".new"), folder.with_suffix(".old")
    for path in (new, old):
        if path.is_dir():
            mirror_problem(path, None)  # raises if it is not ours
    if old.is_dir() and not (folder.is_dir() and any(folder.iterdir())):
        os.rename(old, folder)
    for path in (new, old):
        shutil.rmtree(path, ignore_errors=True)


def _damage(lock: int, folder: Path, *check: str) -> str | None:
    """Return what git says is wrong with a mirror, None if nothing."""
    try:
        _run_git(lock, "-C", str(folder), *check)
    except NoShareError as error:
        return f"its mirror is damaged ({plain(error.message.rpartition(': ')[2], 80)})"
    return None


@contextmanager
def _locked(folder: Path) -> Iterator[int]:
    """Create the folder, lock it exclusively, and yield the lock.

    Every git process inherits the lock, so it is released only when the last git of a killed run has ended.
    """
    lock_file = folder.with_suffix(".lock")
    refuse_links((folder.parent, folder, lock_file))
    try:
        make_private(folder.parent)
        lock = os.open(lock_file, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unwritable(folder.parent, error) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with _unwritable_errors(folder):
            folder.mkdir(exist_ok=True, mode=0o700)
            yield lock
    finally:
        os.close(lock)


def _remove_leftovers(folder: Path) -> None:
    """Remove lock files and partial packs that a killed git left in a mirror of ours."""
    for pattern in ("**/*.lock", "objects/**/tmp_*"):
        for leftover in folder.glob(pattern):
            with suppress(OSError):
                leftover.unlink()


@contextmanager
def _unwritable_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unwritable(folder, error) from None


def _unwritable(folder: Path, error: OSError) -> AishareError:
    return AishareError(
        "output-unwritable", f"{plain(str(folder))} cannot be written: {error.strerror}.", "Name another store."
    )


def _run_git(lock: int, *arguments: str) -> bytes:
    settings = [option for setting in _SETTINGS for option in ("-c", setting)]
    process = run_with_user_config(*settings, *arguments, overrides=_ALLOWED_PROTOCOLS, inherited_fds=(lock,))
    if process.returncode:
        reason = last_error_line(process.stderr)
        raise NoShareError(
            "mirror-failed", f"git could not mirror it: {reason}", "Check the URL and your rights to it."
        )
    return process.stdout
