"""repository → `History`: every table up to the merged changes, read once and labelled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.config import Settings, file_settings, merged
from analyzer.core import tables
from analyzer.core.memory import release
from analyzer.core.progress import Progress, silent
from analyzer.core.sanitize import plain
from analyzer.errors import NoShareError, UsageError
from analyzer.evidence.adoption import adoption
from analyzer.evidence.checkpoints import Checkpoints, checkpoints
from analyzer.evidence.labels import label
from analyzer.evidence.line_truth import LineNotes, line_notes
from analyzer.history import commits as log
from analyzer.history.authors import Author, Directory, is_automation
from analyzer.history.cherry_picks import together
from analyzer.history.file_classes import Selection
from analyzer.history.merged_changes import Graph, Landing, landings, mainline_root
from analyzer.history.repository import Repository, open_repository
from analyzer.pipeline.line_history import LineTables, line_tables
from analyzer.share.attribution import units

if TYPE_CHECKING:
    import pandas as pd

# Of code and test files changed, as much may lack its contents before line counts are worth nothing.
_TOLERATED = 0.01
CONFIG_FILES = ("pyproject.toml", "aishare.toml")


@dataclass(frozen=True, slots=True)
class History:
    """What was read: the tables up to `units`, before any range or path filter narrows a share."""

    repository: Repository
    settings: Settings
    commits: pd.DataFrame
    lines: LineTables | None
    notes: LineNotes | None
    checkpoints: Checkpoints | None
    adoption: pd.DataFrame | None
    people: pd.DataFrame
    evidence: pd.DataFrame
    labels: pd.DataFrame
    units: pd.DataFrame
    directory: Directory
    unit_of: dict[str, str]
    touched: frozenset[str] | None
    lines_missing: str | None

    @property
    def changes(self) -> pd.DataFrame | None:
        """Table `changes`; None where contents are missing."""
        return None if self.lines is None else self.lines.changes


def configured(path: str, flags: dict[str, object]) -> tuple[Repository, Settings]:
    """Open the repository and settle the settings: flags over --config, else over the analysed commit's file."""
    given = merged(flags, None)
    repository = open_repository(path, given.rev)
    if given.config is not None:
        return repository, merged(flags, file_settings(_file(given.config), given.config))
    for name in CONFIG_FILES:
        text = repository.committed(name)
        if text is not None and (found := file_settings(text, name)) is not None:
            return repository, merged(flags, found)
    return repository, given


def settings_of(config: str | None) -> Settings:
    """Settings of a file alone, without repository or flags; the defaults for None."""
    return merged({}, None if config is None else file_settings(_file(config), config))


def _file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as reason:
        raise UsageError("config-invalid", f"{plain(name)}: {reason.strerror}.", "Name a file you can read.") from None


def read(
    repository: Repository, settings: Settings, progress: Progress = silent, folder: Path | None = None
) -> History:
    """Read the history and label it; one pass of `git log` for commits, one for lines, or what `folder` keeps of it."""
    git, head = repository.git, repository.head
    total = log.count(git, head)
    commits = log.commits(git, head, lambda n: progress("reading commits", n, total))
    lines, lines_missing = _followed(repository, commits, folder, progress, births=settings.style)
    progress("labelling", 0, 0)
    directory = Directory(commits, settings.salt or mainline_root(commits, head))
    people = directory.table()
    evidence, labels = label(commits, people, directory, settings.rules)
    adopted = None if lines is None else adoption(lines.changes, commits.set_index("sha")["committed"])
    progress("grouping changes", 0, 0)
    lines, touched = _selected(lines, Selection(settings.include, settings.exclude))
    by_agents = frozenset(labels.loc[labels["agent_author"], "sha"])
    authors, committers = (_handles(commits, who, directory) for who in ("mapped", "committer"))
    graph = Graph(commits, authors, committers, by_agents)
    landed = _narrowed(together(landings(graph, head), {} if lines is None else lines.patches, graph), touched)
    return History(
        repository=repository,
        settings=settings,
        commits=commits,
        lines=lines,
        adoption=adopted,
        notes=None if lines is None else line_notes(repository, commits, lines.births),
        checkpoints=checkpoints(repository, commits),
        people=people,
        evidence=evidence,
        labels=labels,
        units=units(landed, commits, labels, directory),
        directory=directory,
        unit_of={sha: landing.unit for landing in landed for sha in landing.members},
        touched=touched,
        lines_missing=lines_missing,
    )


def _followed(
    repository: Repository, commits: pd.DataFrame, folder: Path | None, progress: Progress, *, births: bool
) -> tuple[LineTables | None, str | None]:
    """Tables of lines, or the slug that says why there are none: without blobs the commits are still whole."""
    slug = "partial-clone" if repository.partial else "damaged-contents"
    try:
        known = line_tables(repository, commits, folder, progress, births=births)
        release()  # lines are many times larger than their tables
    except NoShareError:
        return None, slug
    unknown, counted = known.unknown()
    return (None, slug) if unknown > _TOLERATED * counted else (known, None)


def _selected(known: LineTables | None, selection: Selection) -> tuple[LineTables | None, frozenset[str] | None]:
    """What --include and --exclude leave, and the commits it belongs to (None = all)."""
    if not selection.active:
        return known, None
    if known is None:
        raise NoShareError(
            "partial-clone",
            "--include and --exclude need the file contents, and this clone lacks some.",
            "git fetch --refetch --no-filter, or clone without --filter",
        )
    kept = known.selected(selection)
    return kept, frozenset(kept.changes["sha"])


def _narrowed(landed: list[Landing], touched: frozenset[str] | None) -> list[Landing]:
    """Landings reduced to the commits that touch a selected path; empty ones go."""
    if touched is None:
        return landed
    for landing in landed:
        landing.members = [sha for sha in landing.members if sha in touched]
    return [landing for landing in landed if landing.members]


def _handles(commits: pd.DataFrame, who: str, directory: Directory) -> dict[str, str]:
    """Commit → who made it ("mapped") or committed it ("committer"), for telling sessions apart; bots by address."""
    pairs = list(tables.walk(commits, f"{who}_name", f"{who}_email"))
    keys = {
        (name, address): f"bot {address}" if is_automation(name, address) else directory.key(Author(name, address))
        for name, address in set(pairs)
    }
    return dict(zip(commits["sha"].to_list(), (keys[pair] for pair in pairs), strict=True))
