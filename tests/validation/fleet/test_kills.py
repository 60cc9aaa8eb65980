"""`kill -9` at random moments of a second run, of all its processes or of the first one alone: nothing is lost."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analyzer.fleet.dataset import FleetStore
from analyzer.fleet.site_files import MANIFEST
from tests.conftest import ROOT
from tests.fleets import contents, ended, grown, history

if TYPE_CHECKING:
    from pathlib import Path

# Every run reads, fetches and writes: three repositories, one of them by URL.
CONFIG = 'salt = "only for tests"\n[[repositories]]\nglob = "clones/*"\n[[repositories]]\nurl = "file://{}/far"\n'


class Run:
    """Runs of one fleet, each with a site and a store of its own."""

    def __init__(self, folder: Path) -> None:
        """Histories as a first run saw them, its site and store, and then what is new."""
        self.folder = folder
        self.places = (folder / "clones" / "one", folder / "clones" / "two", folder / "far")
        for seed, place in enumerate(self.places):
            history(place, seed, 3)
        (folder / "team.toml").write_text(CONFIG.format(folder))
        self.begin("before", "2024-03-31").wait()
        for seed, place in enumerate(self.places):
            grown(place, seed, range(12, 13 + seed))
        self.first = contents(folder / "before" / "site")
        begun = time.monotonic()
        self.expected = self.finished(self.copy("whole"))
        self.seconds = time.monotonic() - begun

    def copy(self, name: str) -> str:
        """The state after the first run, once more."""
        shutil.copytree(self.folder / "before", self.folder / name)
        return name

    def begin(self, name: str, day: str = "2024-04-30") -> subprocess.Popen[bytes]:
        """Start a run in a process group of its own."""
        here = self.folder / name
        options = ["-q", "--jobs=2", f"--as-of={day}", f"--out={here / 'site'}", f"--store={here / 'store'}"]
        command = [sys.executable, "-m", "analyzer", "team", str(self.folder / "team.toml"), *options]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        return subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)

    def finished(self, name: str) -> dict[str, bytes]:
        """Run to the end: the site."""
        assert self.begin(name).wait() == 0
        return contents(self.folder / name / "site")

    def killed(self, name: str, draw: random.Random) -> None:
        """Begin and kill at a random moment; each file that was there is there, as it was or as it will be."""
        process, alone, moment = self.begin(name), draw.random() < 0.3, draw.uniform(0, self.seconds)
        time.sleep(moment)
        print(f"kill -9 of {'the first process' if alone else 'all processes'} after {moment:.2f} s")  # noqa: T201 - to be seen when it fails
        (os.kill if alone else os.killpg)(process.pid, signal.SIGKILL)
        process.wait()
        ended(process.pid)
        now = contents(self.folder / name / "site")
        for path, was in self.first.items():
            assert path == MANIFEST or now[path] in (was, self.expected[path]), path
        drafts = {path for path in now if ".aishare-draft-" in path}
        assert {path for path in now if path not in drafts} <= set(self.expected)

    def kept(self, name: str) -> None:
        """What a resumed run leaves: the store of the run that was never killed, and no draft."""
        stores = [self.folder / which / "store" for which in (name, "whole")]
        found, wanted = ({p for p in contents(store) if p.startswith("repo=")} for store in stores)
        assert found == wanted


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two whole runs, to compare with."""
    return Run(tmp_path_factory.mktemp("kills"))


@pytest.mark.exhaustive
def test_killed_ten_times_and_resumed(runs: Run) -> None:
    """Ten times from the same state: killed at a random moment, resumed, and the same bytes."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    print(f"SEED={seed}, a whole run takes {runs.seconds:.1f} s")  # noqa: T201 - likewise
    draw = random.Random(seed)  # noqa: S311 - no secret
    for n in range(10):
        name = runs.copy(f"kill{n}")
        runs.killed(name, draw)
        assert runs.finished(name) == runs.expected, f"SEED={seed}"
        runs.kept(name)


def test_concurrent_runs_keep_each_others_answers(tmp_path: Path) -> None:
    """Older answers go when a run is over, but not while another run may want them."""
    here, other = FleetStore(tmp_path), FleetStore(tmp_path)
    for key in ("old", "new"):
        here.write("app", key, {"units": pd.DataFrame({"x": [1]})}, b"{}")
    with other.in_use():
        here.prune({"app": "new"})
        assert here.has("app", "old")
    here.prune({"app": "new"})
    assert not here.has("app", "old")
    assert here.has("app", "new")
