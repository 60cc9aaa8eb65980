"""Lines alive at head and after 90 days, counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.config import Settings
from analyzer.pipeline import analysis
from tests.conftest import MakeRepo, git

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.report.result import Result, ShareDefinition

MARK = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"


def definition(result: Result, id_: str) -> ShareDefinition:
    """One definition of a result."""
    return next(d for d in result.share.definitions if d.id == id_)


def worked(make_repo: MakeRepo) -> Path:
    """Day 0: four lines of code, two of docs. Day 1, marked: three more. Day 2: one of each goes, the rest moves."""
    first = "".join(f"value_{n} = first({n})\n" for n in range(4))
    second = "".join(f"value_{n} = second({n})\n" for n in range(3))
    return make_repo(
        ("begin", {"src/a.py": first, "docs/a.md": "one two three\nfour five six\n", "vendor/x.py": "far = away(1)\n"}),
        (f"more{MARK}", {"src/b.py": second}),
        ("less", {"src/a.py": first.split("\n", 1)[1] + second.split("\n", 1)[1], "src/b.py": ""}),
    )


def test_lines_alive_at_head_keep_their_origin(make_repo: MakeRepo) -> None:
    """Moved lines belong to who wrote them; docs and vendored files are on neither side."""
    found = definition(analysis(str(worked(make_repo)), Settings()).result, "lines_surviving")
    assert (found.n, found.floor) == (5, 0.4)


def test_lines_alive_after_90_days_are_of_age(make_repo: MakeRepo) -> None:
    """At day 90 the lines of day 0 are old enough, at day 91 those of day 1 too; what died young is not among them."""
    repo = str(worked(make_repo))
    for as_of, n, floor in (("2024-03-30", None, None), ("2024-03-31", 3, 0.0), ("2024-04-01", 5, 0.4)):
        found = definition(analysis(repo, Settings(as_of=as_of)).result, "lines_surviving_90d")
        assert (found.n or None, found.floor) == (n, floor), as_of


def test_a_link_is_no_line(tmp_path: Path) -> None:
    """A symbolic link has its target as text: it is in no count, though its name ends in .py."""
    folder = tmp_path / "r"
    git("init", "--quiet", "--initial-branch=main", folder)
    (folder / "a.py").write_text("x = 1\n")
    (folder / "b.py").symlink_to("a.py")
    git("-C", folder, "add", ".")
    git("-C", folder, "commit", "--quiet", "-m", "begin")
    result = analysis(str(folder), Settings(as_of="2024-12-31")).result
    assert {d.id: d.n for d in result.share.definitions if d.unit == "line" and d.n} == {
        "lines_added": 1,
        "lines_surviving": 1,
        "lines_surviving_90d": 1,
    }


def test_tools_are_credited_with_the_lines_that_are_left(make_repo: MakeRepo) -> None:
    """Of three lines that the marked commit added two are alive."""
    (credit,) = analysis(str(worked(make_repo)), Settings()).result.share.by_tool
    assert (credit.tool, credit.commits, credit.lines_added, credit.lines_surviving) == ("claude-code", 1, 3, 2)
