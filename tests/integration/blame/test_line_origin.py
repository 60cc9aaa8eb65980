"""Where a line comes from: moves, reverts, reformatting and ignored commits, each planted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

from analyzer.history.repository import open_repository
from analyzer.pipeline.line_history import replay_lines
from tests.conftest import MakeRepo, git
from tests.planting import analyze_path

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

BODY = "".join(f"def work_{n}(value):\n    return value + {n}\n" for n in range(6))


def head(path: Path) -> pd.DataFrame:
    """Lines at head by origin, with the number of the commit that wrote each (0 = the first)."""
    table = replay_lines(open_repository(str(path)), None).provenance.lines_at_head("origin")
    shas = git("--git-dir", path, "log", "--reverse", "--format=%H", "main").split()
    return table.assign(wrote=[shas.index(str(sha)) for sha in table["sha"]], reason=table["reason"].astype(object))


def test_moved_lines_keep_their_author(make_repo: MakeRepo) -> None:
    """A block that moves to another file keeps its author; a lone brace and a line of two tokens do not."""
    path = make_repo(
        ("write", {"a.py": BODY + "}\nx y\n", "b.py": "start = 1\n"}),
        ("move", {"a.py": "gone = True\n", "b.py": "start = 1\n" + BODY, "c.py": "}\n", "d.py": "x y\n"}),
    )
    table = head(path).set_index("path")
    moved = table.loc["b.py"].iloc[1:]
    assert set(moved["wrote"]) == {0}
    assert set(moved["reason"]) == {"moved"}
    assert moved["born_path"].astype(str).unique().tolist() == ["a.py"]
    assert table.loc["b.py"].iloc[0]["wrote"] == 0
    assert table.loc["c.py", "wrote"] == 1
    assert table.loc["d.py", "wrote"] == 1


def test_lines_with_one_hash_and_two_texts_did_not_move(make_repo: MakeRepo) -> None:
    """Moves are sought by CRC-32 and counted by text; the line next to the pair did move."""
    assert crc32(b"x = plumless") == crc32(b"x = buckeroo")
    path = make_repo(
        ("write", {"a.py": "x = plumless\ntotal = compute(value)\nkeep = 1\n"}),
        ("move", {"a.py": "keep = 1\n", "b.py": "x = buckeroo\ntotal = compute(value)\n"}),
    )
    assert head(path).query("path == 'b.py'")["wrote"].tolist() == [1, 0]


def test_single_line_moves_from_three_tokens_on(make_repo: MakeRepo) -> None:
    """A removed line of three tokens is found again once for each time it was removed; a new line is new."""
    path = make_repo(
        ("write", {"a.py": "total = compute(value)\nkeep = 1\n"}),
        ("move", {"a.py": "keep = 1\n", "b.py": "total = compute(value)\ntotal = compute(value)\n"}),
    )
    assert sorted(head(path).query("path == 'b.py'")["wrote"]) == [0, 1]


def test_reverted_lines_keep_their_author(make_repo: MakeRepo) -> None:
    """Contents brought back after one and after two changes, also of a deleted file, keep their first author."""
    path = make_repo(
        ("write", {"a.py": BODY, "b.py": BODY.replace("work", "play")}),
        ("change", {"a.py": BODY.replace("value", "other")}),
        ("change again", {"a.py": "pass\n"}),
        ("bring back", {"a.py": BODY}),
    )
    table = head(path).query("path == 'a.py'")
    assert set(table["wrote"]) == {0}
    assert set(table["reason"]) == {"restored"}


def test_reformatting_keeps_authors(make_repo: MakeRepo) -> None:
    """Lines keep their authors when a whole commit moves only blanks and line breaks, and not when it changes more."""
    loose = BODY.replace("    return value", "\treturn  value").replace("(value)", "( value )")
    path = make_repo(("write", {"a.py": BODY}), ("reformat", {"a.py": loose}))
    assert set(head(path)["wrote"]) == {0}
    assert set(head(path)["reason"]) == {"whitespace"}
    git("--git-dir", path, "update-ref", "-d", "refs/heads/main")
    path = make_repo(("write", {"a.py": BODY}), ("reformat and more", {"a.py": loose + "new = 1\n"}))
    assert set(head(path)["wrote"]) == {1}


def test_commits_in_ignore_revs_keep_authors(make_repo: MakeRepo) -> None:
    """A commit in .git-blame-ignore-revs keeps each line's author; lines there that are no ids are counted."""
    steps = [("write", {"a.py": BODY}), ("rename", {"a.py": BODY.replace("value", "amount")})]
    path = make_repo(*steps)
    second = git("--git-dir", path, "rev-parse", "main").strip()
    git("--git-dir", path, "update-ref", "-d", "refs/heads/main")
    listed = f"# formatting\n{second}\nabc123\n"
    path = make_repo(*steps, ("list", {".git-blame-ignore-revs": listed}))
    table = head(path).query("path == 'a.py'")
    assert set(table["wrote"]) == {0}
    assert (table["reason"] == "ignored").sum() == 12
    assert replay_lines(open_repository(str(path)), None).invalid_ignore_revs == 1
    warned = [row for row in analyze_path(str(path)).result.data_quality if row.slug == "ignore-revs-invalid"]
    assert [row.message[:8] for row in warned] == ["1 lines "]


def test_moved_line_dies_by_blame_and_survives_by_origin(make_repo: MakeRepo) -> None:
    """By blame a line dies where it moved. By origin it dies where its continuation does, and both lives add up."""
    path = make_repo(
        ("write", {"a.py": BODY, "z.py": "z = 1\n"}),
        ("move", {"a.py": "a = 1\n", "b.py": BODY}),
        ("drop", {"b.py": "b = 1\n"}),
    )
    known = replay_lines(open_repository(str(path)), None).provenance
    assert known.deaths("blame")["days"].tolist() == [1.0, 1.0]
    by_origin = known.deaths("origin")
    assert by_origin[["lines", "days"]].to_numpy().tolist() == [[12, 2.0]]
    assert int(known.births("origin")["lines"].sum()) == int(known.births("blame")["lines"].sum()) - 12
