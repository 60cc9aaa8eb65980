"""The only module that runs git. Every call goes through `Git.command`, which trusts no setting.

The analysed repository is input from a stranger: its configuration and attributes must not run
anything, and nothing in it is written. What is neutralised and why: docs/adr/0002.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from analyzer.errors import AishareError, NoShareError
from analyzer.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

OLDEST = (2, 31)
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

_SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.bare=true",  # no work tree: a dirty file, its .mailmap or .gitattributes, never changes a result
    "core.quotePath=false",
    f"attr.tree={EMPTY_TREE}",  # git ≥ 2.43 reads attributes from HEAD in bare repositories; 2.31 does not
    "log.showSignature=false",  # gpg.program is a command
    "log.showRoot=true",
    "diff.suppressBlankEmpty=false",
    "protocol.allow=never",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
)

# Every option that a user's diff.* settings could move, said explicitly.
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
    "--find-renames=50%",
    "-l1000",
    "-O/dev/null",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--no-abbrev",
)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment git runs in: nobody's GIT_* variables, C locale, no prompts, no network, no replace refs."""
    base = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    base |= {
        "LC_ALL": "C",
        "LANGUAGE": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_GRAFT_FILE": os.devnull,
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_ATTR_NOSYSTEM": "1",
    }
    return base | dict(extra or {})


def executable() -> str:
    """Path of git; raises `AishareError("git-missing")`."""
    found = shutil.which("git")
    if found is None:
        raise AishareError("git-missing", "git is not installed, or not on PATH.", "Install git 2.31 or newer.")
    return found


def version() -> str:
    """Version of git ("2.39.5"); raises `AishareError` where git is missing, broken or older than 2.31."""
    said = _run([executable(), "--version"]).stdout.decode("ascii", "replace")
    match = re.search(r"(\d+)\.(\d+)[\d.]*", said)
    if match is None:
        raise AishareError("git-missing", "git does not say its version.", "Install git 2.31 or newer.")
    if (int(match[1]), int(match[2])) < OLDEST:
        raise AishareError("git-too-old", f"git {match[0]} is older than 2.31.", "Install a newer git.")
    return match[0].rstrip(".")


def _run(
    command: Sequence[str], *, stdin: bytes = b"", extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, input=stdin, capture_output=True, check=False, cwd=os.sep, env=environment(extra))


def discover(path: str) -> subprocess.CompletedProcess[bytes]:
    """Discovery by git itself from `path`, so that safe.directory is honoured.

    Prints the git directory, then the path from the work tree's top down to `path`.
    """
    options = [o for setting in _SETTINGS if not setting.startswith("core.bare") for o in ("-c", setting)]
    asked = ["rev-parse", "--absolute-git-dir", "--show-prefix"]
    return _run([executable(), "--no-pager", "--no-optional-locks", *options, "-C", path, *asked])


class Git:
    """git bound to one repository's directory; knows nothing of what its output means."""

    def __init__(self, git_dir: str) -> None:
        """`git_dir` is absolute, as `discover` printed it."""
        self.git_dir = git_dir
        self._git = executable()

    def command(self, *arguments: str, settings: Sequence[str] = ()) -> list[str]:
        """The one place where a git command line is made."""
        options = [option for setting in (*_SETTINGS, *settings) for option in ("-c", setting)]
        return [self._git, "--no-pager", "--no-optional-locks", *options, f"--git-dir={self.git_dir}", *arguments]

    def ask(self, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None) -> bytes | None:
        """Output of a short command, or None where git says no."""
        done = _run(self.command(*arguments), stdin=stdin, extra=extra)
        return done.stdout if done.returncode == 0 else None

    def stream(self, *arguments: str, settings: Sequence[str] = ()) -> Iterator[bytes]:
        """NUL-separated tokens of a long output, as they come.

        Raises `NoShareError("broken-repository")` with git's last word when git fails: a half-read
        history is never returned as if it were whole.
        """
        with tempfile.TemporaryFile() as errors:
            command = self.command(*arguments, settings=settings)
            pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": errors}
            with subprocess.Popen(command, **pipes, cwd=os.sep, env=environment()) as process:
                try:
                    yield from _tokens(process.stdout)
                    code = process.wait()
                finally:
                    process.kill()  # nothing is left running when the reader stops early
            if code:
                errors.seek(0)
                why = _last_line(errors.read())
                raise NoShareError(
                    "broken-repository", f"git could not read the history: {why}", "Run git fsck, or clone afresh."
                )

    @contextmanager
    def index_of(self, revision: str) -> Iterator[dict[str, str]]:
        """Environment with a throw-away index of `revision`, for check-attr; the repository's own is untouched."""
        with tempfile.TemporaryDirectory(prefix="aishare-") as folder:
            extra = {"GIT_INDEX_FILE": os.path.join(folder, "index")}
            self.ask("read-tree", revision, extra=extra)
            yield extra


def _tokens(pipe: IO[bytes] | None, size: int = 1 << 20) -> Iterator[bytes]:
    assert pipe is not None  # noqa: S101 - every stream has stdout=PIPE
    rest: list[bytes] = []
    while chunk := pipe.read(size):
        head, *tail = chunk.split(b"\0")
        rest.append(head)
        if tail:
            yield b"".join(rest)
            yield from tail[:-1]
            rest = [tail[-1]]
    if last := b"".join(rest):
        yield last


def _last_line(errors: bytes) -> str:
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return plain(lines[-1]) if lines else "no reason given"
