"""What each stage of a run took: it listens to the progress that stages report anyway, and nothing listens to it."""

from __future__ import annotations

import resource
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from analyzer.core.progress import silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.core.progress import Progress

_STARTING = "starting"
_MIB = 1 << (20 if sys.platform == "darwin" else 10)  # ru_maxrss counts bytes on macOS, KiB elsewhere


class Stage(NamedTuple):
    """Seconds of wall clock, of this process's CPU and of git's; `peak`: most memory of this process so far, MiB."""

    wall: float
    own: float
    git: float
    peak: float


class Timings:
    """A progress that passes on what it hears, and keeps the time between one stage's first word and the next's."""

    def __init__(self) -> None:
        """The clock runs from here on."""
        self._hear: Progress = silent
        self._stages: dict[str, Stage] = {}
        self._now = _STARTING
        self._began = _read()

    def telling(self, hear: Progress) -> Timings:
        """This one, which passes on to `hear` what it is told."""
        self._hear = hear
        return self

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report `done` of `total` of `stage`."""
        if stage != self._now:
            self.begin(stage)
        self._hear(stage, done, total)

    def begin(self, stage: str) -> None:
        """Begin a stage that says nothing of itself."""
        self._close()
        self._now = stage

    def stages(self) -> dict[str, Stage]:
        """Stages up to now in the order in which they began; one that came again has all its time."""
        self._close()
        return dict(self._stages)

    def _close(self) -> None:
        now = _read()
        wall, own, git = (b - a for a, b in zip(self._began, now, strict=True))
        before = self._stages.get(self._now, Stage(0, 0, 0, 0))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MIB
        self._stages[self._now] = Stage(before.wall + wall, before.own + own, before.git + git, peak)
        self._began = now


def _read() -> tuple[float, float, float]:
    """Wall clock, own CPU, and that of children which have ended: every git ends in the stage that began it."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return time.perf_counter(), own.ru_utime + own.ru_stime, children.ru_utime + children.ru_stime


def rendered(stages: dict[str, Stage]) -> Iterator[str]:
    """Lines of a table: a stage a row, then all of them; `share` is of all CPU time."""
    whole = Stage(
        sum(stage.wall for stage in stages.values()),
        sum(stage.own for stage in stages.values()),
        sum(stage.git for stage in stages.values()),
        max((stage.peak for stage in stages.values()), default=0),
    )
    yield f"{'stage':<17} {'wall s':>8} {'CPU s':>8} {'git CPU s':>9} {'share':>6} {'peak MiB':>8}"
    for name, stage in (*stages.items(), ("all", whole)):
        share = (stage.own + stage.git) / max(whole.own + whole.git, 1e-9)
        yield (f"{name:<17} {stage.wall:>8.2f} {stage.own:>8.2f} {stage.git:>9.2f} {share:>6.0%} {stage.peak:>8,.0f}")
