"""Small repositories that are large inside: an answer or an error, in bounded time and memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from analyzer.cli import run
from analyzer.history import git as runner
from tests.conftest import ROOT, MakeRepo, git

if TYPE_CHECKING:
    from pathlib import Path

Captured = pytest.CaptureFixture[str]


def stored(repo: Path, contents: bytes) -> str:
    """Id of a new blob."""
    return git("-C", repo, "hash-object", "-w", "--stdin", stdin=contents).strip()


def plain(repo: Path, contents: bytes) -> str:
    """A tree's entry for a file a.py."""
    return f"100644 blob {stored(repo, contents)}\ta.py"


def tree(repo: Path, *entries: str) -> str:
    """Id of a new tree of `ls-tree` lines."""
    return git("-C", repo, "mktree", stdin="".join(f"{entry}\n" for entry in entries).encode()).strip()


def commit(repo: Path, tree_id: str, ref: str = "refs/heads/main", *parents: str) -> str:
    """Id of a new commit, on a ref."""
    found = git("-C", repo, "commit-tree", tree_id, "-m", "x", *(f"-p{parent}" for parent in parents)).strip()
    git("-C", repo, "update-ref", ref, found)
    return found


def bomb(repo: Path, depth: int = 10, width: int = 10) -> str:
    """A tree of `width` ** `depth` files in `depth` objects."""
    blob = stored(repo, b"x = 1\n")
    found = tree(repo, *(f"100644 blob {blob}\tf{n}.py" for n in range(width)))
    for _ in range(depth - 1):
        found = tree(repo, *(f"040000 tree {found}\td{n}" for n in range(width)))
    return found


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """An empty bare repository."""
    git("init", "--quiet", "--bare", "--initial-branch=main", tmp_path / "r")
    return tmp_path / "r"


def answered(repo: Path, capsys: Captured, *options: str) -> dict[str, tuple[int | None, str | None]]:
    """By share definition: n, and why there is none; within 20 s."""
    started = time.monotonic()
    assert run(["analyze", str(repo), "--json", "-q", "--no-cache", *options]) == 0
    assert time.monotonic() - started < 20
    return {d["id"]: (d["n"], d["abstained"]) for d in json.loads(capsys.readouterr().out)["share"]["definitions"]}


@pytest.mark.skipif(sys.platform != "linux", reason="no other platform bounds a running process")
@pytest.mark.parametrize("where", ["head", "past", "side"])
def test_a_tree_without_end(where: str, repo: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand million files in ten objects: git is stopped at its bound, commits are counted, lines are not."""
    monkeypatch.setattr(runner, "_MAX_GIT_MEMORY", 128 << 20)
    small = tree(repo, plain(repo, b"y = 1\n"))
    endless = bomb(repo)
    first = commit(repo, small)
    if where == "past":
        commit(repo, small, "refs/heads/main", commit(repo, endless, "refs/heads/main", first))
    elif where == "side":
        commit(repo, small, "refs/heads/main", first, commit(repo, endless, "refs/heads/side", first))
    else:
        commit(repo, endless, "refs/heads/main", first)
    found = answered(repo, capsys, "--effort", "--style")
    assert found["commits"][0] in {2, 3}
    assert found["lines_added"] == (None, "damaged-contents")


@pytest.mark.parametrize(
    "ref",
    [
        "refs/notes/ai",
        "refs/notes/whogitit",
        f"refs/ai/authorship/{'a' * 40}",
        "refs/entire/checkpoints/A3/01KXEWS08ZG9WXQPFE4QDA4GA3",
        "refs/heads/entire/checkpoints/v1",
    ],
)
def test_a_store_without_end(ref: str, repo: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records whose tree has no end: read up to a bound."""
    monkeypatch.setattr(runner, "_MAX_FILES", 50_000)
    commit(repo, bomb(repo), ref)
    commit(repo, tree(repo, plain(repo, b"y = 1\n")))
    started = time.monotonic()
    code = run(["analyze", str(repo), "--effort", "--json", "-q", "--no-cache"])
    said = capsys.readouterr()
    assert code == 0 or (code == 3 and "50,000 files" in said.err)
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("contents", [b"\n" * 60_000_000, b"\0" * 60_000_000, b"x" * 60_000_000], ids="n0x")
def test_contents_larger_than_any_text(contents: bytes, repo: Path, capsys: Captured) -> None:
    """60 MB in 60 KB, blanks, zeros or one line: data, without lines, beside a file that has some."""
    own = stored(repo, b"y = 1\nz = 2\n")
    big = stored(repo, contents)
    names = ("b.py", "aishare.toml", ".git-blame-ignore-revs")
    first = commit(repo, tree(repo, f"100644 blob {own}\ta.py", *(f"100644 blob {big}\t{name}" for name in names)))
    git("-C", repo, "update-ref", "refs/tags/v1.0", big)
    commit(repo, tree(repo, f"100644 blob {own}\ta.py"), "refs/heads/main", first)
    commit(repo, tree(repo, f"100644 blob {big}\t{first}"), "refs/notes/ai")
    assert answered(repo, capsys, "--effort", "--style")["lines_added"][0] == 2


def test_a_folder_with_a_newline_lends_its_objects(tmp_path: Path, make_repo: MakeRepo, capsys: Captured) -> None:
    """A missing blob is passed over in a repository whose path holds a quote, a backslash and a newline."""
    source = make_repo(("one", {"a.py": "x = 1\n"}), ("two", {"b.py": "y = 1\n"}), ("three", {"a.py": "x = 2\n"}))
    odd = tmp_path / 'a "b" \\ c\nd'
    git("clone", "--quiet", "--bare", source, odd)
    pack = next((odd / "objects" / "pack").glob("*.pack"), None)
    if pack:
        moved = pack.rename(tmp_path / "pack")
        git("--git-dir", odd, "unpack-objects", "-q", stdin=moved.read_bytes())
    blob = git("--git-dir", odd, "rev-parse", "HEAD:b.py").strip()
    (odd / "objects" / blob[:2] / blob[2:]).unlink()
    straight = tmp_path / "straight"
    odd.rename(straight)
    before = answered(straight, capsys)
    straight.rename(odd)
    assert answered(odd, capsys) == before


def test_too_little_memory_is_said(repo: Path) -> None:
    """Five million lines under a limit of memory: the error has a name of its own."""
    commit(repo, tree(repo, plain(repo, b"\n" * 8_000_000)))
    code = (
        "import resource, sys; from analyzer.cli import run;"
        "import analyzer.pipeline.run, analyzer.report.renderers.json;"
        "used = int(open('/proc/self/statm').read().split()[0]) * 4096 if sys.platform == 'linux' else 10 ** 10;"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 300_000_000,) * 2);"
        f"sys.exit(run(['analyze', {str(repo)!r}, '--json', '--no-cache', '-q', '-o', '/dev/null']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, "out-of-memory" in done.stderr) in {(0, False), (3, True)}, done.stderr
