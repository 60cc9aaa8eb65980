"""repository → every line's history: the replay, its missing blobs, and what it leaves opaque."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.errors import NoShareError
from analyzer.provenance import views
from analyzer.provenance.lines import lines, ranks
from analyzer.provenance.missing import missing_blobs
from analyzer.provenance.origin import Origins
from analyzer.provenance.replay import Replay
from analyzer.provenance.tree import GRAVE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import pandas as pd

    from analyzer.history.git import Git
    from analyzer.provenance.lines import Ints, Lines
    from analyzer.provenance.views import View


@dataclass(frozen=True, slots=True)
class Provenance:
    """Lines of a history with the tables they give; `missing` blobs made some files opaque."""

    lines: Lines
    rank: Ints
    committed: pd.Series
    missing: int

    def births(self, view: View) -> pd.DataFrame:
        """Table `births`."""
        return views.births(self.lines, self.rank, view)

    def deaths(self, view: View) -> pd.DataFrame:
        """Table `deaths`."""
        return views.deaths(self.lines, self.rank, self.committed, view)

    def lines_at_head(self, view: View) -> pd.DataFrame:
        """Table `lines_at_head`."""
        return views.lines_at_head(self.lines, view)


def parents_of(commits: pd.DataFrame) -> dict[bytes, list[bytes]]:
    """Commit → parents, in the order of the table `commits`."""
    pairs = zip(commits["sha"], commits["parents"], strict=True)
    return {sha.encode(): [parent.encode() for parent in parents.split()] for sha, parents in pairs}


def trace(
    git: Git,
    head: str,
    commits: pd.DataFrame,
    *,
    ignored: Collection[bytes] = (),
    by_origin: bool = True,
    tick: Callable[[int], None] = lambda _: None,
) -> Provenance:
    """Follow every line through the history of `head`. Raises `NoShareError` where git cannot read it."""
    parents = parents_of(commits)

    def replayed(seen: Git, missing: frozenset[bytes]) -> tuple[Replay, dict[bytes, bytes | None]]:
        replay = Replay(seen, parents, origins=Origins(ignored) if by_origin else None, missing=missing)
        tree = replay.run(head.encode(), list(parents), tick)
        return replay, replay.shown({p: e for p, e in tree.files.items() if not p.startswith(GRAVE)})

    missing: frozenset[bytes] = frozenset()
    try:
        replay, files = replayed(git, missing)
    except NoShareError:
        missing = missing_blobs(git, head)
        if not missing:
            raise
        replay, files = replayed(git.with_empty(missing), missing)
    found = lines(replay.ledger, parents, files, replay.origins)
    return Provenance(found, ranks(parents), commits.set_index("sha")["committed"], len(missing))
