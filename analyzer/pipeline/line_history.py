"""repository → line provenance and its tables: replay lines with cache and ignored commits, note what is missing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.blame.ignore_revs import IGNORE_REVS_FILE, parse_ignore_revs
from analyzer.blame.run import trace_lines
from analyzer.blame.snapshot import REPLAY_VERSION
from analyzer.core.cachedir import CacheStore
from analyzer.core.memory import release_memory
from analyzer.core.progress import no_progress
from analyzer.history.commits import decode_text, read_commit_graph
from analyzer.history.file_beginnings import PathFacts, path_facts
from analyzer.history.file_classes import COUNTED_CLASSES, PathFilter, classify_paths
from analyzer.history.gitattributes import read_attributes, symbolic_links
from analyzer.history.merged_changes import mainline_root
from analyzer.history.object_check import UncheckedError, object_check

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from analyzer.blame.path_log import IsCounted
    from analyzer.blame.run import Provenance
    from analyzer.core.progress import Progress
    from analyzer.history.file_classes import PathAttributes
    from analyzer.history.object_check import ObjectCheck
    from analyzer.history.repository import Repository


_MIN_REVERSIBLE_LINES = 3


@dataclass(frozen=True, slots=True)
class LineReplay:
    """The replayed history of every line.

    Attributes
    ----------
    provenance : where each line was born, moved and removed.
    notes : how the history was read, one sentence each.
    invalid_ignore_revs : number of lines of `.git-blame-ignore-revs` that are not full commit ids.
    objects_mismatch : whether objects are damaged or not what their names say; False also where that was not checked.
    """

    provenance: Provenance
    notes: list[str]
    invalid_ignore_revs: int
    objects_mismatch: bool = False


@dataclass(frozen=True, slots=True)
class LineTables:
    """Tables of the lines of a history, with path classes.

    Attributes
    ----------
    changes : lines added and deleted, one row per (commit, file).
    lifetimes : births and removals of lines by origin.
    surviving : lines at head by origin.
    blamed : lines at head as git blame sees them.
    births : births as git blame sees them, for line-level notes and functions; None unless asked for.
    origin_births : births by origin, for functions; None unless asked for.
    patches : commit → patch id (`blame.patch_ids`), for commits that have one.
    attributes : attributes by path; None if git cannot read .gitattributes.
    scripts : path → language of scripts without an ending, by their first lines.
    invalid_ignore_revs : number of lines of `.git-blame-ignore-revs` that are not full commit ids.
    commits_read : number of commits whose changes were read now; the cache had the others.
    missing : blobs that the clone lacks.
    notes : how the history was read, one sentence each.
    objects_mismatch : as in `LineReplay`.
    start : lines of earlier commits are one lump of old lines, without a commit in `surviving` and `blamed` and left
        out elsewhere; None if the whole history was followed.
    """

    changes: pd.DataFrame
    lifetimes: pd.DataFrame
    surviving: pd.DataFrame
    blamed: pd.DataFrame
    births: pd.DataFrame | None
    origin_births: pd.DataFrame | None
    patches: dict[str, int]
    attributes: Mapping[str, PathAttributes] | None
    scripts: Mapping[str, str]
    invalid_ignore_revs: int
    commits_read: int
    missing: frozenset[bytes]
    notes: list[str]
    objects_mismatch: bool
    start: pd.Timestamp | None = None

    @property
    def reversible_patches(self) -> dict[str, int]:
        """Patch id by commit, of patches of three lines or more: the inverse of a smaller one can be an accident."""
        sizes = self.changes.groupby("sha")[["added", "deleted"]].sum().sum(axis=1)
        many = set(sizes.index[sizes >= _MIN_REVERSIBLE_LINES])
        return {sha: patch for sha, patch in self.patches.items() if sha in many}

    def count_missing(self) -> tuple[int, int]:
        """Return how many changes of code and test files lack their contents in this clone, and how many there are."""
        counted = self.changes[self.changes["path_class"].isin(COUNTED_CLASSES)]
        return int(counted["added"].isna().sum()), len(counted)

    def select(self, selection: PathFilter) -> LineTables:
        """Return these tables for the selected files only."""

        def filtered(table: pd.DataFrame) -> pd.DataFrame:
            included = {path: selection.includes(path) for path in table["path"].unique()}
            return table[table["path"].map(included).astype(bool)].reset_index(drop=True)

        return replace(
            self,
            changes=filtered(self.changes),
            lifetimes=filtered(self.lifetimes),
            surviving=filtered(self.surviving),
            blamed=filtered(self.blamed),
        )


def line_tables(
    repository: Repository,
    commits: pd.DataFrame,
    cache_dir: Path | None,
    progress: Progress = no_progress,
    *,
    births: bool = False,
    origin_births: bool = False,
    all_files: bool = False,
    since: pd.Timestamp | None = None,
) -> LineTables:
    """Replay every line and classify its file.

    Raises `NoShareError` where git cannot read the contents.

    Parameters
    ----------
    commits : table `commits`.
    cache_dir : folder of earlier replays; None reads everything and stores nothing.
    births, origin_births : whether to return these tables too.
    all_files : whether to follow the lines of files that no share counts as well.
    since : lines of earlier commits may count as one lump (`history.start`); None follows the whole history.
    """
    classes = PathClasses(repository)
    replay = replay_lines(repository, cache_dir, progress, commits, None if all_files else classes.are_counted, since)
    provenance = replay.provenance
    facts, attributes = classes.facts(provenance.lines.paths), classes.attributes
    changes = provenance.changes(facts.attributes)
    links = frozenset(changes.loc[changes["path_class"] == "link", "path"])
    links_at_head = symbolic_links(repository.git, repository.head)
    return LineTables(
        changes=changes,
        lifetimes=_with_path_classes(provenance.lifetimes("origin"), facts.attributes, links),
        surviving=_with_path_classes(provenance.surviving("origin"), facts.attributes, links_at_head),
        blamed=_with_path_classes(provenance.surviving("blame"), facts.attributes, links_at_head),
        births=provenance.births("blame") if births else None,
        origin_births=provenance.births("origin") if origin_births else None,
        patches=provenance.patch_ids(),
        attributes=attributes,
        scripts=facts.scripts,
        invalid_ignore_revs=replay.invalid_ignore_revs,
        commits_read=provenance.commits_read,
        missing=provenance.missing,
        notes=replay.notes,
        objects_mismatch=replay.objects_mismatch,
        start=since if provenance.lines.starts else None,
    )


def _with_path_classes(
    table: pd.DataFrame, attributes: Mapping[str, PathAttributes], links: Collection[str]
) -> pd.DataFrame:
    """Add the column path_class; `links` are the paths that count as symbolic links."""
    names = list(table["path"].cat.categories)
    by_path = zip(names, classify_paths(names, attributes), strict=True)
    classes = pd.Series(["link" if name in links else kind for name, kind in by_path], dtype="category")
    return table.assign(path_class=classes.array[table["path"].cat.codes.to_numpy()])


class PathClasses:
    """Classes of the paths of a history; what the repository says of them is read once."""

    def __init__(self, repository: Repository) -> None:
        """Read nothing yet."""
        self._repository = repository
        self._read: frozenset[bytes] = frozenset()
        self._facts = PathFacts({}, {})
        self.attributes: dict[str, PathAttributes] | None = {}

    def facts(self, paths: Sequence[bytes]) -> PathFacts:
        """Return what decides the classes of these paths besides their names."""
        repository, commit = self._repository, self._repository.settings_commit
        if not self._read.issuperset(paths):
            self._read = self._read.union(paths)
            self.attributes = {} if commit is None else read_attributes(repository.git, commit, self._read)
            self._facts = path_facts(repository.git, repository.head, self._read, self.attributes or {})
        return self._facts

    def are_counted(self, paths: Sequence[bytes]) -> list[bool]:
        """Return whether shares count each path."""
        classes = classify_paths([decode_text(path) for path in paths], self.facts(paths).attributes)
        return [kind in COUNTED_CLASSES for kind in classes]


def replay_lines(
    repository: Repository,
    cache_dir: Path | None,
    progress: Progress = no_progress,
    commits: pd.DataFrame | None = None,
    is_counted: IsCounted | None = None,
    since: pd.Timestamp | None = None,
) -> LineReplay:
    """Follow every line through the history.

    Parameters
    ----------
    cache_dir : folder of earlier replays, continued where one is of an ancestor; None reads all and stores nothing.
    commits : columns sha, parents and committed of table `commits`; None reads them.
    is_counted : tells which paths shares count; None follows the lines of all.
    since : as in `line_tables`.
    """
    git, head = repository.git, repository.head
    check = None if cache_dir is None else object_check(git, cache_dir, repository.name)
    if commits is None:
        commits = read_commit_graph(git, head)
    revisions, invalid = parse_ignore_revs(repository.read_settings_file(IGNORE_REVS_FILE))
    scope = f"{'all' if is_counted is None else 'counted'} files since {since}"
    store = None if cache_dir is None else snapshot_store(repository, commits, cache_dir, revisions, scope)
    provenance = trace_lines(
        git,
        head,
        commits,
        ignored=revisions,
        store=store,
        check=check,
        is_counted=is_counted,
        since=since,
        progress=progress,
    )
    release_memory()
    return LineReplay(provenance, list(_replay_notes(provenance, store)), invalid, _objects_mismatch(check))


def snapshot_store(
    repository: Repository,
    commits: pd.DataFrame,
    cache_dir: Path,
    ignored: Collection[bytes] = (),
    scope: str = "all files since None",
) -> CacheStore:
    """Return where replays of this history are stored, by commit.

    Parameters
    ----------
    commits : as in `replay_lines`.
    ignored : commits from `.git-blame-ignore-revs`.
    scope : which lines are followed.
    """
    digest = hashlib.sha256(b"\n".join([scope.encode(), *sorted(ignored)])).hexdigest()
    root = mainline_root(commits, repository.head)
    return CacheStore(cache_dir, root, REPLAY_VERSION, repository.git_version, digest)


def _objects_mismatch(check: ObjectCheck | None) -> bool:
    """Return whether a check of the objects has failed because of what they hold."""
    try:
        if check is not None:
            check.require()
    except UncheckedError as reason:
        return reason.mismatch
    return False


def exclusion_notes(replay: LineReplay) -> Iterator[str]:
    """Yield a sentence for everything that the line tables leave out."""
    provenance = replay.provenance
    if replay.invalid_ignore_revs:
        yield f"{replay.invalid_ignore_revs} lines of {IGNORE_REVS_FILE} are no full commit ids and were ignored"
    if provenance.missing:
        yield f"{len(provenance.missing)} blobs are missing in this clone; the files that rest on them are left out"
    opaque = len(provenance.lines.opaque)
    if opaque:
        yield f"{opaque} files at head have no lines to follow (binary or missing)"


def _replay_notes(provenance: Provenance, store: CacheStore | None) -> Iterator[str]:
    """Yield why the cache could not be used, if so."""
    if provenance.fallback_reason is not None:
        yield f"the whole history was read: {provenance.fallback_reason}"
    if store is not None and store.problem is not None and store.problem != provenance.fallback_reason:
        yield f"nothing was stored: {store.problem}"
