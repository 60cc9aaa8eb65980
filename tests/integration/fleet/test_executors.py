"""Tasks over executors: which are under way together, and what a worker that dies takes along."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from analyzer.core.progress import no_progress
from analyzer.fleet.config import RepositorySource
from analyzer.fleet.scheduling import runner
from analyzer.fleet.scheduling.executors import WorkerPool, worker_pool
from analyzer.fleet.scheduling.task import RepositoryStatus, Task, TaskResult

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    import pytest


def task(name: str) -> Task:
    """One that is never worked on for real."""
    return Task(
        RepositorySource(name=name, path=name, url=None, rev="HEAD"),
        salt="",
        store_dir="",
        cache_dir=None,
        as_of=None,
        since=None,
        by="month",
        include=(),
        exclude=(),
    )


class ByHand(Executor):
    """Holds what it is given until all slots are taken, then lets go of any one of them."""

    def __init__(self, sizes: list[int], slots: int, choice: random.Random) -> None:
        self.waiting, self.slots, self.choice = sorted(sizes), slots, choice
        self.under_way: list[tuple[int, Future[int]]] = []

    def submit(self, work: Callable[..., int], /, *given: int, **_: object) -> Future[int]:  # type: ignore[override]
        """Look at what is under way, and end some of it."""
        future: Future[int] = Future()
        self.waiting.remove(given[0])
        self.under_way.append((given[0], future))
        assert len(self.under_way) <= self.slots
        if self.waiting:
            larger = sum(size > max(self.waiting) for size, _ in self.under_way)
            assert larger <= (self.slots + 1) // 2
        while self.under_way and (len(self.under_way) == self.slots or not self.waiting):
            size, ended = self.under_way.pop(self.choice.randrange(len(self.under_way)))
            ended.set_result(work(size))
        return future


@given(st.lists(st.integers(1, 100), max_size=40), st.integers(1, 6), st.randoms(use_true_random=False))
def test_largest_tasks_do_not_run_together(sizes: list[int], slots: int, choice: random.Random) -> None:
    """Every task runs once. At most half of the running ones, rounded up, are larger than any that waits."""
    crew = WorkerPool(lambda: ByHand(sizes, slots, choice), slots)
    ended = [
        (one, future.result())
        for one, future in crew.as_completed(lambda size: -size, sorted(sizes, reverse=True), slots)
    ]
    assert sorted(ended) == sorted((size, -size) for size in sizes)


def test_two_slots_pair_largest_with_smallest() -> None:
    """Two running tasks together need little more than the largest one alone."""
    together = []
    crew = WorkerPool(lambda: ThreadPoolExecutor(2), 2)
    both = threading.Barrier(2)

    def work(size: int) -> int:
        both.wait(timeout=20)
        return size

    for size, future in crew.as_completed(work, [50, 40, 30, 20, 10, 1], 2):
        together.append(size)
        future.result()
    crew.close()
    assert [sum(pair) for pair in zip(together[::2], together[1::2], strict=True)] == [51, 50, 50]


def mortal(one: Task) -> TaskResult:
    """Work in which one repository kills its worker, as a system does that is out of memory."""
    if one.source.name == "deadly":
        os.kill(os.getpid(), signal.SIGKILL)
    return TaskResult(one.source.name, "key", "head", fresh=True)


def test_killed_worker_fails_only_its_own_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool breaks with its other running tasks; those are run again, and waiting ones still run."""
    monkeypatch.setattr(runner, "run_task", mortal)
    names = ["a", "b", "deadly", "c", "d", "e"]
    looked = [RepositoryStatus(name, "2026-01-01", objects=9 - n) for n, name in enumerate(names)]
    with worker_pool(2, None) as crew:
        done = runner.run_tasks([task(name) for name in names], crew, no_progress, looked)
    assert [one.name for one in done] == sorted(names)
    assert {one.name: one.slug for one in done if one.key is None} == {"deadly": "worker-lost"}
