"""`aishare pr`: new lines as git blame sees them, evidence by commit, the touched code before, and what is no range."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.cli import run
from tests.conftest import MakeRepo, git

if TYPE_CHECKING:
    from pathlib import Path

CLAUDE = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"


def viewed(repo: Path, range_: str, tmp_path: Path, *options: str) -> Any:
    """The JSON of one range."""
    out = tmp_path / "pr.json"
    assert run(["pr", range_, str(repo), "--no-cache", "-q", "-o", str(out), *options]) == 0
    return json.loads(out.read_text())


def body(*lines: str) -> str:
    """A file of code; each line is long enough to be one."""
    return "".join(f"value_of_{line} = compute({line!r})\n" for line in lines)


@pytest.fixture
def repo(make_repo: MakeRepo) -> Path:
    """Three commits before a range of three: a person's, an agent's, and one that rewrites a line of each."""
    return make_repo(
        ("start", {"a.py": body("a", "b", "c"), "README.md": "text\n"}),
        ("rewrite", {"a.py": body("a", "x", "c")}),
        ("more", {"b.py": body("p")}),
        ("by hand", {"a.py": body("a", "x", "c", "d")}),
        ("with help" + CLAUDE, {"a.py": body("a", "x", "c", "d", "e", "f"), "c.py": body("q", "r")}),
        ("again", {"a.py": body("a", "x", "c", "D", "e", "F")}),
    )


def blamed(repo: Path, base: str, head: str, *paths: str) -> dict[str, int]:
    """Lines at the head by commit of the range, by git blame."""
    inside = set(git("--git-dir", repo, "rev-list", f"{base}..{head}").split())
    found: dict[str, int] = {}
    for path in paths:
        for line in git("--git-dir", repo, "blame", "--line-porcelain", head, "--", path).splitlines():
            if (match := re.match(r"([0-9a-f]{40}) \d+ \d+", line)) and match[1] in inside:
                found[match[1]] = found.get(match[1], 0) + 1
    return found


def test_new_lines_are_those_of_git_blame(repo: Path, tmp_path: Path) -> None:
    """Lines at the head that the range wrote, by commit, are what git blame gives; their sum by label is the share."""
    found = viewed(repo, "HEAD~3..HEAD", tmp_path)
    lines = {c["sha"]: c["lines"] for c in found["commits"]}
    assert {sha: n for sha, n in lines.items() if n} == blamed(repo, "HEAD~3", "HEAD", "a.py", "c.py")
    assert found["new_lines"] == {"declared": 3.0, "undeclared": 2.0, "automation": 0.0}
    assert found["share"] == pytest.approx(3 / 5)
    assert found["range"]["commits"] == 3
    assert [f["path"] for f in found["files"]] == ["a.py", "c.py"]


def test_a_commit_says_why(repo: Path, tmp_path: Path) -> None:
    """Each commit has its label, tool and the rules that fired; newest first."""
    commits = viewed(repo, "HEAD~3..HEAD", tmp_path)["commits"]
    assert [c["label"] for c in commits] == ["undeclared", "declared", "undeclared"]
    assert commits[1]["tool"] == "claude-code"
    assert commits[1]["rules"]
    assert commits[0]["rules"] == []


def test_earlier_work_is_what_was_known_then(make_repo: MakeRepo, tmp_path: Path) -> None:
    """Lines old enough when the range began count; what the range itself removes is no churn of theirs."""
    old = [(f"step {n}", {"z.py": body(str(n))}) for n in range(30)]
    repo = make_repo(
        ("start", {"a.py": body("a", "b", "c", "d")}),
        ("rewrite", {"a.py": body("a", "b", "c", "x")}),
        *old,
        ("in range", {"a.py": body("new")}),
    )
    found = viewed(repo, "HEAD~1..HEAD", tmp_path)
    (a,) = (f for f in found["files"] if f["path"] == "a.py")
    assert (a["earlier_lines"], a["churned"]) == (5, pytest.approx(1 / 5))
    churn = found["earlier"][0]
    assert (churn["n"], churn["touched"]) == (5, pytest.approx(1 / 5))
    assert churn["low"] is None  # two commits give no interval
    assert churn["all"] > churn["touched"]


def test_every_surface_says_it(repo: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Screen, Markdown and page have the headline; the screen fits; the page is without scripts."""
    assert run(["pr", "HEAD~3..", str(repo), "--no-cache", "-q"]) == 0
    screen = capsys.readouterr().out
    told = "declared 60 % of new lines, undeclared 40 %; 1 of 3 commits marked"
    assert told in screen
    assert max(map(len, screen.splitlines())) <= 80
    assert len(screen.splitlines()) <= 24
    pages = [tmp_path / "pr.md", tmp_path / "pr.html"]
    assert run(["pr", "HEAD~3..", str(repo), "--no-cache", "-q", *(f"-o{page}" for page in pages)]) == 0
    assert all(told in page.read_text("utf-8").replace("&#124;", "|") for page in pages)
    assert "<script" not in pages[1].read_text("utf-8")


@pytest.mark.parametrize("range_", ["HEAD", "..HEAD", "", "main"])
def test_no_range_is_refused(repo: Path, capsys: pytest.CaptureFixture[str], range_: str) -> None:
    """One revision, or none to begin with, is wrong use with the way to write it."""
    assert run(["pr", range_, str(repo), "--no-cache"]) == 2
    assert "bad-range" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("range_", "slug"), [("HEAD..HEAD~1", "nothing-in-range"), ("nowhere..HEAD", "unknown-revision")]
)
def test_an_empty_or_unknown_range_is_told(
    repo: Path, capsys: pytest.CaptureFixture[str], range_: str, slug: str
) -> None:
    """Nothing to count and a revision that is not there are told apart, with exit code 3."""
    assert run(["pr", range_, str(repo), "--no-cache"]) == 3
    assert slug in capsys.readouterr().err


def test_options_are_no_revisions(repo: Path) -> None:
    """A revision that looks like an option reaches git as a revision."""
    assert run(["pr", "--no-cache", "--", "--output=canary..HEAD", str(repo)]) == 3


def test_hostile_paths_stay_text(make_repo: MakeRepo, tmp_path: Path) -> None:
    """Markup and escape codes in a path are shown, never obeyed, in page and Markdown."""
    name = "<img src=x onerror=alert(1)>@octocat|.py"
    repo = make_repo(("one", {"a.py": body("a")}), ("two", {name: body("b")}))
    page, text = tmp_path / "x.html", tmp_path / "x.md"
    assert run(["pr", "HEAD~1..HEAD", str(repo), "--no-cache", "-q", "-o", str(page), "-o", str(text)]) == 0
    assert "<img" not in page.read_text("utf-8")
    assert "<img" not in text.read_text("utf-8")
    assert "@octocat" not in text.read_text("utf-8")
