"""Nothing of a checkout runs: no module, program or setting that lies in the folder in which a command is started."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from analyzer.core.search_path import safe_search_path
from analyzer.history.git import environment
from tests.checkout_traps import PROGRAMS, console_script, set_traps
from tests.conftest import ROOT, MakeRepo, git

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def checkout(make_repo: MakeRepo, tmp_path: Path) -> Path:
    """A clone of two commits, full of traps, next to the file `proof` of what they did."""
    made = make_repo(("one", {"a.py": "x = 1\n"}), ("two\n\nAssisted-by: Claude", {"a.py": "x = 2\n"}))
    git("clone", "--quiet", made, tmp_path / "clone")
    set_traps(tmp_path / "clone", tmp_path / "proof")
    return tmp_path / "clone"


def started(checkout: Path, *command: str | Path) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Run a command in the checkout with a PATH that leads into it; its outcome, and the traps that it sprang."""
    environment = os.environ | {"PATH": f".::bin:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    del environment["PYTEST_CURRENT_TEST"]
    environment.pop("PYTHONSAFEPATH", None)
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    proof = checkout.parent / "proof"
    return done, proof.read_text().splitlines() if proof.exists() else []


def test_traps_of_a_checkout_spring(checkout: Path) -> None:
    """The traps are set: a shell that finds its programs through PATH, and `python -m`, run them."""
    _, sprung = started(checkout, "/bin/sh", "-c", "; ".join(PROGRAMS))
    assert sprung == [f"program {name}" for name in PROGRAMS]
    _, sprung = started(checkout, sys.executable, "-m", "pip")
    assert "module pip" in sprung


def test_command_runs_nothing_of_the_checkout(checkout: Path) -> None:
    """`aishare analyze`, started in the checkout with a PATH that leads into it, finds git elsewhere."""
    done, sprung = started(checkout, console_script(checkout.parent / "bin" / "aishare"), "analyze", "--no-cache")
    assert (done.returncode, sprung) == (0, []), done.stderr


POOL = """
import os, sys
sys.path.insert(1, {root!r})
from analyzer.fleet.scheduling.executors import worker_pool
if __name__ == "__main__":
    with worker_pool(2, None) as pool:
        print(sorted(future.result() for _, future in pool.as_completed(abs, [-1, -2], 2)))
    print(os.environ.get("PYTHONSAFEPATH"))
"""


def test_workers_run_nothing_of_the_checkout(checkout: Path) -> None:
    """Neither do the processes of a pool that is started there; afterwards the environment is as it was."""
    script = checkout.parent / "pool.py"
    script.write_text(POOL.format(root=str(ROOT)))
    done, sprung = started(checkout, sys.executable, script)
    assert (done.stdout, done.stderr, sprung) == ("[1, 2]\nNone\n", "", [])


@pytest.mark.exhaustive
def test_fleet_runs_nothing_of_the_checkout(checkout: Path) -> None:
    """`aishare team --jobs 2` with its `team.toml` in such a checkout: parent, workers and git."""
    rows = "".join(f"[[repositories]]\nname = '{name}'\npath = '../made'\n" for name in "ab")
    (checkout / "team.toml").write_text(f"salt = 'a long secret'\nout = '../site'\nstore = '../store'\n{rows}")
    command = console_script(checkout.parent / "bin" / "aishare")
    done, sprung = started(checkout, command, "team", "team.toml", "--jobs", "2", "--quiet")
    assert (done.returncode, sprung) == (0, []), done.stderr


def test_search_path_leads_into_no_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty, relative and linked entries of PATH are left out; where none is left, we search the system's."""
    inside, link = tmp_path / "workspace" / "bin", tmp_path / "link"
    inside.mkdir(parents=True)
    link.symlink_to(inside)
    entries = ["", ".", "bin", "~/bin", str(inside), str(link), str(inside.parent), "/usr/bin", f"{inside.parent}2"]
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        environ = {"PATH": ":".join(entries), name: str(inside.parent)}
        assert safe_search_path(environ) == f"/usr/bin:{inside.parent}2"
    assert safe_search_path({"PATH": ".:/usr/bin", "GITHUB_WORKSPACE": ""}) == "/usr/bin"
    for environ in ({}, {"PATH": ""}, {"PATH": ".:"}):
        assert safe_search_path(environ) == os.defpath
    monkeypatch.setenv("PATH", ".:/usr/bin")
    assert environment()["PATH"] == "/usr/bin"
