"""Run trials and store them as JSON Lines, so that a stopped run can be resumed."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from validation.job import Trial
from validation.judges import run_trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from validation.job import Job


def run(jobs: Iterable[Job], store: Path, workers: int = 2) -> Iterator[tuple[int, Trial]]:
    """Yield each job's number and trial, stored ones first; a half-written last line is run again."""
    todo: list[tuple[int, Job]] = []
    stored = _stored_trials(store)
    for number, job in enumerate(jobs):
        if job.key in stored:
            yield number, stored[job.key]
        else:
            todo.append((number, job))
    with ProcessPoolExecutor(workers) as pool, store.open("ab") as log:
        outcomes = pool.map(run_trial, (job for _, job in todo), chunksize=4)
        for (number, _), outcome in zip(todo, outcomes, strict=True):
            log.write(msgspec.json.encode(outcome) + b"\n")
            log.flush()
            yield number, outcome


def _stored_trials(store: Path) -> dict[tuple[str, int, int], Trial]:
    store.parent.mkdir(parents=True, exist_ok=True)
    text = store.read_bytes() if store.exists() else b""
    complete_lines = text[: text.rfind(b"\n") + 1]
    if complete_lines != text:
        store.write_bytes(complete_lines)
    trials = [msgspec.json.decode(line, type=Trial) for line in complete_lines.splitlines()]
    return {(t.world, t.swaps, t.seed): t for t in trials}
