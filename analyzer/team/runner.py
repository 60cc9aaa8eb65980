"""Tasks → what became of them, over any executor of `concurrent.futures`; nothing here orchestrates."""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzer.errors import UsageError
from analyzer.team.task import Done, Seen, look, work
from analyzer.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.progress import Progress
    from analyzer.team.task import Task


def seen(tasks: Sequence[Task], executor: Executor, progress: Progress) -> list[Seen]:
    """Every repository looked at once, in the order of names: mirrors are brought up to date, clones only opened."""
    futures = {executor.submit(look, task): task.place.name for task in tasks}
    found = []
    for n, future in enumerate(as_completed(futures), start=1):
        progress("looking", n, len(tasks))
        try:
            found.append(future.result())
        except Exception as wrong:  # noqa: BLE001 - as in `run`
            found.append(Seen(futures[future], None, *_lost(wrong)))
    return sorted(found, key=lambda one: one.name)


def run(tasks: Sequence[Task], executor: Executor, progress: Progress, looked: Sequence[Seen] = ()) -> list[Done]:
    """Every task once, in the order of names; a worker that dies is its repository's row, not the run's end.

    What went wrong when it was `looked` at stays with its answer: a mirror that is not up to date.
    """
    futures = {executor.submit(work, task): task.place.name for task in tasks}
    before = {one.name: one for one in looked if one.day is not None and one.slug is not None}
    found = []
    for n, future in enumerate(as_completed(futures), start=1):
        progress("repositories", n, len(tasks))
        try:
            done = future.result()
        except Exception as wrong:  # noqa: BLE001 - the executor's own failures: a worker killed for its memory, a lost host
            slug, reason = _lost(wrong)
            done = Done(futures[future], None, None, fresh=False, slug=slug, reason=reason)
        stale = before.get(done.name)
        found.append(done if stale is None or done.key is None else replace(done, slug=stale.slug, reason=stale.reason))
    return sorted(found, key=lambda done: done.name)


def _lost(wrong: Exception) -> tuple[str, str]:
    return "worker-lost", f"The worker was lost: {type(wrong).__name__}."


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for its next task for ever, and keep its memory."""
    if (parent := multiprocessing.parent_process()) is not None:

        def watch() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()


@contextmanager
def workers(jobs: int, scheduler: str | None) -> Iterator[Executor]:
    """Processes on this machine, or those of a dask cluster; a repository is read by one of them.

    Raises `UsageError("no-cluster")` where the extra is not installed or no scheduler answers.
    """
    if scheduler is None:
        context = multiprocessing.get_context("spawn")
        # No max_tasks_per_child: with it the pool of Python 3.11 can wait for ever (cpython issue 115634).
        with ProcessPoolExecutor(jobs, mp_context=context, initializer=_end_with_parent) as pool:
            yield pool
        return
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
