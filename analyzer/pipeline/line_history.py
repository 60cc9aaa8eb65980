"""repository → provenance, with the store and the ignored commits that belong to it, and notes in words."""

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
from analyzer.history.commits import read_commit_graph
from analyzer.history.file_classes import COUNTED_CLASSES, PathFilter, classify_path
from analyzer.history.gitattributes import read_attributes, symbolic_links
from analyzer.history.merged_changes import mainline_root

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from analyzer.blame.run import Provenance
    from analyzer.core.progress import Progress
    from analyzer.history.file_classes import PathAttributes
    from analyzer.history.repository import Repository


_REVERSIBLE = 3


@dataclass(frozen=True, slots=True)
class Followed:
    """Every line's history, how it was come by, in words, and how many lines of `FILE` are `invalid`."""

    provenance: Provenance
    notes: list[str]
    invalid: int


@dataclass(frozen=True, slots=True)
class LineTables:
    """What a history says of lines, by origin: `changes`, `lifetimes` and `surviving`, the latter with path classes.

    `blamed`: as `surviving`, but as git blame sees it.
    `births` are as git blame sees them, for line-level notes and functions; `written` by origin, for functions.
    `patches`: each commit's patch as a number (`provenance.copies`), of those that have one.
    `read`: commits whose changes were read now; the store had the others. `missing`: blobs that the clone lacks.
    """

    changes: pd.DataFrame
    lifetimes: pd.DataFrame
    surviving: pd.DataFrame
    blamed: pd.DataFrame
    births: pd.DataFrame | None
    written: pd.DataFrame | None
    patches: dict[str, int]
    attributes_read: bool
    ignored_invalid: int
    read: int
    missing: frozenset[bytes]
    notes: list[str]

    @property
    def reversible(self) -> dict[str, int]:
        """Patches that change three lines and more: the inverse of a smaller one can be an accident."""
        sizes = self.changes.groupby("sha")[["added", "deleted"]].sum().sum(axis=1)
        many = set(sizes.index[sizes >= _REVERSIBLE])
        return {sha: patch for sha, patch in self.patches.items() if sha in many}

    def unknown(self) -> tuple[int, int]:
        """How many changes of code and test files lack their contents here, of how many."""
        counted = self.changes[self.changes["path_class"].isin(COUNTED_CLASSES)]
        return int(counted["added"].isna().sum()), len(counted)

    def selected(self, selection: PathFilter) -> LineTables:
        """The same for the selected files alone."""

        def kept(table: pd.DataFrame) -> pd.DataFrame:
            held = {path: selection.includes(path) for path in table["path"].unique()}
            return table[table["path"].map(held).astype(bool)].reset_index(drop=True)

        return replace(
            self,
            changes=kept(self.changes),
            lifetimes=kept(self.lifetimes),
            surviving=kept(self.surviving),
            blamed=kept(self.blamed),
        )


def line_tables(
    repository: Repository,
    commits: pd.DataFrame,
    cache_dir: Path | None,
    progress: Progress = no_progress,
    *,
    births: bool = False,
    written: bool = False,
) -> LineTables:
    """Follow every line and class its file; `births` and `written`: give these tables too.

    Raises `NoShareError` where git cannot read the contents.
    """
    followed = follow(repository, cache_dir, progress, commits)
    known = followed.provenance
    said = read_attributes(repository.git, repository.head, known.lines.paths)
    changes = known.changes(said or {})
    pointers = frozenset(changes.loc[changes["path_class"] == "link", "path"])
    linked = symbolic_links(repository.git, repository.head)
    return LineTables(
        changes=changes,
        lifetimes=_classed(known.lifetimes("origin"), said or {}, pointers),
        surviving=_classed(known.surviving("origin"), said or {}, linked),
        blamed=_classed(known.surviving("blame"), said or {}, linked),
        births=known.births("blame") if births else None,
        written=known.births("origin") if written else None,
        patches=known.patch_ids(),
        attributes_read=said is not None,
        ignored_invalid=followed.invalid,
        read=known.commits_read,
        missing=known.missing,
        notes=followed.notes,
    )


def _classed(table: pd.DataFrame, said: Mapping[str, PathAttributes], pointers: Collection[str]) -> pd.DataFrame:
    """The table with its files' classes; `pointers` are links, now or ever."""
    names = list(table["path"].cat.categories)
    classes = pd.Series([classify_path(name, said, link=name in pointers) for name in names], dtype="category")
    return table.assign(path_class=classes.array[table["path"].cat.codes.to_numpy()])


def follow(
    repository: Repository,
    cache_dir: Path | None,
    progress: Progress = no_progress,
    commits: pd.DataFrame | None = None,
) -> Followed:
    """Follow every line, from the store in `cache_dir` where it has an ancestor; None = read everything, store nothing.

    `commits`: columns sha, parents and committed of the table; they are read where it is not given.
    """
    git, head = repository.git, repository.head
    if commits is None:
        commits = read_commit_graph(git, head)
    revisions, invalid = parse_ignore_revs(repository.read_file_at_head(IGNORE_REVS_FILE))
    store = None
    if cache_dir is not None:
        digest = hashlib.sha256(b"\n".join(sorted(revisions))).hexdigest()
        store = CacheStore(cache_dir, mainline_root(commits, head), REPLAY_VERSION, repository.git_version, digest)
    known = trace_lines(git, head, commits, ignored=revisions, store=store, progress=progress)
    release_memory()
    return Followed(known, list(_notes(known, store)), invalid)


def left_out(followed: Followed) -> Iterator[str]:
    """Yield what the line tables leave out, in words."""
    known = followed.provenance
    if followed.invalid:
        yield f"{followed.invalid} lines of {IGNORE_REVS_FILE} are no full commit ids and were ignored"
    if known.missing:
        yield f"{len(known.missing)} blobs are missing in this clone; the files that rest on them are left out"
    opaque = len(known.lines.opaque)
    if opaque:
        yield f"{opaque} files at head have no lines to follow (binary or missing)"


def _notes(known: Provenance, store: CacheStore | None) -> Iterator[str]:
    if known.fallback_reason is not None:
        yield f"the whole history was read: {known.fallback_reason}"
    if store is not None and store.problem is not None and store.problem != known.fallback_reason:
        yield f"nothing was stored: {store.problem}"
