"""Open a repository: git finds it and resolves revisions, GitPython reads its refs and configuration."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.core.sanitize import plain
from analyzer.errors import NoShareError, UsageError
from analyzer.history.batch import FSCK_HINT, MAX_TEXT_BYTES, last_error_line
from analyzer.history.git import Git, executable, rev_parse, version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git import Repo

# Everything before the path in a URL or its scp form: hosts and credentials, which must not become a name.
_URL_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*://[^/]*|(?:[^/]*@)?[^/:]*:(?!//))", re.IGNORECASE)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:", re.IGNORECASE)


# Line-level stores that we detect but cannot read: ref → tool that writes it.
_UNREAD_STORES = {"refs/notes/refs/ai/authorship": "GitIntel"}
# Notes of line-level stores, besides git-ai's.
_RECORD_NOTES = ("refs/notes/exceeds-ink", "refs/notes/whogitit", "refs/notes/ai-blame", "refs/notes/agentblame")
# Folders of refs in which a line-level store keeps one ref per commit or per checkpoint.
_RECORD_REFS = ("refs/ai/authorship/", "refs/entire/checkpoints/")

# Entire's branch, local or as a clone has it.
_CHECKPOINT_BRANCHES = ("refs/heads/entire/checkpoints/v1", "refs/remotes/origin/entire/checkpoints/v1")


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository opened at one commit.

    Attributes
    ----------
    is_subfolder : the given path is a folder below the repository's top.
    name : last part of origin's URL, or the folder's name.
    head : full id of the analysed commit.
    branch : the checked-out branch; None if HEAD is detached or another revision was named.
    partial : a partial clone, which lacks some objects.
    ai_notes : tree of `refs/notes/ai`.
    checkpoints : tree of Entire's branch.
    record_notes : (ref, tree) of the notes of other line-level stores.
    record_refs : (ref, object id) of line-level stores that keep many refs.
    other_stores : names of line-level stores that we cannot read.
    tags : (name, object id) of each tag.
    settings_commit : full id of the commit whose own settings apply: its configuration file, .gitattributes, .mailmap
        and .git-blame-ignore-revs; None if none apply.
    """

    git: Git
    is_subfolder: bool
    name: str
    head: str
    branch: str | None
    partial: bool
    ai_notes: str | None
    checkpoints: str | None
    record_notes: tuple[tuple[str, str], ...]
    record_refs: tuple[tuple[str, str], ...]
    other_stores: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    git_version: str
    settings_commit: str | None

    def record_tree(self, ref: str) -> str | None:
        """Return the tree of one of the refs in `record_notes`; None if this clone lacks it."""
        return dict(self.record_notes).get(ref)

    def record_ids(self, folder: str) -> dict[str, str]:
        """Return the refs of `record_refs` below a folder of refs, named from there, each with its object id."""
        return {ref.removeprefix(folder): id_ for ref, id_ in self.record_refs if ref.startswith(folder)}

    def read_file(self, commit: str, name: str) -> bytes | None:
        """Return a top-level file of a commit; None if it is not a plain file or exceeds 16 MiB."""
        blob = self._file_id(commit, name)
        return None if blob is None else self.git.run("cat-file", "blob", blob)

    def read_file_at_head(self, name: str) -> bytes | None:
        """Return a top-level file of the analysed commit; None as for `read_file`."""
        return self.read_file(self.head, name)

    def read_settings_file(self, name: str) -> bytes | None:
        """Return a top-level file of the commit whose settings apply; None as for `read_file`."""
        return None if self.settings_commit is None else self.read_file(self.settings_commit, name)

    def file_id_at_head(self, name: str) -> str | None:
        """Return the blob id of a top-level file of the analysed commit; None as for `read_file`."""
        return self._file_id(self.head, name)

    def _file_id(self, commit: str, name: str) -> str | None:
        entry = self.git.run("ls-tree", "-z", "-l", "--full-tree", commit, "--", name)
        blob = re.match(rb"100\d+ blob ([0-9a-f]+) +(\d+)\t", entry or b"")
        return None if blob is None or int(blob[2]) > MAX_TEXT_BYTES else blob[1].decode("ascii")


def open_repository(path: str, rev: str = "HEAD") -> Repository:
    """Open the repository that contains `path` at revision `rev`.

    Raises `NoShareError` (URL, not a repository, shallow, empty, unborn branch, unknown revision), each with its fix,
    and `AishareError` if git itself is missing.
    """
    git_version = version()
    start = _start_folder(path)
    git_dir = _find_git_dir(path, start)
    facts = _read_with_gitpython(git_dir)
    head = _resolve_commit(git_dir, rev)
    if _rev_parse(git_dir, "--is-shallow-repository") == "true":
        raise NoShareError(
            "shallow-clone",
            "The clone is shallow: its oldest commits look as if they had written everything.",
            f"git -C {_shell_quoted(path)} fetch --unshallow   (in a CI checkout: fetch-depth: 0)",
        )
    git = Git(_rev_parse(git_dir, "--git-path", "objects") or "", _rev_parse(git_dir, "--show-object-format") or "sha1")
    return Repository(
        git=git,
        is_subfolder=rev_parse(start, "--show-prefix").stdout not in {b"", b"\n"},
        name=facts.name,
        head=head,
        branch=facts.branch if rev == "HEAD" else None,
        partial=facts.partial or git.has_promisor_packs,
        ai_notes=_tree_id(git_dir, "refs/notes/ai"),
        checkpoints=next(filter(None, (_tree_id(git_dir, ref) for ref in _CHECKPOINT_BRANCHES)), None),
        record_notes=tuple((ref, tree) for ref in _RECORD_NOTES if (tree := _tree_id(git_dir, ref)) is not None),
        record_refs=_refs(git_dir, *(f"--glob={folder}*" for folder in _RECORD_REFS)),
        other_stores=tuple(name for ref, name in _UNREAD_STORES.items() if _has_ref(git_dir, ref)),
        tags=_refs(git_dir, "--tags"),
        git_version=git_version,
        settings_commit=head,
    )


def resolve_commit(path: str, rev: str) -> str:
    """Return the id of the commit that `rev` names in the repository at `path`; raises as `open_repository` does."""
    return _resolve_commit(_find_git_dir(path, _start_folder(path)), rev)


def parse_range(text: str) -> tuple[str, str]:
    """Return A and B of "A..B" (or "A...B"); an empty B is HEAD. Raises `UsageError("bad-range")`."""
    base, dots, head = text.partition("..")
    head = head.removeprefix(".")
    if not dots or not base:
        raise UsageError("bad-range", f"{plain(text, 80)} is no range.", "Write it as A..B, such as main..HEAD.")
    return base, head or "HEAD"


def commit_parents(repository: Repository, commit: str | None) -> list[str]:
    """Return the parents of a full commit id; empty if the clone lacks the commit."""
    stdout = None if commit is None else repository.git.run("rev-list", "--no-walk", "--parents", commit)
    return (stdout or b"").decode("ascii").split()[1:]


def count_commits(git: Git, head: str) -> int:
    """Return the number of commits reachable from `head`."""
    stdout = git.run("rev-list", "--count", "--end-of-options", head, "--")
    return int(stdout) if stdout else 0


@dataclass(frozen=True, slots=True)
class _RefsAndConfig:
    name: str
    branch: str | None
    partial: bool


def _start_folder(path: str) -> str:
    """Return the folder in which the search for the repository starts."""
    try:
        folder = Path(path)
        exists = folder.exists()
        start = folder if folder.is_dir() else folder.parent
        readable = os.access(start, os.R_OK | os.X_OK)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NoShareError("path-unreadable", f"{plain(path)}: {reason}.", "Check the path.") from None
    if not exists and _URL.match(path):
        raise NoShareError(
            "url-given",
            f"{plain(path)} is a URL; nothing is fetched on your behalf.",
            f"git clone {_shell_quoted(path)}, then pass the folder",
        )
    if not exists:
        raise NoShareError("path-not-found", f"{plain(path)} does not exist.", "Check the spelling.")
    if not readable:
        raise NoShareError("path-unreadable", f"{plain(path)} cannot be read.", "Check its permissions.")
    return str(start.absolute())


def _find_git_dir(path: str, start: str) -> str:
    """Return the git directory that git finds from `start`."""
    process = rev_parse(start, "--absolute-git-dir")
    if process.returncode == 0:
        return os.fsdecode(process.stdout.removesuffix(b"\n"))
    stderr = process.stderr.decode("utf-8", "replace")
    if "dubious ownership" in stderr or "safe.directory" in stderr:
        raise NoShareError(
            "dubious-ownership",
            f"git refuses {plain(path)}: somebody else owns it.",
            f"git config --global --add safe.directory {_shell_quoted(start)}   (if you trust the owner)",
        )
    if "safe.bareRepository" in stderr:
        raise NoShareError(
            "dubious-ownership",
            f"git refuses {plain(path)}: it is bare, and your setting safe.bareRepository is explicit.",
            f"git clone {_shell_quoted(path)}, then pass the clone   (if you trust it)",
        )
    if "not a git repository" in stderr and not os.path.lexists(os.path.join(start, ".git")):
        raise NoShareError(
            "not-a-repository", f"{plain(path)} is not in a git repository.", "Pass the path of a clone."
        )
    raise NoShareError(
        "broken-repository",
        f"git cannot open {plain(path)}: {last_error_line(process.stderr)}",
        FSCK_HINT,
    )


def _rev_parse(git_dir: str, *arguments: str) -> str | None:
    """Return one answer of `git rev-parse`, None if git fails; only the final newline is not part of the answer."""
    process = rev_parse(git_dir, *arguments, is_git_dir=True)
    return os.fsdecode(process.stdout.removesuffix(b"\n")) if process.returncode == 0 else None


def _tree_id(git_dir: str, ref: str) -> str | None:
    return _rev_parse(git_dir, "--verify", "--quiet", f"{ref}^{{tree}}")


def _has_ref(git_dir: str, ref: str) -> bool:
    return _rev_parse(git_dir, "--verify", "--quiet", ref) is not None


def _refs(git_dir: str, *selection: str) -> tuple[tuple[str, str], ...]:
    """Return (name, object id) of the refs that options of rev-parse select, in git's order; tags by short name."""
    names, ids = ((_rev_parse(git_dir, *options, *selection) or "").split("\n") for options in (("--symbolic",), ()))
    return tuple(zip(names, ids, strict=True)) if names != [""] and len(names) == len(ids) else ()


def _shell_quoted(path: str) -> str:
    text = plain(path)
    return text if re.fullmatch(r"[\w./:@+-]+", text) else "'" + text.replace("'", "'\\''") + "'"


def _folder_name(git_dir: str) -> str:
    folder = Path(git_dir)
    return plain((folder.parent if folder.name == ".git" else folder).name.removesuffix(".git"))


def _read_with_gitpython(git_dir: str) -> _RefsAndConfig:
    """Read refs and configuration with GitPython, which runs nothing for it.

    If GitPython fails (a branch name that is not UTF-8, an unknown ref store), we return defaults: git has already
    opened the repository.
    """
    with _without_git_variables():
        try:
            from git import Repo

            with Repo(git_dir, expand_vars=False) as repo:
                return _RefsAndConfig(
                    name=_name_from_origin(repo) or _folder_name(git_dir),
                    branch=None if repo.head.is_detached else repo.head.reference.path.removeprefix("refs/heads/"),
                    partial=_is_partial_clone(repo),
                )
        except PermissionError:
            raise NoShareError(
                "path-unreadable", "The repository's files cannot be read.", "Check their permissions."
            ) from None
        except Exception:  # noqa: BLE001 - GitPython raises what its parsers raise
            return _RefsAndConfig(_folder_name(git_dir), None, partial=False)


@contextmanager
def _without_git_variables() -> Iterator[None]:
    """Hide GIT_* variables from GitPython, so that the environment cannot redirect it to another repository.

    When it is imported, it runs `git version`: by the path given here, not by a search of its own.
    """
    saved = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("GIT_")}
    settings = {"GIT_PYTHON_REFRESH": "quiet", "GIT_PYTHON_GIT_EXECUTABLE": executable()}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name in settings:
            del os.environ[name]
        os.environ.update(saved)


def _name_from_origin(repo: Repo) -> str | None:
    """Return the last part of origin's URL, which is the same on every machine, unlike the folder's name."""
    reader = repo.config_reader("repository")
    url = str(reader.get_value('remote "origin"', "url", default=""))
    path = _URL_HOST.sub("", url).split("?")[0]
    return plain(re.split(r"[/\\]", path.rstrip("/"))[-1].removesuffix(".git").removesuffix(".bundle")) or None


def _is_partial_clone(repo: Repo) -> bool:
    reader = repo.config_reader("repository")
    if reader.has_option("extensions", "partialclone"):
        return True
    return any(
        section.startswith("remote ") and reader.has_option(section, "promisor") for section in reader.sections()
    )


def _resolve_commit(git_dir: str, rev: str) -> str:
    commit = _rev_parse(git_dir, "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")
    if commit is not None and re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", commit):
        return commit
    if rev != "HEAD":
        raise NoShareError(
            "unknown-revision", f"{plain(rev)} is no commit of this repository.", "Name a branch, a tag or a commit id."
        )
    if _rev_parse(git_dir, "--verify", "--quiet", "HEAD") is not None:
        raise NoShareError("broken-repository", "The commit that HEAD names is missing.", FSCK_HINT)
    refs = rev_parse(git_dir, "--symbolic-full-name", "--branches", "--remotes", is_git_dir=True)
    if refs.returncode:
        raise NoShareError("broken-repository", f"git cannot read the refs: {last_error_line(refs.stderr)}", FSCK_HINT)
    others = os.fsdecode(refs.stdout)
    if not others:
        raise NoShareError("empty-repository", "The repository has no commits.", "Analyse it after the first commit.")
    first = plain(others.split("\n")[0]).removeprefix("refs/heads/").removeprefix("refs/remotes/")
    raise NoShareError(
        "unborn-branch", "HEAD points at a branch that has no commits.", f"Name one that has: --rev {first}"
    )
