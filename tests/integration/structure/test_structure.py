"""Functions that commits touch, from git to the report: planted histories, moves, samples, caches."""

from __future__ import annotations

import csv
import io
import json
import math
import random
from dataclasses import replace
from itertools import chain
from time import process_time
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analyzer.cli import run
from analyzer.config import Settings
from analyzer.core.messages import MESSAGES
from analyzer.core.progress import no_progress
from analyzer.errors import UsageError
from analyzer.outcomes.structure import COMPLEXITY_GROWTH, NEW_COMPLEXITY
from analyzer.pipeline.configured_repository import open_configured
from analyzer.pipeline.inputs import outcome_inputs, share_inputs, time_window
from analyzer.pipeline.load import load_history
from analyzer.pipeline.read_structure import read_structure
from analyzer.structure import reading
from analyzer.structure.sample import MAX_FILES_PER_COMMIT
from tests.conftest import imported
from tests.planting import Stream, analyze_path, load_path

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.inference.results import BoundedAnswer
    from analyzer.report.contract import AnalysisResult
    from analyzer.structure.run import StructureTables

MARK = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"
SIMPLE = ["def work(x):", "    for y in x:", "        if y:", "            print(y)", "    return x", ""]


def structure_of(path: Path, cache_dir: Path | None = None, **flags: object) -> StructureTables | None:
    """The functions that the commits of a repository touch, those that nothing is compared with included."""
    history = load_history(open_configured(str(path), flags))
    window = time_window(history)
    shares = share_inputs(history, window)
    return read_structure(history, shares, window, cache_dir, no_progress, compared_only=False)


def required(path: Path, cache_dir: Path | None = None, **flags: object) -> StructureTables:
    """The same where they must have been read."""
    tables = structure_of(path, cache_dir, **flags)
    assert tables is not None
    return tables


def changes(tables: StructureTables) -> list[tuple[str, str, str]]:
    """Path, name and change of every function."""
    columns = tables.function_changes[["path", "name", "change"]]
    return sorted(tuple(row) for row in columns.itertuples(index=False, name=None))


def planted(tmp_path: Path, marked_lines: list[str], *, extra: float) -> Path:
    """Ten people change thirty functions of their own, one after the other; every second of these commits is marked.

    Marked commits put `marked_lines` into the function, and others a plain line. With a probability of `extra` any of
    them also adds a decision.
    """
    rng = random.Random(3)  # noqa: S311 - it plants a history
    stream = Stream()
    functions = {k: [[f"def work_{n}(x):", *SIMPLE[1:]] for n in range(30)] for k in range(10)}
    mark = stream.add(
        "Start", {f"p{k}.py": list(chain.from_iterable(functions[k])) for k in functions}, at=0, by="Root <root@x>"
    )
    for step in range(30):
        for k in range(10):
            is_marked = (step + k) % 2 == 1
            added = list(marked_lines) if is_marked else ["    a = x"]
            if rng.random() < extra:
                added += ["    if a:", "        print(a)"]
            functions[k][step][4:4] = added
            subject = f"Go on {step} {k}{MARK if is_marked else ''}"
            at = 1 + step * 6 + rng.random() * 5
            mark = stream.add(
                subject, {f"p{k}.py": list(chain.from_iterable(functions[k]))}, (mark,), at=at, by=f"P{k} <p{k}@x>"
            )
    return imported(tmp_path / "r", stream.text)


def answer(result: AnalysisResult, id_: str) -> BoundedAnswer:
    """The bounded answer of one outcome."""
    return next(a for verdict in result.verdicts for a in verdict.answers if a.id == id_)


def test_planted_growth_is_recovered(tmp_path: Path) -> None:
    """Marked commits add a loop with a condition, 3 points; the interval covers what was planted."""
    loop = ["    a = x", "    for i in a:", "        if i:", "            print(i)"]
    path = planted(tmp_path, loop, extra=0.3)
    result = analyze_path(path).result
    found = answer(result, "complexity_growth")
    assert found.kind == "difference"
    assert found.low is not None
    assert found.high is not None
    functions = required(path).function_changes
    changed = functions[functions["change"].isin(("changed", "rewritten"))]
    growth = changed["cognitive"].map(math.log1p) - changed["cognitive_before"].map(math.log1p)
    by_mark = growth.groupby(changed["ai"]).mean()
    assert found.low <= math.expm1(by_mark[True] - by_mark[False]) <= found.high
    points = (changed["cognitive"] - changed["cognitive_before"]).groupby(changed["ai"]).mean()
    assert points[True] - points[False] == pytest.approx(3, abs=0.6)
    assert "more" in found.sentence


def test_longer_changes_of_equal_complexity_are_no_difference(tmp_path: Path) -> None:
    """Twelve plain lines instead of one: size differs, and complexity does not."""
    path = planted(tmp_path, [f"    a = x + {n}" for n in range(12)], extra=0.5)
    result = analyze_path(path).result
    assert answer(result, "complexity_growth").kind in {"no_large_difference", "inconclusive"}
    (size,) = [o for o in result.outcomes or [] if o.id == "commit_size"]
    assert size.difference is not None
    assert size.difference.low > 0


def test_moved_functions_are_neither_added_nor_removed(tmp_path: Path) -> None:
    """From one file to another in one commit; a copy is an added one."""
    stream = Stream()
    other = ["def other():", "    return 1", ""]
    first = stream.add("Start", {"a.py": [*SIMPLE, *other], "b.py": ["x = 1"]}, at=0)
    second = stream.add("Move", {"a.py": other, "b.py": ["x = 1", "", *SIMPLE]}, (first,), at=1)
    stream.add("Copy", {"c.py": SIMPLE}, (second,), at=2)
    tables = required(imported(tmp_path / "r", stream.text))
    assert changes(tables) == [("a.py", "other", "added"), ("a.py", "work", "added"), ("c.py", "work", "added")]


def test_tests_of_a_file_are_recognised(tmp_path: Path) -> None:
    """By the file's name in that of a test file of the same commit."""
    stream = Stream()
    tests = ["def test_work():", "    assert 1", "", "def test_more():", "    assert 1", ""]
    first = stream.add("One", {"src/parse.py": SIMPLE, "tests/test_parse.py": tests}, at=0)
    stream.add("Two", {"src/print.py": [line.replace("work", "show") for line in SIMPLE]}, (first,), at=1)
    files = required(imported(tmp_path / "r", stream.text)).parsed_files.set_index("path")
    assert files["tested"].to_dict() == {"src/parse.py": True, "src/print.py": False, "tests/test_parse.py": True}
    assert files.loc["tests/test_parse.py", "tests_added"] == 2


def test_stored_records_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run parses nothing, a longer history only the new commit, and both are the same as fresh runs."""
    path = planted(tmp_path, ["    a = x"], extra=0.5)
    cache = tmp_path / "cache"
    fresh = required(path)
    first = required(path, cache)
    read: list[int] = []
    read_files = reading.read_files

    def counted(git: object, files: dict[str, object], progress: object) -> object:
        read.append(len(files))
        return read_files(git, files, progress)  # type: ignore[arg-type]

    monkeypatch.setattr("analyzer.structure.run.read_files", counted)
    again = required(path, cache)
    assert not read
    for one in (first, again):
        pd.testing.assert_frame_equal(one.function_changes, fresh.function_changes)
        pd.testing.assert_frame_equal(one.parsed_files, fresh.parsed_files)
    required(path, cache, until="2024-02-01")
    assert not read


def test_damaged_records_are_read_anew(tmp_path: Path) -> None:
    """A stored file that is none of this version is discarded."""
    path = planted(tmp_path, ["    a = x"], extra=0.5)
    cache = tmp_path / "cache"
    fresh = required(path, cache)
    for file in cache.glob("v*/*/functions*"):
        file.write_bytes(file.read_bytes()[:-40] + bytes(40))
    pd.testing.assert_frame_equal(required(path, cache).function_changes, fresh.function_changes)


def test_a_sample_is_half_marked_and_smaller_samples_are_part_of_larger_ones(tmp_path: Path) -> None:
    """It says how much it is, in the result and in data quality."""
    path = planted(tmp_path, ["    a = x"], extra=0.5)
    small, large = (required(path, structure_files=n) for n in (40, 120))
    commits = small.function_changes.drop_duplicates("sha")
    assert len(small.parsed_files) == 40
    assert commits["ai"].mean() == pytest.approx(0.5)
    assert set(small.parsed_files["sha"]) <= set(large.parsed_files["sha"])
    result = analyze_path(path, structure_files=40).result
    assert result.structure is not None
    assert (result.structure.commits_read, result.structure.commits) == (40, 301)
    (row,) = [row for row in result.data_quality if row.slug == "structure-sampled"]
    assert "40 of 301 commits" in row.message


def test_work_that_is_compared_with_nothing_is_not_read(tmp_path: Path) -> None:
    """That of people who never mark; and of others twice as many files as marked ones have."""
    stream = Stream()
    mark = stream.add("Start", {"a.py": SIMPLE}, at=0)
    for n in range(20):
        body = [*SIMPLE[:-2], f"    x = {n}", *SIMPLE[-2:]]
        mark = stream.add(f"Ada {n}{MARK if n < 3 else ''}", {"a.py": body}, (mark,), at=1 + n)
        mark = stream.add(f"Ben {n}", {"b.py": body}, (mark,), at=1.5 + n, by="Ben <ben@x>")
    result = analyze_path(imported(tmp_path / "r", stream.text)).result
    assert result.structure is not None
    assert (result.structure.commits_read, result.structure.commits) == (9, 41)
    (language,) = result.structure.languages
    assert (language.files, language.by_marked) == (9, 3)


def test_no_structure_compares_nothing_and_says_so(tmp_path: Path) -> None:
    """And every other figure is the same."""
    path = planted(tmp_path, ["    a = x"], extra=0.5)
    without, with_it = (analyze_path(path, structure_files=n).result for n in (0, Settings().structure_files))
    assert without.structure is None
    (row,) = [row for row in without.data_quality if "structure" in row.covers]
    assert row.slug == "no-structure"
    assert without.share == with_it.share
    assert without.survival == with_it.survival
    assert {o.id for o in without.outcomes or [] if o.difference is None} > {"complexity_growth", "tested_functions"}


def test_hot_spots_are_files_that_marked_changes_made_complex_and_that_were_fixed(tmp_path: Path) -> None:
    """Of two files with the same growth the one that was fixed comes first; files that are gone are left out."""
    stream = Stream()
    marked = f"Add{MARK}"
    deep = ["def deep(x):", *[f"{'    ' * n}if x > {n}:" for n in range(1, 5)], "                    return 1", ""]
    mark = stream.add("Start", {name: ["x = 1"] for name in ("a.py", "b.py", "plain.py")}, at=0)
    for at, name in enumerate(("a.py", "b.py"), 1):
        mark = stream.add(marked, {name: deep}, (mark,), at=at)
    mark = stream.add("Add", {"plain.py": deep}, (mark,), at=4)
    mark = stream.add("Fix the crash", {"b.py": [*deep[:-2], "                    return 2", ""]}, (mark,), at=9)
    result = analyze_path(imported(tmp_path / "r", stream.text)).result
    assert result.structure is not None
    spots = [(s.path, s.points, s.changes, s.fixes, s.function, s.function_points) for s in result.structure.hot_spots]
    assert spots == [("b.py", 10, 1, 1, "deep", 10), ("a.py", 10, 1, 0, "deep", 10)]


def test_hostile_contents_are_left_out(tmp_path: Path) -> None:
    """Binary and huge files, links, mass changes, strange names and languages that we do not know; nothing raises."""
    stream = Stream()
    files = {
        "ok.py": SIMPLE,
        "nul.py": ["def f():\0", "    pass"],
        "huge.py": ["x = 1"] * 80_000,
        "deep.py": ["(" * 20_000],
        "strange\u202e\tname.py": SIMPLE,
        "broken.py": ["def f(:", "  if", "class"],
        "other.weird": SIMPLE,
    }
    first = stream.add("Start", files, at=0)
    mass = {f"mass/{n}.py": SIMPLE for n in range(MAX_FILES_PER_COMMIT + 1)}
    stream.add("Mass", mass, (first,), at=1)
    tables = required(imported(tmp_path / "r", stream.text))
    assert tables.commits == tables.commits_read == 1
    read = tables.parsed_files.set_index("path")["has_error"]
    assert read["broken.py"]
    assert not read["ok.py"]
    assert not {"huge.py", "nul.py", "deep.py", "other.weird"} & set(read.index)


def test_outcomes_leave_out_what_is_after_the_as_of_date(tmp_path: Path) -> None:
    """No function of a later commit counts."""
    path = planted(tmp_path, ["    a = x"], extra=0.5)
    history = load_path(path, as_of="2024-02-01")
    window = time_window(history)
    assert window.as_of is not None
    shares = share_inputs(history, window)
    inputs = outcome_inputs(history, shares, window, pd.Timestamp(window.as_of))
    structure = read_structure(history, shares, window, None, no_progress)
    assert structure is not None
    assert set(structure.function_changes["sha"]) <= set(inputs.commits["sha"])
    assert inputs.commits["when"].max() < pd.Timestamp("2024-02-02", tz="UTC")


def test_events_do_not_depend_on_marks(tmp_path: Path) -> None:
    """No outcome of functions reads marks when it counts; only who is marked differs."""
    path = planted(tmp_path, ["    a = x"], extra=0.5)
    history = load_path(path)
    window = time_window(history)
    assert window.as_of is not None
    shares = share_inputs(history, window)
    structure = read_structure(history, shares, window, None, no_progress)
    assert structure is not None
    inputs = replace(outcome_inputs(history, shares, window, pd.Timestamp(window.as_of)), structure=structure)
    others = replace(inputs, commits=inputs.commits.assign(ai=~inputs.commits["ai"].astype(bool)))
    assert len(structure.function_changes)
    for outcome in (COMPLEXITY_GROWTH, NEW_COMPLEXITY):
        assert outcome.compute is not None
        one, two = outcome.compute(inputs), outcome.compute(others)
        assert one is not None
        assert two is not None
        pd.testing.assert_frame_equal(one.drop(columns="ai"), two.drop(columns="ai"))


def test_files_that_are_hard_to_parse_take_bounded_time(tmp_path: Path) -> None:
    """Kotlin's grammar takes the square of a text full of errors: twenty such files do not take a minute each."""
    stream = Stream()
    mark = stream.add("Start", {"a.kt": ["fun f(x: Int): Int {", "    return x", "}"]}, at=0)
    for n in range(20):
        mark = stream.add(f"Go on {n}", {f"h{n}.kt": ["x = a ? b : c; " * 9_000]}, (mark,), at=1 + n)
    path = imported(tmp_path / "r", stream.text)
    start = process_time()
    assert ("a.kt", "f", "added") in changes(required(path))
    assert process_time() - start < 15


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`dump function_changes` has the table; `--no-structure` compares nothing; other tables refuse the option."""
    stream = Stream()
    first = stream.add("Start", {"a.py": SIMPLE}, at=0)
    stream.add(f"Go on{MARK}", {"a.py": [*SIMPLE[:-2], "    if x:", "        x = 0", *SIMPLE[-2:]]}, (first,), at=1)
    path = str(imported(tmp_path / "r", stream.text))
    assert run(["dump", "function_changes", path, "-q"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(r["change"], r["ai"], r["cognitive_before"], r["cognitive"]) for r in rows] == [
        ("added", "False", "", "3"),
        ("changed", "True", "3", "4"),
    ]
    assert run(["dump", "commits", path, "--structure-files", "3"]) != 0
    assert "--structure-files changes nothing for commits" in capsys.readouterr().err
    assert run(["analyze", path, "--no-structure", "--json", "--no-cache"]) == 0
    assert json.loads(capsys.readouterr().out)["structure"] is None
    assert run(["analyze", path, "--structure-files", "2", "--json", "--no-cache"]) == 0
    assert json.loads(capsys.readouterr().out)["structure"]["files_read"] == 2


def test_a_negative_sample_is_refused(tmp_path: Path) -> None:
    """With the slug of any wrong setting."""
    path = imported(tmp_path / "r", planted_commit())
    with pytest.raises(UsageError, match="cannot be negative") as refused:
        open_configured(str(path), {"structure_files": -1})
    assert refused.value.slug in MESSAGES


def planted_commit() -> bytes:
    """Return a history of one commit."""
    stream = Stream()
    stream.add("Start", {"a.py": SIMPLE}, at=0)
    return stream.text
