"""Output of the commands: results to stdout or files, progress and notes to stderr."""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from analyzer.core.links import refuse_committed_links
from analyzer.core.progress import Progress
from analyzer.core.sanitize import logged, plain
from analyzer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def wants_color(choice: str) -> bool:
    """Return whether to colour stdout: --color, then NO_COLOR, FORCE_COLOR and TERM=dumb, then a terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout is not None and sys.stdout.isatty())


def print_notes(notes: Iterable[str], *, quiet: bool) -> None:
    """Print notes on how the history was read to stderr."""
    for note in [] if quiet else notes:
        click.echo(logged(f"note: {note}"), err=True)


def read_file(path: str, slug: str) -> bytes:
    """Return the contents of a file that the user names; raises `UsageError(slug)` where it cannot be read."""
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as reason:
        why = getattr(reason, "strerror", None) or str(reason)
        raise UsageError(slug, f"{plain(path)} cannot be read: {why}.", "Name a file you may read.") from None


def write(content: str | bytes, target: str) -> None:
    """Write the result to a file, whole or not at all, or to stdout ("-").

    Raises `UsageError("output-unwritable")`, or `UsageError("linked-output")` if a folder on the way to the file is a
    link that a commit can have made.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        if target == "-":
            _to_stdout(data)
        else:
            _to_file(data, target)
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as reason:
        why = getattr(reason, "strerror", None) or str(reason)
        raise UsageError(
            "output-unwritable", f"{target or 'an empty name'} cannot be written: {why}.", "Name a file you may write."
        ) from None
    context = click.get_current_context(silent=True)
    quiet = context is not None and context.params.get("quiet")  # cron mails everything that is printed
    if target != "-" and sys.stderr is not None and not quiet:
        click.echo(f"wrote {plain(target)}", err=True)


def _to_stdout(data: bytes) -> None:
    if sys.stdout is None:
        raise OSError(errno.EBADF, "stdout is closed")
    click.echo(data, nl=False)


def _to_file(data: bytes, target: str) -> None:
    """Write a temporary file of unpredictable name in the same folder and rename it, so that no link is followed.

    Pipes and devices are written to, not replaced.
    """
    refuse_committed_links(Path(target).parent)
    try:
        mode = os.lstat(target).st_mode
    except FileNotFoundError:
        mode = stat.S_IFREG
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)) or _is_of_the_system(target):
        Path(target).write_bytes(data)
        return
    handle, temporary = tempfile.mkstemp(dir=Path(target).parent, prefix=".aishare-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), 0o666 & ~_umask())
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def _is_of_the_system(target: str) -> bool:
    """Return whether a file is one like /dev/stdout, a link by which the system names an open file."""
    folder = os.path.realpath(os.path.dirname(target) or ".")
    return folder == "/dev" or folder.startswith("/proc/")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class ProgressDisplay(Progress, Protocol):
    """Shows the progress of a run."""

    def announce(self, line: str) -> None:
        """Show a line above the progress until the run ends."""


class _NoDisplay:
    """Shows nothing: for pipes, files and `--quiet`."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Ignore the progress."""

    def announce(self, line: str) -> None:
        """Ignore the line."""


@contextmanager
def progress(*, quiet: bool) -> Iterator[ProgressDisplay]:
    """Provide a progress bar on stderr: only on a terminal, and only for work longer than a second."""
    if quiet or not sys.stderr.isatty():
        yield _NoDisplay()
        return
    from analyzer.cli.progress_bar import ProgressBar

    with ProgressBar() as bar:
        yield bar
