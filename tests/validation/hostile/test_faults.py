"""Faults: runs killed at any moment, caches that cannot be written, gits that die, clocks that jump.

The run after it gives the bytes of a run that stores nothing, and what is half-written is never used.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from analyzer.cli import run
from analyzer.core.cachedir import CacheStore
from analyzer.errors import NoShareError
from analyzer.history import batch
from analyzer.history import git as runner
from analyzer.history.repository import open_repository
from analyzer.pipeline.line_history import replay_lines
from tests.planting import load_path

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

Captured = pytest.CaptureFixture[str]
KILLS, QUICK_KILLS = 70, 6
WAYS = multiprocessing.get_context("forkserver")
WAYS.set_forkserver_preload(
    [
        "analyzer.pipeline.run",
        "analyzer.pipeline.result_tables",
        "analyzer.pipeline.grade",
        "analyzer.pipeline.answer_cache",
        "analyzer.report.renderers.json",
        "tests.validation.hostile.test_faults",
    ]
)


def analyzed(path: Path, out: Path, *options: str) -> bytes:
    """The JSON report."""
    assert run(["analyze", str(path), "--json", "-q", "-o", str(out), *options]) == 0
    return out.read_bytes()


def _process(path: str, out: str, cache: str) -> None:
    run(["analyze", path, "--json", "-q", "-o", out, "--cache-dir", cache])


def begun(path: Path, out: Path, cache: Path) -> ForkServerProcess:
    """An analysis in a process of its own."""
    process = WAYS.Process(target=_process, args=(str(path), str(out), str(cache)))
    process.start()
    return process


@pytest.fixture
def demo(fixture_repos: dict[str, Path]) -> Path:
    """A repository with some history."""
    return fixture_repos["demo"]


@pytest.fixture
def whole(demo: Path, tmp_path: Path) -> bytes:
    """Its report by a run that stores nothing."""
    return analyzed(demo, tmp_path / "whole.json", "--no-cache")


def lasted(demo: Path, out: Path, cache: Path) -> float:
    """Seconds of a whole run."""
    started = time.monotonic()
    begun(demo, out, cache).join()
    return time.monotonic() - started


def killed_at_random(demo: Path, whole: bytes, folder: Path, kills: int) -> int:
    """Kill runs on cold and warm stores, two at a time on one store; how many were killed before they ended."""
    warm = folder / "warm"
    analyzed(demo, folder / "old.json", "--cache-dir", str(warm), "--rev", "HEAD~60")
    begun(demo, folder / "first.json", folder / "cache-first").join()  # the server has imported everything then
    shutil.copytree(warm, folder / "cache-warm")
    spans = [lasted(demo, folder / "first.json", folder / name) for name in ("cache-cold", "cache-warm")]
    chance = random.Random(7)  # noqa: S311 - moments, no secret
    died = 0
    for number in range(0, kills, 2):
        cache = folder / f"cache{number % 4}"
        shutil.rmtree(cache, ignore_errors=True)
        if number % 4:
            shutil.copytree(warm, cache)
        outs = [folder / f"{number}-{n}.json" for n in range(2)]
        span = spans[bool(number % 4)]
        moments = sorted(span * (number + n + chance.random()) / kills for n in range(2))
        began, runs = time.monotonic(), [begun(demo, out, cache) for out in outs]
        for process, moment in zip(runs, moments, strict=True):
            time.sleep(max(0.0, began + moment - time.monotonic()))
            process.kill()
        for process, out in zip(runs, outs, strict=True):
            process.join()
            died += process.exitcode == -signal.SIGKILL
            assert not out.exists() or out.read_bytes() == whole
        for _ in range(2):
            assert analyzed(demo, folder / "next.json", "--cache-dir", str(cache)) == whole
    return died


def test_a_few_kills(demo: Path, whole: bytes, tmp_path: Path) -> None:
    """Some moments of a run: the next run gives the bytes of a whole one."""
    assert killed_at_random(demo, whole, tmp_path, QUICK_KILLS) >= QUICK_KILLS // 2


@pytest.mark.exhaustive
def test_many_kills(demo: Path, whole: bytes, tmp_path: Path) -> None:
    """Moments from the first to the last of a run, at least fifty of which end one."""
    assert killed_at_random(demo, whole, tmp_path, KILLS) >= 50


def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is read only, root's too."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    for module, name in ((tempfile, "mkstemp"), (os, "utime"), (os, "replace"), (Path, "mkdir"), (os, "unlink")):
        monkeypatch.setattr(module, name, refuse)


def test_a_cache_that_can_only_be_read_is_read(demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was stored is used, nothing new is, and a note says why."""
    cache = tmp_path / "cache"
    replay_lines(open_repository(str(demo), "HEAD~60"), cache)
    replay_lines(open_repository(str(demo)), cache)
    repositories = [open_repository(str(demo), rev) for rev in ("HEAD", "HEAD~1")]
    plain = [replay_lines(repository, None).provenance for repository in repositories]
    read_only(monkeypatch)
    found = [replay_lines(repository, cache) for repository in repositories]
    assert [f.provenance.mode for f in found] == ["stored", "incremental"]
    assert [f.provenance.births("blame").equals(p.births("blame")) for f, p in zip(found, plain, strict=True)] == [
        True
    ] * 2
    assert [any("Read-only" in note for note in f.notes) for f in found] == [False, True]


def fake(folder: Path, script: str) -> None:
    """A git of our own first on PATH."""
    folder.mkdir(exist_ok=True)
    (folder / "git").write_text(f"#!/bin/sh\nREAL={runner.executable()}\n{script}")
    (folder / "git").chmod(0o755)


_DYING = """
case " $* " in
*" {verb} "*) "$REAL" "$@" | head -c {size}; kill -9 $$ ;;
esac
exec "$REAL" "$@"
"""
_VERBS = ("rev-parse", "log", "cat-file", "ls-tree", "check-attr", "read-tree", "rev-list", "diff-tree")


@pytest.mark.parametrize("size", [0, 40, 3_000])
@pytest.mark.parametrize("verb", _VERBS)
def test_a_git_that_is_killed_half_way(
    verb: str,
    size: int,
    fixture_repos: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
) -> None:
    """An error, or an answer that says what is unknown; with a git that lives the bytes are right again."""
    path, cache = fixture_repos["dialects"], tmp_path / "cache"
    right = analyzed(path, tmp_path / "right.json", "--no-cache")
    before = os.environ["PATH"]
    fake(tmp_path / "bin", _DYING.format(verb=verb, size=size))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{before}")
    code = run(["analyze", str(path), "--json", "-q", "-o", str(tmp_path / "hurt.json"), "--cache-dir", str(cache)])
    assert "internal-error" not in capsys.readouterr().err
    assert (
        code == 3
        or (tmp_path / "hurt.json").read_bytes() == right
        or b"damaged-contents" in (tmp_path / "hurt.json").read_bytes()
    )
    monkeypatch.setenv("PATH", before)
    assert analyzed(path, tmp_path / "next.json", "--cache-dir", str(cache)) == right


def test_an_answer_cut_off_is_no_answer(tmp_path: Path) -> None:
    """Contents of which the end never came are a broken repository, not a shorter file."""
    (tmp_path / "said").write_bytes(b"0" * 40 + b" blob 100\nhalf")
    with (
        (tmp_path / "said").open("rb") as back,
        (tmp_path / "to").open("wb") as to,
        (tmp_path / "said").open("rb") as errors,
    ):
        asked = batch.BatchProcess(lambda: (to, back), errors)
        with pytest.raises(NoShareError):
            asked.read_object(b"x")


@pytest.mark.parametrize(
    ("script", "slug"),
    [("echo git version 2.30.9", "git-too-old"), ("exit 1", "git-missing"), ("kill -9 $$", "broken-repository")],
)
def test_a_git_of_no_use(
    script: str, slug: str, demo: Path, whole: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Old, dumb or dying at once: said, with a store or without; a stored answer is no way around it."""
    cache, before = tmp_path / "cache", os.environ["PATH"]
    analyzed(demo, tmp_path / "kept.json", "--cache-dir", str(cache))
    fake(tmp_path / "bin", script)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{before}")
    assert run(["analyze", str(demo), "-q", "--cache-dir", str(cache)]) in {1, 3}
    assert slug in capsys.readouterr().err
    monkeypatch.setenv("PATH", before)
    assert analyzed(demo, tmp_path / "next.json", "--cache-dir", str(cache)) == whole


@pytest.mark.parametrize("when", [0, 4_102_444_800])
def test_clocks_that_jump(when: int, demo: Path, whole: bytes, tmp_path: Path) -> None:
    """Every file of the store dated 1970, or 2100: the same bytes, and new runs are stored beside them."""
    cache = tmp_path / "cache"
    for rev in ("HEAD~90", "HEAD~60", "HEAD~30"):
        analyzed(demo, tmp_path / "old.json", "--cache-dir", str(cache), "--rev", rev)
    for path in cache.rglob("*"):
        os.utime(path, (when, when))
    assert analyzed(demo, tmp_path / "next.json", "--cache-dir", str(cache)) == whole
    lines = load_path(demo, cache_dir=cache).lines
    assert lines is not None
    assert lines.commits_read == 0


def test_snapshots_of_the_future_leave_room(tmp_path: Path) -> None:
    """Files dated far ahead are the first to go, and drafts of such a date too."""
    store = CacheStore(tmp_path, "x", keep=2)
    for name in ("a", "b"):
        assert store.write(name, {"n": b"1"})
        os.utime(store.folder / f"{name}.parquet", (4_102_444_800, 4_102_444_800))
    draft = store.folder / ".draft-leftover"
    draft.write_bytes(b"")
    os.utime(draft, (4_102_444_800, 4_102_444_800))
    assert store.write("c", {"n": b"1"})
    assert store.names()[0] == "c"
    assert store.read("c") is not None
    assert not draft.exists()


def test_a_killed_run_leaves_no_git_behind(tmp_path: Path, demo: Path) -> None:
    """A git ends with the run that it answers: its pipes are closed."""
    if not Path("/proc").is_dir():
        pytest.skip("no /proc here")
    process = begun(demo, tmp_path / "out", tmp_path / "cache")
    time.sleep(0.15)
    process.kill()
    process.join()
    until = time.monotonic() + 10
    while time.monotonic() < until and _gits(demo):
        time.sleep(0.05)
    assert _gits(demo) == []


def _gits(path: Path) -> list[str]:
    """Running processes whose environment names the repository's objects."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"GIT_OBJECT_DIRECTORY={path}/objects".encode() in entry.read_bytes():
                found.append(entry.parent.name)
        except OSError:
            continue
    return found
