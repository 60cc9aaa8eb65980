"""The site's folder: only our own files are replaced or removed, through no link, and all of them or none."""

from __future__ import annotations

import errno
import os
import shutil
from typing import TYPE_CHECKING

import msgspec
import pytest

from analyzer.cli import run
from analyzer.errors import AishareError
from analyzer.fleet.result import FleetResult
from analyzer.fleet.site import site_lock, write_site
from tests.fleets import contents, history, one_thread

if TYPE_CHECKING:
    from pathlib import Path

Captured = pytest.CaptureFixture[str]
CONFIG = 'salt = "only for tests"\n[[repositories]]\npath = "clones/one"\n'


@pytest.fixture(autouse=True)
def _threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzer.fleet.scheduling.executors.worker_pool", one_thread)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet of one repository with its store and site."""
    folder = tmp_path_factory.mktemp("fleet")
    history(folder / "clones" / "one", 0, 1)
    (folder / "team.toml").write_text(CONFIG)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analyzer.fleet.scheduling.executors.worker_pool", one_thread)
        assert run(["team", str(folder / "team.toml"), "-q"]) == 0
    return folder


@pytest.fixture
def fleet(finished: Path, tmp_path: Path) -> Path:
    """A copy of it, so that a run takes everything from the store."""
    shutil.copytree(finished, tmp_path / "fleet", symlinks=True)
    return tmp_path / "fleet"


def team(fleet: Path, *options: str) -> int:
    """The exit code of a run."""
    return run(["team", str(fleet / "team.toml"), "-q", *options])


def _result(fleet: Path, **changes: object) -> FleetResult:
    result = msgspec.json.decode((fleet / "site" / "fleet.json").read_bytes(), type=FleetResult)
    return msgspec.structs.replace(result, **changes)


def test_files_of_the_user_stay(fleet: Path) -> None:
    """Drafts and pages of the user next to ours, at any depth, are as they were; a draft of ours goes."""
    site = fleet / "site"
    for path in ("notes/.draft-chapter1.md", ".draft-x", "teams/.draft-y", "teams/own.html", "about.html"):
        (site / path).parent.mkdir(exist_ok=True)
        (site / path).write_text("precious")
    ours = site / "repositories" / f".aishare-draft-{'a' * 16}"
    ours.write_text("half")
    before = contents(site)
    assert team(fleet) == 0
    assert not ours.exists()
    assert contents(site) == {path: text for path, text in before.items() if ours.name not in path}


@pytest.mark.parametrize("name", ["index.html", "data/teams.csv", "repositories/one.html"])
def test_file_of_the_user_is_not_replaced(name: str, fleet: Path, tmp_path: Path, capsys: Captured) -> None:
    """A file that we did not write is named before anything is written; --force replaces it."""
    out = tmp_path / "docs"
    (out / name).parent.mkdir(parents=True)
    (out / name).write_text("precious")
    assert team(fleet, f"--out={out}") == 2
    message = capsys.readouterr().err
    assert str(out / name) in message
    assert "--force" in message
    assert contents(out) == {name: b"precious"}
    assert sorted(path.name for path in out.iterdir()) == [name.partition("/")[0]]
    assert team(fleet, f"--out={out}", "--force") == 0
    assert contents(out) == contents(fleet / "site")
    assert team(fleet, f"--out={out}") == 0


def test_page_that_somebody_edited_is_not_replaced(fleet: Path, capsys: Captured) -> None:
    """The manifest knows what we wrote: other contents at a name of ours are somebody's work."""
    page = fleet / "site" / "repositories" / "one.html"
    page.write_bytes(page.read_bytes() + b"<!-- my notes -->")
    assert team(fleet) == 2
    assert f"{page} would be replaced" in capsys.readouterr().err
    assert b"my notes" in page.read_bytes()


def test_line_ends_that_git_changed_are_no_edit(fleet: Path) -> None:
    """A site kept in a branch can come back with other line ends."""
    table = fleet / "site" / "data" / "teams.csv"
    before = table.read_bytes()
    table.write_bytes(before.replace(b"\r\n", b"\n"))
    assert team(fleet) == 0
    assert table.read_bytes() == before


def test_site_of_an_earlier_version_is_ours(fleet: Path, capsys: Captured) -> None:
    """Without a manifest fleet.json and the footers tell; also old pages that this run does not write are adopted."""
    site = fleet / "site"
    (site / "aishare-manifest.json").unlink()
    for path in ("index.html", "index.md", "repositories/one.html", "data/teams.csv"):  # as of an earlier day
        (site / path).write_bytes((site / path).read_bytes() + b"\n")
    shutil.copy(site / "repositories" / "one.html", site / "repositories" / "two.html")
    assert team(fleet) == 0
    manifest = (site / "aishare-manifest.json").read_text()
    assert '"repositories/two.html"' in manifest
    (site / "aishare-manifest.json").unlink()
    (site / "index.md").write_text("My own page")
    assert team(fleet) == 2
    assert "index.md would be replaced" in capsys.readouterr().err


@pytest.mark.parametrize(
    "link", ["site", "site/teams", "site/runs", "site/data", "store", "store/repo=one", "store/mirrors", "store/fleets"]
)
def test_links_of_a_checkout_are_not_written_through(link: str, fleet: Path, tmp_path: Path, capsys: Captured) -> None:
    """A configured folder, or one below it, that is a link is named; nothing appears behind it."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    place = fleet / link
    if place.is_dir():
        shutil.rmtree(place)
    place.symlink_to(elsewhere)
    assert team(fleet) == 2
    assert f"{place} is a symbolic link" in capsys.readouterr().err
    assert list(elsewhere.iterdir()) == []


def test_day_that_is_a_link_is_refused(fleet: Path, tmp_path: Path, capsys: Captured) -> None:
    """The folder of a run's day is checked as well."""
    (day,) = (fleet / "site" / "runs").iterdir()
    day.rename(tmp_path / "elsewhere")
    day.symlink_to(tmp_path / "elsewhere")
    assert team(fleet) == 2
    assert f"{day} is a symbolic link" in capsys.readouterr().err


def test_named_folders_may_be_links(fleet: Path, tmp_path: Path) -> None:
    """Whoever types --out and --store knows what they name."""
    for name in ("site", "store"):
        (fleet / name).rename(tmp_path / name)
        (tmp_path / f"{name}-link").symlink_to(name)
    before = contents(tmp_path / "site")
    assert team(fleet, f"--out={tmp_path}/site-link", f"--store={tmp_path}/store-link") == 0
    assert contents(tmp_path / "site") == before


def _failing(monkeypatch: pytest.MonkeyPatch, function: str, call: int) -> list[str]:
    """Let a function of `os` fail at its `call`-th call; the list gets the targets of renames."""
    original, calls, targets = getattr(os, function), [0], list[str]()

    def fails(*arguments: object, **options: object) -> object:
        calls[0] += 1
        if calls[0] == call:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        targets.extend(str(target) for target in arguments[1:])
        return original(*arguments, **options)

    monkeypatch.setattr(os, function, fails)
    return targets


@pytest.mark.parametrize("call", [1, 2, 7])
def test_full_disk_leaves_the_old_site(call: int, fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the first, the second and the last file: the old site is whole, and a new one is not there at all."""
    before, new = contents(fleet / "site"), _result(fleet, title="Another title")
    for folder, expected in ((fleet / "site", before), (fleet / "new" / "site", None)):
        with monkeypatch.context() as patch:
            _failing(patch, "fsync", call)
            with pytest.raises(AishareError, match="No space left"), site_lock(folder):
                write_site(folder, new, {})
        assert (contents(folder) if folder.exists() else None) == expected
    assert not (fleet / "new").exists()


@pytest.mark.parametrize("call", [2, 4])
def test_run_killed_between_renames_is_resumed(call: int, fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was renamed before, all of it is ours for the next run; the index is the last page."""
    site, new = fleet / "site", _result(fleet, title="Another title")
    with monkeypatch.context() as patch:
        _failing(patch, "rename", call)
        with pytest.raises(AishareError):
            write_site(site, new, {})
    with monkeypatch.context() as patch:
        targets = _failing(patch, "rename", 0)
        write_site(site, new, {})
        assert targets[-2:] == ["index.html", "aishare-manifest.json"]
    assert b"Another title" in (site / "index.html").read_bytes()
    write_site(fleet / "site", _result(fleet, title="A third title"), {})
