"""Checks of the set-up and of one clone; each states what it found, none changes anything."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import TYPE_CHECKING

from msgspec import Struct

from analyzer.config import file_settings
from analyzer.core.cachedir import default_folder, used
from analyzer.core.messages import MESSAGES
from analyzer.core.sanitize import plain
from analyzer.errors import AishareError
from analyzer.history import commits, git
from analyzer.history.repository import open_repository
from analyzer.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.history.repository import Repository


class Check(Struct, frozen=True):
    """One finding; `fix` is empty where nothing is wrong."""

    name: str
    ok: bool
    says: str
    slug: str
    fix: str


def checks(path: str) -> list[Check]:
    """All checks, in order; a repository that cannot be opened is a finding, not a failure."""
    found = [_fine("aishare", f"{VERSION} on Python {platform.python_version()}"), _packages()]
    try:
        found.append(_fine("git", git.version()))
        repository = open_repository(path)
    except AishareError as wrong:
        return [
            *found,
            _wrong("repository", wrong),
        ]
    return [*found, *_repository(repository)]


def _packages() -> Check:
    names = ("click", "gitpython", "jinja2", "msgspec", "pandas", "pyarrow", "rich")
    return _fine("packages", ", ".join(f"{name} {metadata.version(name)}" for name in names))


def _repository(repository: Repository) -> Iterator[Check]:
    total = commits.count(repository.git, repository.head)
    yield _fine("repository", f"{repository.name} at {repository.head[:12]}, {total} commits, full history")
    yield _look("contents", "promisor-clone") if repository.partial else _fine("contents", "complete clone")
    notes = "refs/notes/ai is here"
    yield _fine("notes", notes) if repository.ai_notes else _look("notes", "notes-not-fetched")
    for name in (".mailmap", ".gitattributes", ".git-blame-ignore-revs"):
        present = repository.git.ask("cat-file", "-e", f"{repository.head}:{name}") is not None
        yield _fine(name, "in the analysed commit" if present else "none")
    yield _configuration(repository)
    yield _store()


def _store() -> Check:
    folder = default_folder()
    if folder is None:
        return _fine("store", "none: no home folder; --cache-dir names one")
    size, snapshots = used(folder)
    return _fine("store", f"{plain(str(folder))}: {snapshots} snapshots, {size / 1e6:.1f} MB")


def _configuration(repository: Repository) -> Check:
    for name in ("pyproject.toml", "aishare.toml"):
        text = repository.committed(name)
        try:
            if text is not None and file_settings(text, name) is not None:
                return _fine("configuration", f"{name} in the analysed commit")
        except AishareError as wrong:
            return Check(
                "configuration", ok=False, says=plain(wrong.message, 400), slug=wrong.slug, fix=plain(wrong.fix, 400)
            )
    return _fine("configuration", "defaults")


def _fine(name: str, says: str) -> Check:
    return Check(name, ok=True, says=says, slug="", fix="")


def _wrong(name: str, wrong: AishareError) -> Check:
    """A finding that may quote a path or a key of the repository: one printable line each."""
    return Check(name, ok=False, says=plain(wrong.message, 400), slug=wrong.slug, fix=plain(wrong.fix, 400))


def _look(name: str, slug: str) -> Check:
    return Check(name, ok=False, says=MESSAGES[slug].means, slug=slug, fix=MESSAGES[slug].fix)
