"""repository → every line's history: the replay, its missing blobs, and what it leaves opaque."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.blame import line_tables
from analyzer.blame.change_counts import changes
from analyzer.blame.lines import lines, ranks
from analyzer.blame.missing_blobs import absent, missing_blobs
from analyzer.blame.moves import Origins
from analyzer.blame.replay import KEPT, NotIncrementalError, Replay, ReplayError
from analyzer.blame.snapshot import Snapshot, packed, unpacked
from analyzer.core.memory import release
from analyzer.core.progress import silent
from analyzer.errors import NoShareError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import pandas as pd

    from analyzer.blame.change_counts import Tally
    from analyzer.blame.line_tables import View
    from analyzer.blame.lines import Ints, Lines
    from analyzer.blame.tree import Files
    from analyzer.core.cachedir import Store
    from analyzer.core.progress import Progress
    from analyzer.history.file_classes import Attributed
    from analyzer.history.git import Git

    Parents = Mapping[bytes, Sequence[bytes]]


FOLLOWING, SETTLING = "following lines", "settling lines"
# So few new commits are not worth a new snapshot: the next run replays them again in no time.
_FEW = 50


@dataclass(frozen=True, slots=True)
class Provenance:
    """Lines of a history with the tables they give; blobs that are `missing` here made some files opaque.

    how: "full", "incremental" (from a stored ancestor) or "stored"; why: what kept a stored one from being used.
    read: commits whose changes were read now, and not taken from a stored ancestor.
    """

    lines: Lines
    tally: Tally
    rank: Ints
    committed: pd.Series
    missing: frozenset[bytes]
    how: str
    why: str | None
    read: int

    def changes(self, said: Mapping[str, Attributed]) -> pd.DataFrame:
        """Table `changes`. `said`: what attributes say of paths."""
        return changes(self.tally, self.rank, self.lines, said)

    def patches(self) -> dict[str, int]:
        """Commit id → net patch, of commits that have one (`copies.net_of_commits`)."""
        both = zip(self.lines.shas, self.lines.net.tolist(), strict=True)
        return {sha.decode(): net for sha, net in both if net}

    def births(self, view: View) -> pd.DataFrame:
        """Table `births`."""
        return line_tables.births(self.lines, view)

    def deaths(self, view: View) -> pd.DataFrame:
        """Table `deaths`."""
        return line_tables.deaths(self.lines, self.rank, self.committed, view)

    def lines_at_head(self, view: View) -> pd.DataFrame:
        """Table `lines_at_head`."""
        return line_tables.lines_at_head(self.lines, view)

    def lifetimes(self, view: View) -> pd.DataFrame:
        """Table `lifetimes`."""
        return line_tables.lifetimes(self.lines, self.rank, view)

    def surviving(self, view: View) -> pd.DataFrame:
        """Table `surviving`."""
        return line_tables.surviving(self.lines, self.rank, view)


def parents_of(commits: pd.DataFrame) -> dict[bytes, list[bytes]]:
    """Commit → parents, in the order of the table `commits`."""
    pairs = zip(commits["sha"].to_numpy(object), commits["parents"].to_numpy(object), strict=True)
    return {sha.encode(): parents.encode().split() for sha, parents in pairs}


def trace(
    git: Git,
    head: str,
    commits: pd.DataFrame,
    *,
    ignored: Collection[bytes] = (),
    by_origin: bool = True,
    store: Store | None = None,
    missing: frozenset[bytes] = frozenset(),
    progress: Progress = silent,
) -> Provenance:
    """Follow every line through the history of `head`, from a stored ancestor where there is one.

    A store needs `by_origin`. `missing`: blobs known to be absent; others are found when git stumbles over them.
    Raises `NoShareError` where git cannot read the history.
    """
    parents = parents_of(commits)
    dates = commits.set_index("sha")["committed"]
    why = None

    def tick(done: int) -> None:
        progress(FOLLOWING, done, len(commits))

    tick(0)
    if store is not None:
        place = {sha: n for n, sha in enumerate(dates.index)}
        nearest = max((name for name in store.names() if name in place), key=place.__getitem__, default=None)
        if nearest is not None:
            try:
                done = _resumed(git, head.encode(), parents, store, nearest, ignored, tick)
                progress(SETTLING, 0, 0)
                return _settled(done, dates, "stored" if nearest == head else "incremental", None, store, head)
            except (NotIncrementalError, ReplayError, NoShareError) as reason:
                why = str(reason)
    keep = 0 if store is None else KEPT
    if not missing and git.promised:  # what a partial clone lacks would end a replay half-way
        missing = missing_blobs(git, head)
    done = _whole(git, head.encode(), parents, lambda: Origins(ignored) if by_origin else None, keep, missing, tick)
    progress(SETTLING, 0, 0)
    return _settled(done, dates, "full", why, store, head)


@dataclass(frozen=True, slots=True)
class _Done:
    """A replay that is over: its state, and the files at head."""

    replay: Replay
    files: Files
    missing: frozenset[bytes]
    new: int

    def over(self) -> None:
        """Drop every tree: what is settled rests on the ledger alone."""
        self.files.clear()
        self.replay.over()


def _whole(
    git: Git,
    head: bytes,
    parents: Parents,
    origins: Callable[[], Origins | None],
    keep: int,
    missing: frozenset[bytes],
    tick: Callable[[int], None],
) -> _Done:
    """Read everything, if need be again with empty blobs in the place of missing ones."""
    try:
        seen = git.with_empty(missing) if missing else git
        replay = Replay(seen, parents, origins=origins(), missing=missing, keep=keep)
        return _Done(replay, replay.run(head, list(parents), tick).files, missing, len(parents))
    except NoShareError:
        found = missing_blobs(git, head.decode())
        if found <= missing:
            raise
    return _whole(git, head, parents, origins, keep, found, tick)


def _resumed(
    git: Git,
    head: bytes,
    parents: Parents,
    store: Store,
    name: str,
    ignored: Collection[bytes],
    tick: Callable[[int], None],
) -> _Done:
    """Go on from a stored snapshot; raises `NotIncrementalError` where that cannot be."""
    columns = store.read(name)
    if columns is None:
        raise NotIncrementalError(store.problem or "the stored run is gone")
    try:
        known = unpacked(columns, ignored)
        columns.clear()
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as reason:
        raise NotIncrementalError(f"the stored run is not one of this version's ({type(reason).__name__})") from None
    old = set(known.shas)
    if known.missing - absent(git, known.missing):
        raise NotIncrementalError("contents that were missing are here now")
    new = [sha for sha in parents if sha not in old]
    ordered = {sha: parents[sha] for sha in (*known.shas, *new)}
    seen = git.with_empty(known.missing) if known.missing else git
    replay = Replay(seen, ordered, origins=known.origins, missing=known.missing, keep=KEPT)
    replay.ledger, replay.tally, replay.looked_at = known.ledger, known.tally, known.looked_at
    replay.resume(name.encode(), known.steps, new)
    return _Done(replay, replay.run(head, new, tick).files, known.missing, len(new))


def _settled(done: _Done, dates: pd.Series, how: str, why: str | None, store: Store | None, head: str) -> Provenance:
    """Store the state and settle what it says."""
    replay = done.replay
    shown = replay.shown(done.files)
    if store is not None and replay.origins is not None and (how == "full" or done.new > _FEW):
        _stored(done, replay.origins, store, head)
    done.over()
    release()
    rank = ranks(replay.parents)
    found = lines(replay.ledger, replay.parents, shown, replay.origins, rank)
    return Provenance(found, replay.tally, rank, dates, done.missing, how, why, done.new)


def _stored(done: _Done, origins: Origins, store: Store, head: str) -> None:
    """Write a snapshot; what the steps of the shelf do not hold of the trees is gone before."""
    replay = done.replay
    steps = replay.shelf.affordable()
    done.over()
    release()
    shas = list(replay.parents)
    columns = packed(Snapshot(shas, replay.ledger, replay.tally, steps, origins, replay.looked_at, done.missing))
    del steps
    store.write(head, columns)
