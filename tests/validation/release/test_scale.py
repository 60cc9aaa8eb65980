"""Speed is kept: ratios of CPU time measured in the same test, never seconds. What is guarded: docs/performance.md.

Each side of a ratio is the least of runs that alternate, for a busy machine only ever adds. The bounds lie between what
was seen on a machine with ten times the work it can do, and what twice the cost gives. `python -m tests.test_scale 20`
measures them twenty times.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from analyzer.blame.run import trace_lines
from analyzer.config import Settings
from analyzer.core.timings import Timings
from analyzer.history.commits import read_commit_graph
from analyzer.history.repository import open_repository
from analyzer.pipeline.configured_repository import ConfiguredRepository
from analyzer.pipeline.load import load_history
from benchmarks.flat import Tenths
from benchmarks.synthetic import make
from tests.conftest import ROOT

if TYPE_CHECKING:
    from analyzer.history.repository import Repository

COMMITS, FILES = 2_000, 300
BOUNDS = {
    "reading beside git": 9.5,
    "ten commits later": 0.8,
    "late commits beside early": 1.4,
    "same question again": 0.2,
    "recent years beside all": 0.75,
}


def ratios(folder: Path) -> dict[str, float]:
    """Every ratio that is guarded, measured on two synthetic histories whose last commits are like their first."""
    make(folder / "r.git", COMMITS, seed=1, files=FILES)
    make(folder / "long.git", 4_000, seed=2, files=FILES)
    path = str(folder / "r.git")
    head, earlier = open_repository(path), open_repository(path, "HEAD~10")
    git, cold, later = [], [], []
    for k in range(3):
        git.append(git_alone(head))
        cold.append(reading(earlier, folder / f"{k}"))
        later.append(reading(head, folder / f"{k}"))
    return {
        "reading beside git": min(cold) / min(git),
        "ten commits later": min(later) / min(cold),
        "late commits beside early": late_beside_early(folder / "long.git"),
        "same question again": again_beside_first(head, folder),
        "recent years beside all": recent_beside_all(folder / "long.git"),
    }


def git_alone(repository: Repository) -> float:
    """CPU seconds of what every such tool must do: git reads the history and compares its files."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = repository.git.command("log", "-p", "-U0", "--numstat", "--no-merges", "-M", repository.head)
    env = dict(os.environ) | {k: v for k, v in repository.git._environment.items() if v is not None}
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def recent_beside_all(path: Path) -> float:
    """CPU of following lines through the last two of twenty years, by that of following them through all."""
    repository = open_repository(str(path))
    recent, everything = (min(following(repository, whole=whole) for _ in range(2)) for whole in (False, True))
    return recent / everything


def following(repository: Repository, *, whole: bool) -> float:
    """CPU seconds of following lines, git's included."""
    clock = Timings()
    load_history(ConfiguredRepository(repository, Settings(whole_history=whole)), None, clock)
    stage = clock.stages()["following lines"]
    return stage.cpu + stage.git


def reading(repository: Repository, folder: Path) -> float:
    """CPU seconds of reading a history, git's included."""
    clock = Timings()
    load_history(ConfiguredRepository(repository, Settings()), folder, clock)
    return sum(stage.cpu + stage.git for stage in clock.stages().values())


def again_beside_first(repository: Repository, folder: Path) -> float:
    """CPU of an answer from the cache, by that of computing it; after all else, for it leaves much in memory."""
    costs = [[answering(repository, folder / f"answers{k}") for _ in range(2)] for k in range(2)]
    first, again = (min(run[k] for run in costs) for k in (0, 1))
    return again / first


def answering(repository: Repository, folder: Path) -> float:
    """CPU seconds of an answer, git's included, or of finding it in the cache."""
    # Not above: collecting garbage costs what a process holds, and this import doubles it for the other ratios.
    from analyzer.pipeline.answer_cache import analyze_cached

    before = spent()
    analyze_cached(ConfiguredRepository(repository, Settings()), cache_dir=folder)
    return spent() - before


def spent() -> float:
    """CPU seconds of this process and of those that it has waited for."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def late_beside_early(path: Path) -> float:
    """Our own CPU per commit of the last thousand commits of four, by that of the second thousand."""
    repository = open_repository(str(path))
    table = read_commit_graph(repository.git, repository.head)
    seen = []
    for _ in range(5):
        quarters = Tenths(len(table), parts=4)
        trace_lines(repository.git, repository.head, table, progress=quarters)
        seen.append([own / commits for commits, own, _, _ in quarters.costs()])
    early, late = (min(run[k] for run in seen) for k in (1, 3))
    return late / early


@pytest.fixture(scope="module")
def found() -> dict[str, float]:
    """The ratios, measured once, in a process of their own: collecting garbage costs what a process holds."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.validation.release.test_scale", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    seen: dict[str, float] = json.loads(done.stdout)
    return seen


@pytest.mark.parametrize("name", BOUNDS)
def test_speed_is_kept(found: dict[str, float], name: str) -> None:
    """No ratio is above its bound."""
    assert found[name] <= BOUNDS[name], found


def main() -> None:
    """Print the ratios as often as the command line says: what the bounds are chosen from."""
    for _ in range(int(sys.argv[1])):
        with tempfile.TemporaryDirectory() as folder:
            sys.stdout.write(f"{json.dumps(ratios(Path(folder)))}\n")


if __name__ == "__main__":
    main()
