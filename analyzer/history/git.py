"""The only module that runs git. Every call goes through `Git.command`, which trusts no setting.

The analysed repository is input from a stranger: its configuration and attributes must not run
anything, and nothing in it is written. What is neutralised and why: docs/adr/0002.
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
from analyzer.errors import AishareError, NoShareError
from analyzer.history.batch import FSCK, LARGEST_TEXT, Dialogue, broken, last_line

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Mapping, Sequence

OLDEST = (2, 31)
_PATIENCE = 300
_PIPE = 1 << 20
# A tree that holds itself ten times, ten deep, has no end: what git holds of it, and what is read of it, has one.
_MEMORY = 4 << 30
_MOST_FILES = 5_000_000
_DATA = resource.RLIMIT_DATA
INSTALL = "Install git 2.31 or newer."
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

_SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.bare=true",
    "core.quotePath=false",
    "core.commitGraph=false",  # a file beside the objects that may tell another history, by damage or by intent
    f"core.bigFileThreshold={LARGEST_TEXT}",  # beyond it a text is data: blanks by the million cost minutes
    f"attr.tree={EMPTY_TREE}",  # git ≥ 2.43 reads attributes from HEAD in bare repositories; 2.31 does not
    "log.showSignature=false",  # gpg.program is a command
    "log.showRoot=true",
    "diff.suppressBlankEmpty=false",
    # What git may keep of a pack, of 96 MiB and the whole pack: less memory at the same speed.
    "core.deltaBaseCacheLimit=64m",
    "core.packedGitWindowSize=1m",
    "core.packedGitLimit=64m",
    "protocol.allow=never",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
)

# Questions come one by one: what git keeps of one answer hardly helps with the next, and five of them may wait at once.
_ANSWERING = ("core.deltaBaseCacheLimit=16m",)

# A repository that we make must not depend on whose machine it is made on.
_NOBODYS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

RENAMES, NO_RENAMES, COPIES = "--find-renames=50%", "--no-renames", "--find-copies=50%"

# Every option that a user's diff.* settings could move, said explicitly;
# which renames to look for is said at each call.
DIFF_OPTIONS = (
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-relative",
    "--no-show-signature",
    "--submodule=short",
    "--ignore-submodules=none",
    "--diff-algorithm=myers",
    "--indent-heuristic",
    "-l1000",
    "-O/dev/null",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--no-abbrev",
)


def environment(extra: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """The environment git runs in: nobody's GIT_* variables, C locale, no prompts, no network, no replace refs.

    `extra` is added; None takes a variable away.
    """
    base: dict[str, str | None] = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    base |= {
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
    wanted = base | dict(extra or {})
    return {name: value for name, value in wanted.items() if value is not None}


def executable() -> str:
    """Absolute path of git; raises `AishareError("git-missing")`."""
    found = shutil.which("git")
    if found is None:
        raise AishareError("git-missing", "git is not installed, or not on PATH.", INSTALL)
    return os.path.abspath(found)


def version() -> str:
    """Version of git ("2.39.5"); raises `AishareError` where git is missing, broken or older than 2.31."""
    said = _run([executable(), "--version"]).stdout.decode("ascii", "replace")
    match = re.search(r"(\d+)\.(\d+)[\d.]*", said)
    if match is None:
        raise AishareError("git-missing", "git does not say its version.", INSTALL)
    if (int(match[1]), int(match[2])) < OLDEST:
        raise AishareError("git-too-old", f"git {match[0]} is older than 2.31.", "Install a newer git.")
    return match[0].rstrip(".")


def _started(
    command: Sequence[str], pipes: Mapping[str, Any], extra: Mapping[str, str | None] | None
) -> subprocess.Popen[bytes]:
    """A running git that may hold `_MEMORY` bytes of its own, where the platform can say so."""
    process = subprocess.Popen(command, **pipes, cwd=os.sep, env=environment(extra))
    if sys.platform == "linux":
        with suppress(OSError):  # it is done already
            least = [_MEMORY if n == resource.RLIM_INFINITY else min(n, _MEMORY) for n in resource.getrlimit(_DATA)]
            resource.prlimit(process.pid, _DATA, (least[0], least[1]))
    return process


def _run(
    command: Sequence[str],
    *,
    stdin: bytes = b"",
    extra: Mapping[str, str | None] | None = None,
    patience: float | None = _PATIENCE,
    kept_open: Sequence[int] = (),
) -> subprocess.CompletedProcess[bytes]:
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    pipes["pass_fds"] = kept_open
    try:
        with _started(command, pipes, extra) as process:
            try:
                out, errors = process.communicate(stdin, timeout=patience)
            except BaseException:
                process.kill()
                raise
    except OSError as reason:
        raise AishareError("git-missing", f"git cannot be run: {reason.strerror}.", INSTALL) from None
    except subprocess.TimeoutExpired:
        raise NoShareError("broken-repository", f"git did not answer within {_PATIENCE} s.", FSCK) from None
    if process.returncode < 0:  # killed: it never said no
        raise NoShareError("broken-repository", f"git was ended by signal {-process.returncode}.", FSCK)
    return subprocess.CompletedProcess(command, process.returncode, out, errors)


def discover(path: str, *question: str, known: bool = False) -> subprocess.CompletedProcess[bytes]:
    """`git rev-parse QUESTION` from `path`: discovery by git itself, so that its settings on whom to trust hold.

    `known`: `path` is a git directory that was so found, and nothing is discovered again.
    """
    options = [o for setting in _SETTINGS if not setting.startswith("core.bare") for o in ("-c", setting)]
    where = ("--git-dir", path) if known else ("-C", path)
    command = [executable(), "--no-pager", "--no-optional-locks", *options, *where, "rev-parse"]
    return _run([*command, "--path-format=absolute", *question])


def alone(
    *arguments: str, extra: Mapping[str, str | None], kept_open: Sequence[int] = ()
) -> subprocess.CompletedProcess[bytes]:
    """Run git with the user's own settings, as long as it takes: for a mirror of what the user names alone.

    `kept_open`: file descriptors that git inherits.
    """
    return _run([executable(), *arguments], extra=extra, patience=None, kept_open=kept_open)


def make_repository(folder: str, stream: Generator[bytes | int, str, None]) -> None:
    """A new repository with a checked-out branch `main`, from a fast-import stream.

    The stream yields bytes, or the mark of a commit it has made, for which it is sent that commit's id.
    Raises `AishareError("output-unwritable")` with git's reason where it cannot be made.
    """
    _write(folder, "init", "--quiet", "--template=", "--initial-branch=main", "--", folder)
    command = [executable(), "-C", folder, "fast-import", "--quiet"]
    with tempfile.TemporaryFile() as errors:
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": errors}
        with subprocess.Popen(command, **pipes, cwd=os.sep, env=environment(_NOBODYS)) as process:
            with suppress(BrokenPipeError):  # git's own reason follows
                _converse(process, stream)
            code = process.wait()
        errors.seek(0)
        if code:
            raise _unwritable(folder, errors.read())
    _write(folder, "-C", folder, "reset", "--hard", "--quiet", "main")


def _converse(process: subprocess.Popen[bytes], stream: Generator[bytes | int, str, None]) -> None:
    assert process.stdin and process.stdout  # noqa: S101, PT018 - both are pipes
    with process.stdin as told:
        said = next(stream, None)
        while said is not None:
            answer = ""
            if isinstance(said, int):
                told.write(b"get-mark :%d\n" % said)
                told.flush()
                answer = process.stdout.readline().decode("ascii").strip()
            else:
                told.write(said)
            try:
                said = stream.send(answer)
            except StopIteration:
                said = None


def _write(folder: str, *arguments: str) -> None:
    done = _run([executable(), *arguments], extra=_NOBODYS)
    if done.returncode:
        raise _unwritable(folder, done.stderr)


def _unwritable(folder: str, errors: bytes) -> AishareError:
    return AishareError(
        "output-unwritable", f"git cannot write {plain(folder)}: {last_line(errors)}", "Name another folder."
    )


class Git:
    """git bound to one repository's objects, behind an empty git directory of our own.

    The repository's configuration, hooks, info/attributes, grafts and replace refs are not overridden but never
    read: git sees an empty bare repository whose object directory is the real one. Revisions are full ids.
    """

    def __init__(self, objects: str, object_format: str) -> None:
        """`objects` is the absolute object directory, `object_format` sha1 or sha256."""
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

    def with_empty(self, missing: Collection[bytes]) -> Git:
        """The same repository with an empty blob in the place of each missing one; the original is not written.

        Replace refs of our own git directory do it, over an object directory of our own that borrows the real one.
        """
        shadow = Git(self._objects, self._format)
        empty = hashlib.new(self._format, b"blob 0\0").hexdigest()
        for folder in ("objects/info", f"objects/{empty[:2]}"):
            os.mkdir(os.path.join(shadow._folder, folder))
        quoted = re.sub(r'["\\]', r"\\\g<0>", self._objects).replace("\n", "\\n")
        shadow._write("objects/info/alternates", f'"{quoted}"\n')
        with open(os.path.join(shadow._folder, "objects", empty[:2], empty[2:]), "wb") as file:
            file.write(zlib.compress(b"blob 0\0"))
        lines = sorted(f"{empty} refs/replace/{blob.decode('ascii')}\n" for blob in missing if blob != empty.encode())
        shadow._write("packed-refs", "".join(lines))
        shadow._environment = {"GIT_DIR": shadow._folder, "GIT_NO_REPLACE_OBJECTS": None}
        return shadow

    def command(self, *arguments: str, settings: Sequence[str] = ()) -> list[str]:
        """The one place where a git command line is made."""
        options = [option for setting in (*_SETTINGS, *settings) for option in ("-c", setting)]
        return [self._git, "--no-pager", "--no-optional-locks", *options, *arguments]

    def ask(self, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None) -> bytes | None:
        """Output of a short command, or None where git says no."""
        done = _run(self.command(*arguments), stdin=stdin, extra=self._environment | dict(extra or {}))
        return done.stdout if done.returncode == 0 else None

    def objects(self) -> int:
        """About how many objects there are, borrowed ones left out; 0 where git does not say."""
        said = self.ask("count-objects", "-v") or b""
        return sum(int(n) for n in re.findall(rb"^(?:count|in-pack): (\d+)$", said, re.MULTILINE))

    def stream(self, *arguments: str, settings: Sequence[str] = ()) -> Iterator[bytes]:
        """NUL-separated tokens of a long output, as they come; raises as `pipe`, before a token that was cut off."""
        with self.pipe(*arguments, settings=settings) as output:
            last = yield from _tokens(output)
        if last:
            yield last

    def entries(self, tree: str, *options: str) -> Iterator[bytes]:
        """Entries of a tree and of all below it, as `ls-tree -z` writes them; raises as `pipe`.

        Raises `NoShareError("broken-repository")` where they are too many to be files that somebody wrote.
        """
        for number, entry in enumerate(self.stream("ls-tree", "-r", "-z", *options, "--full-tree", tree)):
            if number == _MOST_FILES:
                raise NoShareError("broken-repository", f"A tree holds more than {_MOST_FILES:,} files.", FSCK)
            yield entry

    @property
    def promised(self) -> bool:
        """Whether a partial clone made one of the packs: what it names and lacks is promised, not broken."""
        return any(Path(self._objects, "pack").glob("*.promisor"))

    @contextmanager
    def pipe(self, *arguments: str, settings: Sequence[str] = (), told: bytes = b"") -> Iterator[IO[bytes]]:
        """A long output as a binary pipe, which must be read to its end. `told`: what git reads.

        Raises `NoShareError("broken-repository")` with git's last word when git fails: a half-read
        history is never returned as if it were whole.
        """
        with tempfile.TemporaryFile() as errors:
            command = self.command(*arguments, settings=settings)
            pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": errors}
            with _started(command, pipes, self._environment) as process:
                assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes
                _widen(process.stdout)
                try:
                    # One that died has its last word below; the others read all of it before they answer.
                    with suppress(BrokenPipeError), process.stdin as stdin:
                        stdin.write(told)
                    yield process.stdout
                    code = process.wait()
                except Exception:
                    # What the reader stumbled over may be the end of a git that died: then that is the reason.
                    with suppress(subprocess.TimeoutExpired):
                        if process.wait(timeout=1):
                            raise broken(errors) from None
                    raise
                finally:
                    process.kill()  # nothing is left running when the reader stops early
            if code:
                raise broken(errors)

    @contextmanager
    def dialogue(self, *arguments: str) -> Iterator[Dialogue]:
        """A git command that answers question by question: begun at the first one, ended with the block."""
        with tempfile.TemporaryFile() as errors, ExitStack() as stack:

            def begin() -> tuple[IO[bytes], IO[bytes]]:
                pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": errors}
                process = _started(self.command(*arguments, settings=_ANSWERING), pipes, self._environment)
                stack.enter_context(process)
                stack.callback(process.kill)
                assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes
                return process.stdin, process.stdout

            yield Dialogue(begin, errors)

    @contextmanager
    def index_of(self, revision: str) -> Iterator[dict[str, str] | None]:
        """Environment with a throw-away index of `revision`, for check-attr; None where git cannot make one."""
        with tempfile.TemporaryDirectory(prefix="aishare-") as folder:
            extra = {"GIT_INDEX_FILE": os.path.join(folder, "index")}
            yield None if self.ask("read-tree", revision, extra=extra) is None else extra


def _widen(pipe: IO[bytes]) -> None:
    """Let git write ahead while the reader is busy: the default 64 KiB are two milliseconds of its output."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


def _tokens(pipe: IO[bytes], size: int = 1 << 20) -> Generator[bytes, None, bytes]:
    """Tokens that end with NUL; what follows the last NUL is returned."""
    rest: list[bytes] = []
    while chunk := pipe.read(size):
        head, *tail = chunk.split(b"\0")
        rest.append(head)
        if tail:
            yield b"".join(rest)
            yield from tail[:-1]
            rest = [tail[-1]]
    return b"".join(rest)
