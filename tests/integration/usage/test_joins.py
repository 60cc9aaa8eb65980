"""People are joined by the identity rules of commits, commits by their id, and what nobody lists stays missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from analyzer.config import UsageSource
from analyzer.panel import panel_from_changes
from analyzer.panel.usage_cells import usage_by_cell, with_commit_usage, with_person_usage
from analyzer.usage.calibration import marks_on_days, recall_by_usage
from analyzer.usage.files import UsageFile
from analyzer.usage.join import Usage, change_shares, join_usage
from analyzer.usage.tables import read_table
from tests.conftest import imported
from tests.planting import DAY, START, Stream, body, load_path

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.pipeline.load import History

CLAUDE = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"
ADA, OLD_ADA = "Ada Lovelace <ada@example.com>", "Ada Lovelace <ada@old.example>"
GRACE = "Grace Hopper <12345+grace-h@users.noreply.github.com>"
ALAN = "Alan Turing <77-alan@users.noreply.gitlab.example.org>"
TEAM = "{} <team@example.com>"


def day(number: int) -> str:
    """Day `number` of the planted history, from 0."""
    return str(pd.Timestamp(START + number * DAY, unit="s").date())


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Commits of seven people on days 0 to 9; three names share an address; .mailmap gives Ada a new address."""
    stream = Stream()
    stream.add("mailmap", {".mailmap": ["Ada Lovelace <ada@example.com> <ada@old.example>"]}, at=0, by=OLD_ADA)
    people = [ADA, GRACE, ALAN, OLD_ADA, *(TEAM.format(name) for name in ("Joe Doe", "Jane Roe", "Max Moe"))]
    for k, by in enumerate(people, start=1):
        stream.add(f"change {k}{CLAUDE if k % 2 else ''}", {f"f{k}.py": body(f"x{k}")}, at=k, by=by)
    stream.add("change 8", {"f8.py": body("y")}, at=9, by=ADA)
    return load_path(imported(tmp_path / "r", stream.text))


def joined(history: History, *texts: str, **source: Any) -> Usage:
    """The usage of CSV texts joined with a history."""
    files = [UsageFile(UsageSource(file="u.csv", **source), text.encode()) for text in texts]
    tables = [read_table(file) for file in files]
    return join_usage(tables, history.commits, history.labels, history.directory, history.repository.name)


def person(history: History, subject: str) -> str:
    """Key of who wrote a commit."""
    sha = history.commits.loc[history.commits["message"].str.startswith(subject), "sha"].iloc[0]
    return str(history.labels.loc[history.labels["sha"] == sha, "person"].iloc[0])


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("ada@example.com", "change 1"),
        ("ADA@Example.com", "change 1"),
        ("ada@old.example", "change 1"),
        ("12345+grace-h@users.noreply.github.com", "change 2"),
        ("grace-h@users.noreply.github.com", "change 2"),
        ("Grace-H", "change 2"),
        ("alan", "change 3"),
        ("lovelace", "change 1"),
    ],
)
def test_people_are_found(history: History, text: str, subject: str) -> None:
    """Addresses before and after .mailmap, noreply forms, accounts of any host, and `logins` name one person."""
    usage = joined(
        history, f"person,day,amount\n{text},{day(1)},1\n", complete=True, logins={"Lovelace": "ADA@old.example"}
    )
    lookup = usage.files[0]
    assert (lookup.matched, lookup.unmatched, lookup.subjects) == (1, 0, 1)
    whole = joined(
        history,
        f"person,day,amount\n{text},{day(0)},1\n{text},{day(9)},0\n",
        complete=True,
        logins={"lovelace": "ada@example.com"},
    )
    assert set(whole.days["person"]) == {person(history, subject)}


@pytest.mark.parametrize(
    "text", ["nobody@example.com", "team@example.com", "12345", "noreply@anthropic.com", "a@b@c", "@"]
)
def test_nobody_is_guessed(history: History, text: str) -> None:
    """A stranger, an address that several people share, and a number are nobody, and are counted."""
    usage = joined(history, f"person,day,amount\n{text},{day(1)},1\n")
    assert (usage.files[0].matched, usage.files[0].unmatched) == (0, 1)
    assert usage.days.empty


def statements(usage: Usage) -> dict[str, bool]:
    """Day → used, of one person's usage."""
    return dict(zip(usage.days["day"].dt.strftime("%Y-%m-%d"), usage.days["used"].astype(bool), strict=True))


def test_missing_days_are_missing(history: History) -> None:
    """Ada commits on days 0, 1, 4 and 9. A row is what it says; a day without one is no use only where that is sure."""
    ada = f"person,day,amount\nada@example.com,{day(1)},2\nada@example.com,{day(4)},0\n"
    others = f"stranger@example.com,{day(0)},1\nstranger@example.com,{day(2)},1\n"
    assert statements(joined(history, ada + others)) == {day(1): True, day(4): False}
    assert statements(joined(history, ada + others, complete=True)) == {day(0): False, day(1): True, day(4): False}
    lists = "day,user_login,code_acceptance_activity_count\n"
    report = f"{lists}{day(0)},stranger,1\n{day(1)},ada-l,1\n{day(9)},stranger,0\n"
    assert statements(joined(history, report, logins={"ada-l": "ada@example.com"})) == {
        day(0): False,
        day(1): True,
        day(9): False,
    }


def test_two_files_of_one_person(history: History) -> None:
    """Use in any file is use; no use needs every file that has the person."""
    one = f"person,day,amount\nada@example.com,{day(1)},1\nada@example.com,{day(4)},0\nada@example.com,{day(9)},0\n"
    two = f"person,day,amount\nada@example.com,{day(1)},0\nada@example.com,{day(4)},0\n"
    assert statements(joined(history, one, two)) == {day(1): True, day(4): False}


def lines_of(history: History, *rows: tuple[str, int, int, int]) -> str:
    """CSV of (subject, digits of the id, AI lines, other lines)."""
    text = "commit,ai_lines,other_lines\n"
    for subject, digits, ai_lines, other_lines in rows:
        sha = history.commits.loc[history.commits["message"].str.startswith(subject), "sha"].iloc[0]
        text += f"{sha[:digits]},{ai_lines},{other_lines}\n"
    return text


def test_commits_are_joined_by_full_and_short_ids(history: History) -> None:
    """Two lengths of an id are one commit; contradictory rows say nothing; other histories' commits are unmatched."""
    rows = [("change 1", 40, 3, 1), ("change 1", 12, 3, 1), ("change 2", 10, 1, 1), ("change 2", 40, 9, 9)]
    usage = joined(history, lines_of(history, *rows) + f"{'0' * 40},1,1\n")
    assert (usage.files[0].matched, usage.files[0].unmatched) == (4, 1)
    assert usage.commits[["ai_lines", "other_lines"]].to_numpy().tolist() == [[3.0, 1.0]]


def test_an_ambiguous_id_is_no_commit(history: History) -> None:
    """An abbreviation that two commits begin with is nobody's."""
    commits = history.commits.head(2).assign(sha=["abcdef1" + "0" * 33, "abcdef1" + "1" * 33])
    labels = history.labels.head(2).assign(sha=commits["sha"])
    tables = [read_table(UsageFile(UsageSource(file="u"), b"commit,ai_lines,other_lines\nabcdef1,1,1\nabcdef10,2,2\n"))]
    usage = join_usage(tables, commits, labels, history.directory, "r")
    assert usage.commits["sha"].tolist() == ["abcdef1" + "0" * 33]


def test_a_change_with_an_unlisted_commit_is_unknown() -> None:
    """Lines add up over the commits of a change; one unlisted commit, or no lines at all, makes it unknown."""
    commits = pd.DataFrame({"sha": list("abce"), "ai_lines": [2.0, 1.0, 5.0, 0.0], "other_lines": [0.0, 1.0, 5.0, 0.0]})
    changes = {"a": "one", "b": "one", "c": "two", "d": "two", "e": "three", "f": "four"}
    assert change_shares(Usage(commits=commits), changes).to_dict() == {"one": 0.75}


def changes_of(rows: list[tuple[str, str, float]]) -> pd.DataFrame:
    """A table of merged changes: person, day, marked share."""
    table = pd.DataFrame(rows, columns=["person", "merged", "ai"])
    merged = pd.to_datetime(table["merged"], utc=True)
    return table.assign(merged=merged, merged_change=[f"c{k}" for k in range(len(table))], kind="direct", commits=1)


CHANGES = [("a", "2026-01-05", 1.0), ("a", "2026-01-06", 0.0), ("b", "2026-01-07", 0.0), ("a", "2026-02-10", 1.0)]


def test_cells_count_days_and_leave_the_outcome_alone() -> None:
    """K of N per person and period, by hand; people and days outside of the panel are left out; NaN without a day."""
    panel = panel_from_changes(changes_of(CHANGES))
    listed = [("a", "2026-01-05", True), ("a", "2026-01-06", False), ("a", "2026-02-10", True)]
    listed += [("z", "2026-01-05", True), ("a", "2020-01-05", True), ("b", "2030-01-05", True)]
    days = pd.DataFrame(listed, columns=["person", "day", "used"]).assign(
        day=lambda t: pd.to_datetime(t["day"], utc=True)
    )
    used, active = usage_by_cell(panel, days)
    assert used.tolist() == [[1.0, 1.0], [0.0, 0.0]]
    assert active.tolist() == [[2.0, 1.0], [0.0, 0.0]]
    by_usage = with_person_usage(panel, days)
    assert by_usage.usage is not None
    assert by_usage.usage[0].tolist() == [0.5, 1.0]
    assert np.isnan(by_usage.usage[1]).all()
    assert (by_usage.y == panel.y).all()
    assert by_usage.take(np.array([1])).usage.shape == (1, 2)  # type: ignore[union-attr]  # it has one


def test_unknown_changes_are_in_neither_side_of_the_share() -> None:
    """A change without lines counts as output, and in neither K nor N; its mark does not come back."""
    changes = changes_of(CHANGES)
    panel = with_commit_usage(panel_from_changes(changes), changes, pd.Series({"c1": 0.25, "c3": 0.0}))
    assert panel.y.tolist() == [[2.0, 1.0], [1.0, 0.0]]
    assert panel.ai.tolist() == [[0.25, 0.0], [0.0, 0.0]]
    assert panel.n.tolist() == [[1.0, 1.0], [0.0, 0.0]]


def test_recall_of_marks_by_usage(history: History) -> None:
    """Of three listed commits two hold AI lines, and one of these is marked."""
    rows = [("change 1", 40, 3, 1), ("change 2", 40, 2, 2), ("change 3", 40, 0, 4)]
    usage = joined(history, lines_of(history, *rows))
    recall = recall_by_usage(usage, history.labels, history.committed, set(history.commits["sha"]))
    assert recall is not None
    assert (recall.n, recall.marked) == (2, 1)
    assert recall_by_usage(usage, history.labels, history.committed, set()) is None


def test_days_bound_recall_over_five_people_and_more(history: History) -> None:
    """Commits of days with and without use, and the marked of each; nothing over fewer than five people."""
    people = ["ada@example.com", "grace-h", "alan"]
    text = "person,day,amount\n" + "".join(f"{who},{day(k)},{int(k != 3)}\n" for k, who in enumerate(people, start=1))
    usage = joined(history, text)
    inside = set(history.commits["sha"])
    assert marks_on_days(usage, history.commits, history.labels, inside) is None
    more = pd.DataFrame({"person": ["p4", "p5"], "day": usage.days["day"].iloc[:2].tolist(), "used": [True, True]})
    days = pd.concat([usage.days, more], ignore_index=True)
    counts = marks_on_days(Usage(usage.files, days), history.commits, history.labels, inside)
    assert counts is not None
    assert tuple(counts) == (2, 1, 1, 1)


def test_a_repository_is_matched_by_its_name(history: History) -> None:
    """The last part of the name counts; other repositories' rows are unmatched."""
    text = f"repository,day,amount\nacme/r,{day(1)},2\nhttps://h/acme/R.git,{day(2)},3\nacme/other,{day(1)},9\n"
    usage = joined(history, text)
    assert (usage.files[0].matched, usage.files[0].unmatched, usage.files[0].amount) == (2, 1, 5.0)
