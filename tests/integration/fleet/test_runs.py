"""Run after run: what is read again, what a mirror withstands, and what is said when something failed."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from analyzer.cli import run
from tests.conftest import ROOT, git
from tests.crontab import fired
from tests.fleets import contents, grown, history, one_thread

if TYPE_CHECKING:
    from pathlib import Path

SALT = 'salt = "only for tests"\n'


@pytest.fixture(autouse=True)
def _threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzer.fleet.scheduling.executors.worker_pool", one_thread)


def fleet(folder: Path, *origins: Path, broken: bool = False) -> Path:
    """A configuration: each of `origins` by URL, and whatever there is in clones/."""
    if broken:
        (folder / "clones" / "broken").mkdir(parents=True)
    text = SALT + "".join(f'[[repositories]]\nurl = "file://{origin}"\n' for origin in origins)
    if (folder / "clones").is_dir():
        text += '[[repositories]]\nglob = "clones/*"\n'
    (folder / "team.toml").write_text(text)
    return folder / "team.toml"


def test_second_run_reads_only_new_commits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Between two runs come new commits in a clone and at a URL: stderr counts what is read."""
    one, two = (history(tmp_path / "clones" / name, seed, 1) for seed, name in enumerate(("one", "two")))
    far = history(tmp_path / "far", 2, 1)
    config = fleet(tmp_path, far)
    assert run(["team", str(config), "--as-of=2024-01-31"]) == 0
    assert capsys.readouterr().err.splitlines()[0] == "read 84 commits of 3 repositories"
    grown(one, 0, range(4, 6))
    grown(far, 2, range(4, 7))
    assert run(["team", str(config), "--as-of=2024-02-29"]) == 0
    assert capsys.readouterr().err.splitlines()[0] == "read 35 commits of 2 repositories; nothing new in 1 repository"
    assert '"commits": 49' in (tmp_path / "site" / "fleet.json").read_text()
    before = contents(tmp_path / "site")
    assert run(["team", str(config), "--as-of=2024-02-29"]) == 0
    assert capsys.readouterr().err.splitlines()[0] == "nothing new in 3 repositories"
    assert contents(tmp_path / "site") == before
    assert two.is_dir()


def test_mirror_recovers_from_locks_of_a_killed_git(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The next run updates a mirror in which kill -9 left lock files and half a pack."""
    far = history(tmp_path / "far", 0, 2)
    config = fleet(tmp_path, far)
    assert run(["team", str(config), "-q"]) == 0
    mirror = tmp_path / "store" / "mirrors" / "far.git"
    left = [
        mirror / name for name in ("HEAD.lock", "packed-refs.lock", "refs/heads/main.lock", "objects/pack/tmp_pack_x")
    ]
    for path in left:
        path.write_bytes(b"")
    grown(far, 0, range(8, 10))
    assert run(["team", str(config), "--fail-on=repositories-failed"]) == 0
    assert "read 14 commits of 1 repository" in capsys.readouterr().err
    assert not any(path.exists() for path in left)
    assert git("--git-dir", mirror, "rev-parse", "HEAD") == git("--git-dir", far, "rev-parse", "HEAD")


def test_mirror_without_update_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Site and stderr say that the figures are of the last update; the gate for monitoring exits with 4."""
    far = history(tmp_path / "far", 0, 2)
    config = fleet(tmp_path, far)
    assert run(["team", str(config), "-q"]) == 0
    far.rename(tmp_path / "gone")
    capsys.readouterr()
    assert run(["team", str(config), "-q"]) == 0
    assert capsys.readouterr().err == ""
    assert run(["team", str(config), "-q", "--fail-on=repositories-failed"]) == 4
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("not brought up to date: far: git could not mirror it: ")
    assert said[1:] == ["failed on: repositories-failed"]
    page = (tmp_path / "site" / "index.html").read_text()
    assert "(not up to date)" in page
    assert "could not be brought up to date: far (git could not mirror it" in page


def test_failed_repositories_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Stderr names each failed repository with its reason; where none could be read, the first one."""
    history(tmp_path / "clones" / "one", 0, 2)
    config = fleet(tmp_path, broken=True)
    assert run(["team", str(config)]) == 0
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("not read: broken: ")
    assert said[0].endswith("(not-a-repository)")
    assert said[1] == "read 56 commits of 1 repository; 1 repository failed"
    (tmp_path / "team.toml").write_text(SALT + '[[repositories]]\npath = "clones/broken"\n')
    assert run(["team", str(config), "-q"]) == 3
    assert "The first of them, broken: " in capsys.readouterr().err


def test_cron_line_prints_only_failures(tmp_path: Path) -> None:
    """The line of docs/teams.md prints nothing in cron's environment until a repository fails: name and reason."""
    text = (ROOT / "docs" / "teams.md").read_text("utf-8")
    history(tmp_path / "clones" / "one", 0, 2)
    fleet(tmp_path)
    shim = tmp_path / "bin" / "aishare"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {shlex.quote(sys.executable)} -m analyzer "$@"\n')
    shim.chmod(0o755)
    places = {"/srv/fleet": tmp_path, "/opt/aishare/bin": shim.parent}
    done = fired(text, places, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "site" / "index.html").is_file()
    (tmp_path / "clones" / "broken").mkdir()
    done = fired(text, places, tmp_path)
    assert (done.returncode, done.stdout) == (4, "")
    told = "not read: broken: broken is not in a git repository. (not-a-repository)\nfailed on: repositories-failed\n"
    assert done.stderr == told


def test_the_systemd_timer_runs_what_cron_runs(tmp_path: Path) -> None:
    """The two units of docs/teams.md have cron's command and hour, and systemd, where it is installed, takes them."""
    text = (ROOT / "docs" / "teams.md").read_text("utf-8")
    units = dict(re.findall(r"```ini\n# (\S+)\n(.*?)```", text, re.DOTALL))
    assert set(units) == {"aishare.service", "aishare.timer"}
    line = next(line for line in text.splitlines() if line.endswith("--fail-on repositories-failed") and "* 1 " in line)
    minute, hour, *_ = line.split()
    assert line.partition("&& ")[2] == re.findall(r"ExecStart=(.*)", units["aishare.service"])[0]
    assert f"OnCalendar=Mon {int(hour):02}:{minute}" in units["aishare.timer"]
    if verifier := shutil.which("systemd-analyze"):
        for name, unit in units.items():
            (tmp_path / name).write_text(unit.replace("/opt/aishare/bin/aishare", "/bin/true"))
        command = [verifier, "verify", "--man=no", *(str(tmp_path / name) for name in units)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
