"""Clones that lack contents, names and dates that few tools expect, texts made to be slow: an answer, and soon."""

from __future__ import annotations

import json
import shutil
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analyzer.cli import run
from analyzer.core.cachedir import CacheStore
from analyzer.errors import UsageError
from analyzer.evidence.labels import find_matches
from analyzer.evidence.line_notes import parse_note
from analyzer.evidence.signal import CommitText
from analyzer.history.repository import open_repository
from analyzer.pipeline.line_history import replay_lines
from tests.conftest import MakeRepo, git, imported
from tests.planting import analyze_path

if TYPE_CHECKING:
    from pathlib import Path

Captured = pytest.CaptureFixture[str]
PY = "".join(f"value_{n} = compute({n})\n" for n in range(12))
FUNCTION = "def work(first, second):\n" + "".join(f"    value_{n} = compute(first, {n})\n" for n in range(8))


def commit(mark: int, when: int, *files: tuple[bytes, str]) -> bytes:
    """One commit of a fast-import stream."""
    head = f"commit refs/heads/main\nmark :{mark}\ncommitter A <a@b> {when} +0000\ndata 1\nx\n".encode()
    for path, text in files:
        quoted = path.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        head += b'M 100644 inline "%s"\ndata %d\n%s\n' % (quoted, len(text.encode()), text.encode())
    return head


@pytest.mark.parametrize("kept", ["blob:none", "blob:limit=100"])
def test_partial_clones_of_files_that_were_changed(kept: str, make_repo: MakeRepo, tmp_path: Path) -> None:
    """Both sides of a change may be missing, an empty file among them: lines are unknown, commits are not."""
    files = {"k.py": PY, "__init__.py": ""}
    source = make_repo(
        ("one", files), ("two", files | {"k.py": PY + "more = 1\n"}), ("three", {"__init__.py": "x = 1\n"})
    )
    git("-C", source, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    git("clone", "--quiet", "--bare", f"--filter={kept}", f"file://{source}", clone)
    git("-C", clone, "remote", "remove", "origin")
    result = analyze_path(str(clone)).result
    known = {d.id: d.n for d in result.share.definitions}
    assert known["commits"] == 3
    assert known["lines_added"] is None
    assert "partial-clone" in {row.slug for row in result.data_quality}
    assert b"k.py" in replay_lines(open_repository(str(clone)), None).provenance.lines.opaque


def test_a_partial_clone_in_which_files_were_split(tmp_path: Path) -> None:
    """A commit that renames, adds, and changes a file whose contents are missing on both sides: no crash."""
    folder = tmp_path / "r"
    git("init", "--quiet", "--initial-branch=main", folder)
    whole = [f"line {n} of the file\n" for n in range(30)]
    (folder / "big.txt").write_text("one\n" * 50)
    (folder / "whole.py").write_text("".join(whole))
    git("-C", folder, "add", ".")
    git("-C", folder, "commit", "--quiet", "-m", "begin")
    (folder / "whole.py").unlink()
    (folder / "most.py").write_text("".join(whole[:25]))
    (folder / "some.py").write_text("".join(whole[5:22]))
    (folder / "big.txt").write_text("two\n" * 50)
    git("-C", folder, "add", "-A")
    git("-C", folder, "commit", "--quiet", "-m", "split")
    for rev in ("HEAD", "HEAD~1"):
        blob = git("-C", folder, "rev-parse", f"{rev}:big.txt").strip()
        (folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    lines = replay_lines(open_repository(str(folder)), None).provenance.lines
    assert b"big.txt" in lines.opaque
    assert analyze_path(str(folder)).result.repository.commits == 2


def test_dates_and_names_that_are_odd(tmp_path: Path) -> None:
    """Author dates far away, names that are no UTF-8, and two that decode alike: counted, with and without --style."""
    stream = commit(1, 1_700_000_000, (b"a \xff.py", FUNCTION), (b"a\xff.py", PY), (b"a\\xff.py", PY + "x = 1\n"))
    stream += commit(2, 10_413_792_000, (b"b.py", FUNCTION))
    folder = imported(tmp_path / "r", stream)
    for style in (False, True):
        result = analyze_path(str(folder), style=style).result
        assert {d.id: d.n for d in result.share.definitions}["commits"] == 2


def test_texts_made_to_be_slow() -> None:
    """Runs of blanks inside the caps of every pattern, floods of brackets, names of many words: at once."""
    lines = [
        "generated with claude" + " " * 370 + "x",
        "Assisted-by: a" + " " * 1900 + "b",
        "Assisted-by: claude" + " " * 1900 + "x",
        "Assisted-by: a" + " " * 200 + "b" * 200 + "@",
        "Co-authored-by <" + "@" * 450,
    ]
    started = time.perf_counter()
    for line in lines:
        find_matches(CommitText("A", "a@b", "x\n\n" + "\n".join([line] * 200)))
    find_matches(CommitText("1 " * 100_000, "a@b", "x"))
    assert time.perf_counter() - started < 5


def test_deep_json_is_no_defect(tmp_path: Path, capsys: Captured) -> None:
    """Nesting beyond what a decoder follows: a note without agents, and a line that is named."""
    deep = "[" * 100_000 + "]" * 100_000
    found = parse_note(f'a.py\n  s_abcdef 1-5\n---\n{{"a":{deep}}}'.encode())
    assert [(r.first, r.last, r.tool) for r in found.ranges] == [(1, 5, None)]
    assert parse_note(b"a.py\n  ai_agent " + b",".join([b"1-9"] * 60_000)).ranges == []
    (tmp_path / "deep").write_text(f'{{"id":{deep}}}')
    assert run(["classify", str(tmp_path / "deep")]) == 2
    assert "classify-invalid" in capsys.readouterr().err


def test_line_tables_are_safe_to_open(make_repo: MakeRepo, capsys: Captured) -> None:
    """A file's name that a spreadsheet would run gets a quote in front, in coded columns too; --raw-csv is exact."""
    repo = str(make_repo(("x", {"=cmd|calc!A1.py": PY})))
    for table in ("births", "lines_at_head"):
        assert run(["dump", table, repo, "-q"]) == 0
        assert ",=cmd" not in capsys.readouterr().out
        assert run(["dump", table, repo, "-q", "--raw-csv"]) == 0
        assert "=cmd|calc!A1.py" in capsys.readouterr().out


def test_a_configuration_has_an_end(make_repo: MakeRepo, capsys: Captured) -> None:
    """Too many rules, too many addresses, keys nested without end: an error that says so, at once."""
    many = "".join(f'[[rules]]\ntool = "t{n}"\n' for n in range(101))
    wide = '[[rules]]\ntool = "t"\naddresses = [' + '"a",' * 101 + "]\n"
    for text in (many, wide, "a." * 50_000 + "a = 1\n"):
        started = time.perf_counter()
        repo = make_repo(("x", {"aishare.toml": text}))
        assert run(["analyze", str(repo)]) == UsageError.exit_code
        assert "config-invalid" in capsys.readouterr().err
        assert time.perf_counter() - started < 10
        shutil.rmtree(repo)


def test_explain_knows_the_rules_that_label(make_repo: MakeRepo, capsys: Captured) -> None:
    """What analyze calls marked by a rule of the configuration, explain calls so too."""
    rule = '[[rules]]\ntool = "house"\naddresses = ["ada@example.org"]\n'
    assert run(["explain", "HEAD", str(make_repo(("x", {"aishare.toml": rule})))]) == 0
    assert "user-rule:house" in capsys.readouterr().out


@pytest.mark.parametrize("columns", [{}, {"shas": b"x"}, {"shas": np.zeros(2, np.int32), "paths": b""}])
def test_a_snapshot_of_another_kind_is_not_used(
    columns: dict[str, object], tmp_path: Path, make_repo: MakeRepo
) -> None:
    """Rightly signed and wrongly filled: a full run, said aloud, and the next one is stored again."""
    repository = open_repository(str(make_repo(("x", {"a.py": PY}))))
    replay_lines(repository, tmp_path)
    (stored,) = tmp_path.rglob("*.parquet")
    store = CacheStore(tmp_path, "any")
    store.folder = stored.parent
    store.write(stored.stem, columns)  # type: ignore[arg-type]  # columns of any kind
    again = replay_lines(repository, tmp_path)
    assert (again.provenance.mode, len(again.provenance.lines.commit)) == ("full", 12)
    assert again.notes
    assert replay_lines(repository, tmp_path).provenance.mode == "stored"
    assert json.dumps(again.invalid_ignore_revs) == "0"
