"""Hostile input: each case once broke the tool, or a tool like it. Nothing runs, hangs, leaks or crashes."""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from analyzer.cli import run
from analyzer.core.tables import COMMITS
from analyzer.evidence.labels import find_matches
from analyzer.evidence.signal import CommitText
from analyzer.history.commits import _parse_time
from analyzer.history.file_classes import PathFilter
from analyzer.history.merged_changes import CommitGraph, find_merged_changes
from tests.conftest import MakeRepo, git
from tests.planting import analyze_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Captured = pytest.CaptureFixture[str]


def quick(work: Callable[[], object], seconds: float = 5.0) -> None:
    """Fail when work takes longer than a hundred times what it should."""
    started = time.perf_counter()
    work()
    assert time.perf_counter() - started < seconds


@pytest.mark.parametrize(
    "body",
    [
        "Assisted-by: a" + " " * 40_000 + "b",
        ". A-b: x" * 3_000 + "@" * 3_000,
        "a: b\n" + " c\n" * 330_000,
        "Co-authored-by: " + "<" * 50_000,
        "Co-authored-by: " + "(" * 50_000 + " <noreply@anthropic.com>",
        "x" * 1_000_000,
        "Squashed commit of the following:\n" * 20_000,
        "- " * 200_000 + ":",
    ],
)
def test_no_message_is_slow(body: str) -> None:
    """One commit message, however shaped, is read in time proportional to its length."""
    quick(lambda: find_matches(CommitText("a (" * 5_000, "b@c", f"subject\n\n{body}")))


@pytest.mark.parametrize(
    "glob", ["**/" * 40 + "x", "*a" * 40 + "b", "?" * 200, "[" * 200, "**", "/", "", "a/**/b/**/c"]
)
def test_no_glob_is_slow(glob: str) -> None:
    """Patterns come from the analysed repository too."""
    paths = ["/".join("a" * 60), "a" * 150, "x/" * 100 + "y"]
    quick(lambda: [PathFilter((glob,)).includes(path) for path in paths], 2)


def test_nested_integrations_are_no_recursion() -> None:
    """Branches that pulled each other 1,500 deep end neither in a RecursionError nor in lost commits."""
    depth = 1_500
    rows = [("r", "", "root")]
    inner = "r"
    for n in range(depth):
        rows += [(f"c{n}", "r", f"work {n}"), (f"m{n}", f"c{n} {inner}", "Merge branch 'main'")]
        inner = f"m{n}"
    when = _parse_time("1704099600")
    table = COMMITS.frame((sha, parents, *["x"] * 6, when, when, message) for sha, parents, message in rows)
    who = dict.fromkeys(table["sha"], "a")
    found = find_merged_changes(CommitGraph(table, who, who), inner)
    assert sum(len(landing.members) for landing in found) == depth + 1


def test_output_never_follows_a_link(fixture_repos: dict[str, Path], tmp_path: Path) -> None:
    """A link planted at the report's name, or at a draft's, is replaced or passed by, never written through."""
    victim, target = tmp_path / "victim", tmp_path / "r.html"
    victim.write_text("precious")
    for planted in (target, tmp_path / ".r.html.part"):
        planted.symlink_to(victim)
    assert run(["analyze", str(fixture_repos["paths"]), "-q", "-o", str(target)]) == 0
    assert victim.read_text() == "precious"
    assert not target.is_symlink()
    assert target.read_text().startswith("<!doctype html>")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".r.html.part", "r.html", "victim"]


def test_pipes_and_devices_are_written_not_replaced(fixture_repos: dict[str, Path], tmp_path: Path) -> None:
    """A named pipe stays one, and its reader gets the report."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        assert run(["analyze", str(fixture_repos["paths"]), "--json", "-o", str(pipe)]) == 0
        said = reader.communicate(timeout=10)[0]
    assert json.loads(said)["schema_version"] == "2"
    assert pipe.is_fifo()


@pytest.mark.parametrize("output", ["", ".", "/", "x" * 300 + ".html", "/dev/full", "a\0b"])
def test_impossible_outputs_are_usage_errors(output: str, fixture_repos: dict[str, Path], capsys: Captured) -> None:
    """A file nobody can write is said to be so."""
    assert run(["analyze", str(fixture_repos["paths"]), "-o", output]) == 2
    assert "output-unwritable" in capsys.readouterr().err


def test_errors_cannot_draw_on_the_terminal(make_repo: MakeRepo, capsys: Captured) -> None:
    """A key of the repository's configuration is quoted as one printable line."""
    key = '"\\u001b]0;TITLE\\u0007\\u001b[2J\\u202e\\nerror: fake" = 1\n'
    repo = str(make_repo(("work", {"aishare.toml": key, "a.py": "x\n"})))
    assert run(["analyze", repo]) == 2
    assert run(["doctor", repo]) == 0
    said = "".join(capsys.readouterr())
    assert not any(c in said for c in "\x1b\x07\u202e")
    assert sum(line.startswith("error:") for line in said.splitlines()) == 1


def test_paths_with_newlines_are_the_path_itself(tmp_path: Path, make_repo: MakeRepo) -> None:
    """A folder whose name goes on after a newline is analysed, not the one whose name is its first line."""
    repo = make_repo(("inner", {"a.py": "x\n"}))
    other = tmp_path / "victim" / ".git\nx"
    git("init", "--quiet", tmp_path / "victim")
    git("clone", "--quiet", repo, other)
    assert analyze_path(str(other)).result.repository.commits == 1


_DATED = "commit refs/heads/main\ncommitter A <a@x> {when}\ndata 1\nm\nM 100644 inline a.py\ndata 2\nx\n\n"


@pytest.mark.parametrize("when", ["0 +0000", "253402300799 +0000", "4102444800 -1200", "1 +1400"])
def test_absurd_dates_of_a_whole_history(when: str, tmp_path: Path, capsys: Captured) -> None:
    """A history dated 1970, 2100 or 9999 has its share; every null in its report is explained."""
    git("init", "--quiet", "--bare", "--initial-branch=main", tmp_path / "r")
    git("--git-dir", tmp_path / "r", "fast-import", "--quiet", stdin=_DATED.format(when=when).encode())
    assert run(["analyze", str(tmp_path / "r"), "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert tree["share"]["definitions"][0]["n"] == 1
    assert run(["analyze", str(tmp_path / "r"), "--by", "week"]) == 0
    assert run(["dump", "commits", str(tmp_path / "r")]) == 0


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [
        ("--until", "9999-12-31", 0),
        ("--as-of", "9999-12-31", 0),
        ("--since", "0001-01-01", 0),
        ("--since", "0001-01-01T00:00+10:00", 2),
        ("--until", "9999-12-31T23:59:59-12:00", 2),
        ("--rev", "^HEAD", 3),
        ("--rev", "HEAD..HEAD", 3),
        ("--rev", "--all", 3),
        ("--exclude", "\udcff", 0),
    ],
)
def test_edges_of_options(option: str, value: str, code: int, fixture_repos: dict[str, Path], capsys: Captured) -> None:
    """The ends of the calendar, ranges and option-like revisions, and bytes that are no text."""
    assert run(["analyze", str(fixture_repos["paths"]), option, value]) == code
    assert "internal-error" not in capsys.readouterr().err


def test_nothing_to_count_is_not_a_partial_clone(make_repo: MakeRepo, capsys: Captured) -> None:
    """A history without code has no lines of code: n is 0, the share unknown, and the reason is that one."""
    assert run(["analyze", str(make_repo(("docs", {"README.md": "hi\n"}))), "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    lines = next(d for d in tree["share"]["definitions"] if d["id"] == "lines_added")
    assert (lines["n"], lines["marked"], lines["abstained"]) == (0, None, "empty-definition")
    assert "empty-definition" in {row["slug"] for row in tree["data_quality"]}


def test_uncommitted_attributes_change_nothing(tmp_path: Path, fixture_repos: dict[str, Path]) -> None:
    """info/attributes, grafts and replace refs of a clone are never read."""
    clone = tmp_path / "clone"
    git("clone", "--quiet", fixture_repos["dialects"], clone)
    before = analyze_path(str(clone)).result
    (clone / ".git" / "info" / "attributes").write_text("* binary linguist-vendored\n")
    git("-C", clone, "replace", "HEAD", "HEAD~9")
    (clone / ".git" / "info" / "grafts").write_text(git("-C", clone, "rev-parse", "HEAD"))
    assert analyze_path(str(clone)).result == before


def test_damage_is_called_damage(tmp_path: Path, fixture_repos: dict[str, Path], capsys: Captured) -> None:
    """A lost blob costs the lines and says why; a truncated pack is no empty branch."""
    clone = tmp_path / "clone"
    git("clone", "--quiet", "--bare", fixture_repos["paths"], clone)
    blob = git("--git-dir", clone, "rev-parse", "HEAD:src/core.py").strip()
    for pack in (clone / "objects" / "pack").glob("*.pack"):
        pack.rename(tmp_path / pack.name)
        git("--git-dir", clone, "unpack-objects", "-q", stdin=(tmp_path / pack.name).read_bytes())
    (clone / "objects" / blob[:2] / blob[2:]).unlink()
    assert run(["analyze", str(clone), "--json", "--no-cache"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert "damaged-contents" in {row["slug"] for row in tree["data_quality"]}
    head = git("--git-dir", clone, "rev-parse", "HEAD").strip()
    (clone / "objects" / head[:2] / head[2:]).unlink()
    assert run(["analyze", str(clone)]) == 3
    assert "broken-repository" in capsys.readouterr().err


def test_urls_keep_their_secrets(make_repo: MakeRepo) -> None:
    """A credential in origin's URL never becomes the repository's name."""
    repo = make_repo(("work", {"a.py": "x\n"}))
    secretive = ("https://u:SECRET@host", "https://host/r?t=SECRET", "https://u:SECRET@host/t/r.git", "u:SECRET@host:r")
    for url in secretive:
        git("--git-dir", repo, "config", "remote.origin.url", url)
        assert "SECRET" not in analyze_path(str(repo)).result.repository.name


def test_linked_and_foreign_configuration_is_ignored(make_repo: MakeRepo, tmp_path: Path) -> None:
    """A pyproject.toml that is a link, or broken and not ours, does not stop an analysis."""
    assert analyze_path(str(make_repo(("x", {"pyproject.toml": "{{cookiecutter}}", "a.py": "x\n"}))))
    assert run(["analyze", str(tmp_path / "made")]) == 0
    tree = tmp_path / "tree"
    git("clone", "--quiet", tmp_path / "made", tree)
    (tree / "aishare.toml").symlink_to("/etc/passwd")
    git("-C", tree, "add", ".")
    git("-C", tree, "commit", "--quiet", "-m", "link")
    assert run(["analyze", str(tree)]) == 0


def test_sha256_repositories(tmp_path: Path, capsys: Captured) -> None:
    """A repository of the other object format is read, and its commits explained by their full ids."""
    git("init", "--quiet", "--object-format=sha256", "--initial-branch=main", tmp_path / "r")
    (tmp_path / "r" / "a.py").write_text("x\n")
    git("-C", tmp_path / "r", "add", ".")
    git("-C", tmp_path / "r", "commit", "--quiet", "-m", "first")
    assert run(["analyze", str(tmp_path / "r")]) == 0
    assert run(["explain", git("-C", tmp_path / "r", "rev-parse", "HEAD").strip(), str(tmp_path / "r")]) == 0
    assert "unmarked" in capsys.readouterr().out


def test_commits_after_the_clock_are_said(make_repo: MakeRepo, capsys: Captured) -> None:
    """With an earlier clock, what is dated later stands in no period, and data quality counts it."""
    repo = str(make_repo(*((f"work {n}", {f"a{n}.py": "x\n"}) for n in range(5))))
    assert run(["analyze", repo, "--json", "--as-of", "2024-01-03"]) == 0
    rows = {row["slug"]: row["message"] for row in json.loads(capsys.readouterr().out)["data_quality"]}
    assert rows["future-commits"].startswith("2 of 5 commits")
