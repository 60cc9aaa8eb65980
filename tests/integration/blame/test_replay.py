"""The replay against git blame, line by line, and against its own books."""

from __future__ import annotations

import os
import random
import resource
import subprocess
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.blame.diff import split_commits
from analyzer.blame.lines import ALIVE
from analyzer.blame.replay import Replay
from tests.conftest import SHARED, git
from tests.replays import STEP, built, traced

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.blame.run import Provenance


BUNDLES = ("click", "PyAirbyte", "bootc")


def blamed(folder: Path, path: str, rev: str = "HEAD") -> list[tuple[str, int]]:
    """(commit, line in that commit) of every line, by git blame."""
    said = subprocess.run(
        ["git", "-C", str(folder), "blame", "--porcelain", rev, "--", path],
        capture_output=True,
        check=True,
        env=os.environ | {"GIT_CONFIG_GLOBAL": os.devnull},
    ).stdout
    heads = (line.split(b" ") for line in said.split(b"\n") if not line.startswith(b"\t"))
    return [(words[0].decode(), int(words[1])) for words in heads if len(words) in {3, 4} and len(words[0]) == 40]


def seen(known: Provenance) -> dict[str, list[tuple[str, int]]]:
    """The same of every file, by the replay."""
    table = known.lines_at_head("blame").astype({"path": str, "sha": str})
    return {
        str(path): list(zip(part["sha"], part["born_line"], strict=True))
        for path, part in table.groupby("path", sort=False)
    }


def books_balance(known: Provenance) -> None:
    """Every line is alive or has a killer; runs sum to what was born; a killer never comes before the birth."""
    lines = known.lines
    alive = np.zeros(len(lines.killer), dtype=bool)
    alive[lines.head_ids] = True
    assert ((lines.killer == ALIVE) == alive).all()
    dead = lines.killer != ALIVE
    assert (known.rank[lines.killer[dead]] >= known.rank[lines.commit[dead]]).all()
    for view in ("blame", "origin"):
        born, died = known.births(view), known.deaths(view)
        own = np.arange(len(lines.origin)) if view == "blame" else np.unique(lines.origin)
        assert int(born["lines"].sum()) == len(own)
        lasting = np.unique(lines.origin[alive]) if view == "origin" else np.flatnonzero(alive)
        assert int(died["lines"].sum()) == len(own) - len(lasting)
        assert (died["days"].dropna() >= 0).all()
    assert (lines.origin <= np.arange(len(lines.origin))).all()


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The skeleton histories that are there, cloned."""
    folder = tmp_path_factory.mktemp("bundles")
    found = {}
    for name in BUNDLES:
        bundle = SHARED / "corpora" / f"{name}.bundle"
        if bundle.exists():
            git("clone", "--quiet", bundle, folder / name)
            found[name] = folder / name
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", BUNDLES)
def test_replay_equals_git_blame_on_real_histories(name: str, bundles: dict[str, Path]) -> None:
    """All lines of a seeded sample of files equal git blame, renames included, and births and deaths add up."""
    if name not in bundles:
        pytest.skip(f"no history {name} here")
    known = traced(bundles[name])
    books_balance(known)
    files = seen(known)
    chosen = random.Random(0).sample(sorted(files), min(60, len(files)))  # noqa: S311 - a sample, no secret
    for path in chosen:
        assert files[path] == blamed(bundles[name], path), path


@pytest.mark.parametrize("name", ["dialects", "landings", "paths", "bots", "demo"])
def test_replay_equals_git_blame_on_fixtures(name: str, fixture_repos: dict[str, Path]) -> None:
    """Every line of every file of the small histories."""
    known = traced(fixture_repos[name])
    books_balance(known)
    files = seen(known)
    listed = git("-C", fixture_repos[name], "ls-tree", "-r", "-z", "HEAD").split("\0")[:-1]
    tracked = [line.split("\t", 1)[1] for line in listed if not line.startswith("160000")]
    opaque = {path.decode() for path in known.lines.opaque}
    assert opaque <= {"logo.png"}
    for path in {name for name in tracked if "\ufffd" not in name} - opaque:
        assert files.get(path, []) == blamed(fixture_repos[name], path), path


def check_replay_equals_git_blame_on_generated_histories(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]]
) -> None:
    """Merges of two and three, renames, swaps, files that become links, merges that drop a side or invent lines."""
    folder = built(steps, tmp_path_factory.mktemp("made") / "r")
    known = traced(folder)
    books_balance(known)
    files = seen(known)
    tracked = git("-C", folder, "ls-tree", "-r", "-z", "--name-only", "HEAD").split("\0")[:-1]
    assert {path: files.get(path, []) for path in tracked} == {path: blamed(folder, path) for path in tracked}


@given(st.lists(STEP, min_size=1, max_size=14))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_replay_equals_git_blame_on_generated_histories(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]]
) -> None:
    """Merges of two and three, renames, swaps, files that become links, merges that drop a side or invent lines."""
    check_replay_equals_git_blame_on_generated_histories(tmp_path_factory, steps)


@pytest.mark.exhaustive
@given(st.lists(STEP, min_size=1, max_size=14))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_replay_equals_git_blame_on_generated_histories_at_length(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]]
) -> None:
    """The same on 200 histories."""
    check_replay_equals_git_blame_on_generated_histories(tmp_path_factory, steps)


def test_blame_view_alone_equals_the_pass_for_both_views(fixture_repos: dict[str, Path]) -> None:
    """The pass for the blame view alone gives what the pass for both views gives."""
    both, alone = (traced(fixture_repos["demo"], by_origin=flag) for flag in (True, False))
    pd.testing.assert_frame_equal(both.lines_at_head("blame"), alone.lines_at_head("blame"))
    pd.testing.assert_frame_equal(both.deaths("blame"), alone.deaths("blame"))
    assert Counter(alone.lines.reason) == {0: len(alone.lines.reason)}


def test_files_with_missing_blobs_are_opaque(tmp_path: Path) -> None:
    """A file whose blob is missing is opaque until it is deleted; every other line is as git blame says."""
    folder = tmp_path / "r"
    git("init", "--quiet", "--initial-branch=main", folder)
    for number, text in enumerate(("one\n", "one\ntwo\n", "one\ntwo\nthree\n")):
        (folder / "big.txt").write_text(text)
        (folder / f"small{number}.txt").write_text(f"line {number}\n")
        git("-C", folder, "add", ".")
        git("-C", folder, "commit", "--quiet", "-m", str(number))
    whole = seen(traced(folder))
    blob = git("-C", folder, "rev-parse", "HEAD~1:big.txt").strip()
    (folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    before = sorted((folder / ".git").rglob("*"))
    known = traced(folder)
    assert (known.missing, known.lines.opaque) == (frozenset([blob.encode()]), (b"big.txt",))
    assert seen(known) == {path: lines for path, lines in whole.items() if path != "big.txt"}
    assert sorted((folder / ".git").rglob("*")) == before
    (folder / "big.txt").unlink()
    git("-C", folder, "add", "-A")
    git("-C", folder, "commit", "--quiet", "-m", "gone")
    assert traced(folder).lines.opaque == ()


def test_partial_clone_is_replayed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All missing blobs of the history, those of merges and links included, are found before the replay starts."""
    steps = [*(("edit", n % 3, n % 4, n) for n in range(9)), ("link", 0, 1, 0)]
    source, partial = built(steps, tmp_path / "r"), tmp_path / "p"
    git("-C", source, "config", "uploadpack.allowFilter", "true")
    git("clone", "--quiet", "--bare", "--filter=blob:none", f"file://{source}", partial)
    named = git("-C", source, "log", "-m", "--raw", "--no-abbrev", "--no-renames", "--format=", "main").split("\n")
    blobs = {line.split()[3] for line in named if line} - {"0" * 40}
    runs: list[frozenset[bytes]] = []

    class Counted(Replay):
        """Tells that it ran."""

        def __init__(self, *arguments: Any, missing: frozenset[bytes], **options: Any) -> None:
            runs.append(missing)
            super().__init__(*arguments, missing=missing, **options)

    monkeypatch.setattr("analyzer.blame.run.Replay", Counted)
    traced(partial)
    assert runs == [frozenset(blob.encode() for blob in blobs)]


def test_replay_writes_nothing_to_disk(fixture_repos: dict[str, Path]) -> None:
    """A replay finishes where no file may become longer than a kilobyte: nothing of the history goes to a file."""
    whole, (soft, hard) = traced(fixture_repos["demo"]), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        found = traced(fixture_repos["demo"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(found.lines.commit) == len(whole.lines.commit) > 0


def test_split_file_keeps_origins_in_both_parts(tmp_path: Path) -> None:
    """One file is replaced by two like it: git's renames name one successor, git blame follows both."""
    folder = tmp_path / "r"
    git("init", "--quiet", "--initial-branch=main", folder)
    whole = [f"line {n} of the file\n" for n in range(20)]
    (folder / "whole").write_text("".join(whole))
    git("-C", folder, "add", ".")
    git("-C", folder, "commit", "--quiet", "-m", "begin")
    (folder / "whole").unlink()
    (folder / "most").write_text("".join(whole[:18]))
    (folder / "rest").write_text("".join(whole[2:]) + "and one more\n")
    git("-C", folder, "add", "-A")
    git("-C", folder, "commit", "--quiet", "-m", "split")
    files = seen(traced(folder))
    assert files == {path: blamed(folder, path) for path in ("most", "rest")}
    assert [len({sha for sha, _ in lines}) for lines in files.values()] == [1, 2]


class Pipe:
    """Bytes that come in pieces of the given sizes."""

    def __init__(self, contents: bytes, sizes: list[int]) -> None:
        """The sizes are used again and again."""
        self.contents, self.sizes, self.reads = contents, sizes, 0

    def read1(self, most: int) -> bytes:
        """The next piece."""
        size = min(self.sizes[self.reads % len(self.sizes)], most)
        self.reads += 1
        piece, self.contents = self.contents[:size], self.contents[size:]
        return piece


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_patch_parser_does_not_depend_on_block_boundaries(sizes: list[int]) -> None:
    """Blocks may end at any byte of a patch, the separators included."""
    texts = [b"a\n\n+\x01b\n", b"b\n", b"c\n\x02\n\x00\n+\n+x\n", b"d"]
    stream = b"".join(b"\x01" + text + b"\n" for text in texts)
    assert [block.rstrip(b"\n") for block in split_commits(Pipe(stream, sizes))] == [t.rstrip(b"\n") for t in texts]  # type: ignore[arg-type]  # it reads


def test_copy_made_by_a_merge_is_new_there(tmp_path: Path) -> None:
    """A file that a merge adds is new if it equals one that stays, and renamed if it equals one that goes."""
    folder = tmp_path / "r"
    git("init", "--quiet", "--initial-branch=main", folder)
    for name in ("stays", "goes"):
        (folder / name).write_text("".join(f"{name} {n}\n" for n in range(9)))
    git("-C", folder, "add", ".")
    git("-C", folder, "commit", "--quiet", "-m", "begin")
    git("-C", folder, "branch", "side")
    for branch in ("main", "side"):
        git("-C", folder, "checkout", "--quiet", branch)
        (folder / branch).write_text("x\n")
        git("-C", folder, "add", ".")
        git("-C", folder, "commit", "--quiet", "-m", branch)
    git("-C", folder, "checkout", "--quiet", "main")
    git("-C", folder, "merge", "--quiet", "--no-commit", "side")
    (folder / "copied").write_text((folder / "stays").read_text())
    (folder / "goes").rename(folder / "renamed")
    git("-C", folder, "add", "-A")
    git("-C", folder, "commit", "--quiet", "-m", "merge")
    files = seen(traced(folder))
    assert {path: files[path] for path in files} == {path: blamed(folder, path) for path in files}
