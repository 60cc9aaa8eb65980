"""Damage to the fleet's store: the repository is read again, the run says so, and the site is what it was."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd
import pytest

from analyzer.cli import run
from analyzer.core.export import parquet_bytes
from analyzer.errors import AishareError
from analyzer.fleet.dataset import FleetStore
from analyzer.fleet.scheduling.runner import run_tasks
from analyzer.fleet.stored_files import StoreDamageError, encoded_manifest
from tests.fleets import contents, history, one_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Captured = pytest.CaptureFixture[str]
TABLES = {
    "people": pd.DataFrame({"person": ["a"], "handle": ["b"]}, dtype="str"),
    "owned": pd.DataFrame({"row": [0], "owners": ["x"], "lines": [1]}).astype({"owners": "str"}),
}
FILES = {f"{name}.parquet": parquet_bytes(table) for name, table in TABLES.items()} | {"report.json": b"{}"}


@pytest.fixture(autouse=True)
def _threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzer.fleet.scheduling.executors.worker_pool", one_thread)


@pytest.fixture
def store(tmp_path: Path) -> FleetStore:
    """A store with one version of two repositories."""
    store = FleetStore(tmp_path / "store")
    for name in ("app", "lib"):
        store.write(name, "k1", TABLES, b"{}" if name == "app" else b"[]")
    store.write("app", "k0", TABLES, b"{}")
    return store


def _planted(folder: Path, files: dict[str, bytes], **claims: Any) -> None:
    """Files with a manifest that fits them, but for the claims."""
    manifest = msgspec.json.decode(encoded_manifest("app", "k1", files))
    for path in folder.iterdir():
        path.unlink()
    for name, text in files.items():
        (folder / name).write_bytes(text)
        manifest["files"][name] |= claims
    (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))
    for path in folder.iterdir():
        path.chmod(0o600)


def _linked(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")


def _made_a_file(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("")


def _copied(source: Path, target: Path) -> None:
    shutil.rmtree(target)
    shutil.copytree(source, target)


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut table": (lambda v: os.truncate(v / "people.parquet", 200), "people.parquet does not match its checksum"),
    "empty table": (lambda v: os.truncate(v / "people.parquet", 0), "people.parquet does not match its checksum"),
    "lost table": (lambda v: (v / "people.parquet").unlink(), "people.parquet is missing"),
    "longer table": (
        lambda v: os.truncate(v / "people.parquet", 1 << 40),
        "people.parquet cannot be used: it is larger",
    ),
    "cut report": (lambda v: os.truncate(v / "report.json", 1), "report.json does not match its checksum"),
    "report of another": (
        lambda v: shutil.copy(v.parent.parent / "repo=lib" / "v=k1" / "report.json", v / "report.json"),
        "report.json does not match its checksum",
    ),
    "version of another repository": (
        lambda v: _copied(v.parent.parent / "repo=lib" / "v=k1", v),
        "it is of another repository or of other settings",
    ),
    "version of other settings": (
        lambda v: _copied(v.parent / "v=k0", v),
        "it is of another repository or of other settings",
    ),
    "no manifest": (lambda v: (v / "manifest.json").unlink(), "it has no checksums"),
    "cut manifest": (lambda v: os.truncate(v / "manifest.json", 30), "manifest.json is damaged"),
    "manifest of something else": (lambda v: (v / "manifest.json").write_text("[]"), "manifest.json is damaged"),
    "huge manifest": (
        lambda v: os.truncate(v / "manifest.json", 1 << 40),
        "manifest.json cannot be used: it is larger",
    ),
    "linked file": (lambda v: _linked(v / "report.json"), "report.json cannot be used"),
    "linked version": (_linked, "its place in the store is a link or no folder"),
    "file for a version": (
        _made_a_file,
        "its place in the store is a link or no folder",
    ),
    "file that others may write": (lambda v: (v / "report.json").chmod(0o666), "others may open it"),
    "other columns": (
        lambda v: _planted(v, FILES | {"people.parquet": FILES["owned.parquet"]}),
        "people.parquet has other columns",
    ),
    "other types": (
        lambda v: _planted(v, FILES | {"people.parquet": parquet_bytes(pd.DataFrame({"person": [1], "handle": [2]}))}),
        "people.parquet has other columns",
    ),
    "no table": (lambda v: _planted(v, FILES | {"people.parquet": b"x" * 100}), "people.parquet is no table"),
    "too large": (lambda v: _planted(v, FILES, bytes=1 << 40), "is too large"),
    "table that the manifest does not name": (
        lambda v: _planted(v, {name: text for name, text in FILES.items() if name != "people.parquet"}),
        "people.parquet is missing",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_version_is_not_used(damage: str, store: FleetStore) -> None:
    """Whatever does not verify is refused with the reason, discarded, and can be written again."""
    inflict, reason = DAMAGES[damage]
    assert store.has("app", "k1", TABLES)
    inflict(store.folder / "repo=app" / "v=k1")
    assert not store.has("app", "k1", TABLES)
    assert reason in (store.damage("app", "k1", TABLES) or "")
    with pytest.raises(StoreDamageError):
        store.report("app", "k1") and store.table("app", "k1", "people")
    store.discard("app", "k1")
    assert not store.exists("app", "k1")
    store.write("app", "k1", TABLES, b"{}")
    assert store.has("app", "k1", TABLES)
    assert store.has("app", "k0", TABLES)
    assert store.report("lib", "k1") == b"[]"


@pytest.mark.parametrize("limit", ["_MAX_ROWS", "_MAX_DECODED_BYTES"])
def test_table_that_grows_is_not_decoded(limit: str, store: FleetStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file can claim any number of rows: what it claims is bounded before it is read."""
    monkeypatch.setattr(f"analyzer.fleet.stored_files.{limit}", 0)
    assert store.damage("app", "k1") == "owned.parquet is too large"
    with pytest.raises(StoreDamageError):
        store.table("app", "k1", "people")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize(
    "path", ["repo=app", *(f"repo=app/v=k1{name}" for name in ("", "/report.json", "/manifest.json"))]
)
def test_files_of_another_user_are_not_used(path: str, store: FleetStore) -> None:
    """A file or folder that another user owns may hold anything."""
    os.chown(store.folder / path, 1234, 1234)
    assert "somebody else" in (store.damage("app", "k1") or "")


def test_files_of_the_user_stay_in_the_store(store: FleetStore) -> None:
    """Discarding and pruning remove what we wrote; a note in a folder of ours stays, and the version is written."""
    version, older = store.folder / "repo=app" / "v=k1", store.folder / "repo=app" / "v=k0"
    names = [version / "notes.md", older / "notes.md", store.folder / "repo=app" / "v=Draft" / "a.parquet"]
    names += [store.folder / "repo=app" / ".draft-chapter1" / "x", store.folder / "fleets" / "notes.json"]
    names += [store.folder / "fleets" / ".draft-notes.md", store.folder / "repo=app" / "v=1.txt"]
    for path in names:
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text("precious")
    (version / "report.json").write_text("")
    store.discard("app", "k1")
    store.write("app", "k1", TABLES, b"{}")
    for number in range(14):
        store.write_fleet_result(f"{number:032x}", b"{}")
    store.prune({"app": "k1"})
    assert [path.read_text() for path in names] == ["precious"] * len(names)
    assert store.has("app", "k1")
    assert [path.name for path in older.iterdir()] == ["notes.md"]
    assert len(list((store.folder / "fleets").glob("0*.json"))) == 12


@pytest.mark.parametrize("call", [1, 2, 3, 4])
def test_full_disk_stores_nothing(call: int, store: FleetStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """At whichever file the disk is full, no version and no draft is left."""
    before, calls, fsync = contents(store.folder), [0], os.fsync

    def fails(descriptor: int) -> None:
        calls[0] += 1
        if calls[0] == call:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fails)
        with pytest.raises(AishareError, match="No space left"):
            store.write("app", "k2", TABLES, b"{}")
    assert contents(store.folder) == before
    assert sorted(path.name for path in (store.folder / "repo=app").iterdir()) == ["v=k0", "v=k1"]


@pytest.mark.parametrize("how", ["cut", "changed", "of another key"])
def test_damaged_fleet_result_is_not_used(how: str, store: FleetStore) -> None:
    """A stored result of the whole fleet counts only whole, unchanged and under its own key."""
    one, two = "1" * 32, "2" * 32
    store.write_fleet_result(one, b'{"n":1}')
    store.write_fleet_result(two, b'{"n":2}')
    assert store.fleet_result(one) == b'{"n":1}'
    path = store.folder / "fleets" / f"{one}.json"
    if how == "of another key":
        shutil.copy(store.folder / "fleets" / f"{two}.json", path)
    else:
        text = path.read_text()
        path.write_text(text[:-3] if how == "cut" else text.replace('"n":1', '"n":9'))
    assert store.fleet_result(one) is None
    store.write_fleet_result(one, b'{"n":1}')
    assert store.fleet_result(one) == b'{"n":1}'


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet of two repositories with its store and site."""
    folder = tmp_path_factory.mktemp("fleet")
    for seed, name in enumerate(("one", "two")):
        history(folder / "clones" / name, seed, 1)
    (folder / "team.toml").write_text('salt = "only for tests"\n[[repositories]]\nglob = "clones/*"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analyzer.fleet.scheduling.executors.worker_pool", one_thread)
        assert run(["team", str(folder / "team.toml"), "-q"]) == 0
    return folder


@pytest.fixture
def fleet(finished: Path, tmp_path: Path) -> Path:
    """A copy of it, so that a run takes everything from the store."""
    shutil.copytree(finished, tmp_path / "fleet")
    return tmp_path / "fleet"


def team(fleet: Path, *options: str) -> int:
    """The exit code of a run."""
    return run(["team", str(fleet / "team.toml"), *options])


def _version(fleet: Path, name: str) -> Path:
    (version,) = (fleet / "store" / f"repo={name}").glob("v=*")
    return version


def test_run_reads_damaged_and_swapped_repositories_again(fleet: Path, capsys: Captured) -> None:
    """Each is named with the reason, no report of another is believed, and the next run is quiet again."""
    before = contents(fleet / "site")
    one, two = (_version(fleet, name) for name in ("one", "two"))
    shutil.rmtree(one)
    shutil.copytree(two, one)
    os.truncate(two / "report.json", 100)
    shutil.rmtree(fleet / "store" / "fleets")
    assert team(fleet) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == [
        "read again: one: it is of another repository or of other settings",
        "read again: two: report.json does not match its checksum",
    ]
    assert contents(fleet / "site") == before
    assert team(fleet) == 0
    assert capsys.readouterr().err.splitlines()[0] == "nothing new in 2 repositories"


@pytest.mark.parametrize("times", [1, 2])
def test_damage_between_check_and_aggregation(
    times: int, fleet: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Damage after the check is read again once; if it comes back, that repository alone has failed."""
    before, damages = contents(fleet / "site"), [0]

    def damaging(tasks: Sequence[Any], *rest: Any) -> Any:
        results = run_tasks(tasks, *rest)
        if damages[0] < times:
            damages[0] += 1
            os.truncate(_version(fleet, "one") / "people.parquet", 10)
        return results

    monkeypatch.setattr("analyzer.fleet.daily_reports.run_tasks", damaging)
    shutil.rmtree(fleet / "store" / "fleets")
    assert team(fleet) == 0
    lines = capsys.readouterr().err.splitlines()
    if times == 1:
        assert lines[0] == "read again: one: people.parquet does not match its checksum"
        assert contents(fleet / "site") == before
    else:
        assert re.match(r"not read: one: Its tables in the store were damaged again: .* \(store-damaged\)", lines[0])
        assert (fleet / "site" / "repositories" / "two.html").exists()


def test_store_is_private(fleet: Path, capsys: Captured) -> None:
    """A run takes the right to write from others; the store of another user is refused."""
    store = fleet / "store"
    store.chmod(0o777)
    assert team(fleet, "-q") == 0
    assert stat.S_IMODE(store.stat().st_mode) == 0o755
    if os.geteuid() == 0:
        os.chown(store, 1234, 1234)
        assert team(fleet, "-q") == 2
        assert f"The store {store} belongs to somebody else" in capsys.readouterr().err
