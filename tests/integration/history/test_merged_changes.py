"""The unit rule on the landing fixture: what came in together, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analyzer.core.tables import records
from tests.planting import load_path

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.pipeline.load import History


@pytest.fixture(scope="module")
def history(fixture_repos: dict[str, Path]) -> History:
    """The landing fixture, read."""
    return load_path(str(fixture_repos["landings"]))


def test_merged_changes_of_the_fixture_are_as_listed(history: History) -> None:
    """Kind, size and marked part of every merged change of the fixture, in landing order."""
    subject = {row["sha"]: row["message"].split("\n", 1)[0] for row in records(history.commits)}
    found = [
        (subject[row["sha"]], row["kind"], row["commits"], None if row["ai"] != row["ai"] else row["ai"])
        for row in records(history.merged_changes.astype({"ai": "float64"}))
    ]
    assert found == [
        ("direct, same session", "session", 2, 0.0),
        ("direct, next day", "session", 1, 0.0),
        ("Merge pull request #7 from example/feature", "merge", 3, pytest.approx(1 / 3)),
        ("Add parser (#8)", "squash", 2, 0.5),
        ("Merge branch 'old'", "merge", 2, 0.0),
        ("main goes on", "session", 1, 0.0),
        ("stable direct fix", "session", 1, 0.0),
        ("Merge pull request #9 from example/stablepr", "merge", 1, 0.0),
        ("Merge branches 'o1' and 'o2'", "merge", 2, 0.0),
        ("Merge pull request #10 from example/agent", "merge", 1, 1.0),
        ("Agent squash (#11)", "squash", 1, 1.0),
        ("Bump x from 1 to 2 (#12)", "squash", 1, None),
        ("local direct push", "session", 1, 0.0),
        ("remote direct push", "session", 1, 0.0),
        ("rebased one", "rebase", 1, 0.0),  # two people in one stroke: two changes
        ("rebased two", "rebase", 1, 0.0),
        ("rebased, next", "rebase", 1, 0.0),
        ("Another project (#7)", "squash", 1, 0.0),
    ]


def test_merged_change_belongs_to_its_author_not_to_the_merger(history: History) -> None:
    """Linus merges, Grace wrote; only an agent's unsigned work falls to the merger, and on the web to nobody."""
    people = dict(zip(history.commits["author_name"], history.people["person"], strict=True))
    owner = dict(zip(history.merged_changes["merged_change"], history.merged_changes["person"], strict=True))
    assert owner["pr:7"] == people["Grace Hopper"]
    assert owner["pr:9"] == people["Grace Hopper"]
    assert owner["pr:10"] == people["Linus Mergeman"]
    assert not isinstance(owner["pr:11"], str)
    assert not isinstance(owner["pr:12"], str)


def test_reused_number_is_another_merged_change(history: History) -> None:
    """Number 7 occurs twice with two titles: two units, the older one keeps the number as its name."""
    assert [u for u in history.merged_changes["merged_change"] if u == "pr:7"] == ["pr:7"]
    assert [row["commits"] for row in records(history.merged_changes) if row["merged_change"] == "pr:7"] == [3]


def test_side_branch_lands_with_its_mainline_merge(history: History) -> None:
    """A pull request merged into stable is dated by the mainline merge that brought stable in."""
    dates = history.commits.set_index("sha")["committed"]
    subjects = {
        m.split("\n", 1)[0]: sha for sha, m in zip(history.commits["sha"], history.commits["message"], strict=True)
    }
    merged = dict(zip(history.merged_changes["merged_change"], history.merged_changes["merged"], strict=True))
    assert merged["pr:9"] == dates[subjects["Merge branch 'stable'"]]


def test_every_non_merge_commit_is_in_one_merged_change(history: History) -> None:
    """Units partition the history: nothing is lost, nothing counts twice."""
    plain = [row["sha"] for row in records(history.commits) if " " not in row["parents"]]
    assert sorted(history.merged_change_of) == sorted(plain)
    assert int(history.merged_changes["commits"].sum()) == len(plain)
