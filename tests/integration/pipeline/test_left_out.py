"""What is counted as code, and that a report names what is not: planted histories, and git's own counts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from analyzer.history import start
from analyzer.history.file_classes import COUNTED_CLASSES, classify_paths
from tests.conftest import git, imported
from tests.planting import Stream, analyze_path, body, load_path

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.report.contract import AnalysisResult

POINTER = ["version https://git-lfs.github.com/spec/v1", "oid sha256:" + "0" * 64, "size 12345"]


def planted(tmp_path: Path) -> Path:
    """Return a repository with a file of every kind that no share counts, and with scripts and tests."""
    stream = Stream()
    files = {
        "src/app.py": body("app", 10),
        "bin/deploy": ["#!/usr/bin/env bash", *body("deploy", 4)],
        "tests/run": ["#!/usr/bin/env -S python3 -u", *body("run", 2)],
        "bin/notes": body("notes", 3),
        "tour.ipynb": body("tour", 40),
        "README.md": body("readme", 7),
        "data.json": body("data", 6),
        "uv.lock": body("lock", 5),
        "vendor/dep.py": body("dep", 9),
        "api_pb2.py": body("api", 8),
        "strange\u202eyp.\u202egnp": body("strange", 2),
        "dump.sql": POINTER,
        "real.sql": body("real", 4),
        ".gitattributes": ["*.sql filter=lfs diff=lfs merge=lfs -text", "*.weird linguist-detectable"],
        "rules.weird": body("rules", 11),
    }
    first = stream.add("Start", files, at=1)
    stream.add("Go on", {"src/app.py": [*body("app", 10), "done = 1"]}, (first,), at=2)
    return imported(tmp_path / "repository", stream.text)


def result_of(path: Path) -> AnalysisResult:
    """Return the result of an analysis."""
    return analyze_path(path).result


def test_report_names_what_is_left_out(tmp_path: Path) -> None:
    """Every kind with its lines, largest first, in the JSON and in one row of data quality."""
    result = result_of(planted(tmp_path))
    left_out = result.repository.left_out
    assert left_out is not None
    assert [(row.kind, row.files, row.lines_added, row.lines_at_head) for row in left_out] == [
        ("notebook", 1, 40, 40),
        ("vendored", 1, 9, 9),
        ("data", 2, 8, 8),
        ("generated", 1, 8, 8),
        ("docs", 1, 7, 7),
        ("lockfile", 1, 5, 5),
        ("unknown", 2, 5, 5),
        ("lfs", 1, 3, 3),
    ]
    (row,) = [row for row in result.data_quality if row.slug == "lines-left-out"]
    assert row.message == (
        "85 lines added to 10 files of other kinds than code and tests were left out: notebooks 40 (.ipynb 40), "
        "vendored 9, data and configuration 8 (.json 6, no ending 2), generated 8, docs 7, lockfiles 5, "
        "files of an unknown type 5 (no ending 3, .\ufffdgnp 2), pointers of Git LFS 3."
    )


def test_scripts_and_detectable_files_count(tmp_path: Path) -> None:
    """A first line names a script's language; attributes bring a file in; real text under Git LFS is no pointer."""
    result = result_of(planted(tmp_path))
    assert result.repository.languages is not None
    lines = {row.name: row.lines_added for row in result.repository.languages}
    assert lines == {"Python": 14, "other": 11, "Shell": 5, "SQL": 4}
    history = load_path(planted(tmp_path / "again"))
    assert history.file_changes is not None
    classes = dict(zip(history.file_changes["path"], history.file_changes["path_class"], strict=True))
    assert (classes["bin/deploy"], classes["tests/run"], classes["bin/notes"]) == ("code", "test", "unknown")
    assert (classes["dump.sql"], classes["real.sql"]) == ("lfs", "code")


def test_settings_of_the_commit_are_reported_without_scripts(tmp_path: Path) -> None:
    """What .gitattributes changes is what it changes alone: three lines of the pointer out, eleven in."""
    (setting,) = result_of(planted(tmp_path)).repository_settings
    assert (setting.file, setting.changed) == (".gitattributes", 14)


def test_nothing_left_out_is_not_mentioned(tmp_path: Path) -> None:
    """A repository of code alone has no such row, and an empty list."""
    stream = Stream()
    stream.add("Start", {"a.py": body("a")}, at=1)
    result = result_of(imported(tmp_path / "r", stream.text))
    assert result.repository.left_out == []
    assert "lines-left-out" not in {row.slug for row in result.data_quality}


def test_lines_of_a_committed_conflict_count_once(tmp_path: Path) -> None:
    """Lines written in a side of jj's conflict count where the resolution puts them, and no more when they move."""
    stream = Stream()
    base, conflict = body("base", 8), body("resolved_by_hand", 6)
    first = stream.add("Start", {"a.py": base}, at=1)
    sides = {f".jjconflict-{side}/a.py": base for side in ("base-0", "side-0", "side-1")}
    sides[".jjconflict-side-0/a.py"] = [*base, *conflict]
    second = stream.add("Conflict", {**sides, "JJ-CONFLICT-README": ["made by jj"]}, (first,), at=2)
    third = stream.add("Resolve", {"a.py": [*base, *conflict], **{path: [] for path in sides}}, (second,), at=3)
    stream.add(
        "Move", {"a.py": [*base, "last = compute(base)"], "b.py": [*conflict, *body("other", 3)]}, (third,), at=4
    )
    definitions = {d.id: d.n for d in result_of(imported(tmp_path / "r", stream.text)).share.definitions}
    assert definitions["lines_added"] == 8 + 6 + 10
    assert definitions["lines_effective"] == 8 + 6 + 4
    assert definitions["lines_surviving"] == 8 + 10


@pytest.mark.parametrize("with_tests", [False, True])
def test_without_tests_nothing_is_said_of_tests(tmp_path: Path, with_tests: bool) -> None:
    """A history without a test file has no rate of commits that touch tests, in no figure and in no trend."""
    stream = Stream()
    parents: tuple[int, ...] = ()
    for day in range(12):
        trailer = "\n\nCo-authored-by: Claude <noreply@anthropic.com>" if day % 2 else ""
        files = {"src/app.py": body("app", day + 1)}
        if with_tests and day % 3 == 0:
            files["tests/test_app.py"] = body("test", day + 1)
        parents = (stream.add(f"Work {day}{trailer}", files, parents, at=day + 1),)
    result = result_of(imported(tmp_path / "r", stream.text))
    assert result.outcomes is not None
    assert result.trends is not None
    (outcome,) = [outcome for outcome in result.outcomes if outcome.id == "test_cochange"]
    assert (outcome.marked is None and outcome.pooled is None) is not with_tests
    assert ("test_cochange" in {trend.id for trend in result.trends}) is with_tests
    if not with_tests:
        assert outcome.note == "This clone or range lacks what it reads."


def test_left_out_and_counted_lines_are_those_of_numstat(fixture_repos: dict[str, Path]) -> None:
    """By class, lines added equal git's numstat with combined diffs, and lines at head `git grep --count`."""
    path = fixture_repos["landings"]
    log = git("--git-dir", path, "log", "--no-merges", "--format=", "--numstat", "--no-renames", "main")
    rows = [line.split("\t") for line in log.splitlines() if line and not line.startswith("-")]
    expected: Counter[str] = Counter()
    for (added, _, _), kind in zip(rows, classify_paths([row[2] for row in rows], {}), strict=True):
        expected[kind] += int(added)
    for line in git("--git-dir", path, "log", "--merges", "--cc", "--format=", "main").splitlines():
        if line.startswith("diff --cc "):
            (kind,) = classify_paths([line.removeprefix("diff --cc ")], {})
        # Neither parent has the line.
        expected[kind] += line.startswith("++") and not line.startswith("+++")
    result = result_of(path)
    assert result.repository.left_out is not None
    assert result.repository.languages is not None
    left_out = {row.kind: row.lines_added for row in result.repository.left_out}
    counted = sum(row.lines_added for row in result.repository.languages)
    assert left_out == {kind: n for kind, n in expected.items() if kind not in COUNTED_CLASSES and n}
    assert counted == sum(expected[kind] for kind in COUNTED_CLASSES)


@pytest.fixture
def old_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository of 2014 whose first mark is of this decade; even one old commit is left out."""
    monkeypatch.setattr(start, "_MIN_OLD_COMMITS", 1)
    stream, day = Stream(), -4_000
    mark = stream.add("Start", {"old.py": body("old", 20), "touched.py": body("touched", 8)}, at=day)
    for n in range(3):
        mark = stream.add(f"Go on {n}", {f"old_{n}.py": body(f"old_{n}", 5)}, (mark,), at=day + n)
    mark = stream.add("Write", {"new.py": body("new", 4)}, (mark,), at=1)
    agent = "Add\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
    stream.add(agent, {"ai.py": body("ai", 6), "touched.py": body("touched", 7)}, (mark,), at=2)
    return imported(tmp_path / "repository", stream.text)


def test_old_lines_are_a_lump_at_head_and_unknown_before(old_project: Path) -> None:
    """Lines added count since the start, old ones at head as unmarked; no earlier period says 0; a row says so."""
    result = result_of(old_project)
    definitions = {definition.id: definition for definition in result.share.definitions}
    assert definitions["lines_added"].n == 4 + 6
    assert definitions["lines_surviving"].n == definitions["lines_blamed"].n == 20 + 7 + 15 + 4 + 6
    assert definitions["lines_surviving"].marked == pytest.approx(6 / 52)
    assert definitions["lines_surviving"].at_most == pytest.approx(10 / 52)
    assert definitions["commits"].n == 6
    periods = {row.definition: row.period for row in reversed(result.share.by_period)}
    assert periods["commits"] < "2019"
    assert periods["lines_added"] == periods["lines_surviving"] == "2019-07"
    (row,) = [row for row in result.data_quality if row.slug == "older-lines"]
    assert "42 older lines" in row.message


def test_whole_history_follows_old_lines_too(old_project: Path) -> None:
    """With the option every line counts where it was added, and nothing is left to say."""
    result = analyze_path(old_project, whole_history=True).result
    definitions = {definition.id: definition for definition in result.share.definitions}
    assert definitions["lines_added"].n == 20 + 8 + 15 + 4 + 6
    assert definitions["lines_surviving"].n == 52
    assert not [row for row in result.data_quality if row.slug == "older-lines"]


def test_selected_files_need_the_whole_history(old_project: Path) -> None:
    """Which old commits touch the selected files is known only if their changes are read."""
    result = analyze_path(old_project, include=("old*.py",)).result
    definitions = {definition.id: definition for definition in result.share.definitions}
    assert definitions["commits"].n == 4
    assert definitions["lines_added"].n == 35
