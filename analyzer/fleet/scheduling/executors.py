"""Executors that run tasks: local processes, a dask cluster, or any other executor of `concurrent.futures`."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from analyzer.core.sanitize import plain
from analyzer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

T = TypeVar("T")
R = TypeVar("R")


class WorkerPool:
    """An executor that is replaced when it breaks, because one killed worker breaks its whole pool."""

    def __init__(self, make_executor: Callable[[], AbstractContextManager[Executor]], slots: int | None) -> None:
        """Start the first executor.

        Parameters
        ----------
        make_executor : returns a new executor as a context manager.
        slots : number of tasks submitted at once; None leaves the limit to the executor.
        """
        self.slots, self._make_executor = slots, make_executor
        self._stack = ExitStack()
        self._executor = self._stack.enter_context(make_executor())

    def close(self) -> None:
        """End the executor."""
        self._stack.close()

    def as_completed(
        self, function: Callable[[T], R], tasks: Sequence[T], slots: int | None
    ) -> Iterator[tuple[T, Future[R]]]:
        """Yield each task with its future as soon as that is done. `tasks` are sorted by size, largest first.

        Half of the slots take the largest waiting task, the other half the smallest. With two slots the two largest
        tasks therefore never run at the same time, and peak memory stays little above that of the largest task.
        """
        waiting, completed = deque(tasks), SimpleQueue[Future[R]]()
        running: dict[Future[R], tuple[T, bool]] = {}
        while waiting or running:
            while waiting and (slots is None or len(running) < slots):
                large = slots is None or 2 * sum(large for _, large in running.values()) < slots
                task = waiting.popleft() if large else waiting.pop()
                future = self._submit(function, task)
                running[future] = task, large
                future.add_done_callback(completed.put)
            future = completed.get()
            yield running.pop(future)[0], future

    def _submit(self, function: Callable[[T], R], task: T) -> Future[R]:
        try:
            return self._executor.submit(function, task)
        except BrokenExecutor:
            self._stack.close()
            self._executor = self._stack.enter_context(self._make_executor())
            return self._executor.submit(function, task)


@contextmanager
def worker_pool(jobs: int, scheduler: str | None) -> Iterator[WorkerPool]:
    """Open a pool of `jobs` local processes, or of the workers of the dask cluster at `scheduler`.

    Raises `UsageError("no-cluster")` if the extra is not installed or no scheduler answers.
    """
    pool = (
        WorkerPool(lambda: _process_pool(jobs), jobs)
        if scheduler is None
        else WorkerPool(lambda: _dask_cluster(scheduler), None)
    )
    try:
        yield pool
    finally:
        pool.close()


@contextmanager
def _process_pool(jobs: int) -> Iterator[Executor]:
    # Python starts workers with `-c`, which puts the current folder first on their path. If that is a checkout, its
    # multiprocessing.py would run. Workers inherit this variable.
    inherited = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    # Do not set max_tasks_per_child: the pool of Python 3.11 can then wait forever (cpython issue 115634).
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(jobs, mp_context=context, initializer=_exit_with_parent) as executor:
            yield executor
    finally:
        del os.environ["PYTHONSAFEPATH"]
        os.environ |= {} if inherited is None else {"PYTHONSAFEPATH": inherited}


def _exit_with_parent() -> None:
    """End this worker when its parent is killed: it would otherwise wait forever for a task and keep its memory."""
    if (parent := multiprocessing.parent_process()) is not None:

        def watch() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _dask_cluster(scheduler: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            "no-cluster", "The extra for clusters is not installed.", 'pip install "aishare[cluster]"'
        ) from None
    try:
        client = Client(scheduler, timeout="10s")
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(
            "no-cluster",
            f"No scheduler answers at {plain(scheduler, 80)}: {plain(str(error), 80)}.",
            "Start one: dask scheduler",
        ) from None
    with client:
        yield client.get_executor()
