"""Run the replay on a repository, in full or from a snapshot, and return every line's history with its tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from analyzer.blame import line_tables
from analyzer.blame.change_counts import change_table
from analyzer.blame.lines import FilesAtHead, commit_ranks, settle_lines
from analyzer.blame.missing_blobs import find_missing_blobs, still_missing
from analyzer.blame.moves import Origins
from analyzer.blame.path_log import PathLog
from analyzer.blame.replay import MAX_RECENT_TREES, NotIncrementalError, Replay, ReplayError
from analyzer.blame.snapshot import Snapshot, pack, unpack
from analyzer.core.memory import release_memory
from analyzer.core.progress import no_progress
from analyzer.core.rows import commit_dates
from analyzer.errors import NoShareError
from analyzer.history.object_check import UncheckedError
from analyzer.history.start import FollowedHistory, followed_from

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    import pandas as pd

    from analyzer.blame.change_tally import ChangeTally
    from analyzer.blame.line_tables import View
    from analyzer.blame.lines import Ints, Lines
    from analyzer.blame.path_log import IsCounted
    from analyzer.blame.tree import Files
    from analyzer.core.cachedir import CacheStore
    from analyzer.core.progress import Progress
    from analyzer.history.file_classes import PathAttributes
    from analyzer.history.git import Git
    from analyzer.history.object_check import ObjectCheck

    Parents = Mapping[bytes, Sequence[bytes]]


FOLLOWING_LINES, CHECKING_OBJECTS, SETTLING_LINES = "following lines", "checking objects", "settling lines"
# Fewer new commits are not worth a new snapshot: the next run replays them again in no time.
_MIN_COMMITS_FOR_SNAPSHOT = 50
# From this part of a history on, replaying it again costs more than checking all objects once.
_MANY_NEW_COMMITS = 0.05


class _DiscardedError(Exception):
    """A stored run is no snapshot of the commit that it is named after: it is removed and made anew."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Lines of a history and the tables made from them.

    Attributes
    ----------
    lines : all lines ever added.
    tally : file changes of all commits.
    rank : rank per commit number.
    committed : committer dates by commit id.
    missing : blobs that the clone lacks; files that depend on them are opaque.
    mode : "full", "incremental" (from a stored ancestor) or "stored".
    fallback_reason : why a stored ancestor could not be used, None if it could or there is none.
    commits_read : number of commits that were read in this run and not taken from a stored ancestor.
    """

    lines: Lines
    tally: ChangeTally
    rank: Ints
    committed: pd.Series
    missing: frozenset[bytes]
    mode: str
    fallback_reason: str | None
    commits_read: int

    def changes(self, attributes: Mapping[str, PathAttributes]) -> pd.DataFrame:
        """Return table `file_changes`. `attributes`: linguist attributes by path."""
        return change_table(self.tally, self.rank, self.lines, attributes)

    def patch_ids(self) -> dict[str, int]:
        """Return patch ids by commit id, of commits that have one (`patch_ids.commit_patch_ids`)."""
        pairs = list(zip(self.lines.shas, self.lines.patch_id.tolist(), strict=True))
        return {sha.decode(): patch_id for sha, patch_id in pairs[self.lines.starts :] if patch_id}

    def births(self, view: View) -> pd.DataFrame:
        """Return table `births`."""
        return line_tables.births_table(self.lines, view)

    def deaths(self, view: View) -> pd.DataFrame:
        """Return table `deaths`."""
        return line_tables.deaths_table(self.lines, self.rank, self.committed, view)

    def lines_at_head(self, view: View) -> pd.DataFrame:
        """Return table `lines_at_head`."""
        return line_tables.lines_at_head_table(self.lines, view)

    def lifetimes(self, view: View) -> pd.DataFrame:
        """Return table `lifetimes`."""
        return line_tables.lifetimes_table(self.lines, self.rank, view)

    def surviving(self, view: View) -> pd.DataFrame:
        """Return table `surviving`."""
        return line_tables.surviving_table(self.lines, self.rank, view)


def parents_by_commit(commits: pd.DataFrame) -> dict[bytes, list[bytes]]:
    """Return parents by commit, in the order of table `commits`."""
    pairs = zip(commits["sha"].to_numpy(object), commits["parents"].to_numpy(object), strict=True)
    return {sha.encode(): parents.encode().split() for sha, parents in pairs}


def trace_lines(
    git: Git,
    head: str,
    commits: pd.DataFrame,
    *,
    ignored: Collection[bytes] = (),
    by_origin: bool = True,
    store: CacheStore | None = None,
    check: ObjectCheck | None = None,
    missing: frozenset[bytes] = frozenset(),
    is_counted: IsCounted | None = None,
    since: pd.Timestamp | None = None,
    progress: Progress = no_progress,
) -> Provenance:
    """Follow every line through the history of `head`, starting from a stored ancestor if there is one.

    Raises `NoShareError` if git cannot read the history.

    Parameters
    ----------
    git : the repository.
    head : id of the analysed commit.
    commits : columns sha, parents and committed of table `commits`.
    ignored : commits from `.git-blame-ignore-revs`.
    by_origin : also link moved, restored and reformatted lines; a store needs this.
    store : snapshots of earlier runs; None: read everything and store nothing.
    check : must pass before a snapshot is stored; None: whoever calls vouches for the objects.
    missing : blobs that the clone is known to lack; we find others when git fails on them.
    is_counted : tells which paths shares count; the lines of others are counted and not followed. None: follow all.
    since : lines of earlier commits count as old, and their history is not read; None: the whole history.
    progress : receives the number of commits replayed.
    """
    parents, dates = parents_by_commit(commits), commit_dates(commits)
    history = FollowedHistory(parents) if since is None else followed_from(parents, dates, since)
    job = _Job(git, head, parents, dates, history, ignored, is_counted, progress)
    fallback_reason = None
    job.report_replayed(0)
    if store is not None:
        snapshot = _nearest_snapshot(store, dates)
        if check is not None:
            check.start(thorough=snapshot is None)
        if snapshot is not None:
            try:
                finished = _or_discard(store, snapshot, partial(_resume, job, store, snapshot))
                return _settle(job, finished, snapshot, None, store, check)
            except (NotIncrementalError, NoShareError) as reason:
                fallback_reason = str(reason)
    if not missing and git.has_promisor_packs:  # in a partial clone, missing blobs would abort the replay half-way
        missing = find_missing_blobs(git, head, history.start_ids)
    finished = _replay_all(job, missing, 0 if store is None else MAX_RECENT_TREES, by_origin=by_origin)
    return _settle(job, finished, None, fallback_reason, store, check)


@dataclass(frozen=True, slots=True)
class _Job:
    """What `trace_lines` was asked for, with parents and dates of all commits, and the commits to follow."""

    git: Git
    head: str
    parents: Parents
    dates: pd.Series
    history: FollowedHistory
    ignored: Collection[bytes]
    is_counted: IsCounted | None
    progress: Progress

    def report_replayed(self, done: int) -> None:
        """Report the number of commits replayed."""
        self.progress(FOLLOWING_LINES, done, len(self.history.parents))


def _nearest_snapshot(store: CacheStore, dates: pd.Series) -> str | None:
    """Return the latest stored commit of this history, which is in topological order; None if none is stored."""
    position = {sha: n for n, sha in enumerate(dates.index)}
    return max((name for name in store.names() if name in position), key=position.__getitem__, default=None)


@dataclass(frozen=True, slots=True)
class _FinishedReplay:
    """A finished replay: its state, the files at head, and the number of commits replayed."""

    replay: Replay
    files: Files
    path_log: PathLog
    new_commits: int

    @property
    def history(self) -> FollowedHistory:
        """The commits in the order of their numbers."""
        return FollowedHistory(self.replay.parents, self.replay.starts)

    def free_memory(self) -> None:
        """Drop all trees; settling needs only the ledger."""
        self.files.clear()
        self.replay.free_memory()


def _replay_all(job: _Job, missing: frozenset[bytes], max_recent_trees: int, *, by_origin: bool) -> _FinishedReplay:
    """Replay all commits to follow; if git fails, try again with empty blobs in place of missing ones."""
    history, is_counted = job.history, job.is_counted
    try:
        readable_git = job.git.with_empty_blobs(missing) if missing else job.git
        path_log, revisions = PathLog(), list(history.parents)
        if is_counted is not None:
            path_log.read_starts(readable_git, revisions[: history.starts])
            path_log.read(readable_git, _ordinary(revisions[history.starts :], history.parents))
        replay = Replay(
            readable_git,
            history,
            origins=Origins(job.ignored) if by_origin else None,
            missing=missing,
            unfollowed=frozenset() if is_counted is None else path_log.unfollowed(is_counted),
            max_recent_trees=max_recent_trees,
        )
        files = replay.run(job.head.encode(), revisions, job.report_replayed).files
        return _FinishedReplay(replay, files, path_log, len(revisions))
    except NoShareError:
        missing_now = find_missing_blobs(job.git, job.head, history.start_ids)
        if missing_now <= missing:
            raise
    return _replay_all(job, missing_now, max_recent_trees, by_origin=by_origin)


def _ordinary(revisions: Iterable[bytes], parents: Parents) -> list[bytes]:
    """Return the revisions that are no merges."""
    return [sha for sha in revisions if len(parents[sha]) < 2]


def _or_discard(store: CacheStore, name: str, resume: Callable[[], _FinishedReplay]) -> _FinishedReplay:
    """Return what `resume` makes of the snapshot `name`, and remove that if it contradicts the history.

    Raises `NotIncrementalError` then, and what `resume` raises otherwise.
    """
    try:
        return resume()
    except (_DiscardedError, ReplayError, LookupError, ValueError) as reason:
        # Its columns have been checked, but only a replay shows whether they are of this history.
        store.discard(name, "does not fit this history")
        raise NotIncrementalError(f"the stored run does not fit: {reason}") from None


def _resume(job: _Job, store: CacheStore, name: str) -> _FinishedReplay:
    """Continue from the snapshot `name`.

    Raises `NotIncrementalError` if that is impossible, `_DiscardedError` if the file is no snapshot of that commit.
    """
    columns = store.read(name)
    if columns is None:
        raise NotIncrementalError(store.problem or "the stored run is gone")
    try:
        snapshot = unpack(columns, job.ignored)
        columns.clear()
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as reason:
        raise _DiscardedError(f"{reason} is not what this version stores") from None
    git, history, parents = job.git, job.history, job.history.parents
    if snapshot.shas[: history.starts] != list(parents)[: history.starts]:
        raise NotIncrementalError("it starts elsewhere")
    if not _is_history_of(snapshot.shas, name.encode(), parents):
        raise _DiscardedError("it is of another history")
    stored_commits = set(snapshot.shas)
    if snapshot.missing - still_missing(git, snapshot.missing):
        raise NotIncrementalError("contents that were missing are here now")
    new_commits = [sha for sha in parents if sha not in stored_commits]
    ordered = {sha: parents[sha] for sha in (*snapshot.shas, *new_commits)}
    readable_git = git.with_empty_blobs(snapshot.missing) if snapshot.missing else git
    path_log, unfollowed = snapshot.path_log, snapshot.unfollowed
    if job.is_counted is not None:
        earlier_paths = frozenset(path_log.paths)
        path_log.read(readable_git, _ordinary(new_commits, ordered))
        unfollowed = path_log.unfollowed(job.is_counted)
        if unfollowed & earlier_paths != snapshot.unfollowed:
            raise NotIncrementalError("other files count than before")
    replay = Replay(
        readable_git,
        FollowedHistory(ordered, history.starts),
        origins=snapshot.origins,
        missing=snapshot.missing,
        unfollowed=unfollowed,
        max_recent_trees=MAX_RECENT_TREES,
    )
    replay.ledger, replay.tally, replay.revealed = snapshot.ledger, snapshot.tally, snapshot.revealed
    replay.ledger.starts = history.starts
    replay.resume(name.encode(), snapshot.steps, new_commits)
    files = replay.run(job.head.encode(), new_commits, job.report_replayed).files
    return _FinishedReplay(replay, files, path_log, len(new_commits))


def _is_history_of(shas: Sequence[bytes], last: bytes, parents: Parents) -> bool:
    """Return whether `shas` are commits of this history, each once and after its parents, up to commit `last`."""
    earlier: set[bytes] = set()
    for sha in shas:
        if sha in earlier or not earlier.issuperset(parents.get(sha, (b"unknown",))):
            return False
        earlier.add(sha)
    return bool(shas) and shas[-1] == last


def _settle(
    job: _Job,
    finished: _FinishedReplay,
    resumed_from: str | None,
    fallback_reason: str | None,
    store: CacheStore | None,
    check: ObjectCheck | None,
) -> Provenance:
    """Write a snapshot if it is worth it and the objects pass their check, and settle the lines."""
    replay = finished.replay
    at_head = FilesAtHead(replay.ids_at_head(finished.files), replay.lines_unfollowed(finished.files))
    if (
        store is not None
        and replay.origins is not None
        and (resumed_from is None or finished.new_commits > _MIN_COMMITS_FOR_SNAPSHOT)
    ):
        try:
            if check is not None:
                job.progress(CHECKING_OBJECTS, 0, 0)
                check.require(thorough=finished.new_commits > _MANY_NEW_COMMITS * len(replay.parents))
            _write_snapshot(finished, replay.origins, store, job.head)
        except UncheckedError as reason:
            store.problem = str(reason) or store.problem
    job.progress(SETTLING_LINES, 0, 0)
    finished.free_memory()
    release_memory()
    rank = commit_ranks(job.parents, replay.parents)
    mode = "full" if resumed_from is None else "stored" if resumed_from == job.head else "incremental"
    lines = settle_lines(replay.ledger, replay.tally, finished.history, at_head, replay.origins, rank)
    return Provenance(lines, replay.tally, rank, job.dates, replay.missing, mode, fallback_reason, finished.new_commits)


def _write_snapshot(finished: _FinishedReplay, origins: Origins, store: CacheStore, head: str) -> None:
    """Write a snapshot; all trees but the recent ones are freed before, to save memory."""
    replay = finished.replay
    steps = replay.recent_trees.steps_within()
    finished.free_memory()
    release_memory()
    shas = list(replay.parents)
    columns = pack(
        Snapshot(
            shas,
            replay.ledger,
            replay.tally,
            steps,
            origins,
            replay.revealed,
            replay.missing,
            finished.path_log,
            replay.unfollowed,
        )
    )
    del steps
    store.write(head, columns)
