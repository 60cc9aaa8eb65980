"""The last trees as steps are the whole trees they stand for, after a run and after one that went on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.blame.moves import Origins
from analyzer.blame.recent_trees import RecentTrees, TreeStep
from analyzer.blame.replay import Replay
from analyzer.blame.run import parents_by_commit
from analyzer.blame.tree import FileVersion
from analyzer.history import commits
from analyzer.history.repository import open_repository
from analyzer.history.start import FollowedHistory
from tests.replays import STEP, built

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.blame.tree import Files, Tree


class Seen(RecentTrees):
    """A shelf that keeps whole copies beside its steps."""

    def __init__(self, most: int) -> None:
        """Empty."""
        super().__init__(most)
        self.whole: dict[bytes, tuple[Files, Files]] = {}

    def add(self, sha: bytes, tree: Tree) -> None:
        """Put on the shelf, and copied."""
        super().add(sha, tree)
        self.whole[sha] = (dict(tree.files), tree.deleted.all())


def check_recent_trees_are_restored_from_steps(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]], most: int
) -> None:
    """The last trees of any history with branches, merges, deletions and renames can be restored from their steps."""
    shelf = _run(built(steps, tmp_path_factory.mktemp("made") / "r"), most)
    wanted = list(shelf.whole)[-most:]
    assert [step.sha for step in shelf.steps] == wanted
    found = {sha: (tree.files, tree.deleted.all()) for sha, tree in shelf.trees(wanted).items()}
    assert found == {sha: shelf.whole[sha] for sha in wanted}


@given(st.lists(STEP, min_size=2, max_size=16), st.integers(1, 20))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_recent_trees_are_restored_from_steps(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]], most: int
) -> None:
    """The last trees of any history with branches, merges, deletions and renames can be restored from their steps."""
    check_recent_trees_are_restored_from_steps(tmp_path_factory, steps, most)


@pytest.mark.exhaustive
@given(st.lists(STEP, min_size=2, max_size=16), st.integers(1, 20))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_recent_trees_are_restored_from_steps_at_length(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]], most: int
) -> None:
    """The same on 100 histories."""
    check_recent_trees_are_restored_from_steps(tmp_path_factory, steps, most)


@pytest.mark.parametrize("name", ["demo", "landings", "paths"])
def test_recent_trees_of_the_fixtures_are_restored(name: str, fixture_repos: dict[str, Path]) -> None:
    """The last trees of each fixture are restored, also where fewer are stored than there are."""
    shelf = _run(fixture_repos[name], 7)
    found = {sha: (tree.files, tree.deleted.all()) for sha, tree in shelf.trees(shelf.whole).items()}
    assert list(found) == list(shelf.whole)[-7:]
    assert all(shelf.whole[sha] == tree for sha, tree in found.items())


def _run(path: Path, most: int) -> Seen:
    repository = open_repository(str(path), "HEAD")
    parents = parents_by_commit(commits.read_commits(repository.git, repository.head, lambda _: None))
    replay = Replay(repository.git, FollowedHistory(parents), origins=Origins(()), max_recent_trees=most)
    replay.recent_trees = shelf = Seen(most)
    replay.run(repository.head.encode(), list(parents))
    return shelf


def test_stored_steps_stop_at_the_size_limit() -> None:
    """Steps are stored back to the tree that would hold too many lines that the last tree lacks."""
    entries = [FileVersion(b"%d" % n, bytes(4 * 100)) for n in range(5)]
    steps = [TreeStep(b"%d" % n, {b"a": entry, b"b%d" % n: None}) for n, entry in enumerate(entries)]
    shelf = RecentTrees(10, steps)
    assert [step.sha for step in shelf.steps_within(budget=200)] == [b"2", b"3", b"4"]
    assert shelf.steps_within(budget=200)[0].changed == {b"a": entries[2]}
    assert len(shelf.steps_within()) == 5
