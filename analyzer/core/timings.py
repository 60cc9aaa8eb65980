"""Measure the time and memory of each stage of a run, from the progress that stages report anyway."""

from __future__ import annotations

import resource
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from analyzer.core.progress import no_progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.core.progress import Progress

_STARTING = "starting"
_MIB = 1 << (20 if sys.platform == "darwin" else 10)  # ru_maxrss counts bytes on macOS, KiB elsewhere


class Stage(NamedTuple):
    """Seconds of wall clock, of CPU in this process and in git; `peak`: peak memory of this process so far, MiB."""

    wall: float
    cpu: float
    git: float
    peak: float


class Timings:
    """A progress callback that forwards every report and measures the time between the first reports of stages."""

    def __init__(self, started: float | None = None) -> None:
        """Start the clock now, or when the process started: `started` on the clock `time.perf_counter`."""
        self._progress: Progress = no_progress
        self._stages: dict[str, Stage] = {}
        self._now = _STARTING
        self._began = _read_clocks() if started is None else (started, 0.0, 0.0)

    def forward_to(self, progress: Progress) -> Timings:
        """Forward every report to `progress`, and return self."""
        self._progress = progress
        return self

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report `done` of `total` of `stage`."""
        if stage != self._now:
            self.begin(stage)
        self._progress(stage, done, total)

    def begin(self, stage: str) -> None:
        """Begin a stage that reports no progress itself."""
        self._close()
        self._now = stage

    def stages(self) -> dict[str, Stage]:
        """Return the stages so far in the order in which they began; a repeated stage has its total time."""
        self._close()
        return dict(self._stages)

    def _close(self) -> None:
        now = _read_clocks()
        wall, cpu, git = (b - a for a, b in zip(self._began, now, strict=True))
        previous = self._stages.get(self._now, Stage(0, 0, 0, 0))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MIB
        self._stages[self._now] = Stage(previous.wall + wall, previous.cpu + cpu, previous.git + git, peak)
        self._began = now


def _read_clocks() -> tuple[float, float, float]:
    """Return wall clock, own CPU, and CPU of ended child processes; every git ends in the stage that started it."""
    self_usage, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return time.perf_counter(), self_usage.ru_utime + self_usage.ru_stime, children.ru_utime + children.ru_stime


def render_timings(stages: dict[str, Stage]) -> Iterator[str]:
    """Yield the lines of a table with one row per stage and a total; `share` is the share of all CPU time."""
    total = Stage(
        sum(stage.wall for stage in stages.values()),
        sum(stage.cpu for stage in stages.values()),
        sum(stage.git for stage in stages.values()),
        max((stage.peak for stage in stages.values()), default=0),
    )
    yield f"{'stage':<17} {'wall s':>8} {'CPU s':>8} {'git CPU s':>9} {'share':>6} {'peak MiB':>8}"
    for name, stage in (*stages.items(), ("all", total)):
        share = (stage.cpu + stage.git) / max(total.cpu + total.git, 1e-9)
        yield (f"{name:<17} {stage.wall:>8.2f} {stage.cpu:>8.2f} {stage.git:>9.2f} {share:>6.0%} {stage.peak:>8,.0f}")
