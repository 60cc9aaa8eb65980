"""`aishare pr`: new lines as git blame sees them, evidence by commit, the touched code before, and what is no range."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.cli import run
from tests.conftest import ROOT, MakeRepo, git

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
    assert found["new_lines"] == {"marked": 3.0, "unmarked": 2.0, "automation": 0.0}
    assert found["share"] == pytest.approx(3 / 5)
    assert found["range"]["commits"] == 3
    assert [f["path"] for f in found["files"]] == ["a.py", "c.py"]


def test_commit_rows_name_their_rules(repo: Path, tmp_path: Path) -> None:
    """Each commit has its label, tool and the rules that fired; newest first."""
    commits = viewed(repo, "HEAD~3..HEAD", tmp_path)["commits"]
    assert [c["label"] for c in commits] == ["unmarked", "marked", "unmarked"]
    assert [c["sha"] for c in commits] == git("--git-dir", repo, "rev-list", "HEAD~3..HEAD").split()
    assert commits[1]["tool"] == "claude-code"
    assert commits[1]["rules"]
    assert commits[0]["rules"] == []


def test_earlier_lines_are_counted_as_of_the_range(make_repo: MakeRepo, tmp_path: Path) -> None:
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
    young = 21  # steps whose lines were not yet old enough
    assert (churn["all"], churn["n_all"]) == (pytest.approx((1 + 30 - young) / (5 + 30 - young)), 5 + 30 - young)


def test_screen_markdown_and_page_have_the_headline(
    repo: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Screen, Markdown and page have the headline; the screen fits; the page is without scripts."""
    assert run(["pr", "HEAD~3..", str(repo), "--no-cache", "-q"]) == 0
    screen = capsys.readouterr().out
    told = "marked 60 % of new lines, unmarked 40 %; 1 of 3 commits marked"
    assert told in screen
    assert max(map(len, screen.splitlines())) <= 80
    assert len(screen.splitlines()) <= 24
    pages = [tmp_path / "pr.md", tmp_path / "pr.html"]
    assert run(["pr", "HEAD~3..", str(repo), "--no-cache", "-q", *(f"-o{page}" for page in pages)]) == 0
    assert all(told in page.read_text("utf-8").replace("&#124;", "|") for page in pages)
    assert "<script" not in pages[1].read_text("utf-8")


@pytest.mark.parametrize("range_", ["HEAD", "..HEAD", "", "main"])
def test_missing_range_is_refused(repo: Path, capsys: pytest.CaptureFixture[str], range_: str) -> None:
    """One revision, or none to begin with, is wrong use with the way to write it."""
    assert run(["pr", range_, str(repo), "--no-cache"]) == 2
    assert "bad-range" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("range_", "slug"), [("HEAD..HEAD~1", "nothing-in-range"), ("nowhere..HEAD", "unknown-revision")]
)
def test_empty_and_unknown_ranges_have_own_errors(
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


def test_pull_request_imports_neither_statistics_nor_charts(repo: Path, tmp_path: Path) -> None:
    """A range has no verdict and Markdown no picture: neither statistics nor charts are imported for one."""
    out = tmp_path / "pr.md"
    code = "import sys; from analyzer.cli import run; assert run(sys.argv[1:]) == 0; print(*sys.modules)"
    words = ["pr", "HEAD~3..HEAD", repo, "--no-cache", "-q", "-o", out]
    said = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    heavy = {"scipy.stats", "scipy.optimize", "sklearn", "altair", "vl_convert", "tree_sitter", "jinja2"}
    assert heavy.isdisjoint(said.stdout.split())


def test_follow_ups_are_of_changes_to_touched_files(make_repo: MakeRepo, tmp_path: Path) -> None:
    """Mature changes to a touched file stand beside all mature ones; a fix before the range follows one of them up."""
    days = 95
    repo = make_repo(
        ("start", {"a.py": body("a", "b")}),
        ("fix: wrong a", {"a.py": body("x", "b")}),
        ("other", {"b.py": body("p", "q")}),
        *((f"step {n}", {"z.py": body(str(n))}) for n in range(days)),
        ("in range", {"a.py": body("x", "y")}),
    )
    found = viewed(repo, "HEAD~1..HEAD", tmp_path)
    (rate,) = (e for e in found["earlier"] if e["id"] == "follow_ups_90d")
    assert (rate["touched"], rate["n"]) == (pytest.approx(1 / 2), 2)
    mature = 3 + days - 90
    assert (rate["all"], rate["n_all"]) == (pytest.approx(1 / mature), mature)


def test_six_commits_give_an_interval(make_repo: MakeRepo, tmp_path: Path) -> None:
    """The jackknife leaves one commit out at a time: its spread over the rates without each, within 0 and 1."""
    old = [(f"line {n}", {"a.py": body(*map(str, range(n + 1)))}) for n in range(6)]
    rewrite = ("rewrite", {"a.py": body("x", *map(str, range(1, 6)))})
    late = [(f"step {n}", {"z.py": body(str(n))}) for n in range(30)]
    repo = make_repo(*old, rewrite, *late, ("in range", {"a.py": body("new")}))
    churn = viewed(repo, "HEAD~1..HEAD", tmp_path)["earlier"][0]
    assert (churn["touched"], churn["n"]) == (pytest.approx(1 / 7), 7)
    assert churn["low"] == 0.0
    # Without the commit whose line went 0 / 6, without another 1 / 6: t(6) times the jackknife's standard error.
    spread = ((1 / 7) ** 2 + 6 * (1 / 6 - 1 / 7) ** 2) * 6 / 7
    assert churn["high"] == pytest.approx(1 / 7 + 2.446912 * spread**0.5, abs=1e-5)


def test_lines_of_bots_are_in_no_share(make_repo: MakeRepo, tmp_path: Path) -> None:
    """Lines of a maintenance bot are in neither part of the share; a file's marked lines are those of its marks."""
    repo = make_repo(
        ("start", {"a.py": body("a")}),
        ("bump", {"bot.py": body("b", "c")}),
        author="renovate[bot] <29139614+renovate[bot]@users.noreply.github.com>",
    )
    found = viewed(repo, "HEAD~1..HEAD", tmp_path)
    assert found["new_lines"] == {"marked": 0.0, "unmarked": 0.0, "automation": 2.0}
    assert found["share"] is None
    assert [c["label"] for c in found["commits"]] == ["automation"]


def test_marked_lines_by_file(repo: Path, tmp_path: Path) -> None:
    """Each file has its own marked lines, and documents are no code."""
    files = {f["path"]: f for f in viewed(repo, "HEAD~3..HEAD", tmp_path)["files"]}
    assert {path: (f["lines"], f["marked"]) for path, f in files.items()} == {"a.py": (3, 1.0), "c.py": (2, 2.0)}


def test_late_removals_old_names_and_documents(make_repo: MakeRepo, tmp_path: Path) -> None:
    """What was gone after 21 days is no churn, a renamed file was touched by its old name, and text is no code."""
    early, late = ([(f"step {n}", {"z.py": body(str(n))}) for n in days] for days in (range(25), range(25, 55)))
    before = make_repo(("start", {"a.py": body(*"abcdefg")}), *early, ("late", {"a.py": body(*"abcdefx")}), *late)
    git("--git-dir", before, "update-ref", "refs/heads/main", _renamed(before, "a.py", "moved.py", "README.md"))
    found = viewed(before, "HEAD~1..HEAD", tmp_path)
    assert found["new_lines"] == {"marked": 0.0, "unmarked": 0.0, "automation": 0.0}
    assert (found["earlier"][0]["touched"], found["earlier"][0]["n"]) == (0.0, 8)
    assert [f["path"] for f in found["files"]] == ["a.py", "moved.py"]


def _renamed(repo: Path, old: str, new: str, document: str) -> str:
    """A commit on top of the head that renames a file and adds a document."""
    listed = git("--git-dir", repo, "ls-tree", "HEAD").replace(f"\t{old}\n", f"\t{new}\n")
    blob = git("--git-dir", repo, "hash-object", "-w", "--stdin", stdin=b"some words\n").strip()
    tree = git("--git-dir", repo, "mktree", stdin=f"{listed}100644 blob {blob}\t{document}\n".encode()).strip()
    return git("--git-dir", repo, "commit-tree", tree, "-p", "HEAD", "-m", "rename").strip()


def test_branch_written_before_the_range_is_new(make_repo: MakeRepo, tmp_path: Path) -> None:
    """A branch written before the range began and merged in it is new, no earlier work; its merge is not listed."""
    steps = [(f"step {n}", {"z.py": body(str(n))}) for n in range(30)]
    repo = make_repo(("start", {"a.py": body("a")}), *steps, ("with", {"s.py": body("q")}))
    side = git("--git-dir", repo, "commit-tree", "HEAD^{tree}", "-p", "HEAD~31", "-m", "side").strip()
    merge = git("--git-dir", repo, "commit-tree", "HEAD^{tree}", "-p", "HEAD~1", "-p", side, "-m", "merge").strip()
    found = viewed(repo, f"HEAD~1..{merge}", tmp_path)
    assert found["range"]["commits"] == 2
    assert [(c["sha"], c["lines"]) for c in found["commits"]] == [(side, 1)]
    assert {f["path"]: f["earlier_lines"] for f in found["files"]}["s.py"] == 0
