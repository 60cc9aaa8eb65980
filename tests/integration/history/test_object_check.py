"""What was read from objects that are not what their names say is the answer of that folder alone."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.cli import run
from analyzer.history import object_check
from analyzer.history.object_check import ObjectCheck, UncheckedError
from analyzer.history.repository import open_repository
from tests.conftest import git
from tests.planting import load_path

if TYPE_CHECKING:
    from collections.abc import Callable

TRAILER = b"\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n"


@pytest.fixture
def honest(fixture_repos: dict[str, Path], tmp_path: Path) -> Path:
    """A clone of the demo, which other clones of it shall agree with."""
    return shutil.copytree(fixture_repos["demo"], tmp_path / "honest" / "demo")


def shared_cache(path: Path) -> Path:
    """The cache that all clones of a test share."""
    return path.parent.parent / "cache"


def answer(path: Path) -> dict[str, Any]:
    """The JSON of a run."""
    out = path.parent.parent / "out.json"
    assert run(["analyze", str(path), "--cache-dir", str(shared_cache(path)), "-q", "-o", str(out)]) == 0
    report: dict[str, Any] = json.loads(out.read_bytes())
    return report


def read(path: Path) -> tuple[bool, list[Any]]:
    """Whether the objects of a clone were found forged, and what forged objects can move."""
    history = load_path(path, cache_dir=shared_cache(path))
    lines = history.required_lines()
    counts = [lines.changes[["path", "added"]], lines.blamed[["path", "lines"]], history.labels[["label", "tool"]]]
    return lines.objects_mismatch, [table.astype("str").to_numpy().tolist() for table in counts]


def unpacked(repo: Path) -> None:
    """Turn the packs of a repository into loose objects."""
    for pack in (repo / "objects" / "pack").glob("*.pack"):
        moved = pack.rename(repo.parent / pack.name)
        pack.with_suffix(".idx").unlink()
        git("--git-dir", repo, "unpack-objects", "-q", stdin=moved.read_bytes())


def overwrite(repo: Path, sha: str, kind: str, contents: bytes) -> None:
    """Put other contents under the name of a loose object."""
    path = repo / "objects" / sha[:2] / sha[2:]
    path.chmod(0o644)
    path.write_bytes(zlib.compress(b"%s %d\0" % (kind.encode(), len(contents)) + contents))


def forge_loose_commits(repo: Path) -> None:
    """Add a trailer to every commit but the last."""
    unpacked(repo)
    for sha in git("--git-dir", repo, "rev-list", "HEAD~1").split():
        body = subprocess.run(["git", "--git-dir", repo, "cat-file", "commit", sha], capture_output=True, check=True)
        overwrite(repo, sha, "commit", body.stdout.rstrip(b"\n") + TRAILER)


def forge_loose_blobs(repo: Path) -> None:
    """Make the files of the first commit longer."""
    unpacked(repo)
    first = git("--git-dir", repo, "rev-list", "--max-parents=0", "HEAD").split()[0]
    for line in git("--git-dir", repo, "ls-tree", "-r", first).splitlines():
        overwrite(repo, line.split()[2], "blob", b"x = 1\n" * 400)


def forge_pack(repo: Path) -> None:
    """Pack forged objects, and name them in the pack's index as if they were the honest ones, checksums and all."""
    forge_loose_commits(repo)
    tips = git("--git-dir", repo, "rev-list", "HEAD").split()
    objects = repo / "objects"
    names = {path.parent.name + path.name: path for path in objects.glob("??/*")}
    by_content = {
        hashlib.sha1(zlib.decompress(path.read_bytes()), usedforsecurity=False).hexdigest(): sha
        for sha, path in names.items()
    }
    clean = repo.parent / "clean.git"
    git("init", "-q", "--bare", clean)
    for true_name, path in zip(by_content, (names[sha] for sha in by_content.values()), strict=True):
        target = clean / "objects" / true_name[:2] / true_name[2:]
        target.parent.mkdir(exist_ok=True)
        shutil.copy(path, target)
    base = objects / "pack" / "pack"
    base.parent.mkdir(exist_ok=True)
    packed = git("--git-dir", clean, "pack-objects", "-q", base, stdin="\n".join(by_content).encode())
    rename_in_index(Path(f"{base}-{packed.strip()}.idx"), by_content)
    for path in names.values():
        path.unlink()
    assert git("--git-dir", repo, "rev-list", "HEAD").split() == tips


def rename_in_index(index: Path, names: dict[str, str]) -> None:
    """Write a version 2 pack index anew, with other names for its objects and sound checksums."""
    index.chmod(0o644)
    old = index.read_bytes()
    count = int.from_bytes(old[8 + 255 * 4 : 8 + 256 * 4], "big")
    at = 8 + 256 * 4
    shas = [old[at + 20 * n : at + 20 * n + 20] for n in range(count)]
    crcs = [old[at + 20 * count + 4 * n : at + 20 * count + 4 * n + 4] for n in range(count)]
    offsets = [old[at + 24 * count + 4 * n : at + 24 * count + 4 * n + 4] for n in range(count)]
    rows = sorted(
        (bytes.fromhex(names[sha.hex()]), crc, offset) for sha, crc, offset in zip(shas, crcs, offsets, strict=True)
    )
    fan_out = b"".join(sum(row[0][0] <= n for row in rows).to_bytes(4, "big") for n in range(256))
    body = old[:8] + fan_out + b"".join(b"".join(column) for column in zip(*rows, strict=True)) + old[-40:-20]
    index.write_bytes(body + hashlib.sha1(body, usedforsecurity=False).digest())


def borrow_forged(repo: Path) -> None:
    """Keep no objects: borrow them from a forged folder, through a path that git quotes."""
    elsewhere = repo.parent / 'a "forged" store'
    shutil.copytree(repo, elsewhere)
    forge_loose_commits(elsewhere)
    shutil.rmtree(repo / "objects")
    (repo / "objects" / "info").mkdir(parents=True)
    quoted = str(elsewhere / "objects").replace('"', '\\"')
    (repo / "objects" / "info" / "alternates").write_text(f'"{quoted}"\n')


FORGERIES = [forge_loose_commits, forge_loose_blobs, forge_pack, borrow_forged]


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_forged_folder_is_read_for_itself_alone(honest: Path, forge: Callable[[Path], None]) -> None:
    """It is found forged, and an honest clone of the same commit is read as ever afterwards."""
    forged = shutil.copytree(honest, honest.parent.parent / "forged" / "demo")
    forge(forged)
    mismatch, figures = read(forged)
    assert mismatch
    assert [path for path in shared_cache(honest).rglob("*") if path.suffix in {".parquet", ".answer"}] == []
    mismatch, honest_figures = read(honest)
    assert not mismatch
    assert honest_figures != figures


def test_a_forged_folder_does_not_plant_its_answer(honest: Path) -> None:
    """Its report says so, and the honest clone that takes its place gets its own figures, which are then stored."""
    spare = shutil.copytree(honest, honest.parent / "spare")
    forge_loose_commits(honest)
    forged = answer(honest)
    assert forged["data_quality"][0]["slug"] == "objects-mismatch"
    shutil.rmtree(honest)
    spare.rename(honest)
    first = answer(honest)
    assert first["data_quality"][0]["slug"] != "objects-mismatch"
    assert first["share"] != forged["share"]
    other = shutil.copytree(honest, honest.parent.parent / "other" / "demo")
    unpacked(other)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("analyzer.pipeline.run.analyze", None)
        assert answer(other) == first


def check(path: Path, cache: Path) -> ObjectCheck:
    """The check of a repository that was just opened."""
    return ObjectCheck(open_repository(str(path)).git, cache, "demo")


def test_large_new_packs_wait_for_a_second_run(honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pack that is there for the first time may be of a clone made for one run; the second time it is checked."""
    git("--git-dir", honest, "gc", "-q")
    monkeypatch.setattr(object_check, "_SMALL_BYTES", 1)
    with pytest.raises(UncheckedError, match=r"^$"):
        check(honest, tmp_path / "cache").require()
    check(honest, tmp_path / "cache").require()
    check(honest, tmp_path / "other").require(thorough=True)


def test_what_changes_during_a_run_is_not_vouched_for(honest: Path, tmp_path: Path) -> None:
    """Another file of the same size and date between the start and the end of a run, or one that is gone."""
    unpacked(honest)
    path = next(iter(honest.glob("objects/??/*")))
    running, times = check(honest, tmp_path / "cache"), path.stat()
    copy = path.with_suffix(".copy")
    shutil.copy(path, copy)
    copy.replace(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    with pytest.raises(UncheckedError, match="changed while they were read"):
        running.require()
    running = check(honest, tmp_path / "cache")
    path.unlink()
    with pytest.raises(UncheckedError, match="changed while they were read"):
        running.require()


def test_what_comes_during_a_run_is_checked_too(honest: Path, tmp_path: Path) -> None:
    """Somebody who works in the clone does no harm; what they bring must be what its name says."""
    running = check(honest, tmp_path / "cache")
    made = git("--git-dir", honest, "hash-object", "-w", "--stdin", stdin=b"new").strip()
    running.require()
    running = check(honest, tmp_path / "cache")
    (honest / "objects" / "12").mkdir()
    shutil.copy(honest / "objects" / made[:2] / made[2:], honest / "objects" / "12" / ("0" * 38))
    with pytest.raises(UncheckedError) as caught:
        running.require()
    assert caught.value.mismatch


def test_a_store_borrowed_during_a_run_is_checked_too(honest: Path, tmp_path: Path) -> None:
    """The objects of an alternate may come before our own."""
    elsewhere = shutil.copytree(honest, tmp_path / "elsewhere")
    forge_loose_commits(elsewhere)
    running = check(honest, tmp_path / "cache")
    (honest / "objects" / "info").mkdir(exist_ok=True)
    (honest / "objects" / "info" / "alternates").write_text(f"{elsewhere / 'objects'}\n")
    with pytest.raises(UncheckedError):
        running.require()


def _pipe(objects: Path) -> None:
    (objects / "ab").mkdir(exist_ok=True)
    os.mkfifo(objects / "ab" / ("0" * 38))


def _link_to_nowhere(objects: Path) -> None:
    (objects / "ab").mkdir(exist_ok=True)
    (objects / "ab" / ("0" * 38)).symlink_to("/nonexistent")


def _endless_index(objects: Path) -> None:
    (objects / "pack" / "x.idx").symlink_to("/dev/zero")
    (objects / "pack" / "x.pack").symlink_to("/dev/zero")


def _index_alone(objects: Path) -> None:
    (objects / "pack" / "x.idx").write_bytes(b"an index without a pack")


@pytest.mark.parametrize(
    ("plant", "passes"),
    [(_pipe, False), (_link_to_nowhere, True), (_endless_index, False), (_index_alone, True)],
)
def test_odd_files_among_the_objects(honest: Path, tmp_path: Path, plant: Callable[[Path], None], passes: bool) -> None:
    """What has no end is not waited for, and what git passes over is no reason to store nothing."""
    (honest / "objects" / "pack").mkdir(exist_ok=True)
    plant(honest / "objects")
    if passes:
        check(honest, tmp_path / "cache").require()
    else:
        with pytest.raises(UncheckedError):
            check(honest, tmp_path / "cache").require()


def test_a_pack_without_a_name_is_the_one_that_git_reads(honest: Path, tmp_path: Path) -> None:
    """Of an index called just `.idx` git reads `.pack`: that one is hashed, no other."""
    git("--git-dir", honest, "gc", "-q")
    folder = honest / "objects" / "pack"
    for kind in ("idx", "pack"):
        next(iter(folder.glob(f"*.{kind}"))).rename(folder / f".{kind}")
    (folder / ".idx.pack").write_bytes(b"another")
    check(honest, tmp_path / "cache").require()
    pack = folder / ".pack"
    pack.chmod(0o644)
    damaged = bytearray(pack.read_bytes())
    damaged[len(damaged) // 2] ^= 0x55
    pack.write_bytes(damaged)
    with pytest.raises(UncheckedError) as caught:
        check(honest, tmp_path / "cache").require()
    assert caught.value.mismatch


def test_a_check_without_end_is_given_up(honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An object may inflate to a thousand times its size: there is a limit, and then nothing is stored."""
    monkeypatch.setattr(object_check, "_TIME_LIMIT_SECONDS", 0)
    with pytest.raises(UncheckedError, match="could not be checked"):
        check(honest, tmp_path / "cache").require(thorough=True)


def test_a_forged_multi_pack_index_is_not_read(honest: Path) -> None:
    """It says which pack an object is in, and where: git does not read it."""
    git("--git-dir", honest, "repack", "-adq")
    git("--git-dir", honest, "multi-pack-index", "write")
    index = honest / "objects" / "pack" / "multi-pack-index"
    index.chmod(0o644)
    index.write_bytes(b"x" * index.stat().st_size)
    assert not read(honest)[0]


def test_a_check_that_fails_by_a_defect_vouches_for_nothing(
    honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ends the check early, what it has not seen has not passed."""
    unpacked(honest)

    def broken(_check: ObjectCheck, _path: Path) -> bool:
        raise KeyError("a defect")

    monkeypatch.setattr(ObjectCheck, "_loose_matches", broken)
    with pytest.raises(UncheckedError, match="could not be checked"):
        check(honest, tmp_path / "cache").require()
