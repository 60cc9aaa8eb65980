"""repository → `History`: every table up to the merged changes, read once and labelled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from analyzer import tables
from analyzer.config import Settings, file_settings, merged
from analyzer.errors import NoShareError, UsageError
from analyzer.evidence.labels import label
from analyzer.history import log
from analyzer.history.attributes import attributed
from analyzer.history.identity import Author, Directory, is_automation
from analyzer.history.landings import Graph, Landing, landings, mainline_root
from analyzer.history.paths import Selection, path_class
from analyzer.history.repository import Repository, open_repository
from analyzer.share.units import units
from analyzer.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

CONFIG_FILES = ("pyproject.toml", "aishare.toml")


class Progress(Protocol):
    """Hears how far a stage is; `total` 0 = unknown."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report `done` of `total` of `stage`."""


def silent(stage: str, done: int, total: int) -> None:
    """No progress."""


@dataclass(frozen=True, slots=True)
class History:
    """What was read: the tables up to `units`, before any range or path filter narrows a share."""

    repository: Repository
    settings: Settings
    commits: pd.DataFrame
    changes: pd.DataFrame | None
    people: pd.DataFrame
    evidence: pd.DataFrame
    labels: pd.DataFrame
    units: pd.DataFrame
    directory: Directory
    unit_of: dict[str, str]
    touched: frozenset[str] | None
    attributes_read: bool
    lines_missing: str | None


def configured(path: str, flags: dict[str, object]) -> tuple[Repository, Settings]:
    """Open the repository and settle the settings: flags over --config, else over the analysed commit's file."""
    given = merged(flags, None)
    repository = open_repository(path, given.rev)
    if given.config is not None:
        return repository, merged(flags, file_settings(_file(given.config), given.config))
    for name in CONFIG_FILES:
        text = committed_file(repository, name)
        if text is not None and (found := file_settings(text, name)) is not None:
            return repository, merged(flags, found)
    return repository, given


def committed_file(repository: Repository, name: str) -> bytes | None:
    """Contents of a plain file at the top of the analysed commit; a link or folder of that name is none."""
    entry = repository.git.ask("ls-tree", "-z", "--full-tree", repository.head, "--", name)
    if entry is None or not entry.startswith(b"100"):
        return None
    return repository.git.ask("cat-file", "blob", f"{repository.head}:{name}")


def _file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as reason:
        raise UsageError("config-invalid", f"{plain(name)}: {reason.strerror}.", "Name a file you can read.") from None


def read(repository: Repository, settings: Settings, progress: Progress = silent) -> History:
    """Read the history and label it; one pass of `git log` for commits, one for changes."""
    git, head = repository.git, repository.head
    total = log.count(git, head)
    commits = log.commits(git, head, lambda n: progress("reading commits", n, total))
    changes, attributes_read, lines_missing = _changes(repository, lambda n: progress("reading changes", n, total))
    progress("labelling", 0, 0)
    directory = Directory(commits, settings.salt or mainline_root(commits, head))
    people = directory.table()
    evidence, labels = label(commits, people, directory)
    changes, touched = _selected(changes, Selection(settings.include, settings.exclude))
    graph = Graph(commits, _handles(commits, "mapped", directory), _handles(commits, "committer", directory))
    landed = _narrowed(landings(graph, head), touched)
    return History(
        repository=repository,
        settings=settings,
        commits=commits,
        changes=changes,
        people=people,
        evidence=evidence,
        labels=labels,
        units=units(landed, commits, labels, directory),
        directory=directory,
        unit_of={sha: landing.unit for landing in landed for sha in landing.members},
        touched=touched,
        attributes_read=attributes_read,
        lines_missing=lines_missing,
    )


def _changes(repository: Repository, tick: Callable[[int], None]) -> tuple[pd.DataFrame | None, bool, str | None]:
    """Table `changes`, whether attributes could be read, and, where blobs are missing, the slug that says why.

    Without blobs the commits are still whole, so that is no failure.
    """
    try:
        raw = list(log.changes(repository.git, repository.head, tick))
    except NoShareError:
        return None, True, "partial-clone" if repository.partial else "damaged-contents"
    said = attributed(repository.git, repository.head, (c.raw_path for c in raw))
    rows = ((c.sha, c.path, c.old_path, c.status, path_class(c, said or {}), c.added, c.deleted) for c in raw)
    return tables.CHANGES.frame(rows), said is not None, None


def _selected(changes: pd.DataFrame | None, selection: Selection) -> tuple[pd.DataFrame | None, frozenset[str] | None]:
    """Changes that --include and --exclude leave, and the commits they belong to (None = all)."""
    if not selection.active:
        return changes, None
    if changes is None:
        raise NoShareError(
            "partial-clone",
            "--include and --exclude need the file contents, and this clone lacks some.",
            "git fetch --refetch --no-filter, or clone without --filter",
        )
    kept = changes[[selection.holds(path) for path in changes["path"]]].reset_index(drop=True)
    return kept, frozenset(kept["sha"])


def _narrowed(landed: list[Landing], touched: frozenset[str] | None) -> list[Landing]:
    """Landings reduced to the commits that touch a selected path; empty ones go."""
    if touched is None:
        return landed
    for landing in landed:
        landing.members = [sha for sha in landing.members if sha in touched]
    return [landing for landing in landed if landing.members]


def _handles(commits: pd.DataFrame, who: str, directory: Directory) -> dict[str, str]:
    """Commit → who made it ("mapped") or committed it ("committer"), for telling sessions apart; bots by address."""
    names = [Author(n, a) for n, a in zip(commits[f"{who}_name"], commits[f"{who}_email"], strict=True)]
    keys = {a: f"bot {a.address}" if is_automation(a.name, a.address) else directory.key(a) for a in set(names)}
    return dict(zip(commits["sha"], (keys[a] for a in names), strict=True))
