"""Options that several verbs share, and the two ways out: stdout for the result, stderr for the rest."""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyzer.core.sanitize import logged, plain
from analyzer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from analyzer.config import Settings
    from analyzer.core.progress import Progress
    from analyzer.history.repository import Repository

PATH = click.argument("path", default=".", help="Any folder of a clone, or a bare repository; default: here.")

# Read from the command line by cli.run, which prints tracebacks; no command needs it.
VERBOSE = click.option(
    "-v", "--verbose", is_flag=True, expose_value=False, help="Show a traceback when something fails."
)

PULLS = click.option(
    "--pulls",
    metavar="FILE.jsonl",
    envvar="AISHARE_PULLS",
    help="Exported pull requests: marks that squashes lost, counted apart (docs/schedule.md).",
)

_HISTORY_OPTIONS: tuple[Callable[..., Any], ...] = (
    click.option("--rev", metavar="REV", envvar="AISHARE_REV", help="Commit, branch or tag to read.  [default: HEAD]"),
    click.option("--include", metavar="GLOB", multiple=True, help="Count only matching files; repeatable."),
    click.option("--exclude", metavar="GLOB", multiple=True, help="Leave matching files out; repeatable."),
    click.option(
        "--config", metavar="FILE", envvar="AISHARE_CONFIG", help="Settings, instead of the analysed commit's own file."
    ),
    click.option("-q", "--quiet", is_flag=True, help="No progress and no notes."),
    VERBOSE,
)


def range_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same without --rev, for a verb that names its revisions itself."""
    for decorate in reversed(_HISTORY_OPTIONS[1:]):
        command = decorate(command)
    return command


def history_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every verb that reads a history; each also as `AISHARE_…` in the environment."""
    for decorate in reversed(_HISTORY_OPTIONS):
        command = decorate(command)
    return command


_CACHE_OPTIONS: tuple[Callable[..., Any], ...] = (
    click.option("--no-cache", is_flag=True, help="Read the whole history anew, and store nothing."),
    click.option(
        "--cache-dir", metavar="DIR", envvar="AISHARE_CACHE_DIR", help="Where to store.  [default: the user's cache]"
    ),
)


def cache_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Where replayed histories are stored between runs."""
    for decorate in reversed(_CACHE_OPTIONS):
        command = decorate(command)
    return command


def cache_folder(folder: str | None, *, no_cache: bool) -> Path | None:
    """The folder to store in; None for none."""
    from analyzer.core.cachedir import default_folder

    if no_cache:
        return None
    return default_folder() if folder is None else Path(folder).absolute()


def only_for(tables: tuple[str, ...], table: str, **given: object) -> None:
    """Refuse options that would change nothing for this table."""
    source = click.get_current_context().get_parameter_source
    names = {"lines": "view"}
    for name in given:
        if source(names.get(name, name)) is click.core.ParameterSource.COMMANDLINE:
            option = "--" + name.replace("_", "-")
            raise UsageError(
                "no-such-effect", f"{option} changes nothing for {table}.", f"It is for {', '.join(tables)}."
            )


def opened(path: str, flags: dict[str, Any]) -> tuple[Repository, Settings]:
    """Repository and settled settings; says aloud when PATH is a folder inside the repository."""
    from analyzer.pipeline.load import configured

    repository, settings = configured(path, flags | {"salt": os.environ.get("AISHARE_SALT")})
    if repository.inside:
        click.echo(f"note: {plain(path)} is a folder of {repository.name}; the whole repository is analysed", err=True)
    return repository, settings


def wants_color(choice: str) -> bool:
    """Whether to colour stdout: --color, then NO_COLOR, FORCE_COLOR and TERM=dumb, then a terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout is not None and sys.stdout.isatty())


def tell(notes: Iterable[str], *, quiet: bool) -> None:
    """Notes on what was read, to stderr."""
    for note in [] if quiet else notes:
        click.echo(logged(f"note: {note}"), err=True)


def read(path: str, slug: str) -> bytes:
    """A file that the user names; raises `UsageError(slug)` where it cannot be read."""
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as reason:
        why = getattr(reason, "strerror", None) or str(reason)
        raise UsageError(slug, f"{plain(path)} cannot be read: {why}.", "Name a file you may read.") from None


def write(content: str | bytes, output: str) -> None:
    """Write the result to a file, whole or not at all, or to stdout ("-"); raises `UsageError("output-unwritable")`."""
    data = content.encode() if isinstance(content, str) else content
    try:
        if output == "-":
            _to_stdout(data)
        else:
            _to_file(data, output)
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as reason:
        why = getattr(reason, "strerror", None) or str(reason)
        raise UsageError(
            "output-unwritable", f"{output or 'an empty name'} cannot be written: {why}.", "Name a file you may write."
        ) from None
    context = click.get_current_context(silent=True)
    quiet = context is not None and context.params.get("quiet")  # cron mails whatever is said
    if output != "-" and sys.stderr is not None and not quiet:
        click.echo(f"wrote {plain(output)}", err=True)


def _to_stdout(data: bytes) -> None:
    if sys.stdout is None:
        raise OSError(errno.EBADF, "stdout is closed")
    click.echo(data, nl=False)


def _to_file(data: bytes, output: str) -> None:
    """Write beside the target under a name nobody can foresee, then rename: a link at either name is never followed.

    Pipes and devices are written to, not replaced.
    """
    try:
        mode = os.lstat(output).st_mode
    except FileNotFoundError:
        mode = stat.S_IFREG
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        Path(output).write_bytes(data)
        return
    handle, draft = tempfile.mkstemp(dir=Path(output).parent, prefix=".aishare-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), 0o666 & ~_umask())
        os.replace(draft, output)
    except BaseException:
        os.unlink(draft)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress]:
    """A progress bar on stderr: only on a terminal, and only for work longer than a second."""
    if quiet or not sys.stderr.isatty():
        from analyzer.core.progress import silent

        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:<17}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar, started = Bar(*columns, console=Console(stderr=True), transient=True), time.monotonic()
    tasks: dict[str, TaskID] = {}

    def hear(stage: str, done: int, total: int) -> None:
        if time.monotonic() - started > 1:
            bar.start()
        if stage not in tasks:
            tasks[stage] = bar.add_task(stage, total=total or None)
        bar.update(tasks[stage], completed=done)

    try:
        yield hear
    finally:
        bar.stop()
