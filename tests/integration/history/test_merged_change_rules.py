"""One planted history for each rule of units: take the rule away and its history reads otherwise."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analyzer.history.commits import read_commits
from analyzer.history.releases import first_releases
from analyzer.history.repository import open_repository
from analyzer.panel import regime_starts
from analyzer.pipeline.line_history import line_tables
from tests.conftest import SHARED, git, imported
from tests.planting import DAY, START, Stream, body, load_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from analyzer.pipeline.load import History


BOSS = "Boss <boss@x>"


def sizes(history: History) -> list[tuple[str, int]]:
    """Kind and commits of each unit but the first."""
    return list(zip(history.merged_changes["kind"], history.merged_changes["commits"].tolist(), strict=True))[1:]


def test_commits_landed_at_once_are_one_change_per_person(tmp_path: Path) -> None:
    """A queue lands two people's pull requests in one second; an agent's commits belong to the person around them."""
    s = Stream()
    last = s.add("begin", {"a.py": body("a")}, at=0)
    agent = "Claude <noreply@anthropic.com>"
    for k, by in enumerate(("Ada <ada@x>", "Ada <ada@x>", "Ben <ben@x>", agent, "Ben <ben@x>")):
        last = s.add(f"work {k}", {f"w{k}.py": body(f"w{k}")}, (last,), at=2, by=by, through=BOSS, written=1 + k / 50)
    assert sizes(s.read(tmp_path)) == [("rebase", 2), ("rebase", 3)]


def test_commits_written_before_the_last_landing_are_another_change(tmp_path: Path) -> None:
    """A maintainer rebases two changes of their own a minute apart; a session is written one after the other."""
    s = Stream()
    last = s.add("begin", {"a.py": body("a")}, at=0)
    minute = 1 / 1440
    for k, (at, written) in enumerate(((5, 3), (5 + minute, 4), (6, 6), (6 + 9 * minute, 6 + 8 * minute))):
        last = s.add(f"work {k}", {f"w{k}.py": body(f"w{k}")}, (last,), at=at, written=written)
    assert sizes(s.read(tmp_path)) == [("session", 1), ("session", 1), ("session", 2)]


def test_cherry_pick_is_not_a_second_change(tmp_path: Path) -> None:
    """A fix on a release branch, picked to main, and the branch merged: one change."""
    s = Stream()
    root = s.add("begin", {"a.py": body("a"), "b.py": body("b")}, at=0)
    side = s.add("fix on stable", {"a.py": [*body("a"), "fixed = 1"]}, (root,), at=1, branch="stable")
    main = s.add("work", {"b.py": [*body("b"), *body("c")]}, (root,), at=1.2)
    main = s.add("pick of it", {"a.py": [*body("a"), "fixed = 1"]}, (main,), at=2)
    s.add("Merge branch 'stable'", {}, (main, side), at=3)
    assert sizes(s.read(tmp_path)) == [("session", 1), ("session", 2)]


def test_squash_and_its_merged_branch_are_one_change(tmp_path: Path) -> None:
    """Squashed with a number, then merged all the same: what the branch's two commits add up to came in before."""
    s = Stream()
    root = s.add("begin", {"a.py": body("a")}, at=0)
    one = s.add("one", {"a.py": [*body("a"), *body("x", 3)]}, (root,), at=1, branch="topic")
    two = s.add("two", {"a.py": [*body("a"), *body("y", 4)]}, (one,), at=1.5, branch="topic")
    main = s.add("Add y (#7)", {"a.py": [*body("a"), *body("y", 4)]}, (root,), at=2)
    s.add("Merge branch 'topic'", {}, (main, two), at=3)
    assert sizes(s.read(tmp_path)) == [("squash", 3)]


def test_repeated_patch_on_one_line_of_history_is_a_new_change(tmp_path: Path) -> None:
    """Back to development after each release: the same lines, and each time a change of its own."""
    s = Stream()
    last = s.add("begin", {"v.py": ["version = 0", "dev = True"]}, at=0)
    for n in range(1, 4):
        last = s.add(f"release {n}", {"v.py": [f"version = {n}", "dev = False"]}, (last,), at=10 * n)
        last = s.add(f"back {n}", {"v.py": [f"version = {n}", "dev = True"]}, (last,), at=10 * n + 1)
    assert sizes(s.read(tmp_path)) == [("session", 1)] * 6


def pairs(patches: Mapping[str, object]) -> set[tuple[str, str]]:
    """Pairs of commits with one patch."""
    groups: dict[object, list[str]] = {}
    for sha, patch in patches.items():
        groups.setdefault(patch, []).append(sha)
    return {(a, b) for group in groups.values() for a in group for b in group if a < b}


@pytest.mark.parametrize("name", ["click", "borg"])
def test_equal_patches_are_those_of_git_patch_id(name: str, tmp_path: Path) -> None:
    """Pairs of commits with the same patch are those that `git patch-id` finds, over a whole history."""
    bundle = SHARED / f"corpora/{name}.bundle"
    if not bundle.exists():
        pytest.skip(f"the history {name} is not here")
    git("clone", "--quiet", "--bare", bundle, tmp_path / "r")
    repository = open_repository(str(tmp_path / "r"))
    known = line_tables(repository, read_commits(repository.git, repository.head, lambda _: None), None).patches
    patches = git("-C", tmp_path / "r", "log", "-p", "-U0", "--no-merges", "--full-index", "HEAD")
    said = git("-C", tmp_path / "r", "patch-id", "--stable", stdin=patches.encode())
    theirs = {sha: id_ for id_, sha in (line.split() for line in said.splitlines()) if sha in known}
    git_pairs, own_pairs = pairs(theirs), pairs({sha: known[sha] for sha in theirs})
    assert len(git_pairs) > 5
    # Here the order of hunks does not count, and a line keeps the path it was born in: few pairs differ.
    assert len(git_pairs & own_pairs) >= 0.7 * len(git_pairs | own_pairs)


def test_bootc_moves_from_merges_to_rebases(tmp_path: Path) -> None:
    """First-parent commits more than double on that day, units do not, and the panel is cut there."""
    bundle = SHARED / "corpora/bootc.bundle"
    if not bundle.exists():
        pytest.skip("the history bootc is not here")
    git("clone", "--quiet", "--bare", bundle, tmp_path / "r")
    history = load_path(str(tmp_path / "r"))
    landed = history.merged_changes[history.merged_changes["ai"].notna()]
    assert regime_starts(landed) == ("2025-09-29",)
    day, half = pd.Timestamp("2025-09-29", tz="UTC"), pd.Timedelta(days=168)
    seconds = git("-C", tmp_path / "r", "log", "--first-parent", "--format=%ct").split()
    firsts = pd.Series(pd.to_datetime([int(s) for s in seconds], unit="s", utc=True))

    def grew(when: pd.Series) -> float:
        return float(((when >= day) & (when < day + half)).sum() / ((when >= day - half) & (when < day)).sum())

    assert grew(firsts) > 2.2
    assert 1.1 < grew(landed["merged"]) < 1.3


def test_release_branch_releases_the_commits_it_grew_from(tmp_path: Path) -> None:
    """A tag on a branch that was never merged back releases what the branch shares with the mainline."""
    s = Stream()
    root = s.add("0", {"a.py": body("a")}, at=0)
    side = s.add("release 1.0", {"v.py": ["v = 1"]}, (root,), at=5, branch="stable")
    s.add("1", {"b.py": body("b")}, (root,), at=6)
    s.text += b"reset refs/tags/v1.0\nfrom :%d\n\n" % side
    repository = open_repository(str(imported(tmp_path / "r", s.text)))
    commits = read_commits(repository.git, repository.head, lambda _: None)
    found = first_releases(repository.git, commits, repository.tags)
    assert found is not None
    assert found.index.tolist() == [commits["sha"].iloc[0]]


def test_releases_are_tags_with_a_version(tmp_path: Path) -> None:
    """The first release that holds a commit counts; other tags, tags of trees and of tags are none."""
    s = Stream()
    marks = [s.add("0", {"a.py": body("a")}, at=0)]
    for n in range(1, 6):
        marks.append(s.add(str(n), {f"{n}.py": body(f"b{n}")}, (marks[-1],), at=10 * n))
    s.text += b"".join(
        b"tag v1.%d\nfrom :%d\ntagger A <a@b> %d +0000\ndata 1\nx\n" % (n, m, START + day * DAY)
        for n, m, day in ((0, 2, 15), (1, 4, 60))
    )
    s.text += b"tag nightly\nfrom :6\ntagger A <a@b> 1 +0000\ndata 1\nx\nreset refs/tags/1.0.1\nfrom :3\n\n"
    path = imported(tmp_path / "r", s.text)
    git("-C", path, "tag", "t9.9", "HEAD^{tree}")
    repository = open_repository(str(path))
    commits = read_commits(repository.git, repository.head, lambda _: None)
    found = first_releases(repository.git, commits, repository.tags)
    assert found is not None
    days = ((found - pd.Timestamp(START, unit="s", tz="UTC")).dt.total_seconds() / DAY).round()
    order = dict(zip(commits["sha"], commits["message"].str.strip(), strict=True))
    assert {order[sha]: day for sha, day in days.items()} == {"0": 15, "1": 15, "2": 20, "3": 60}
    assert first_releases(repository.git, commits, ()) is None


def test_long_tag_message_is_read_in_linear_time(tmp_path: Path) -> None:
    """Half a megabyte that looks like the headers of tags: each was searched to the end of all."""
    s = Stream()
    first = s.add("0", {"a.py": body("a")}, at=0)
    s.add("1", {"b.py": body("b")}, (first,), at=1)
    lie = b"object %s\ntype commit\n" % (b"a" * 40)
    text = lie * 8_000
    s.text += b"tag v1.0\nfrom :%d\ntagger A <a@b> %d +0000\ndata %d\n%s\n" % (first, START + 3 * DAY, len(text), text)
    repository = open_repository(str(imported(tmp_path / "r", s.text)))
    commits = read_commits(repository.git, repository.head, lambda _: None)
    began = time.process_time()
    found = first_releases(repository.git, commits, repository.tags)
    assert time.process_time() - began < 2
    assert found is not None
    assert found.tolist() == [pd.Timestamp(START + 3 * DAY, unit="s", tz="UTC")]
    assert found.index.tolist() == [commits["sha"].iloc[0]]
