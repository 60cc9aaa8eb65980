"""Lines alive at head and after 90 days, counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.blame.diff import FilePatch
from analyzer.blame.line_hashes import hash_lines
from analyzer.core.tables import records
from analyzer.history.repository import open_repository
from analyzer.pipeline.line_history import replay_lines
from tests.conftest import MakeRepo, git, imported
from tests.planting import analyze_path

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.report.contract import AnalysisResult, ShareDefinition

MARK = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"


def definition(result: AnalysisResult, id_: str) -> ShareDefinition:
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
    found = definition(analyze_path(str(worked(make_repo))).result, "lines_surviving")
    assert (found.n, found.marked) == (5, 0.4)


def test_lines_alive_after_90_days_are_old_enough(make_repo: MakeRepo) -> None:
    """At day 90 the lines of day 0 are old enough, at day 91 those of day 1 too; what died young is not among them."""
    repo = str(worked(make_repo))
    for as_of, n, floor in (("2024-03-30", None, None), ("2024-03-31", 3, 0.0), ("2024-04-01", 5, 0.4)):
        found = definition(analyze_path(repo, as_of=as_of).result, "lines_surviving_90d")
        assert (found.n or None, found.marked) == (n, floor), as_of


def test_symbolic_links_are_not_counted(tmp_path: Path) -> None:
    """A symbolic link has its target as text: it is in no count, though its name ends in .py."""
    folder = tmp_path / "r"
    git("init", "--quiet", "--initial-branch=main", folder)
    (folder / "a.py").write_text("x = 1\n")
    (folder / "b.py").symlink_to("a.py")
    git("-C", folder, "add", ".")
    git("-C", folder, "commit", "--quiet", "-m", "begin")
    result = analyze_path(str(folder), as_of="2024-12-31").result
    assert {d.id: d.n for d in result.share.definitions if d.unit == "line" and d.n} == {
        "lines_added": 1,
        "lines_surviving": 1,
        "lines_surviving_90d": 1,
        "lines_effective": 1,
        "lines_blamed": 1,
        "lines_by_role": 1,
    }


def test_tools_are_credited_with_surviving_lines(make_repo: MakeRepo) -> None:
    """Of three lines that the marked commit added two are alive."""
    (credit,) = analyze_path(str(worked(make_repo))).result.share.by_tool
    assert (credit.tool, credit.commits, credit.lines_added, credit.lines_surviving) == ("claude-code", 1, 3, 2)


def test_published_definitions_give_other_shares_of_the_same_history(make_repo: MakeRepo) -> None:
    """Lines blamed, effective lines, changes with any mark and lines by 30/50/100 credit, counted by hand."""
    result = analyze_path(str(worked(make_repo))).result
    found = {d.id: (d.n, d.marked) for d in result.share.definitions if d.unit == "line"}
    assert found["lines_blamed"] == (5, 0)  # the last commit moved two of the three lines and so took them over
    assert {id_: n for id_, (n, _) in found.items() if "added" in id_ or "eff" in id_ or "role" in id_} == {
        "lines_added": 9,
        "lines_effective": 7,
        "lines_by_role": 9,
    }
    assert found["lines_added"][1] == pytest.approx(3 / 9)
    assert found["lines_effective"][1] == pytest.approx(3 / 7)
    assert found["lines_by_role"][1] == pytest.approx(1.5 / 9)


@pytest.mark.parametrize(
    ("trailer", "credit"),
    [
        ("Generated-by: Claude Code", 1.0),
        ("Co-authored-by: Claude <noreply@anthropic.com>", 0.5),
        ("Assisted-by: Claude Code", 0.3),
        ("Assisted-by: Claude Code\nCo-authored-by: Claude <noreply@anthropic.com>", 0.5),
        ("Reviewed-by: Claude <noreply@anthropic.com>", 0.0),
    ],
)
def test_the_wording_of_a_trailer_moves_the_share(make_repo: MakeRepo, trailer: str, credit: float) -> None:
    """The heaviest mark of authorship weighs; a review weighs nothing."""
    repo = make_repo((f"work\n\n{trailer}", {"a.py": "answer = compute(42)\n"}))
    assert definition(analyze_path(str(repo)).result, "lines_by_role").marked == pytest.approx(credit)


def test_any_mark_counts_the_whole_change_in_one_definition(tmp_path: Path) -> None:
    """A pull request of three commits, one of them marked: a third by its commits, one by any mark."""
    stream = b""
    for n, message in enumerate(["base", "one", "two" + MARK, "three"]):
        branch, before = ("main", n) if n == 0 else ("topic", n)
        stream += f"commit refs/heads/{branch}\nmark :{n + 1}\ncommitter A <a@b> {1704099600 + n} +0000\n".encode()
        stream += b"data %d\n%s\n" % (len(message), message.encode()) + (f"from :{before}\n".encode() if n else b"")
        stream += b"M 100644 inline f%d.py\ndata 12\nx = work(%03d\n" % (n, n)
    merge = b"Merge pull request #7 from a/topic"
    stream += b"commit refs/heads/main\nmark :9\ncommitter A <a@b> 1704199600 +0000\ndata %d\n%s\n" % (
        len(merge),
        merge,
    )
    stream += b"from :1\nmerge :4\n" + b"".join(
        b"M 100644 inline f%d.py\ndata 12\nx = work(%03d\n" % (n, n) for n in range(1, 4)
    )
    result = analyze_path(str(imported(tmp_path / "r", stream))).result
    shares = {d.id: (d.n, d.marked) for d in result.share.definitions if d.unit == "change"}
    assert shares["merged_changes"][1] == pytest.approx(1 / 6)
    assert shares["changes_any_mark"] == (2, 0.5)


@given(
    st.lists(st.tuples(st.sampled_from("+-"), st.text("ab \t\r\v\f+-@\\é", max_size=9)), max_size=12),
    st.lists(st.integers(1, 3), min_size=1, max_size=3),
)
def test_slight_lines_are_those_of_three_characters(lines: list[tuple[str, str]], hunks: list[int]) -> None:
    """Line by line, whatever the text holds; removed lines, hunk headers and file names are none."""
    text, ordered = "diff --git a/x b/x\n--- a/x\n+++ b/x", []
    for n in range(0, len(lines), hunks[0]):
        hunk = sorted(lines[n : n + hunks[0]], key=lambda line: line[0] == "+")  # a hunk removes before it adds
        text += "\n@@ -1 +1 @@ def x" + "".join(f"\n{sign}{line}" for sign, line in hunk)
        ordered += [line.encode() for sign, line in hunk if sign == "+"]
    patch = FilePatch(text.encode())
    assert patch.added() == ordered
    expected = [n for n, line in enumerate(ordered) if len(line.strip(b" \t\r\v\f")) <= 3]
    assert hash_lines(patch.added()).slight == expected


def test_effective_lines_are_counted_in_the_blobs(fixture_repos: dict[str, Path]) -> None:
    """Over a whole history: each line written there, looked up in the file that its commit left behind."""
    repository = open_repository(str(fixture_repos["demo"]))
    followed = replay_lines(repository, None).provenance
    births = followed.births("origin").astype({"born_sha": "str", "path": "str"})
    expected: dict[tuple[str, str], int] = {}
    for row in records(births):
        file, first = (row["born_sha"], row["path"]), row["line"] - 1
        lines = (repository.git.run("cat-file", "blob", ":".join(file)) or b"").split(b"\n")
        solid = sum(len(line.strip()) > 3 for line in lines[first : first + row["lines"]])
        expected[file] = expected.get(file, 0) + solid
    changes = followed.changes({})
    counted = {(row["sha"], row["path"]): row["effective"] for row in records(changes) if row["effective"]}
    merges = {key for key in expected if key[0] not in set(changes["sha"])}
    assert counted == {key: n for key, n in expected.items() if n and key not in merges}
    assert sum(counted.values()) > 1000
