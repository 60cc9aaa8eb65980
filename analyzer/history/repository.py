"""Opens a repository and says what it is: GitPython reads refs and configuration, git resolves revisions."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.errors import AishareError, NoShareError
from analyzer.history.git import Git, discover, version
from analyzer.text import plain

if TYPE_CHECKING:
    from git import Repo

_URL = re.compile(r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository opened at one commit; `inside` = the path given was a folder below its top."""

    git: Git
    inside: bool
    name: str
    head: str
    branch: str | None
    partial: bool
    has_ai_notes: bool
    git_version: str


def open_repository(path: str, rev: str = "HEAD") -> Repository:
    """Open the repository that holds `path` at `rev`; refuses early, each time with the fix.

    Raises `NoShareError` (URL, no repository, shallow, empty, unborn, unknown revision) and
    `AishareError` where git itself is missing.
    """
    git_version = version()
    git_dir, prefix = _discovered(path)
    git = Git(git_dir)
    refs = _refs(git.git_dir)
    head = _resolve(git, rev, refs)
    if git.ask("rev-parse", "--is-shallow-repository") == b"true\n":
        raise NoShareError(
            "shallow-clone",
            "The clone is shallow: its oldest commits look as if they had written everything.",
            f"git -C {_shown(path)} fetch --unshallow   (in a CI checkout: fetch-depth: 0)",
        )
    return Repository(
        git=git,
        inside=bool(prefix),
        name=refs.name,
        head=head,
        branch=refs.branch if rev == "HEAD" else None,
        partial=refs.partial,
        has_ai_notes=refs.has_ai_notes,
        git_version=git_version,
    )


@dataclass(frozen=True, slots=True)
class _Refs:
    name: str
    branch: str | None
    branches: tuple[str, ...]
    partial: bool
    has_ai_notes: bool


def _discovered(path: str) -> tuple[str, str]:
    """The git directory, and the path from the work tree's top down to `path`."""
    if _URL.match(path) and not Path(path).exists():
        raise NoShareError(
            "url-given",
            f"{plain(path)} is a URL; nothing is fetched on your behalf.",
            f"git clone {_shown(path)}, then pass the folder",
        )
    folder = Path(path)
    if not folder.exists():
        raise NoShareError("path-not-found", f"{plain(path)} does not exist.", "Check the spelling.")
    start = folder if folder.is_dir() else folder.parent
    if not os.access(start, os.R_OK | os.X_OK):
        raise NoShareError("path-unreadable", f"{plain(path)} cannot be read.", "Check its permissions.")
    found = discover(str(start.absolute()))
    if found.returncode == 0:
        git_dir, prefix, *_ = [*os.fsdecode(found.stdout).split("\n"), ""]
        return git_dir, prefix
    said = found.stderr.decode("utf-8", "replace")
    if "dubious ownership" in said or "safe.directory" in said:
        raise NoShareError(
            "dubious-ownership",
            f"git refuses {plain(path)}: somebody else owns it.",
            f"git config --global --add safe.directory {_shown(str(start.absolute()))}   (if you trust the owner)",
        )
    if "Permission denied" in said:
        raise NoShareError("path-unreadable", f"{plain(path)} cannot be read.", "Check its permissions.")
    raise NoShareError("not-a-repository", f"{plain(path)} is not in a git repository.", "Pass the path of a clone.")


def _shown(path: str) -> str:
    text = plain(path)
    return text if re.fullmatch(r"[\w./:@+-]+", text) else "'" + text.replace("'", "'\\''") + "'"


def _folder(git_dir: str) -> str:
    folder = Path(git_dir)
    return plain((folder.parent if folder.name == ".git" else folder).name.removesuffix(".git"))


def _refs(git_dir: str) -> _Refs:
    """What GitPython reads from the refs and the configuration, without running anything."""
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    from git import Repo
    from git.exc import GitError

    try:
        with Repo(git_dir, expand_vars=False) as repo:
            paths = [reference.path for reference in repo.references]
            return _Refs(
                name=_name(repo) or _folder(git_dir),
                branch=None if repo.head.is_detached else repo.head.reference.path.removeprefix("refs/heads/"),
                branches=tuple(
                    p.removeprefix("refs/") for p in paths if p.startswith(("refs/heads/", "refs/remotes/"))
                ),
                partial=_partial(repo),
                has_ai_notes="refs/notes/ai" in paths,
            )
    except PermissionError:
        raise NoShareError(
            "path-unreadable", "The repository's files cannot be read.", "Check their permissions."
        ) from None
    except (GitError, ValueError, OSError, TypeError) as reason:
        raise AishareError(
            "broken-repository",
            f"The repository cannot be opened: {plain(str(reason))}",
            "Run git fsck, or clone afresh.",
        ) from reason


def _name(repo: Repo) -> str | None:
    """Last part of origin's URL: the same on every machine, unlike the folder's name."""
    reader = repo.config_reader("repository")
    url = reader.get_value('remote "origin"', "url", default="")
    last = re.split(r"[/:\\]", str(url).rstrip("/"))[-1].removesuffix(".git")
    return plain(last) or None


def _partial(repo: Repo) -> bool:
    reader = repo.config_reader("repository")
    if reader.has_option("extensions", "partialclone"):
        return True
    return any(
        section.startswith("remote ") and reader.has_option(section, "promisor") for section in reader.sections()
    )


def _resolve(git: Git, rev: str, refs: _Refs) -> str:
    found = git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")
    if found is not None:
        return found.decode("ascii").strip()
    if rev != "HEAD":
        raise NoShareError(
            "unknown-revision", f"{plain(rev)} is no commit of this repository.", "Name a branch, a tag or a commit id."
        )
    if not refs.branches:
        raise NoShareError("empty-repository", "The repository has no commits.", "Analyse it after the first commit.")
    first = plain(refs.branches[0].removeprefix("heads/"))
    raise NoShareError(
        "unborn-branch", "HEAD points at a branch that has no commits.", f"Name one that has: --rev {first}"
    )
