"""Stored answers of clones that lack contents by design: which objects a clone has is part of its question."""

from __future__ import annotations

import json
import shutil
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.cli import run
from analyzer.history.git import Git
from analyzer.history.object_check import ObjectCheck
from analyzer.pipeline.answer_cache import AnswerCache
from analyzer.pipeline.configured_repository import open_configured
from analyzer.pipeline.run import analyze as run_analyze
from tests.conftest import git

if TYPE_CHECKING:
    from pathlib import Path

# Without blobs; without trees as well; without the larger blobs; without one blob, so that lines are counted.
FILTERS = ("blob:none", "tree:0", "blob:limit=100", "blob:limit=1k")


@pytest.fixture
def server(fixture_repos: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of the demo that serves partial clones, with one file that is larger than all others."""
    copy, work = shutil.copytree(fixture_repos["demo"], tmp_path / "server" / "demo"), tmp_path / "work"
    git("clone", "--quiet", copy, work)
    (work / "large.py").write_text("x = 1\n" * 500)
    git("-C", work, "add", "large.py")
    git("-C", work, "commit", "--quiet", "--message=Add a large file")
    git("-C", work, "push", "--quiet")
    git("--git-dir", copy, "config", "uploadpack.allowFilter", "true")
    git("--git-dir", copy, "config", "uploadpack.allowAnySHA1InWant", "true")
    return copy


def clone(server: Path, filter_: str, name: str = "clone") -> Path:
    """A bare partial clone, called like every other one, so that the folder's name makes no difference."""
    target = server.parent.parent / name / "demo"
    git("clone", "--quiet", "--bare", f"--filter={filter_}", server.as_uri(), target)
    return target


def analyze(path: Path, *options: str) -> bytes:
    """JSON of a run with the cache that all clones of a test share."""
    out, cache = path.parent.parent / "out.json", path.parent.parent / "cache"
    assert run(["analyze", str(path), "--cache-dir", str(cache), "-q", "-o", str(out), *options]) == 0
    return out.read_bytes()


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one whenever an answer is computed."""
    runs: list[int] = []

    def counting(*arguments: Any, **options: Any) -> object:
        runs.append(1)
        return run_analyze(*arguments, **options)

    monkeypatch.setattr("analyzer.pipeline.run.analyze", counting)
    return runs


def missing_blob(path: Path) -> str:
    """The id of a blob that a partial clone lacks."""
    listed = git("--git-dir", path, "rev-list", "--objects", "--missing=print", "HEAD").splitlines()
    return next(line[1:] for line in listed if line.startswith("?"))


@pytest.mark.parametrize("filter_", FILTERS)
def test_answer_of_a_partial_clone_is_computed_once(server: Path, computed: list[int], filter_: str) -> None:
    """Asked twice, the answer is that of a run without a cache, byte for byte."""
    path = clone(server, filter_)
    first = analyze(path)
    assert json.loads(first)["repository"]["partial"]
    assert analyze(path) == first
    assert len(computed) == 1
    assert analyze(path, "--no-cache") == first


def test_answer_is_found_without_the_server_and_fetches_nothing(server: Path, computed: list[int]) -> None:
    """The remote that promised what is missing is gone: no part of a run asks for it."""
    path = clone(server, "blob:none")
    shutil.rmtree(server)
    before = sorted(str(file) for file in path.rglob("*"))
    assert analyze(path) == analyze(path)
    assert len(computed) == 1
    assert sorted(str(file) for file in path.rglob("*")) == before


@pytest.mark.parametrize("filter_", FILTERS)
def test_fetched_blob_asks_another_question(server: Path, computed: list[int], filter_: str) -> None:
    """Whoever reads a missing blob makes git fetch it: the answer from before it was there is not used."""
    path = clone(server, filter_)
    analyze(path)
    git("--git-dir", path, "cat-file", "-e", git("--git-dir", server, "rev-parse", "HEAD^{tree}").strip())
    git("--git-dir", path, "cat-file", "-e", missing_blob(path))
    second = analyze(path)
    assert len(computed) == 2
    assert analyze(path) == second
    assert len(computed) == 2


def test_clones_with_different_contents_have_answers_of_their_own(server: Path, computed: list[int]) -> None:
    """One cache serves a whole clone and partial ones; a new clone with the same filter finds its answer."""
    paths = [clone(server, filter_, f"clone {filter_}") for filter_ in FILTERS]
    whole = shutil.copytree(server, server.parent.parent / "whole" / "demo")
    git("--git-dir", whole, "config", "remote.origin.url", server.as_uri())
    answers = [analyze(path) for path in (*paths, whole)]
    assert len(computed) == 5
    again = [clone(server, filter_, f"again {filter_}") for filter_ in FILTERS]
    git("--git-dir", again[0], "repack", "-a", "-d", "-q")  # other files, the same objects
    assert [analyze(path) for path in (*again, whole)] == answers
    assert len(computed) == 5


def test_object_that_is_not_what_its_name_says_prevents_storing(server: Path, computed: list[int]) -> None:
    """It need not belong to the history: what else the folder holds is then not to be believed either."""
    path = clone(server, "blob:none")
    forged = path / "objects" / "ab" / ("cd" * 19)
    forged.parent.mkdir(exist_ok=True)
    forged.write_bytes(zlib.compress(b"blob 2\0x\n"))
    analyze(path)
    analyze(path)
    assert len(computed) == 2
    forged.unlink()
    analyze(path)
    analyze(path)
    assert len(computed) == 3


def test_objects_that_come_during_the_run_prevent_storing(server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows whether the run read them, so the answer belongs to neither state."""
    path = clone(server, "blob:none")
    blob = missing_blob(path)

    def fetching(*arguments: Any, **options: Any) -> object:
        finished = run_analyze(*arguments, **options)
        git("--git-dir", path, "cat-file", "-e", blob)
        return finished

    monkeypatch.setattr("analyzer.pipeline.run.analyze", fetching)
    analyze(path)
    opened = open_configured(str(path), {})
    store = AnswerCache(path.parent.parent / "cache", opened).store
    assert store is not None
    assert store.names() == []


def test_failed_reading_prevents_storing(server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer without lines because git failed is not one that a clone with these objects has to give."""
    path = clone(server, "blob:limit=1k")
    opened = open_configured(str(path), {})
    answers = AnswerCache(path.parent.parent / "cache", opened)
    monkeypatch.setattr("analyzer.blame.run.find_missing_blobs", lambda *_: frozenset())
    analysis = run_analyze(opened)
    assert analysis.history.lines is None
    answers.write(analysis.result, analysis.history)
    assert answers.store is not None
    assert answers.store.names() == []


def test_unreadable_index_stores_nothing(server: Path) -> None:
    """Which objects a clone has cannot be told then."""
    path = clone(server, "blob:none")
    (index,) = (path / "objects" / "pack").glob("*.idx")
    index.chmod(0o644)
    for damaged in (b"", index.read_bytes()[:1100], b"\0" * 2000):
        index.write_bytes(damaged)
        assert ObjectCheck(Git(str(path / "objects"), "sha1"), path.parent, "demo").ids_digest() is None
