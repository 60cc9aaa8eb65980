"""Mirrors: what is damaged or of another URL is cloned again, and only what we made is ever replaced."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from analyzer.cli import run
from analyzer.errors import AishareError, NoShareError
from analyzer.history.mirror import repair_mirror, update_mirror
from analyzer.history.mirror_checks import is_mirror_of
from tests.conftest import git
from tests.fleets import contents, history, one_thread

if TYPE_CHECKING:
    from collections.abc import Callable

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def origins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two repositories to mirror; the first one is large enough that its mirror has a pack."""
    folder = tmp_path_factory.mktemp("origins")
    history(folder / "app", 0, 2)
    history(folder / "lib", 1, 1)
    return folder


@pytest.fixture(scope="module")
def cloned(origins: Path) -> Path:
    """Their mirrors, made once."""
    for name in ("app", "lib"):
        assert update_mirror(f"file://{origins / name}", origins / "mirrors" / f"{name}.git") is None
    return origins / "mirrors"


@pytest.fixture
def mirrors(cloned: Path, tmp_path: Path) -> Path:
    """A copy of the mirrors."""
    shutil.copytree(cloned, tmp_path / "mirrors")
    return tmp_path / "mirrors"


def _head(folder: Path) -> str:
    return git("--git-dir", folder, "rev-parse", "HEAD")


def _pack(mirror: Path, suffix: str) -> Path:
    (pack,) = (mirror / "objects" / "pack").glob(f"*.{suffix}")
    pack.chmod(0o600)
    return pack


DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut pack": lambda m: os.truncate(_pack(m, "pack"), 500),
    "lost pack": lambda m: _pack(m, "pack").unlink(),
    "missing HEAD": lambda m: (m / "HEAD").unlink(),
    "damaged HEAD": lambda m: (m / "HEAD").write_bytes(b"\0\0"),
    "no objects": lambda m: shutil.rmtree(m / "objects"),
    "no refs": lambda m: shutil.rmtree(m / "refs"),
    "damaged ref": lambda m: (m / "refs" / "heads" / "main").write_text("zz"),
    "damaged config": lambda m: (m / "config").write_bytes(b"\0x"),
}


def test_mirror_has_every_kind_of_line_level_records(origins: Path, mirrors: Path) -> None:
    """The refs of each store arrive, follow the origin, and go with it."""
    origin, mirror, url = origins / "app", mirrors / "app.git", f"file://{origins / 'app'}"
    refs = (
        "refs/notes/whogitit",
        f"refs/ai/authorship/{'a' * 40}",
        "refs/entire/checkpoints/A3/01KXEWS08ZG9WXQPFE4QDA4GA3",
    )
    for ref in refs:
        git("-C", origin, "update-ref", ref, "HEAD")
    update_mirror(url, mirror)
    assert set(refs) <= set(git("--git-dir", mirror, "for-each-ref", "--format=%(refname)").split())
    git("-C", origin, "update-ref", "-d", refs[1])
    update_mirror(url, mirror)
    assert refs[1] not in git("--git-dir", mirror, "for-each-ref", "--format=%(refname)").split()


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_mirror_is_cloned_again(damage: str, origins: Path, mirrors: Path) -> None:
    """The next update says that it is damaged, and leaves a whole mirror and nothing else."""
    mirror, url = mirrors / "app.git", f"file://{origins / 'app'}"
    DAMAGES[damage](mirror)
    assert "damaged" in (update_mirror(url, mirror) or "")
    assert git("--git-dir", mirror, "fsck", "--full") == ""
    assert _head(mirror) == _head(origins / "app")
    assert sorted(path.name for path in mirrors.iterdir()) == ["app.git", "app.lock", "lib.git", "lib.lock"]
    assert update_mirror(url, mirror) is None


def test_damage_inside_a_pack_is_repaired(origins: Path, mirrors: Path) -> None:
    """Changed bytes that only a full check finds: the repair clones again, and leaves a sound mirror alone."""
    mirror, url = mirrors / "app.git", f"file://{origins / 'app'}"
    assert repair_mirror(url, mirror) is None
    with _pack(mirror, "pack").open("r+b") as file:
        file.seek(3000)
        file.write(bytes(20))
    assert "damaged" in (repair_mirror(url, mirror) or "")
    assert git("--git-dir", mirror, "fsck", "--full") == ""


def test_swapped_mirrors_are_cloned_again(origins: Path, mirrors: Path) -> None:
    """A mirror knows its URL, as a digest: one of another repository is never used in its place."""
    app, lib = mirrors / "app.git", mirrors / "lib.git"
    app.rename(mirrors / "x")
    lib.rename(app)
    (mirrors / "x").rename(lib)
    for name, mirror in (("app", app), ("lib", lib)):
        url = f"file://{origins / name}"
        assert not is_mirror_of(url, mirror)
        assert update_mirror(url, mirror) == "its mirror is of another URL"
        assert _head(mirror) == _head(origins / name)
        assert str(origins).encode() not in (mirror / "aishare-mirror.json").read_bytes()


@pytest.mark.parametrize("damage", [None, "missing HEAD"])
def test_mirror_stays_when_the_server_is_down(damage: str | None, mirrors: Path, origins: Path, tmp_path: Path) -> None:
    """What there is, is not removed for a clone that fails; nothing is left of that."""
    mirror, url = mirrors / "app.git", f"file://{origins / 'app'}"
    if damage is not None:
        DAMAGES[damage](mirror)
    before = contents(mirror)
    (origins / "app").rename(tmp_path / "away")
    try:
        with pytest.raises(NoShareError) as failed:
            update_mirror(url, mirror)
    finally:
        (tmp_path / "away").rename(origins / "app")
    assert failed.value.slug == "mirror-failed"
    now = contents(mirror)
    assert {path: now[path] for path in before if path != "FETCH_HEAD"} == {
        path: text for path, text in before.items() if path != "FETCH_HEAD"
    }
    assert sorted(path.name for path in mirrors.iterdir()) == ["app.git", "app.lock", "lib.git", "lib.lock"]


def _appended(text: str) -> Callable[[Path], object]:
    def plant(mirror: Path) -> None:
        with (mirror / "config").open("a") as file:
            file.write(text)

    return plant


def _notes(mirror: Path) -> None:
    (mirror / "notes.md").write_text("precious")
    (mirror / "index.lock").write_text("precious")


def _alternates(mirror: Path) -> None:
    (mirror / "objects" / "info").mkdir(exist_ok=True)
    (mirror / "objects" / "info" / "alternates").write_text("/elsewhere\n")


def _moved(name: str) -> Callable[[Path], object]:
    def plant(mirror: Path) -> None:
        (mirror / name).rename(mirror.parent / "moved")
        (mirror / name).symlink_to(mirror.parent / "moved")

    return plant


PLANTED: dict[str, Callable[[Path], object]] = {
    "notes": _notes,
    "remote": _appended('[remote "origin"]\n\turl = x\n'),
    "command": _appended('[core]\n\tsshCommand = "false"\n'),
    "include": _appended("[include]\n\tpath = x\n"),
    "alternates": _alternates,
    "linked refs": _moved("refs/heads"),
    "linked pack": _moved("objects/pack"),
    "linked config": _moved("config"),
}


@pytest.mark.parametrize("plant", PLANTED)
def test_folder_that_is_no_mirror_of_ours_stays(plant: str, origins: Path, mirrors: Path) -> None:
    """Files, settings and links that we do not make: named, nothing is removed, and git does not run in the folder."""
    mirror, url = mirrors / "app.git", f"file://{origins / 'app'}"
    PLANTED[plant](mirror)
    before = contents(mirrors)
    for use in (update_mirror, repair_mirror):
        with pytest.raises(NoShareError, match="not a mirror that aishare made"):
            use(url, mirror)
    assert contents(mirrors) == before
    assert not is_mirror_of(url, mirror)


def test_mirror_that_is_a_link_is_refused(origins: Path, tmp_path: Path) -> None:
    """Neither the folder of mirrors nor a mirror, nor its lock, is followed elsewhere."""
    url, elsewhere = f"file://{origins / 'app'}", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "mirrors").mkdir()
    (tmp_path / "mirrors" / "app.git").symlink_to(elsewhere)
    (tmp_path / "mirrors" / "b.lock").symlink_to(elsewhere / "lock")
    (tmp_path / "linked").symlink_to(elsewhere)
    for mirror in (tmp_path / "mirrors" / "app.git", tmp_path / "mirrors" / "b.git", tmp_path / "linked" / "app.git"):
        with pytest.raises(AishareError, match="is a symbolic link"):
            update_mirror(url, mirror)
    assert list(elsewhere.iterdir()) == []


def test_mirror_of_an_earlier_version_is_kept(origins: Path, mirrors: Path) -> None:
    """A mirror without a record of its URL is updated, not cloned, and gets its record."""
    mirror, url = mirrors / "app.git", f"file://{origins / 'app'}"
    (mirror / "aishare-mirror.json").unlink()
    pack = _pack(mirror, "pack").stat().st_ino
    assert is_mirror_of(url, mirror)
    assert update_mirror(url, mirror) is None
    assert _pack(mirror, "pack").stat().st_ino == pack
    assert (mirror / "aishare-mirror.json").exists()


@pytest.mark.parametrize("moment", ["both", "successor"])
def test_killed_replacement_is_finished(moment: str, origins: Path, mirrors: Path) -> None:
    """A run killed while it replaced a mirror leaves one of the two; the next one clears up."""
    mirror, url = mirrors / "app.git", f"file://{origins / 'app'}"
    shutil.copytree(mirror, mirrors / "app.new")
    if moment == "successor":
        mirror.rename(mirrors / "app.old")
    assert update_mirror(url, mirror) is None
    assert _head(mirror) == _head(origins / "app")
    assert sorted(path.name for path in mirrors.iterdir()) == ["app.git", "app.lock", "lib.git", "lib.lock"]


def test_run_clones_damaged_and_swapped_mirrors_again(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The summary names them; figures are those of the URL, and a swapped mirror of a dead server gives none."""
    monkeypatch.setattr("analyzer.fleet.scheduling.executors.worker_pool", one_thread)
    one, two = history(tmp_path / "one", 0, 2), history(tmp_path / "two", 1, 1)
    (tmp_path / "team.toml").write_text(
        'salt = "only for tests"\n' + "".join(f'[[repositories]]\nurl = "file://{path}"\n' for path in (one, two))
    )
    team, store = ["team", str(tmp_path / "team.toml"), "--as-of=2024-01-31"], tmp_path / "store" / "mirrors"
    assert run([*team, "-q"]) == 0
    shutil.rmtree(store / "two.git")
    shutil.copytree(store / "one.git", store / "two.git")
    two.rename(tmp_path / "gone")
    with _pack(store / "one.git", "pack").open("r+b") as file:
        file.seek(3000)
        file.write(bytes(20))
    for folder in ("repo=one", "histories"):
        shutil.rmtree(tmp_path / "store" / folder)
    assert run(team) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("not read: two: git could not mirror it")
    assert lines[1].startswith("cloned again: one: its mirror is damaged (cannot unpack")
