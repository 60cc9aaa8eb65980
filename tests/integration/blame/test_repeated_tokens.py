"""Repeated tokens: planted copies that are found however they are disguised, and what only looks like one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analyzer.blame import repeated_tokens
from analyzer.blame.lines import Lines
from analyzer.blame.repeated_tokens import MIN_WINDOW_TOKENS, find_repeated_tokens
from analyzer.blame.run import trace_lines
from analyzer.core.tables import records
from analyzer.history import start
from analyzer.history.commits import read_commits
from analyzer.history.repository import open_repository
from tests.conftest import imported
from tests.planting import Stream, body
from tests.replays import traced

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.blame.lines import Ints

PYTHON = """\
def total(prices, rate, limit=10):
    result = 0
    for price in prices:
        if price.amount > limit and price.valid:
            result += price.amount * rate.factor(price)
        elif price.open:
            log.warning('price %s is open', price.name)
            result -= price.amount // 2
    return round(result / len(prices), 2)"""
SCRIPT = """\
function total(prices, rate) {
  let result = 0;
  for (const price of prices) {
    if (price.amount > 10 && price.valid) {
      result += price.amount * rate.factor(price);
    } else if (price.open) {
      console.log("price is open", price.name);
      result -= price.amount / 2;
    }
  }
  return Math.round(result / prices.length);
}"""
RENAMED = PYTHON.replace("price", "item").replace("result", "money").replace("log.", "journal.")
DISGUISED = {
    "as it is": (PYTHON, PYTHON, "py"),
    "renamed": (PYTHON, RENAMED, "py"),
    "other literals": (PYTHON, PYTHON.replace("10", "99.5").replace("price %s is open", "(").replace("2", "7"), "py"),
    "with comments": (PYTHON, PYTHON.replace(":\n", ":  # it's one\n        # (or another)\n\n"), "py"),
    "with a docstring": (PYTHON, PYTHON.replace("10):", '10):\n    """Return the\n    sum."""'), "py"),
    "broken in brackets": (PYTHON, PYTHON.replace("(", "(\n            ").replace(", ", ",\n            "), "py"),
    "indented": (PYTHON, "class A:\n" + "\n".join(f"    {line}" for line in PYTHON.split("\n")), "py"),
    "braces on lines of their own": (SCRIPT, SCRIPT.replace(" {\n", "\n{\n").replace("} else", "}\nelse"), "js"),
    "without semicolons": (SCRIPT, SCRIPT.replace(";", "").replace("  ", "\t"), "ts"),
    "with comments of a script": (SCRIPT, SCRIPT.replace("{\n", "{ // don't\n  /* look\n   * here (\n   */\n"), "js"),
}


SIZES = [12, 3, 5, 11, 12, 5, 10, 7, 12]  # tokens of the lines of PYTHON


def lines_of(text: str) -> list[str]:
    """Return the lines of a file."""
    return text.split("\n")


def counted(stream: Stream, tmp_path: Path) -> dict[str, tuple[int, int]]:
    """Repeated tokens and all tokens by path; each file changes once."""
    table = traced(imported(tmp_path / "r", stream.text)).changes({})
    return {str(row["path"]): (int(str(row["repeated_tokens"])), int(str(row["tokens"]))) for row in records(table)}


def share(stream: Stream, tmp_path: Path, path: str) -> float:
    """Share of the tokens of one file that repeat others."""
    repeated, tokens = counted(stream, tmp_path)[path]
    assert tokens > 0
    return repeated / tokens


@pytest.mark.parametrize("disguise", DISGUISED)
def test_disguised_copy_is_found(disguise: str, tmp_path: Path) -> None:
    """In another file of a later commit: all tokens of the copy, none of the original."""
    original, copy, ending = DISGUISED[disguise]
    s = Stream()
    first = s.add("first", {f"a.{ending}": lines_of(original)}, at=0)
    s.add("copy", {f"b.{ending}": lines_of(copy)}, (first,), at=1)
    seen = counted(s, tmp_path)
    assert seen[f"a.{ending}"][0] == 0
    repeated, tokens = seen[f"b.{ending}"]
    assert tokens - repeated == (3 if disguise == "indented" else 0)  # the line with the class is nobody else's


def test_copy_within_one_commit_is_found(tmp_path: Path) -> None:
    """Across files and within one file, once per repetition."""
    s = Stream()
    s.add("all", {"a.py": lines_of(PYTHON), "b.py": lines_of(f"{RENAMED}\n\n\n{PYTHON}")}, at=0)
    seen = counted(s, tmp_path)
    assert seen["a.py"][0] == 0
    assert seen["b.py"] == (2 * seen["a.py"][1], 2 * seen["a.py"][1])


def test_copy_of_a_part_is_found(tmp_path: Path) -> None:
    """The part with its first and last line, and nothing around it."""
    part = lines_of(RENAMED)[2:]
    s = Stream()
    first = s.add("first", {"a.py": lines_of(PYTHON)}, at=0)
    s.add("copy", {"b.py": ["def f(x=1, *args):", "    x.y.z = None", *part, "x: int = 1"]}, (first,), at=1)
    repeated, tokens = counted(s, tmp_path)["b.py"]
    assert (repeated, tokens) == (62, 85)


def test_every_part_of_fifty_tokens_is_found_whole(tmp_path: Path) -> None:
    """Wherever it begins and ends in the original; lines around it are nobody else's."""
    original, sizes, own = [*lines_of(PYTHON), "assert result"], [*SIZES, 2], iter(range(1, 99))
    s = Stream()
    s.add("first", {"a.py": original}, at=0)
    expected = {"a.py": 0}
    for start_line in range(len(original) - 2):
        for stop in range(start_line + 3, len(original) + 1):
            part = original[start_line:stop]
            if (size := sum(sizes[start_line:stop])) >= MIN_WINDOW_TOKENS:
                name = f"part_{start_line}_{stop}.py"
                before, after = (f"x = {'-' * next(own)}y[z]", f"{'~' * next(own)}y[z]")
                s.add(name, {name: [before, *part, after]}, (s.marks,), at=s.marks)
                expected[name] = size
    assert len(expected) > 5
    assert {path: repeated for path, (repeated, _) in counted(s, tmp_path).items()} == expected


def test_copy_of_code_from_before_the_start_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old code that still stands in the first tree that is read is code as any other."""
    monkeypatch.setattr(start, "_MIN_OLD_COMMITS", 1)
    s = Stream()
    at = s.add("old", {"a.py": lines_of(PYTHON)}, at=0)
    at = s.add("older", {"c.py": body("c", 2)}, (at,), at=1)
    at = s.add("first", {"d.py": body("d")}, (at,), at=9)
    s.add("copy", {"b.py": lines_of(RENAMED)}, (at,), at=10)
    repository = open_repository(str(imported(tmp_path / "r", s.text)))
    commits = read_commits(repository.git, repository.head, lambda _: None)
    since = commits["committed"].max() - pd.Timedelta(days=3)
    provenance = trace_lines(repository.git, repository.head, commits, since=since)
    assert provenance.lines.starts > 0
    (row,) = (row for row in records(provenance.changes({})) if row["path"] == "b.py")
    assert row["repeated_tokens"] == row["tokens"]


SHORT = "\n".join(lines_of(PYTHON)[:4])
ALIKE = "\n".join(f"name_{k} = compute(argument_{k}, 'x', {k})" for k in range(20))
TABLE = "\n".join(f"  {{\n    name: make('{k}'),\n    value: [a, {k}, {{b: c}}],\n  }}," for k in range(20))
IMPORTS = "\n".join(f"from package.part_{k} import (one, two, three_{k}, four)" for k in range(20))
DATA = "\n".join(f"    ('{k}', {k}, {k / 7}, 'x', [1, 2, 3], 'and so on', 5, 6)," for k in range(20))
COMMENTS = "\n".join(f"# x_{k} = compute(argument_{k}, 'x', {k})\n# if y({k}) and z[{k}]: {k}" for k in range(20))


@pytest.mark.parametrize(
    ("text", "path"),
    [(SHORT, "py"), (ALIKE, "py"), (TABLE, "js"), (IMPORTS, "py"), (DATA, "py"), (COMMENTS, "py")],
    ids=["short", "lines all alike", "table", "imports", "data", "comments"],
)
def test_what_repeats_anyway_is_no_copy(text: str, path: str, tmp_path: Path) -> None:
    """Few tokens, rows of lines that are alike, imports, data and comments; within a commit and in a later one."""
    s = Stream()
    own = ["import x", *(f"def f{k}(a={k}): yield lambda: {'not ' * k}a[{k}]" for k in range(3))]
    first = s.add("first", {f"a.{path}": lines_of(text), f"b.{path}": [*own, *lines_of(text)]}, at=0)
    s.add("copy", {f"c.{path}": lines_of(text)}, (first,), at=1)
    assert {repeated for repeated, _ in counted(s, tmp_path).values()} == {0}


def test_copy_of_deleted_code_is_none(tmp_path: Path) -> None:
    """Nor is code that takes the place of code of the same shape, as when somebody renames variables."""
    s = Stream()
    at = s.add("first", {"a.py": lines_of(PYTHON)}, at=0)
    at = s.add("edit", {"a.py": lines_of(RENAMED)}, (at,), at=1)
    at = s.add("drop", {"a.py": body("a")}, (at,), at=2)
    s.add("again", {"b.py": lines_of(PYTHON)}, (at,), at=3)
    table = traced(imported(tmp_path / "r", s.text)).changes({})
    assert table["repeated_tokens"].sum() == 0
    assert (table["tokens"] > 0).sum() == 4


def test_row_of_alike_records_is_no_copy_of_itself(tmp_path: Path) -> None:
    """A record of four lines: each window repeats one that reaches into it."""
    record = ["start(", "    x)", "a.b = 'c'", "d[e] += f", "stop()"]
    s = Stream()
    s.add("all", {"a.py": record * 20}, at=0)
    repeated, tokens = counted(s, tmp_path)["a.py"]
    assert (repeated, tokens) == (0, 20 * 18)


def test_code_around_what_moved_is_no_block(tmp_path: Path) -> None:
    """The lines before and after have too few tokens without those between, which are not new."""
    original = lines_of(PYTHON)
    s = Stream()
    at = s.add("first", {"a.py": original, "c.py": [*original[3:6], *body("c")]}, at=0)
    s.add("copy", {"b.py": original, "c.py": body("c")}, (at,), at=1)
    table = traced(imported(tmp_path / "r", s.text)).changes({})
    (row,) = (row for row in records(table) if row["path"] == "b.py")
    assert (row["tokens"], row["repeated_tokens"]) == (77 - sum(SIZES[3:6]), 0)


def test_moved_code_is_no_copy(tmp_path: Path) -> None:
    """It is not new, and what moved has no tokens that count."""
    s = Stream()
    at = s.add("first", {"a.py": [*lines_of(PYTHON), *body("a", 9)]}, at=0)
    s.add("move", {"a.py": body("a", 9), "b.py": lines_of(PYTHON)}, (at,), at=1)
    table = traced(imported(tmp_path / "r", s.text)).changes({})
    moved = table[table["path"] == "b.py"]
    assert moved[["tokens", "repeated_tokens"]].to_numpy().tolist() == [[0, 0]]


def test_cherry_pick_is_no_copy(tmp_path: Path) -> None:
    """One patch on two branches is one piece of work."""
    s = Stream()
    base = s.add("begin", {"z.py": body("z")}, at=0)
    one = s.add("work", {"a.py": lines_of(PYTHON)}, (base,), at=1)
    two = s.add("work again", {"a.py": lines_of(PYTHON)}, (base,), at=2, branch="side")
    s.add("Merge branch 'side'", {"a.py": lines_of(PYTHON)}, (one, two), at=3)
    table = traced(imported(tmp_path / "r", s.text)).changes({})
    assert (table.groupby("path")["tokens"].sum()["a.py"], table["repeated_tokens"].sum()) == (2 * 77, 0)


def test_lines_of_a_merge_have_tokens(tmp_path: Path) -> None:
    """Lines that only the merge wrote stand together as in any commit."""
    s = Stream()
    base = s.add("begin", {"a.py": body("a"), "b.py": lines_of(PYTHON)}, at=0)
    ours = s.add("ours", {"a.py": ["x = 1", *body("a")]}, (base,), at=1)
    side = s.add("side", {"a.py": ["y = f(2)", *body("a")]}, (base,), at=1.5, branch="side")
    s.add("Merge branch 'side'", {"a.py": [*lines_of(RENAMED), *body("a")]}, (ours, side), at=2)
    provenance = traced(imported(tmp_path / "r", s.text))
    (row,) = (row for row in records(provenance.changes({})) if row["added"] == 9 and row["path"] == "a.py")
    assert row["repeated_tokens"] == row["tokens"] == 77


def test_tokens_are_unknown_where_copied_lines_are(tmp_path: Path) -> None:
    """Links and binary files have neither; every text file has both, whatever its class."""
    s = Stream()
    at = s.add("first", {"a.py": lines_of(PYTHON), "b.bin": ["\0\1"], "c.txt": ["some words"]}, at=0)
    s.add("next", {"b.bin": ["\0\2"], "d.lock": ["x"]}, (at,), at=1)
    folder = imported(tmp_path / "r", s.text)
    table = traced(folder).changes({})
    assert (table["tokens"].isna() == table["copied"].isna()).all()
    assert (table["repeated_tokens"].isna() == table["copied"].isna()).all()
    assert table["tokens"].isna().any()
    present = table.dropna(subset=["tokens"])
    assert (present["repeated_tokens"] <= present["tokens"]).all()


def settled(count: int) -> tuple[Lines, Ints]:
    """That many lines in commits of five hundred, half of which repeat the others, and the ranks of the commits."""
    shape = np.random.default_rng(1).integers(1, 1 << 32, count, dtype=np.uint32)
    shape[count // 2 :] = shape[: count - count // 2]
    commit = np.arange(count, dtype=np.int32) // 500
    rank = np.arange(commit[-1] + 1, dtype=np.int32)
    none, flags = np.zeros(0, np.int32), np.zeros(count, bool)
    lines = Lines(
        shas=(),
        paths=(),
        commit=commit,
        path=commit % 50,
        line=np.arange(count, dtype=np.int32) % 500 + 1,
        killer=np.full(count, -1, np.int32),
        origin=np.arange(count, dtype=np.int32),
        reason=np.zeros(count, np.int8),
        slight=flags,
        comment=flags,
        text=shape,
        shape=shape,
        tokens=(shape % 17 + 3).astype(np.uint8),
        patch_id=rank.astype(np.uint64) + np.uint64(1),
        is_merge=np.zeros(len(rank), bool),
        dropped=np.zeros((3, 0), np.int64),
        birth_order=np.arange(count, dtype=np.int32),
        head_paths=(),
        head_counts=none,
        head_ids=none,
        opaque=(),
        unfollowed_paths=(),
        unfollowed_counts=none,
        starts=0,
    )
    return lines, rank


def test_time_is_linear() -> None:
    """Four times the lines take at most six times as long; all lines of the second half are found."""

    def fastest(count: int) -> float:
        lines, rank = settled(count)
        effective, times = np.ones(count, bool), []
        for _ in range(3):
            before = time.process_time()
            repeats = find_repeated_tokens(lines, rank, effective)
            times.append(time.process_time() - before)
        assert not repeats[: count // 2].any()
        assert repeats[count // 2 :].mean() > 0.99
        return min(times)

    assert fastest(800_000) < 6 * fastest(200_000)


def test_lines_are_read_in_slices_with_one_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows that reach from one slice into the next are found like others."""
    lines, rank = settled(20_000)
    effective = np.ones(20_000, bool)
    at_once = find_repeated_tokens(lines, rank, effective)
    monkeypatch.setattr(repeated_tokens, "_SLICE_LINES", 7)
    assert np.array_equal(find_repeated_tokens(lines, rank, effective), at_once)
