"""Run one task per repository on a worker pool and return one result per task."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzer.fleet.scheduling.task import RepositoryStatus, TaskResult, repository_status, run_task

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.core.progress import Progress
    from analyzer.fleet.scheduling.executors import WorkerPool
    from analyzer.fleet.scheduling.task import Task


def repository_statuses(tasks: Sequence[Task], workers: WorkerPool, progress: Progress) -> list[RepositoryStatus]:
    """Return the status of every repository, sorted by name. Mirrors are updated, clones only opened."""
    statuses = []
    for n, (task, future) in enumerate(workers.as_completed(repository_status, tasks, None), start=1):
        progress("looking", n, len(tasks))
        try:
            statuses.append(future.result())
        except Exception as error:  # noqa: BLE001 - as in `_results`
            statuses.append(RepositoryStatus(task.source.name, None, *_worker_lost(error)))
    return sorted(statuses, key=lambda status: status.name)


def run_tasks(
    tasks: Sequence[Task], workers: WorkerPool, progress: Progress, statuses: Sequence[RepositoryStatus] = ()
) -> list[TaskResult]:
    """Run every task once and return the results, sorted by name; a lost worker fails its repository, not the run.

    Where `statuses` has a mirror that could not be updated, its result carries that error.
    """
    object_counts = {status.name: status.objects for status in statuses}
    largest_first = sorted(tasks, key=lambda task: (-object_counts.get(task.source.name, 0), task.source.name))
    statuses_by_name = {status.name: status for status in statuses}
    results = []
    for n, result in enumerate(_results(largest_first, workers), start=1):
        progress("repositories", n, len(tasks))
        results.append(_with_mirror_state(result, statuses_by_name.get(result.name)))
    return sorted(results, key=lambda result: result.name)


def _with_mirror_state(result: TaskResult, status: RepositoryStatus | None) -> TaskResult:
    """Return the result with the error of updating its mirror, or why that was replaced."""
    if status is None:
        return result
    result = replace(result, replaced=result.replaced or status.replaced)
    stale = status.last_commit_day is not None and status.slug is not None and result.key is not None
    return replace(result, slug=status.slug, reason=status.reason) if stale else result


def _results(tasks: Sequence[Task], workers: WorkerPool) -> Iterator[TaskResult]:
    """Yield the result of each task.

    A pool that breaks does not say which task broke it, so every unfinished task is tried again by itself.
    """
    suspects: list[Task] = []
    for batch, slots in ((tasks, workers.slots), (suspects, 1)):
        for task, future in workers.as_completed(run_task, batch, slots):
            try:
                yield future.result()
            except Exception as error:  # noqa: BLE001 - the executor's own failures: a worker killed for its memory
                if batch is tasks and isinstance(error, BrokenExecutor):
                    suspects.append(task)
                else:
                    slug, reason = _worker_lost(error)
                    yield TaskResult(task.source.name, None, None, fresh=False, slug=slug, reason=reason)


def _worker_lost(error: Exception) -> tuple[str, str]:
    return "worker-lost", f"The worker was lost: {type(error).__name__}."
