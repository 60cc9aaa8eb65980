"""Trials: what the verdict said on one simulated history. Kept as JSON Lines, so that a stopped run goes on."""

from __future__ import annotations

import math
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from analyzer.inference.defect_verdict import defects_verdict
from analyzer.inference.defects import estimate_defects
from analyzer.inference.verdicts import throughput_verdict
from analyzer.simulate.panels import World, generate
from analyzer.simulate.units import Reverts, changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from analyzer.inference.throughput import Figure
    from analyzer.inference.verdicts import ThroughputVerdict
    from analyzer.panel import Panel

SWAPS = 999


class Reach(msgspec.Struct, frozen=True):
    """A figure's point, interval and smallest detectable effect: relative changes, or ratios for reverts.

    An interval without an upper end has `high` None.
    """

    point: float
    low: float
    high: float | None
    smallest: float

    def holds(self, truth: float) -> bool:
        """Whether the interval holds the truth."""
        return self.low <= truth and (self.high is None or truth <= self.high)


class Trial(msgspec.Struct, frozen=True):
    """One verdict; a figure that could not be estimated is None, and so is a placebo that could not run."""

    world: str
    seed: int
    swaps: int
    seconds: float
    grade: str
    recorded: Reach | None = None
    use: Reach | None = None
    timing: bool | None = None
    reverts: Reach | None = None


class Job(msgspec.Struct, frozen=True):
    """A world to draw a history from, and the swaps behind its p (0 where no p is asked for)."""

    world: World | Reverts
    swaps: int
    seed: int

    @property
    def key(self) -> tuple[str, int, int]:
        """What makes two jobs the same."""
        return self.world.id, self.swaps, self.seed


def trial(job: Job) -> Trial:
    """Draw the history and judge it."""
    started = time.perf_counter()
    found = _defects(job.world, job.seed) if isinstance(job.world, Reverts) else _throughput(job.world, job)
    return msgspec.structs.replace(found, seconds=time.perf_counter() - started)


def _throughput(world: World, job: Job) -> Trial:
    said = verdict(generate(world, job.seed), job.swaps, job.seed)
    f = said.findings
    if f is None:
        return Trial(world.id, job.seed, job.swaps, 0.0, said.grade)
    timing = None if f.timing is None else f.timing.fired
    return Trial(world.id, job.seed, job.swaps, 0.0, said.grade, _reach(f.recorded), _reach(f.use), timing)


def verdict(panel: Panel, swaps: int, seed: int) -> ThroughputVerdict:
    """The verdict; swaps are drawn only where their p decides, and no interval that holds 0 is significant."""
    said = throughput_verdict(panel, swaps=0, seed=seed)
    found = said.findings
    if not swaps or found is None or found.recorded.low <= 0 <= found.recorded.high:
        return said
    return throughput_verdict(panel, swaps=swaps, seed=seed)


def _reach(figure: Figure | None) -> Reach | None:
    return None if figure is None else Reach(figure.change, figure.low, figure.high, figure.smallest)


def _defects(world: Reverts, seed: int) -> Trial:
    found = estimate_defects(changes(world, seed))
    grade = defects_verdict(found, declared=True).grade
    if found is None:
        return Trial(world.id, seed, 0, 0.0, grade)
    high = found.high if math.isfinite(found.high) else None
    reach = Reach(found.ratio, found.low, high, found.smallest)
    return Trial(world.id, seed, 0, 0.0, grade, reverts=reach)


def run(jobs: Iterable[Job], store: Path, workers: int = 2) -> Iterator[tuple[int, Trial]]:
    """Each job's number and trial, those in `store` first; a half-written last line is run again."""
    todo: list[tuple[int, Job]] = []
    known = _kept(store)
    for number, job in enumerate(jobs):
        if job.key in known:
            yield number, known[job.key]
        else:
            todo.append((number, job))
    with ProcessPoolExecutor(workers) as pool, store.open("ab") as log:
        outcomes = pool.map(trial, (job for _, job in todo), chunksize=4)
        for (number, _), outcome in zip(todo, outcomes, strict=True):
            log.write(msgspec.json.encode(outcome) + b"\n")
            log.flush()
            yield number, outcome


def _kept(store: Path) -> dict[tuple[str, int, int], Trial]:
    store.parent.mkdir(parents=True, exist_ok=True)
    text = store.read_bytes() if store.exists() else b""
    whole = text[: text.rfind(b"\n") + 1]
    if whole != text:
        store.write_bytes(whole)
    trials = [msgspec.json.decode(line, type=Trial) for line in whole.splitlines()]
    return {(t.world, t.swaps, t.seed): t for t in trials}
