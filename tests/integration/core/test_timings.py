"""What a run took by stage: nothing is lost between the stages, and git's time stands where git ran."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from analyzer.cli import run
from analyzer.core.timings import Timings, render_timings

if TYPE_CHECKING:
    from pathlib import Path

BURN = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass"


def cpu() -> float:
    """CPU seconds of this process and of its children that ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def burn() -> None:
    """A tenth of a second of CPU."""
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass


def test_timings_count_cpu_by_stage() -> None:
    """Own and children's CPU time is counted by stage; a stage that comes again adds up; the sum is the run."""
    heard: list[tuple[str, int, int]] = []
    before = cpu()
    clock = Timings().forward_to(lambda *said: heard.append(said))
    clock("burning", 0, 2)
    burn()
    clock("asking", 0, 0)
    subprocess.run([sys.executable, "-S", "-c", BURN], check=True)
    clock("burning", 1, 2)
    burn()
    clock.begin("writing")
    stages = clock.stages()
    assert list(stages) == ["starting", "burning", "asking", "writing"]
    assert heard == [("burning", 0, 2), ("asking", 0, 0), ("burning", 1, 2)]
    assert stages["burning"].cpu > 0.19
    assert stages["asking"].git > 0.19 > stages["burning"].git
    assert sum(stage.cpu + stage.git for stage in stages.values()) == pytest.approx(cpu() - before, abs=0.02)
    assert all(stage.wall >= 0 and stage.peak > 1 for stage in stages.values())
    *rows, whole = list(render_timings(stages))[1:]
    assert [row.split()[0] for row in rows] == list(stages)
    assert whole.split()[0] == "all"
    assert float(whole.split()[2]) == pytest.approx(sum(stage.cpu for stage in stages.values()), abs=0.011)


def test_timings_go_to_stderr(fixture_repos: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """The answer is the same with and without; the stages are those that it took, and a kept answer takes none."""
    path = str(fixture_repos["demo"])
    assert run(["analyze", path, "--json"]) == 0
    plain = capsys.readouterr()
    assert run(["analyze", path, "--json", "--timings", "--no-cache"]) == 0
    timed = capsys.readouterr()
    assert (timed.out, plain.err) == (plain.out, "")
    names = [line[:17].rstrip() for line in timed.err.splitlines()]
    assert names[:4] == ["stage", "starting", "reading commits", "labelling"]
    assert names[-2:] == ["writing", "all"]
    assert {"following lines", "settling lines", "comparing", "judging"} <= set(names)
    assert run(["analyze", path, "--json", "--timings"]) == 0
    assert "following lines" not in capsys.readouterr().err
