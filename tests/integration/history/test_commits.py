"""Commits and changes against git's own other commands, and against the path fixture's truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analyzer.history import commits
from analyzer.history.repository import open_repository
from analyzer.share.line_counts import lines_by_commit
from tests.conftest import git
from tests.planting import load_path

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.pipeline.load import History


@pytest.fixture(scope="module")
def history(fixture_repos: dict[str, Path]) -> History:
    """The path fixture, read."""
    return load_path(str(fixture_repos["paths"]))


def _classes(history: History) -> dict[str, str]:
    assert history.file_changes is not None
    return dict(zip(history.file_changes["path"], history.file_changes["path_class"], strict=True))


def test_line_counts_equal_git_numstat(fixture_repos: dict[str, Path]) -> None:
    """Added and deleted lines over files and no links equal `git log --numstat` without the links' rows."""
    for name in ("landings", "dialects"):
        found = load_path(str(fixture_repos[name])).file_changes
        assert found is not None
        said = git("--git-dir", fixture_repos[name], "log", "--no-merges", "--format=", "--numstat", "-M", "main")
        rows = [line.split("\t") for line in said.splitlines() if line]
        merges = git("--git-dir", fixture_repos[name], "rev-list", "--merges", "main").split()
        found = found[~found["sha"].isin(merges)]
        assert found["added"].sum() == sum(int(row[0]) for row in rows)
        assert found["deleted"].sum() == sum(int(row[1]) for row in rows)
        assert len(found) == len(rows)


def test_path_classes(history: History) -> None:
    """Attributes override patterns, links and binaries are facts, lockfiles never count."""
    classes = _classes(history)
    assert classes["src/core.py"] == "code"
    assert classes["tests/test_app.py"] == "test"
    assert classes["tests/data.json"] == "data"
    assert classes["package-lock.json"] == "lockfile"
    assert classes["src/api_pb2.py"] == "generated"
    assert classes["src/gen/out.py"] == "generated"
    assert classes["src/manual.py"] == "docs"
    assert classes["src/vendor/own.py"] == "code"
    assert classes["logo.png"] == "binary"
    assert classes["link.py"] == "link"
    assert classes["sub"] == "link"
    assert history.file_changes is not None
    assert history.file_changes.loc[history.file_changes["path_class"].isin(["link", "binary"]), "added"].isna().all()


def test_odd_paths_survive(history: History) -> None:
    """Blanks, tabs, quotes, newlines, leading dashes and colons, and bytes that are no UTF-8."""
    odd = {"src/with space.py", 'src/tab\tand "quote".py', "src/new\nline.py", "src/back\\slash.py", "src/naïve.py"}
    assert odd | {"-n.py", ":colon.py", "src/latin\\xe9.py"} <= set(_classes(history))


def test_counted_lines(history: History) -> None:
    """Forty lines of code and tests were added, counted by hand from the stream; a rename adds only its edit."""
    assert history.file_changes is not None
    lines = lines_by_commit(history.file_changes)
    assert int(lines["lines_added"].sum()) == 40
    rename = history.file_changes[history.file_changes["status"] == "R"].iloc[0]
    assert (rename["old_path"], rename["path"], rename["added"], rename["deleted"]) == (
        "src/app.py",
        "src/core.py",
        1,
        0,
    )


def test_identities_and_time_zones_are_normalised(history: History) -> None:
    """Mailmap, noreply accounts and full names make one Ada; zones become UTC; a marked encoding is decoded."""
    assert history.people["person"].nunique() == 3
    subjects = [m.split("\n", 1)[0] for m in history.commits["message"]]
    assert "café in latin-1" in subjects
    east = history.commits.iloc[subjects.index("east of noon")]
    assert east["committed"].isoformat() == "2024-01-12T09:00:00+00:00"
    false = history.commits.iloc[subjects.index("false author date")]
    assert false["authored"].year == 2001
    assert false["committed"].year == 2024


def test_commit_skeleton_equals_the_table_without_text(fixture_repos: dict[str, Path]) -> None:
    """The same commits in the same order with the same dates, unplaceable ones included."""
    for path in fixture_repos.values():
        repository = open_repository(str(path))
        whole = commits.read_commits(repository.git, repository.head, lambda _: None)
        bare = commits.read_commit_graph(repository.git, repository.head)
        pd.testing.assert_frame_equal(bare, whole[["sha", "parents", "committed"]])
