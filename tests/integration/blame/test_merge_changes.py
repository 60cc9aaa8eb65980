"""Rows of `file_changes` for merges, against git blame at every commit of small histories."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.core.tables import records
from tests.conftest import git, imported
from tests.planting import Stream, body
from tests.replays import STEP, built, traced

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

# A line as git blame identifies it: commit, path and line number at its birth.
Line = tuple[str, str, int]
STEPS = st.lists(STEP.filter(lambda step: step[0] != "link"), min_size=1, max_size=10)


def blamed_lines(folder: Path, sha: str, path: str) -> list[Line]:
    """Return the lines of a file at a commit, by `git blame --porcelain`."""
    output = subprocess.run(
        ["git", "-C", str(folder), "blame", "--line-porcelain", sha, "--", path],
        capture_output=True,
        check=True,
        env=os.environ | {"GIT_CONFIG_GLOBAL": os.devnull},
    ).stdout.decode()
    lines: list[Line] = []
    head: list[str] = []
    for text in output.split("\n"):
        if text.startswith("\t"):
            continue
        words = text.split(" ")
        if len(words) in {3, 4} and len(words[0]) == 40:
            head = words
        elif words[0] == "filename":
            lines.append((head[0], text.removeprefix("filename "), int(head[1])))
    return lines


class BlamedHistory:
    """Every file of every commit of a history, as git blame sees it."""

    def __init__(self, folder: Path) -> None:
        """Blame all files of all commits that `main` reaches."""
        listed = [
            line.split() for line in git("-C", folder, "rev-list", "--parents", "--topo-order", "main").split("\n")
        ]
        self.parents = {words[0]: words[1:] for words in reversed(listed) if words}
        self.head = git("-C", folder, "rev-parse", "main").strip()
        self.files = {
            sha: {
                path: blamed_lines(folder, sha, path)
                for path in git("-C", folder, "ls-tree", "-r", "--name-only", sha).split("\n")
                if path
            }
            for sha in self.parents
        }
        self.lines = {sha: {line for lines in files.values() for line in lines} for sha, files in self.files.items()}
        self.generation: dict[str, int] = {}
        for sha, parents in self.parents.items():
            self.generation[sha] = 1 + max((self.generation[parent] for parent in parents), default=0)

    def written_by_merges(self) -> dict[tuple[str, str], int]:
        """Return, by merge and path, the number of lines that git blame gives to the merge itself."""
        counts = {
            (sha, path): sum(commit == sha for commit, _, _ in lines)
            for sha, files in self.files.items()
            if len(self.parents[sha]) > 1
            for path, lines in files.items()
        }
        return {key: count for key, count in counts.items() if count}

    def dropped_by_merges(self) -> dict[str, int]:
        """Return, by merge, how many lines it dropped first: not at head, and removed by no non-merge commit."""
        lost = {
            sha: set().union(*(self.lines[parent] for parent in parents)) - self.lines[sha]
            for sha, parents in self.parents.items()
        }
        ordinary = set().union(*(lost[sha] for sha, parents in self.parents.items() if len(parents) < 2))
        gone = ordinary | self.lines[self.head]
        counts: Counter[str] = Counter()
        merges = [sha for sha, parents in self.parents.items() if len(parents) > 1]
        for sha in sorted(merges, key=lambda sha: (self.generation[sha], sha)):
            dropped = lost[sha] - gone
            counts[sha] = len(dropped)
            gone |= dropped
        return {sha: count for sha, count in counts.items() if count}


def merge_rows(folder: Path) -> pd.DataFrame:
    """Return the rows of table `file_changes` that are of merges."""
    replay = traced(folder, rev="main")
    changes = replay.changes({})
    merges = {sha.decode() for sha, merge in zip(replay.lines.shas, replay.lines.is_merge, strict=True) if merge}
    return changes[changes["sha"].isin(merges)]


@given(STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_merge_rows_equal_git_blame(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]]
) -> None:
    """Conflict resolutions, evil merges, octopuses, renames, dropped sides, merges of merges."""
    folder = built(steps, tmp_path_factory.mktemp("made") / "r")
    git_history, rows = BlamedHistory(folder), merge_rows(folder)
    added = {(row.sha, row.path): row.added for row in rows.itertuples() if row.added}
    assert added == git_history.written_by_merges()
    deleted = rows.groupby("sha")["deleted"].sum()
    assert deleted[deleted > 0].to_dict() == git_history.dropped_by_merges()
    assert (rows["added"] + rows["deleted"] > 0).all()
    assert (rows["effective"] <= rows["added"]).all()


def one_row(rows: pd.DataFrame, sha: str) -> dict[str, object]:
    """Return the only row of a merge."""
    (row,) = records(rows[rows["sha"] == sha])
    return row


def commit_ids(folder: Path) -> list[str]:
    """Return commit ids, newest first."""
    return git("-C", folder, "rev-list", "--topo-order", "main").split()


def test_resolved_conflict_adds_the_lines_that_no_parent_has(tmp_path: Path) -> None:
    """Functions, decisions and lines of three characters are counted as in any commit."""
    history = Stream()
    base = history.add("begin", {"a.py": body("a")}, at=0)
    ours = history.add("ours", {"a.py": ["def f(x):", *body("a")]}, (base,), at=1)
    side = history.add("side", {"a.py": ["def f(y):", *body("a")]}, (base,), at=1.5, branch="side")
    merged = ["def f(x, y):", "    if x:", "pa", *body("a")]
    history.add("Merge branch 'side'", {"a.py": merged}, (ours, side), at=2)
    folder = imported(tmp_path / "r", history.text)
    row = one_row(merge_rows(folder), commit_ids(folder)[0])
    assert (row["path"], row["old_path"], row["status"], row["path_class"]) == ("a.py", "a.py", "M", "code")
    # Each side's own first line is gone, and no other commit removed it.
    assert (row["added"], row["deleted"], row["functions"], row["decisions"]) == (3, 2, 1, 1)
    assert (row["effective"], row["copied"]) == (2, 0)


def test_new_file_of_a_merge_is_an_addition(tmp_path: Path) -> None:
    """A file that no parent has, in a merge of three."""
    history = Stream()
    base = history.add("begin", {"a.py": body("a")}, at=0)
    sides = [
        history.add(name, {f"{name}.py": body(name)}, (base,), at=1, branch=name) for name in ("one", "two", "three")
    ]
    files = {f"{name}.py": body(name) for name in ("two", "three")}
    history.add("Merge branches", {**files, "new.py": body("new", 4)}, tuple(sides), at=2)
    folder = imported(tmp_path / "r", history.text)
    row = one_row(merge_rows(folder), commit_ids(folder)[0])
    assert (row["path"], row["status"], row["added"], row["deleted"]) == ("new.py", "A", 4, 0)


def test_side_that_a_merge_discards_is_deleted_once(tmp_path: Path) -> None:
    """A merge with `-s ours` drops the side's lines; merging that result onwards drops nothing again."""
    history = Stream()
    base = history.add("begin", {"a.py": body("a")}, at=0)
    side = history.add("side", {"a.py": [*body("a"), *body("lost", 3)]}, (base,), at=1, branch="side")
    ours = history.add("ours", {"b.py": body("b")}, (base,), at=1)
    first = history.add("Merge branch 'side'", {}, (ours, side), at=2)
    later = history.add("later", {"c.py": body("c")}, (side,), at=3, branch="side")
    history.add("Merge branch 'side' again", {"c.py": body("c")}, (first, later), at=4)
    folder = imported(tmp_path / "r", history.text)
    rows = merge_rows(folder)
    row = one_row(rows, git("-C", folder, "rev-parse", "main^1").strip())
    assert (len(rows), row["path"], row["status"], row["added"], row["deleted"]) == (1, "a.py", "M", 0, 3)


def test_clean_merge_has_no_row(tmp_path: Path) -> None:
    """Both sides changed one file, and the merge has the lines of both."""
    history = Stream()
    base = history.add("begin", {"a.py": body("a", 20)}, at=0)
    ours = history.add("ours", {"a.py": ["top", *body("a", 20)]}, (base,), at=1)
    side = history.add("side", {"a.py": [*body("a", 20), "end"]}, (base,), at=1, branch="side")
    history.add("Merge branch 'side'", {"a.py": ["top", *body("a", 20), "end"]}, (ours, side), at=2)
    assert merge_rows(imported(tmp_path / "r", history.text)).empty


def test_subtree_merge_writes_what_git_blame_gives_to_it(tmp_path: Path) -> None:
    """Files that moved into the folder are their authors'; a README whose name stays in use is the merge's.

    The merge also drops the line that the other README had at its own path.
    """
    history = Stream()
    ours = history.add("begin", {"README.md": ["ours"]}, at=0)
    theirs = history.add("other", {"README.md": ["theirs"], "x.py": body("x")}, at=1, branch="other")
    files = {"lib/README.md": ["theirs"], "lib/x.py": body("x")}
    history.add("Add 'lib/'", files, (ours, theirs), at=2)
    folder = imported(tmp_path / "r", history.text)
    rows = merge_rows(folder)
    merge = commit_ids(folder)[0]
    assert BlamedHistory(folder).written_by_merges() == {(merge, "lib/README.md"): 1}
    assert {row.path: (row.added, row.deleted) for row in rows.itertuples()} == {
        "README.md": (0, 1),
        "lib/README.md": (1, 0),
    }


def test_binary_file_of_a_merge_has_no_counts(tmp_path: Path) -> None:
    """A picture that no parent has is a row without lines, as in other commits."""
    history = Stream()
    base = history.add("begin", {"a.bin": ["\0 one"]}, at=0)
    ours = history.add("ours", {"a.bin": ["\0 two"]}, (base,), at=1)
    side = history.add("side", {"a.bin": ["\0 three"]}, (base,), at=1, branch="side")
    history.add("Merge branch 'side'", {"a.bin": ["\0 four"]}, (ours, side), at=2)
    folder = imported(tmp_path / "r", history.text)
    row = one_row(merge_rows(folder), commit_ids(folder)[0])
    assert row["path_class"] == "binary"
    assert pd.isna([row["added"], row["deleted"], row["effective"]]).all()
