"""Check the installation and one clone for known problems; checks only report and change nothing."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import TYPE_CHECKING

from msgspec import Struct

from analyzer.config import parse_file_settings
from analyzer.core.cachedir import cache_usage, default_cache_dir
from analyzer.core.messages import MESSAGES
from analyzer.core.sanitize import plain
from analyzer.errors import AishareError
from analyzer.history import git
from analyzer.history.repository import count_commits, open_repository
from analyzer.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

from analyzer.evidence.records import RECORDS, fetch_command
from analyzer.history.repository import Repository


class Check(Struct, frozen=True):
    """The result of one check; `fix` is what helps, empty if nothing is wrong and there is no more to have."""

    name: str
    ok: bool
    says: str
    slug: str
    fix: str


def run_checks(path: str) -> list[Check]:
    """Run all checks in order; a repository that cannot be opened is a failed check, not an error."""
    checks = [_passed("aishare", f"{VERSION} on Python {platform.python_version()}"), _check_packages()]
    try:
        checks.append(_passed("git", git.version()))
        repository = open_repository(path)
    except AishareError as error:
        return [*checks, _failed("repository", error)]
    return [*checks, *_check_repository(repository)]


def _check_packages() -> Check:
    names = ("click", "gitpython", "jinja2", "msgspec", "pandas", "pyarrow", "rich")
    return _passed("packages", ", ".join(f"{name} {metadata.version(name)}" for name in names))


def _check_repository(repository: Repository) -> Iterator[Check]:
    total = count_commits(repository.git, repository.head)
    yield _passed("repository", f"{repository.name} at {repository.head[:12]}, {total} commits, full history")
    yield _warning("contents", "promisor-clone") if repository.partial else _passed("contents", "complete clone")
    yield _check_records(repository)
    for name in (".mailmap", ".gitattributes", ".git-blame-ignore-revs"):
        present = repository.git.run("cat-file", "-e", f"{repository.head}:{name}") is not None
        yield _passed(name, "in the analysed commit" if present else "none")
    yield _check_configuration(repository)
    yield _check_cache()


def _check_records(repository: Repository) -> Check:
    """Name the stores of line-level records that are here, and those to fetch where the project keeps them."""
    located = [record for record in RECORDS if record.locate(repository) is not None]
    absent = [record for record in RECORDS if record not in located and record.refspecs]
    says = [f"{', '.join(record.id for record in located) or 'none'} here"]
    if absent:
        says.append(f"not here, and the remote may have them: {', '.join(record.id for record in absent)}")
    if not any(record.refspecs for record in located):
        return _warning("records", "notes-not-fetched")
    return Check("records", ok=True, says="; ".join(says), slug="", fix=fetch_command(absent) if absent else "")


def _check_cache() -> Check:
    cache_dir = default_cache_dir()
    if cache_dir is None:
        return _passed("store", "none: no home folder; --cache-dir names one")
    size, snapshots = cache_usage(cache_dir)
    return _passed("store", f"{plain(str(cache_dir))}: {snapshots} snapshots, {size / 1e6:.1f} MB")


def _check_configuration(repository: Repository) -> Check:
    for name in ("pyproject.toml", "aishare.toml"):
        text = repository.read_file_at_head(name)
        try:
            if text is not None and parse_file_settings(text, name) is not None:
                return _passed("configuration", f"{name} in the analysed commit")
        except AishareError as error:
            return _failed("configuration", error)
    return _passed("configuration", "defaults")


def _passed(name: str, says: str) -> Check:
    return Check(name, ok=True, says=says, slug="", fix="")


def _failed(name: str, error: AishareError) -> Check:
    """Return a failed check, in printable lines: the error may quote a path or a key of the repository."""
    return Check(name, ok=False, says=plain(error.message, 400), slug=error.slug, fix=plain(error.fix, 400))


def _warning(name: str, slug: str) -> Check:
    return Check(name, ok=False, says=MESSAGES[slug].means, slug=slug, fix=MESSAGES[slug].fix)
