"""Runs that go on from a stored one give the tables of a full run; what is damaged or foreign is not used."""

from __future__ import annotations

import errno
import multiprocessing
import os
import random
import signal
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.blame.run import trace_lines
from analyzer.cli import run
from analyzer.core.cachedir import ANSWERS_SUFFIX, CacheStore, cache_usage
from analyzer.history.commits import read_commits
from analyzer.history.repository import open_repository
from analyzer.pipeline.line_history import replay_lines
from tests.conftest import SHARED, git
from tests.replays import STEP, built
from tests.sizes import sized

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.blame.run import Provenance
    from analyzer.blame.snapshot import Columns

Captured = pytest.CaptureFixture[str]


def tables(known: Provenance) -> list[pd.DataFrame]:
    """Everything a run says."""
    found = [known.changes({})]
    for view in ("blame", "origin"):
        found += [known.births(view), known.deaths(view), known.lines_at_head(view)]
        found += [known.lifetimes(view), known.surviving(view)]
    return found


def same(one: Provenance, two: Provenance) -> None:
    """All tables equal, byte for byte."""
    for left, right in zip(tables(one), tables(two), strict=True):
        pd.testing.assert_frame_equal(left, right)


def traced(path: Path, rev: str, store: CacheStore | None = None) -> Provenance:
    """A run at one revision."""
    repository = open_repository(str(path), rev)
    commits = read_commits(repository.git, repository.head, lambda _: None)
    return trace_lines(repository.git, repository.head, commits, store=store)


def check_resumed_run_equals_full_run(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]], cut: int
) -> None:
    """A run resumed from any ancestor gives the tables of a full run, with branches that forked before it."""
    folder = tmp_path_factory.mktemp("made")
    path = built(steps, folder / "r")
    shas = git("--git-dir", path, "rev-list", "main").split()
    store = CacheStore(folder / "cache", "x")
    traced(path, shas[cut % len(shas)], store)
    resumed = traced(path, "main", store)
    assert resumed.mode in {"incremental", "stored"}
    same(resumed, traced(path, "main"))


@given(st.lists(STEP, min_size=2, max_size=16), st.integers(0, 100))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_resumed_run_equals_full_run(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]], cut: int
) -> None:
    """A run resumed from any ancestor gives the tables of a full run, with branches that forked before it."""
    check_resumed_run_equals_full_run(tmp_path_factory, steps, cut)


@pytest.mark.exhaustive
@given(st.lists(STEP, min_size=2, max_size=16), st.integers(0, 100))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_resumed_run_equals_full_run_at_length(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]], cut: int
) -> None:
    """The same on 100 histories."""
    check_resumed_run_equals_full_run(tmp_path_factory, steps, cut)


@pytest.mark.slow
@sized(2, 6)
@pytest.mark.parametrize("name", ["click", "PyAirbyte"])
def test_resumed_run_equals_full_run_on_real_histories(name: str, tmp_path: Path, trials: int) -> None:
    """Resuming from random ancestors gives the tables of a full run; at most one does not use what is stored."""
    bundle = SHARED / "corpora" / f"{name}.bundle"
    if not bundle.exists():
        pytest.skip(f"no history {name} here")
    git("clone", "--quiet", bundle, tmp_path / "r")
    shas = git("-C", tmp_path / "r", "rev-list", "HEAD").split()
    whole = traced(tmp_path / "r", "HEAD")
    how = []
    for number, cut in enumerate(random.Random(1).sample(shas, trials)):  # noqa: S311 - a sample, no secret
        store = CacheStore(tmp_path / str(number), "x")
        traced(tmp_path / "r", cut, store)
        resumed = traced(tmp_path / "r", "HEAD", store)
        how.append(resumed.mode)
        same(resumed, whole)
    assert how.count("incremental") >= trials - 1


def test_snapshot_round_trip(tmp_path: Path) -> None:
    """A snapshot is read back as written, empty columns and bytes included; the latest used snapshots are kept."""
    store = CacheStore(tmp_path, "key", keep=2)
    columns: Columns = {"a": np.arange(5, dtype=np.uint32), "b": b"x\n\0y", "c": np.zeros(0, np.int8), "d": b""}
    for name in ("one", "two", "three"):
        assert store.write(name, columns)
        time.sleep(0.02)
    found = store.read("three")
    assert found is not None
    assert found["b"] == columns["b"]
    assert found["d"] == b""
    assert np.array_equal(np.asarray(found["a"]), np.arange(5))
    assert len(np.asarray(found["c"])) == 0
    assert store.names() == ["three", "two"]
    assert store.read("one") is None
    assert store.problem is None
    assert CacheStore(tmp_path, "other").names() == []


def test_bytes_alone_round_trip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes alone are read back as written; a file that unpacks to more than the limit is removed, and that is said."""
    store = CacheStore(tmp_path, "key", suffix=ANSWERS_SUFFIX)
    columns: Columns = {"json": b"{}" * 5_000, "missing": b"", "odd": b"PAR1\0\xff"}
    assert store.write("one", columns)
    assert store.path("one").read_bytes()[:4] != b"PAR1"
    assert store.read("one") == columns
    assert cache_usage(tmp_path) == (store.path("one").stat().st_size, 1)
    monkeypatch.setattr("analyzer.core.cachedir._MAX_UNPACKED_BYTES", 5_000)
    assert store.read("one") is None
    assert store.problem is not None
    assert store.names() == []


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "text"])
def test_damaged_snapshot_is_reported_and_recomputed(
    damage: str, tmp_path: Path, fixture_repos: dict[str, Path]
) -> None:
    """A flipped byte, a short file or an empty one leads to a full run with the right tables and a note."""
    path = fixture_repos["demo"]
    replay_lines(open_repository(str(path)), tmp_path)
    (stored,) = tmp_path.rglob("*.parquet")
    whole = stored.read_bytes()
    for at in (200, len(whole) // 2, len(whole) - 40):
        flipped = bytearray(whole)
        flipped[at] ^= 0x55
        stored.write_bytes(
            {"flip": bytes(flipped), "cut": whole[: len(whole) // 2], "empty": b"", "text": b"PAR1 no"}[damage]
        )
        again = replay_lines(open_repository(str(path)), tmp_path)
        same(again.provenance, replay_lines(open_repository(str(path)), None).provenance)
        assert again.provenance.mode == "full"
        assert any("damaged" in note for note in again.notes)
    assert replay_lines(open_repository(str(path)), tmp_path).provenance.mode == "stored"


def test_rewritten_history_is_read_from_the_start(tmp_path: Path, fixture_repos: dict[str, Path]) -> None:
    """After a force-push the stored head is not an ancestor: a full run gives the right tables."""
    git("clone", "--quiet", fixture_repos["demo"], tmp_path / "r")
    replay_lines(open_repository(str(tmp_path / "r")), tmp_path / "cache")
    (tmp_path / "r" / "new.py").write_text("fresh = 1\n")
    git("-C", tmp_path / "r", "add", "new.py")
    git("-C", tmp_path / "r", "commit", "--quiet", "--amend", "-m", "rewritten")
    again = replay_lines(open_repository(str(tmp_path / "r")), tmp_path / "cache")
    assert again.provenance.mode == "full"
    same(again.provenance, replay_lines(open_repository(str(tmp_path / "r")), None).provenance)


def test_snapshot_without_a_blob_is_not_used_once_the_blob_is_there(tmp_path: Path) -> None:
    """A run stored while a blob was missing is not used once the blob is there."""
    folder = tmp_path / "r"
    git("init", "--quiet", "--initial-branch=main", folder)
    (folder / "a.txt").write_text("one\n")
    git("-C", folder, "add", ".")
    git("-C", folder, "commit", "--quiet", "-m", "a")
    blob = git("-C", folder, "rev-parse", "HEAD:a.txt").strip()
    file = folder / ".git" / "objects" / blob[:2] / blob[2:]
    away = file.rename(tmp_path / "away")
    assert replay_lines(open_repository(str(folder)), tmp_path / "cache").provenance.lines.opaque == (b"a.txt",)
    assert replay_lines(open_repository(str(folder)), tmp_path / "cache").provenance.mode == "stored"
    away.rename(file)
    again = replay_lines(open_repository(str(folder)), tmp_path / "cache").provenance
    assert (again.mode, again.lines.opaque) == ("full", ())


def test_unusable_cache_folder_gives_a_note(tmp_path: Path, fixture_repos: dict[str, Path]) -> None:
    """Where the cache folder is a file, the run succeeds with a note."""
    (tmp_path / "file").write_text("x")
    said = replay_lines(open_repository(str(fixture_repos["demo"])), tmp_path / "file")
    assert len(said.provenance.lines.commit) > 0
    assert any("nothing was stored" in note for note in said.notes)


def test_full_disk_keeps_the_old_snapshot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A write that fails half-way leaves no partial file, keeps the old snapshot and reports the reason."""
    store = CacheStore(tmp_path, "x")
    assert store.write("head", {"a": np.arange(9, dtype=np.uint32)})

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert not store.write("head", {"a": np.arange(5, dtype=np.uint32)})
    assert "No space left" in str(store.problem)
    (left,) = [path.name for path in store.folder.iterdir()]
    assert left == "head.parquet"
    found = store.read("head")
    assert found is not None
    assert len(np.asarray(found["a"])) == 9


def _forever(folder: str, number: int) -> None:
    from pathlib import Path

    store = CacheStore(Path(folder), "x")
    while True:
        store.write("head", {"a": np.full(300_000, number, dtype=np.uint32)})


def test_snapshot_is_whole_after_kills_of_two_writers(tmp_path: Path) -> None:
    """Two processes write the same snapshot and are killed at random moments: the file is always whole."""
    ways = multiprocessing.get_context("spawn")
    for attempt in range(4):
        writers = [ways.Process(target=_forever, args=(str(tmp_path), number)) for number in (1, 2)]
        for writer in writers:
            writer.start()
        until = time.monotonic() + 120  # two interpreters start
        while not CacheStore(tmp_path, "x").names() and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.05 * attempt)
        for writer in writers:
            os.kill(writer.pid or 0, signal.SIGKILL)
            writer.join()
            assert writer.exitcode == -signal.SIGKILL  # until then it ran: no write failed beside the other's
        found = CacheStore(tmp_path, "x").read("head")
        assert found is not None
        assert set(np.asarray(found["a"]).tolist()) in ({1}, {2})


def test_dump_writes_line_tables(tmp_path: Path, fixture_repos: dict[str, Path], capsys: Captured) -> None:
    """Each line table as CSV, filtered like others; an option without effect is refused; --no-cache stores nothing.

    Three replays are stored: tables of single lines need those of all files, the others those of the files that count,
    and where files are selected those of all years.
    """
    path, cache = str(fixture_repos["paths"]), tmp_path / "cache"
    for table in ("births", "deaths", "lines_at_head", "file_changes", "surviving"):
        assert run(["dump", table, path, "--cache-dir", str(cache), "-q"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) > 1
        assert run(["dump", table, path, "--cache-dir", str(cache), "-q", "--include", "*.py"]) == 0
        assert len(capsys.readouterr().out.splitlines()) < len(lines)
    assert len(list(cache.rglob("*.parquet"))) == 3
    assert (
        run(["dump", "lines_at_head", path, "--no-cache", "--cache-dir", str(tmp_path / "no"), "--lines", "origin"])
        == 0
    )
    assert "reason" in capsys.readouterr().out
    assert not (tmp_path / "no").exists()
    assert run(["dump", "merged_changes", path, "--lines", "blame"]) == 2
    assert "no-such-effect" in capsys.readouterr().err
