"""Tasks → what became of them, over any executor of `concurrent.futures`; nothing here orchestrates."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzer.fleet.scheduling.task import Done, Seen, look, work

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.core.progress import Progress
    from analyzer.fleet.scheduling.executors import Workers
    from analyzer.fleet.scheduling.task import Task


def seen(tasks: Sequence[Task], workers: Workers, progress: Progress) -> list[Seen]:
    """Every repository looked at once, in the order of names: mirrors are brought up to date, clones only opened."""
    found = []
    for n, (task, future) in enumerate(workers.ended(look, tasks, None), start=1):
        progress("looking", n, len(tasks))
        try:
            found.append(future.result())
        except Exception as wrong:  # noqa: BLE001 - as in `_answers`
            found.append(Seen(task.place.name, None, *_lost(wrong)))
    return sorted(found, key=lambda one: one.name)


def run(tasks: Sequence[Task], workers: Workers, progress: Progress, looked: Sequence[Seen] = ()) -> list[Done]:
    """Every task once, in the order of names; a worker that dies is its repository's row, not the run's end.

    What went wrong when it was `looked` at stays with its answer: a mirror that is not up to date.
    """
    size = {one.name: one.objects for one in looked}
    largest = sorted(tasks, key=lambda task: (-size.get(task.place.name, 0), task.place.name))
    before = {one.name: one for one in looked if one.day is not None and one.slug is not None}
    found = []
    for n, done in enumerate(_answers(largest, workers), start=1):
        progress("repositories", n, len(tasks))
        stale = before.get(done.name)
        found.append(done if stale is None or done.key is None else replace(done, slug=stale.slug, reason=stale.reason))
    return sorted(found, key=lambda done: done.name)


def _answers(tasks: Sequence[Task], workers: Workers) -> Iterator[Done]:
    """What became of each task. A pool that breaks does not say which task broke it: each is tried again, alone."""
    suspected: list[Task] = []
    for some, slots in ((tasks, workers.slots), (suspected, 1)):
        for task, future in workers.ended(work, some, slots):
            try:
                yield future.result()
            except Exception as wrong:  # noqa: BLE001 - the executor's own failures: a worker killed for its memory
                if some is tasks and isinstance(wrong, BrokenExecutor):
                    suspected.append(task)
                else:
                    slug, reason = _lost(wrong)
                    yield Done(task.place.name, None, None, fresh=False, slug=slug, reason=reason)


def _lost(wrong: Exception) -> tuple[str, str]:
    return "worker-lost", f"The worker was lost: {type(wrong).__name__}."
