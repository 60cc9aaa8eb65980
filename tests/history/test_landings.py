"""The unit rule on the landing fixture: what came in together, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.core.tables import COMMITS, records
from analyzer.history import commits
from analyzer.history.merged_changes import CommitGraph, find_merged_changes, merge_number, squash_number
from analyzer.pipeline.load import History
from tests.planting import load_path

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def history(fixture_repos: dict[str, Path]) -> History:
    """The landing fixture, read."""
    return load_path(str(fixture_repos["landings"]))


def test_units_are_what_a_reviewer_calls_merged_changes(history: History) -> None:
    """Kinds, sizes and declared parts of every unit, in landing order."""
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


def test_a_unit_belongs_to_its_author_not_to_the_merger(history: History) -> None:
    """Linus merges, Grace wrote; only an agent's unsigned work falls to the merger, and on the web to nobody."""
    people = dict(zip(history.commits["author_name"], history.people["person"], strict=True))
    owner = dict(zip(history.merged_changes["merged_change"], history.merged_changes["person"], strict=True))
    assert owner["pr:7"] == people["Grace Hopper"]
    assert owner["pr:9"] == people["Grace Hopper"]
    assert owner["pr:10"] == people["Linus Mergeman"]
    assert not isinstance(owner["pr:11"], str)
    assert not isinstance(owner["pr:12"], str)


def test_a_number_of_another_project_is_another_change(history: History) -> None:
    """Number 7 occurs twice with two titles: two units, the older one keeps the number as its name."""
    assert [u for u in history.merged_changes["merged_change"] if u == "pr:7"] == ["pr:7"]
    assert [row["commits"] for row in records(history.merged_changes) if row["merged_change"] == "pr:7"] == [3]


def test_side_branches_land_when_the_mainline_takes_them(history: History) -> None:
    """A pull request merged into stable is dated by the mainline merge that brought stable in."""
    dates = history.commits.set_index("sha")["committed"]
    subjects = {
        m.split("\n", 1)[0]: sha for sha, m in zip(history.commits["sha"], history.commits["message"], strict=True)
    }
    merged = dict(zip(history.merged_changes["merged_change"], history.merged_changes["merged"], strict=True))
    assert merged["pr:9"] == dates[subjects["Merge branch 'stable'"]]


def test_every_non_merge_commit_is_in_exactly_one_unit(history: History) -> None:
    """Units partition the history: nothing is lost, nothing counts twice."""
    plain = [row["sha"] for row in records(history.commits) if " " not in row["parents"]]
    assert sorted(history.merged_change_of) == sorted(plain)
    assert int(history.merged_changes["commits"].sum()) == len(plain)


@st.composite
def _histories(draw: st.DrawFn) -> list[tuple[list[int], str]]:
    """Any DAG of up to 25 commits: parents point back, messages are of every landing kind."""
    kinds = (
        "work",
        "Fix it (#{n})",
        "Merge pull request #{n} from x/y",
        "Merge branch 'main' into x",
        "Merge branch 'topic'",
    )
    rows: list[tuple[list[int], str]] = []
    for n in range(draw(st.integers(1, 25))):
        parents = [] if n == 0 else draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=3, unique=True))
        rows.append((parents, draw(st.sampled_from(kinds)).replace("{n}", str(draw(st.integers(1, 9))))))
    return rows


@given(_histories())
@settings(max_examples=200)
def test_units_partition_any_history(rows: list[tuple[list[int], str]]) -> None:
    """On any commit graph, each commit reachable from head and no merge is in exactly one unit."""
    shas = [f"{n:02x}" * 20 for n in range(len(rows))]
    table = COMMITS.frame(
        (
            shas[n],
            " ".join(shas[p] for p in parents),
            *["x"] * 6,
            commits._parse_time("1704099600"),
            commits._parse_time(str(1704099600 + n)),
            message,
        )
        for n, (parents, message) in enumerate(rows)
    )
    graph = CommitGraph(table, dict.fromkeys(shas, "a"), dict.fromkeys(shas, "a"))
    found = find_merged_changes(graph, shas[-1])
    members = [sha for landing in found for sha in landing.members]
    reached = graph.reachable([shas[-1]], set())
    assert sorted(members) == [sha for sha in reached if len(graph.parents[sha]) < 2]
    assert len({landing.name for landing in found}) == len(found)


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("Merge pull request #12 from a/b\n\nTitle", "12"),
        ("Merged in feature/x (pull request #34)\n\nTitle", "34"),
        ("Merge branch 'x' into 'main'\n\nTitle\n\nSee merge request group/app!56", "56"),
        ("Auto merge of #78 - x:y, r=z", "78"),
        ("Merge branch 'x'", None),
        ("Title (#90)", "90"),
    ],
)
def test_merge_numbers(message: str, number: str | None) -> None:
    """The pull-request number in the merge messages of the big hosts."""
    assert merge_number(message) == number


def test_squash_numbers_end_the_subject() -> None:
    """An issue mentioned in the middle is no pull request."""
    assert squash_number("Fix (#12)") == "12"
    assert squash_number("Fix (#12) for good") is None
