"""Opens a repository and says what it is: GitPython reads refs and configuration, git resolves revisions."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.core.sanitize import plain
from analyzer.errors import NoShareError
from analyzer.history.batch import FSCK, LARGEST_TEXT, last_line
from analyzer.history.git import Git, discover, version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git import Repo

# What stands before the path in a URL, or in its scp form: hosts and credentials, none of which is a name.
_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*://[^/]*|(?:[^/]*@)?[^/:]*:(?!//))", re.IGNORECASE)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:", re.IGNORECASE)


# Line-level stores that are detected and not read: ref → what keeps it.
_STORES = {
    "refs/notes/whogitit": "whogitit",
    "refs/notes/ai-blame": "whogitit",
    "refs/notes/agentblame": "agentblame",
}


# Entire's branch, ours or as a clone has it.
_CHECKPOINTS = ("refs/heads/entire/checkpoints/v1", "refs/remotes/origin/entire/checkpoints/v1")


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository opened at one commit; `inside` = the path given was a folder below its top.

    `ai_notes`: tree of `refs/notes/ai`. `checkpoints`: tree of Entire's branch.
    `other_stores`: names of line-level stores that nothing here reads. `tags`: names and what they point at.
    """

    git: Git
    inside: bool
    name: str
    head: str
    branch: str | None
    partial: bool
    ai_notes: str | None
    checkpoints: str | None
    other_stores: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    git_version: str

    def committed(self, name: str) -> bytes | None:
        """Contents of a plain file at the top of the analysed commit; a link, a folder or 16 MiB are none."""
        entry = self.git.ask("ls-tree", "-z", "-l", "--full-tree", self.head, "--", name)
        size = re.match(rb"100\d+ blob [0-9a-f]+ +(\d+)\t", entry or b"")
        if size is None or int(size[1]) > LARGEST_TEXT:
            return None
        return self.git.ask("cat-file", "blob", f"{self.head}:{name}")


def open_repository(path: str, rev: str = "HEAD") -> Repository:
    """Open the repository that holds `path` at `rev`; refuses early, each time with the fix.

    Raises `NoShareError` (URL, no repository, shallow, empty, unborn, unknown revision) and
    `AishareError` where git itself is missing.
    """
    git_version = version()
    start = _start(path)
    git_dir = _discovered(path, start)
    facts = _facts(git_dir)
    head = _resolve(git_dir, rev)
    if _asked(git_dir, "--is-shallow-repository") == "true":
        raise NoShareError(
            "shallow-clone",
            "The clone is shallow: its oldest commits look as if they had written everything.",
            f"git -C {_shown(path)} fetch --unshallow   (in a CI checkout: fetch-depth: 0)",
        )
    git = Git(_asked(git_dir, "--git-path", "objects") or "", _asked(git_dir, "--show-object-format") or "sha1")
    return Repository(
        git=git,
        inside=discover(start, "--show-prefix").stdout not in {b"", b"\n"},
        name=facts.name,
        head=head,
        branch=facts.branch if rev == "HEAD" else None,
        partial=facts.partial or git.promised,
        ai_notes=_tree(git_dir, "refs/notes/ai"),
        checkpoints=next(filter(None, (_tree(git_dir, ref) for ref in _CHECKPOINTS)), None),
        other_stores=facts.other_stores,
        tags=_tags(git_dir),
        git_version=git_version,
    )


def commit_of(path: str, rev: str) -> str:
    """Id of the commit that `rev` names in the repository that holds `path`; raises as `open_repository`."""
    return _resolve(_discovered(path, _start(path)), rev)


def parents_of(repository: Repository, commit: str | None) -> list[str]:
    """Parents of a full commit id; none for one that is not here."""
    said = None if commit is None else repository.git.ask("rev-list", "--no-walk", "--parents", commit)
    return (said or b"").decode("ascii").split()[1:]


@dataclass(frozen=True, slots=True)
class _Facts:
    name: str
    branch: str | None
    partial: bool
    other_stores: tuple[str, ...]


def _start(path: str) -> str:
    """The folder where discovery begins."""
    try:
        folder = Path(path)
        exists = folder.exists()
        start = folder if folder.is_dir() else folder.parent
        readable = os.access(start, os.R_OK | os.X_OK)
    except (OSError, ValueError) as reason:
        why = getattr(reason, "strerror", None) or str(reason)
        raise NoShareError("path-unreadable", f"{plain(path)}: {why}.", "Check the path.") from None
    if not exists and _URL.match(path):
        raise NoShareError(
            "url-given",
            f"{plain(path)} is a URL; nothing is fetched on your behalf.",
            f"git clone {_shown(path)}, then pass the folder",
        )
    if not exists:
        raise NoShareError("path-not-found", f"{plain(path)} does not exist.", "Check the spelling.")
    if not readable:
        raise NoShareError("path-unreadable", f"{plain(path)} cannot be read.", "Check its permissions.")
    return str(start.absolute())


def _discovered(path: str, start: str) -> str:
    """The git directory that git finds from `start`."""
    found = discover(start, "--absolute-git-dir")
    if found.returncode == 0:
        return os.fsdecode(found.stdout.removesuffix(b"\n"))
    said = found.stderr.decode("utf-8", "replace")
    if "dubious ownership" in said or "safe.directory" in said:
        raise NoShareError(
            "dubious-ownership",
            f"git refuses {plain(path)}: somebody else owns it.",
            f"git config --global --add safe.directory {_shown(start)}   (if you trust the owner)",
        )
    if "safe.bareRepository" in said:
        raise NoShareError(
            "dubious-ownership",
            f"git refuses {plain(path)}: it is bare, and your setting safe.bareRepository is explicit.",
            f"git clone {_shown(path)}, then pass the clone   (if you trust it)",
        )
    if "not a git repository" in said and not os.path.lexists(os.path.join(start, ".git")):
        raise NoShareError(
            "not-a-repository", f"{plain(path)} is not in a git repository.", "Pass the path of a clone."
        )
    raise NoShareError(
        "broken-repository",
        f"git cannot open {plain(path)}: {last_line(found.stderr)}",
        FSCK,
    )


def _asked(git_dir: str, *question: str) -> str | None:
    """One answer of `git rev-parse`, or None where git says no; a path may hold any byte but its last newline."""
    said = discover(git_dir, *question, known=True)
    return os.fsdecode(said.stdout.removesuffix(b"\n")) if said.returncode == 0 else None


def _tree(git_dir: str, ref: str) -> str | None:
    return _asked(git_dir, "--verify", "--quiet", f"{ref}^{{tree}}")


def _tags(git_dir: str) -> tuple[tuple[str, str], ...]:
    """Short names and object ids of all tags, in git's order."""
    names, ids = ((_asked(git_dir, *how, "--tags") or "").split("\n") for how in (("--symbolic",), ()))
    return tuple(zip(names, ids, strict=True)) if names != [""] and len(names) == len(ids) else ()


def _shown(path: str) -> str:
    text = plain(path)
    return text if re.fullmatch(r"[\w./:@+-]+", text) else "'" + text.replace("'", "'\\''") + "'"


def _folder(git_dir: str) -> str:
    folder = Path(git_dir)
    return plain((folder.parent if folder.name == ".git" else folder).name.removesuffix(".git"))


def _facts(git_dir: str) -> _Facts:
    """What GitPython reads from the refs and the configuration, without running anything.

    Where it cannot (a branch name that is no UTF-8, a ref store it does not know), git has already opened the
    repository, so these facts are left at their defaults.
    """
    with _without_git_variables():
        try:
            from git import Repo

            with Repo(git_dir, expand_vars=False) as repo:
                paths = _paths(repo)
                return _Facts(
                    name=_name(repo) or _folder(git_dir),
                    branch=None if repo.head.is_detached else repo.head.reference.path.removeprefix("refs/heads/"),
                    partial=_partial(repo),
                    other_stores=tuple(name for ref, name in _STORES.items() if ref in paths),
                )
        except PermissionError:
            raise NoShareError(
                "path-unreadable", "The repository's files cannot be read.", "Check their permissions."
            ) from None
        except Exception:  # noqa: BLE001 - GitPython raises what its parsers raise
            return _Facts(_folder(git_dir), None, partial=False, other_stores=())


def _paths(repo: Repo) -> set[str]:
    """Refs as they are called here and, for branches of a clone, as origin calls them."""
    paths = {reference.path for reference in repo.references}
    return paths | {path.replace("refs/remotes/origin/", "refs/heads/", 1) for path in paths}


@contextmanager
def _without_git_variables() -> Iterator[None]:
    """GitPython reads GIT_* from the environment; a stranger's shell must not redirect it."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("GIT_")}
    os.environ["GIT_PYTHON_REFRESH"] = "quiet"
    try:
        yield
    finally:
        del os.environ["GIT_PYTHON_REFRESH"]
        os.environ.update(kept)


def _name(repo: Repo) -> str | None:
    """Last part of origin's URL: the same on every machine, unlike the folder's name."""
    reader = repo.config_reader("repository")
    url = str(reader.get_value('remote "origin"', "url", default=""))
    path = _HOST.sub("", url).split("?")[0]
    return plain(re.split(r"[/\\]", path.rstrip("/"))[-1].removesuffix(".git").removesuffix(".bundle")) or None


def _partial(repo: Repo) -> bool:
    reader = repo.config_reader("repository")
    if reader.has_option("extensions", "partialclone"):
        return True
    return any(
        section.startswith("remote ") and reader.has_option(section, "promisor") for section in reader.sections()
    )


def _resolve(git_dir: str, rev: str) -> str:
    found = _asked(git_dir, "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")
    if found is not None and re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", found):
        return found
    if rev != "HEAD":
        raise NoShareError(
            "unknown-revision", f"{plain(rev)} is no commit of this repository.", "Name a branch, a tag or a commit id."
        )
    if _asked(git_dir, "--verify", "--quiet", "HEAD") is not None:
        raise NoShareError("broken-repository", "The commit that HEAD names is missing.", FSCK)
    asked = discover(git_dir, "--symbolic-full-name", "--branches", "--remotes", known=True)
    if asked.returncode:
        raise NoShareError("broken-repository", f"git cannot read the refs: {last_line(asked.stderr)}", FSCK)
    others = os.fsdecode(asked.stdout)
    if not others:
        raise NoShareError("empty-repository", "The repository has no commits.", "Analyse it after the first commit.")
    first = plain(others.split("\n")[0]).removeprefix("refs/heads/").removeprefix("refs/remotes/")
    raise NoShareError(
        "unborn-branch", "HEAD points at a branch that has no commits.", f"Name one that has: --rev {first}"
    )
