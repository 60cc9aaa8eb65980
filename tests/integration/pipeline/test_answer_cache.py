"""Kept answers: the same bytes as a fresh run, and never the answer to another question."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec import structs

from analyzer.cli import run
from analyzer.evidence.outside_objects import outside_objects
from analyzer.pipeline import answer_cache
from analyzer.pipeline.answer_cache import AnswerCache
from analyzer.pipeline.configured_repository import open_configured
from analyzer.pipeline.run import analyze as run_analyze
from tests.conftest import git

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def demo(fixture_repos: dict[str, Path], tmp_path: Path) -> Path:
    """A clone of the demo that a test may change."""
    return shutil.copytree(fixture_repos["demo"], tmp_path / "demo")


def analyze(demo: Path, *options: str) -> bytes:
    """JSON of a run with a cache folder beside the clone."""
    out = demo.parent / "out.json"
    assert run(["analyze", str(demo), "--cache-dir", str(demo.parent / "cache"), "-q", "-o", str(out), *options]) == 0
    return out.read_bytes()


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one whenever an answer is computed."""
    found: list[int] = []
    real = run_analyze

    def counting(*arguments: object, **options: object) -> object:
        found.append(1)
        return real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("analyzer.pipeline.run.analyze", counting)
    return found


def test_cached_answer_equals_a_fresh_one(demo: Path, computed: list[int]) -> None:
    """Asked twice, computed once, equal byte for byte, also to a run without any cache."""
    first = analyze(demo)
    assert analyze(demo) == first
    assert len(computed) == 1
    assert analyze(demo, "--no-cache") == first
    assert len(computed) == 2


@pytest.mark.parametrize("options", [("--by", "quarter"), ("--since", "2024-01-01"), ("--seed", "1"), ("--style",)])
def test_changed_setting_is_computed_anew(demo: Path, computed: list[int], options: tuple[str, ...]) -> None:
    """A setting that may change the answer is another question."""
    analyze(demo)
    analyze(demo, *options)
    assert len(computed) == 2


@pytest.mark.parametrize(
    "command",
    [
        ("tag", "v9.0.0"),
        ("notes", "--ref=ai", "add", "-m", "{}", "HEAD"),
        ("branch", "-m", "main", "trunk"),
        ("config", "remote.origin.url", "https://example.org/other"),
    ],
)
def test_changed_refs_are_computed_anew(demo: Path, computed: list[int], command: tuple[str, ...]) -> None:
    """Tags, notes, the branch's and the repository's name enter the answer, so a change of one is another question."""
    analyze(demo)
    git("--git-dir", demo, *command)
    analyze(demo)
    assert len(computed) == 2


def test_changed_code_is_computed_anew(demo: Path, computed: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer of other code, or of other versions of what it computes with, is not taken."""
    analyze(demo)
    monkeypatch.setattr(answer_cache, "code_digest", lambda: "another")
    analyze(demo)
    assert len(computed) == 2


def test_damaged_cached_answer_is_computed_anew(demo: Path, computed: list[int]) -> None:
    """Cut, emptied or overwritten, it is no answer; the run after it is quick again."""
    first = analyze(demo)
    folder = AnswerCache(demo.parent / "cache", open_configured(str(demo), {})).store
    assert folder is not None
    (path,) = folder.folder.glob("*.answer")
    whole = path.read_bytes()
    for damaged in (b"", whole[:-40], b"x" * len(whole)):
        path.write_bytes(damaged)
        assert analyze(demo) == first
    assert len(computed) == 4
    assert analyze(demo) == first
    assert len(computed) == 4


def test_answer_without_blobs_is_replaced_when_they_arrive(demo: Path, computed: list[int]) -> None:
    """The answer without a blob is kept as such; with the blob it is the whole one's again."""
    whole = analyze(demo)
    for pack in (demo / "objects" / "pack").glob("*.pack"):
        moved = pack.rename(demo.parent / pack.name)
        pack.with_suffix(".idx").unlink()
        git("--git-dir", demo, "unpack-objects", "-q", stdin=moved.read_bytes())
    named = git("--git-dir", demo, "ls-tree", "-r", "HEAD").splitlines()
    blob = next(line.split()[2] for line in named if line.endswith(".py"))
    shutil.rmtree(demo.parent / "cache")
    there, gone = demo / "objects" / blob[:2] / blob[2:], demo.parent / blob
    there.rename(gone)
    lacking = analyze(demo)
    assert lacking != whole
    assert (analyze(demo), len(computed)) == (lacking, 2)
    gone.rename(there)
    assert (analyze(demo), len(computed)) == (whole, 3)


def test_clones_that_differ_outside_of_the_history_are_other_questions(demo: Path, tmp_path: Path) -> None:
    """A noted commit that only one of two clones has, as after a squash: each gets its own answer."""
    squashed = git("--git-dir", demo, "commit-tree", "HEAD^{tree}", "-p", "HEAD~1", "-m", "squashed").strip()
    git("--git-dir", demo, "update-ref", "refs/heads/topic", squashed)
    git("--git-dir", demo, "notes", "--ref=ai", "add", "-m", "{}", squashed)
    fresh = tmp_path / "fresh"
    git("clone", "-q", "--bare", "--no-local", "--single-branch", "-b", "main", f"file://{demo}", fresh)
    git("--git-dir", fresh, "fetch", "-q", "origin", "+refs/notes/ai:refs/notes/ai")
    full, other = (outside_objects(open_configured(str(path), {}).repository) for path in (demo, fresh))
    assert None not in {full, other}
    assert full != other
    names = [AnswerCache(tmp_path / "c", open_configured(str(path), {})).name for path in (demo, fresh)]
    assert names[0] != names[1]


@pytest.mark.parametrize("what", ["note", "tag"])
def test_clone_that_lacks_what_its_refs_name_stores_nothing(demo: Path, what: str) -> None:
    """Its answer would be that of a whole clone, which says more."""
    if what == "note":
        git("--git-dir", demo, "notes", "--ref=ai", "add", "-m", "{}", "HEAD")
        lost = git("--git-dir", demo, "ls-tree", "-r", "refs/notes/ai").split()[2]
    else:
        git("--git-dir", demo, "tag", "-a", "-m", "x", "v9.1.0", "HEAD~1")
        lost = git("--git-dir", demo, "rev-parse", "v9.1.0").strip()
    assert AnswerCache(demo.parent / "cache", open_configured(str(demo), {})).store is not None
    (demo / "objects" / lost[:2] / lost[2:]).unlink()
    assert AnswerCache(demo.parent / "cache", open_configured(str(demo), {})).store is None


def test_stored_answer_without_definitions_is_discarded(demo: Path) -> None:
    """A stored document of the right types need not be an answer."""
    analyze(demo)
    opened = open_configured(str(demo), {})
    answers = AnswerCache(demo.parent / "cache", opened)
    result = answers.read()
    assert result is not None
    assert answers.store is not None
    for wrong in (
        structs.replace(result, share=structs.replace(result.share, definitions=[])),
        structs.replace(result, repository=structs.replace(result.repository, head="0" * 40)),
    ):
        assert answers.store.write(answers.name, {"json": msgspec.json.encode(wrong), "missing": b""})
        assert answers.read() is None
        assert not answers.store.path(answers.name).exists()
    assert answers.notes


def test_a_committed_link_in_the_cache_is_not_followed(demo: Path, tmp_path: Path) -> None:
    """A commit can make a link in a cache that lies in its checkout: nothing is changed behind it."""
    store = AnswerCache(demo.parent / "cache", open_configured(str(demo), {})).store
    assert store is not None
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o775)
    elsewhere.chmod(0o775)
    for number in range(12):
        (elsewhere / f"u{number}.answer").write_text("precious")
    store.folder.parent.mkdir(parents=True)
    store.folder.symlink_to(elsewhere)
    analyze(demo)
    assert len(list(elsewhere.iterdir())) == 12
    assert elsewhere.stat().st_mode & 0o777 == 0o775
