"""Run git safely. No other module starts git; calls on a repository go through `Git.command`, which trusts no setting.

The analysed repository is input from a stranger: its configuration and attributes must not run anything, and we write
nothing to it. docs/adr/0002 lists what is neutralised and why.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import weakref
import zlib
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from analyzer.core.sanitize import plain
from analyzer.core.search_path import safe_search_path
from analyzer.errors import AishareError, NoShareError
from analyzer.history.batch import FSCK_HINT, BatchProcess, broken_repository, last_error_line
from analyzer.history.git_options import BATCH_SETTINGS, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Mapping, Sequence

MIN_VERSION = (2, 31)
_TIMEOUT_SECONDS = 300
_PIPE_BYTES = 1 << 20
# A tree that contains the same tree ten times, ten levels deep, is practically endless. These limits stop it.
_MAX_GIT_MEMORY = 4 << 30
_MAX_FILES = 5_000_000
_DATA_LIMIT = resource.RLIMIT_DATA
INSTALL_HINT = "Install git 2.31 or newer."

# A repository that we create must not depend on the user's configuration.
_NO_USER_CONFIG = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def environment(overrides: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Return the environment for git: no GIT_* variables, a safe PATH, C locale, no prompts, network or replace refs.

    `overrides` are applied last; None removes a variable.
    """
    base: dict[str, str | None] = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    base |= {
        "PATH": safe_search_path(os.environ),
        "LC_ALL": "C",
        "LANGUAGE": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_GRAFT_FILE": os.devnull,
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_ATTR_NOSYSTEM": "1",
    }
    variables = base | dict(overrides or {})
    return {name: value for name, value in variables.items() if value is not None}


def executable() -> str:
    """Return the absolute path of git; raises `AishareError("git-missing")`."""
    path = shutil.which("git", path=safe_search_path(os.environ))
    if path is None:
        raise AishareError("git-missing", "git is not installed, or not on PATH.", INSTALL_HINT)
    return path


def version() -> str:
    """Return git's version ("2.39.5"); raises `AishareError` if git is missing, broken or older than 2.31."""
    stdout = _run([executable(), "--version"]).stdout.decode("ascii", "replace")
    match = re.search(r"(\d+)\.(\d+)[\d.]*", stdout)
    if match is None:
        raise AishareError("git-missing", "git does not say its version.", INSTALL_HINT)
    if (int(match[1]), int(match[2])) < MIN_VERSION:
        raise AishareError("git-too-old", f"git {match[0]} is older than 2.31.", "Install a newer git.")
    return match[0].rstrip(".")


def _start_git(
    command: Sequence[str], pipes: Mapping[str, Any], overrides: Mapping[str, str | None] | None
) -> subprocess.Popen[bytes]:
    """Start git, on Linux with its memory limited to `_MAX_GIT_MEMORY` bytes."""
    process = subprocess.Popen(command, **pipes, cwd=os.sep, env=environment(overrides))
    if sys.platform == "linux":
        with suppress(OSError):  # it has already ended
            limits = [
                _MAX_GIT_MEMORY if n == resource.RLIM_INFINITY else min(n, _MAX_GIT_MEMORY)
                for n in resource.getrlimit(_DATA_LIMIT)
            ]
            resource.prlimit(process.pid, _DATA_LIMIT, (limits[0], limits[1]))
    return process


def _run(
    command: Sequence[str],
    *,
    stdin: bytes = b"",
    overrides: Mapping[str, str | None] | None = None,
    timeout: float | None = _TIMEOUT_SECONDS,
    inherited_fds: Sequence[int] = (),
) -> subprocess.CompletedProcess[bytes]:
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    pipes["pass_fds"] = inherited_fds
    try:
        with _start_git(command, pipes, overrides) as process:
            try:
                stdout, stderr = process.communicate(stdin, timeout=timeout)
            except BaseException:
                process.kill()
                raise
    except OSError as reason:
        raise AishareError("git-missing", f"git cannot be run: {reason.strerror}.", INSTALL_HINT) from None
    except subprocess.TimeoutExpired:
        raise NoShareError("broken-repository", f"git did not answer within {_TIMEOUT_SECONDS} s.", FSCK_HINT) from None
    if process.returncode < 0:  # killed: it never said no
        raise NoShareError("broken-repository", f"git was ended by signal {-process.returncode}.", FSCK_HINT)
    return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)


def rev_parse(path: str, *arguments: str, is_git_dir: bool = False) -> subprocess.CompletedProcess[bytes]:
    """Run `git rev-parse` from `path`. git finds the repository itself, so the user's trust settings apply.

    `is_git_dir`: `path` is a git directory found earlier, so git does not search again.
    """
    options = [o for setting in SETTINGS if not setting.startswith("core.bare") for o in ("-c", setting)]
    location = ("--git-dir", path) if is_git_dir else ("-C", path)
    command = [executable(), "--no-pager", "--no-optional-locks", *options, *location, "rev-parse"]
    return _run([*command, "--path-format=absolute", *arguments])


def run_with_user_config(
    *arguments: str, overrides: Mapping[str, str | None], inherited_fds: Sequence[int] = ()
) -> subprocess.CompletedProcess[bytes]:
    """Run git with the user's own configuration and without a timeout. Only mirrors of URLs the user names need this.

    `inherited_fds`: file descriptors that git inherits.
    """
    return _run([executable(), *arguments], overrides=overrides, timeout=None, inherited_fds=inherited_fds)


def make_repository(folder: str, stream: Generator[bytes | int, str, None]) -> None:
    """Create a repository with a checked-out branch `main` from a fast-import stream.

    The stream yields bytes, or the mark of a commit it has made; for a mark it is sent that commit's id.
    Raises `AishareError("output-unwritable")` with git's reason if that fails.
    """
    _run_or_raise(folder, "init", "--quiet", "--template=", "--initial-branch=main", "--", folder)
    command = [executable(), "-C", folder, "fast-import", "--quiet"]
    with tempfile.TemporaryFile() as stderr:
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": stderr}
        with subprocess.Popen(command, **pipes, cwd=os.sep, env=environment(_NO_USER_CONFIG)) as process:
            with suppress(BrokenPipeError):  # git's own reason follows
                _feed(process, stream)
            returncode = process.wait()
        stderr.seek(0)
        if returncode:
            raise _unwritable(folder, stderr.read())
    _run_or_raise(folder, "-C", folder, "reset", "--hard", "--quiet", "main")


def _feed(process: subprocess.Popen[bytes], stream: Generator[bytes | int, str, None]) -> None:
    assert process.stdin and process.stdout  # noqa: S101, PT018 - both are pipes
    with process.stdin as stdin:
        item = next(stream, None)
        while item is not None:
            answer = ""
            if isinstance(item, int):
                stdin.write(b"get-mark :%d\n" % item)
                stdin.flush()
                answer = process.stdout.readline().decode("ascii").strip()
            else:
                stdin.write(item)
            try:
                item = stream.send(answer)
            except StopIteration:
                item = None


def _run_or_raise(folder: str, *arguments: str) -> None:
    process = _run([executable(), *arguments], overrides=_NO_USER_CONFIG)
    if process.returncode:
        raise _unwritable(folder, process.stderr)


def _unwritable(folder: str, stderr: bytes) -> AishareError:
    return AishareError(
        "output-unwritable", f"git cannot write {plain(folder)}: {last_error_line(stderr)}", "Name another folder."
    )


class Git:
    """Run git on one repository's objects, through an empty git directory of our own.

    git sees an empty bare repository whose object directory is the real one. So it never reads the repository's
    configuration, hooks, info/attributes, grafts and replace refs, and we need not override them. Revisions must be
    full ids.
    """

    def __init__(self, objects: str, object_format: str) -> None:
        """Create the git directory. `objects`: absolute object directory; `object_format`: sha1 or sha256."""
        self._git = executable()
        self._objects, self._format = objects, object_format
        self._folder = tempfile.mkdtemp(prefix="aishare-")
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)  # at the latest when Python exits
        self._environment: dict[str, str | None] = {"GIT_DIR": self._folder, "GIT_OBJECT_DIRECTORY": objects}
        for name in ("objects", "refs"):
            os.mkdir(os.path.join(self._folder, name))
        self._write("HEAD", "ref: refs/heads/none\n")
        version_1 = f"\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = {object_format}\n"
        plain_0 = "\trepositoryformatversion = 0\n"
        self._write("config", "[core]\n\tbare = true\n" + (plain_0 if object_format == "sha1" else version_1))

    def _write(self, name: str, text: str) -> None:
        with open(os.path.join(self._folder, name), "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)

    def with_empty_blobs(self, missing: Collection[bytes]) -> Git:
        """Return the same repository with an empty blob in place of each missing one, without writing to the original.

        Our own git directory gets replace refs and an object directory that borrows the real one.
        """
        shadow = Git(self._objects, self._format)
        empty = hashlib.new(self._format, b"blob 0\0").hexdigest()
        for folder in ("objects/info", f"objects/{empty[:2]}"):
            os.mkdir(os.path.join(shadow._folder, folder))
        quoted = re.sub(r'["\\]', r"\\\g<0>", self._objects).replace("\n", "\\n")
        shadow._write("objects/info/alternates", f'"{quoted}"\n')
        with open(os.path.join(shadow._folder, "objects", empty[:2], empty[2:]), "wb") as file:
            file.write(zlib.compress(b"blob 0\0"))
        replace_refs = sorted(
            f"{empty} refs/replace/{blob.decode('ascii')}\n" for blob in missing if blob != empty.encode()
        )
        shadow._write("packed-refs", "".join(replace_refs))
        shadow._environment = {"GIT_DIR": shadow._folder, "GIT_NO_REPLACE_OBJECTS": None}
        return shadow

    def command(self, *arguments: str, settings: Sequence[str] = ()) -> list[str]:
        """Return the command line for git; every call on the repository uses it."""
        options = [option for setting in (*SETTINGS, *settings) for option in ("-c", setting)]
        return [self._git, "--no-pager", "--no-optional-locks", *options, *arguments]

    def run(self, *arguments: str, stdin: bytes = b"", overrides: Mapping[str, str] | None = None) -> bytes | None:
        """Return the output of a short command, None if git fails."""
        process = _run(self.command(*arguments), stdin=stdin, overrides=self._environment | dict(overrides or {}))
        return process.stdout if process.returncode == 0 else None

    def count_objects(self) -> int:
        """Return the approximate number of objects, without borrowed ones; 0 if git does not report it."""
        stdout = self.run("count-objects", "-v") or b""
        return sum(int(n) for n in re.findall(rb"^(?:count|in-pack): (\d+)$", stdout, re.MULTILINE))

    @property
    def object_format(self) -> str:
        """Name of the hash that names the objects: sha1 or sha256."""
        return self._format

    def object_folders(self) -> list[str]:
        """Return the folder of the objects, and those that it borrows from (alternates)."""
        stdout = self.run("count-objects", "-v") or b""
        alternates = re.findall(rb"^alternate: (.+)$", stdout, re.MULTILINE)
        return [self._objects, *(os.fsdecode(_unquoted(path)) for path in alternates)]

    def verify_pack(self, index: str, seconds: float) -> bool | None:
        """Return whether all objects of a pack are what their names say; None if git does not end in time.

        One thread: the history is read at the same time.
        """
        pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        command = self.command("verify-pack", "--", index, settings=("pack.threads=1",))
        process = _start_git(command, pipes | {"stderr": subprocess.DEVNULL}, self._environment)
        stop = weakref.finalize(self, process.kill)  # not to be left behind by a run that ends early
        try:
            return process.wait(timeout=seconds) == 0
        except subprocess.TimeoutExpired:
            return None
        finally:
            stop()
            process.wait()

    def stream(self, *arguments: str, settings: Sequence[str] = ()) -> Iterator[bytes]:
        """Yield the NUL-separated tokens of a long output; raises as `open_pipe` does, before a truncated token."""
        with self.open_pipe(*arguments, settings=settings) as output:
            remainder = yield from _split_at_nul(output)
        if remainder:
            yield remainder

    def tree_entries(self, tree: str, *options: str) -> Iterator[bytes]:
        """Yield the entries of a tree and its subtrees, as `ls-tree -z` prints them; raises as `open_pipe` does.

        Also raises `NoShareError("broken-repository")` if there are more than `_MAX_FILES`, too many to be real files.
        """
        for number, entry in enumerate(self.stream("ls-tree", "-r", "-z", *options, "--full-tree", tree)):
            if number == _MAX_FILES:
                raise NoShareError("broken-repository", f"A tree holds more than {_MAX_FILES:,} files.", FSCK_HINT)
            yield entry

    @property
    def has_promisor_packs(self) -> bool:
        """Whether a partial clone made one of the packs: objects missing from it are promised, not lost."""
        return any(Path(self._objects, "pack").glob("*.promisor"))

    @contextmanager
    def open_pipe(self, *arguments: str, settings: Sequence[str] = (), stdin: bytes = b"") -> Iterator[IO[bytes]]:
        """Yield a long output as a binary pipe, which must be read to its end. `stdin`: git's input.

        Raises `NoShareError("broken-repository")` with the last line of git's stderr if git fails, so a partly read
        history is never mistaken for a complete one.
        """
        with tempfile.TemporaryFile() as stderr:
            command = self.command(*arguments, settings=settings)
            pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": stderr}
            with _start_git(command, pipes, self._environment) as process:
                assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes
                _enlarge_pipe(process.stdout)
                try:
                    # If git has died, its error is raised below. Otherwise it reads all input before it writes.
                    with suppress(BrokenPipeError), process.stdin as pipe_in:
                        pipe_in.write(stdin)
                    yield process.stdout
                    returncode = process.wait()
                except Exception:
                    # The reader may have failed because git died and cut its output: then report git's error.
                    with suppress(subprocess.TimeoutExpired):
                        if process.wait(timeout=1):
                            raise broken_repository(stderr) from None
                    raise
                finally:
                    process.kill()  # do not leave git running if the reader stops early
            if returncode:
                raise broken_repository(stderr)

    @contextmanager
    def start_batch(self, *arguments: str) -> Iterator[BatchProcess]:
        """Yield a git process that answers requests one by one; it starts at the first one and ends with the block."""
        with tempfile.TemporaryFile() as stderr, ExitStack() as stack:

            def start() -> tuple[IO[bytes], IO[bytes]]:
                pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": stderr}
                process = _start_git(self.command(*arguments, settings=BATCH_SETTINGS), pipes, self._environment)
                stack.enter_context(process)
                stack.callback(process.kill)
                assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes
                return process.stdin, process.stdout

            yield BatchProcess(start, stderr)

    @contextmanager
    def temporary_index(self, revision: str) -> Iterator[dict[str, str] | None]:
        """Yield environment variables for a temporary index of `revision` (for check-attr); None if git fails."""
        with tempfile.TemporaryDirectory(prefix="aishare-") as folder:
            overrides = {"GIT_INDEX_FILE": os.path.join(folder, "index")}
            yield None if self.run("read-tree", revision, overrides=overrides) is None else overrides


def _unquoted(path: bytes) -> bytes:
    """Return a path that git may have quoted as in C, which it does where the path has control characters or quotes."""
    if not path.startswith(b'"'):
        return path
    return path[1:-1].decode("latin-1").encode("latin-1").decode("unicode_escape").encode("latin-1")


def _enlarge_pipe(pipe: IO[bytes]) -> None:
    """Enlarge the pipe, so that git can write ahead while we are busy: the default 64 KiB hold 2 ms of its output."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _split_at_nul(pipe: IO[bytes], size: int = 1 << 20) -> Generator[bytes, None, bytes]:
    """Yield the tokens that end with NUL, and return what follows the last NUL."""
    pieces: list[bytes] = []
    while chunk := pipe.read(size):
        head, *tail = chunk.split(b"\0")
        pieces.append(head)
        if tail:
            yield b"".join(pieces)
            yield from tail[:-1]
            pieces = [tail[-1]]
    return b"".join(pieces)
