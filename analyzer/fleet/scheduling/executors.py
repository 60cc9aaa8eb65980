"""Where tasks run: processes of this machine, those of a dask cluster, or any executor of `concurrent.futures`."""

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


class Workers:
    """An executor, and a new one in its place when it breaks: a worker that is killed takes its whole pool along."""

    def __init__(self, begin: Callable[[], AbstractContextManager[Executor]], slots: int | None) -> None:
        """`begin` makes an executor; `slots`: how many tasks are under way at once, None leaves that to it."""
        self.slots, self._begin = slots, begin
        self._open = ExitStack()
        self._executor = self._open.enter_context(begin())

    def close(self) -> None:
        """End the executor."""
        self._open.close()

    def ended(self, work: Callable[[T], R], tasks: Sequence[T], slots: int | None) -> Iterator[tuple[T, Future[R]]]:
        """Each task with its future, once that is done. `tasks`: largest first.

        Half of the slots take from that end and half from the other: with two of them the two largest tasks are never
        under way together, so that all of them hold little more than the largest one does.
        """
        left, done = deque(tasks), SimpleQueue[Future[R]]()
        under_way: dict[Future[R], tuple[T, bool]] = {}
        while left or under_way:
            while left and (slots is None or len(under_way) < slots):
                large = slots is None or 2 * sum(large for _, large in under_way.values()) < slots
                task = left.popleft() if large else left.pop()
                future = self._submitted(work, task)
                under_way[future] = task, large
                future.add_done_callback(done.put)
            future = done.get()
            yield under_way.pop(future)[0], future

    def _submitted(self, work: Callable[[T], R], task: T) -> Future[R]:
        try:
            return self._executor.submit(work, task)
        except BrokenExecutor:
            self._open.close()
            self._executor = self._open.enter_context(self._begin())
            return self._executor.submit(work, task)


@contextmanager
def workers(jobs: int, scheduler: str | None) -> Iterator[Workers]:
    """Processes on this machine, or those of a dask cluster; a repository is read by one of them.

    Raises `UsageError("no-cluster")` where the extra is not installed or no scheduler answers.
    """
    found = Workers(lambda: _pool(jobs), jobs) if scheduler is None else Workers(lambda: _cluster(scheduler), None)
    try:
        yield found
    finally:
        found.close()


def _pool(jobs: int) -> Executor:
    # No max_tasks_per_child: with it the pool of Python 3.11 can wait for ever (cpython issue 115634).
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_end_with_parent)


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for its next task for ever, and keep its memory."""
    if (parent := multiprocessing.parent_process()) is not None:

        def watch() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _cluster(scheduler: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            "no-cluster", "The extra for clusters is not installed.", 'pip install "aishare[cluster]"'
        ) from None
    try:
        client = Client(scheduler, timeout="10s")
    except (OSError, TimeoutError, ValueError) as reason:
        raise UsageError(
            "no-cluster",
            f"No scheduler answers at {plain(scheduler, 80)}: {plain(str(reason), 80)}.",
            "Start one: dask scheduler",
        ) from None
    with client:
        yield client.get_executor()
