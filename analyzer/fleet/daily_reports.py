"""A fleet → its site, one report a day that is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.config import moment
from analyzer.errors import NoShareError
from analyzer.fleet.aggregate import concluded
from analyzer.fleet.dataset import Store
from analyzer.fleet.grade_history import with_grades
from analyzer.fleet.metrics.targets import announced
from analyzer.fleet.scheduling.calendar import due
from analyzer.fleet.scheduling.runner import run, seen
from analyzer.fleet.scheduling.task import Task
from analyzer.fleet.site import alone, runs, written

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analyzer.core.progress import Progress
    from analyzer.fleet.config import Place
    from analyzer.fleet.config_types import Fleet
    from analyzer.fleet.metrics.files import Brought
    from analyzer.fleet.result import FleetResult
    from analyzer.fleet.scheduling.executors import Workers
    from analyzer.fleet.scheduling.task import Done, Seen


@dataclass(frozen=True, slots=True)
class Reporting:
    """What is reported on, where it is written and kept, who does the work and who hears of it."""

    fleet: Fleet
    places: Sequence[Place]
    outcomes: tuple[Brought, ...]
    site: Path
    store: Path
    workers: Workers
    progress: Progress

    def until(self, as_of: str | None, *, fill: bool) -> tuple[FleetResult, list[list[Done]]]:
        """Every day that is due, the last one last: the last result, and what became of each repository on each day.

        `as_of` None: the day of the newest commit. `fill`: periods that no run saw are due as well.
        Raises `NoShareError("no-repository-read")`.
        """
        if as_of is not None:
            moment(as_of, "--as-of")
        looked = seen(self._tasks(as_of), self.workers, self.progress)
        clock = as_of or max((one.day for one in looked if one.day is not None), default=None)
        if clock is None:
            raise _none_read(looked)
        known = Store(self.store)
        with known.used():
            days = due(runs(self.site, clock), clock, self.fleet.every) if fill else [clock]
            reported = [self._day(day, looked) for day in days]
        known.prune({d.name: d.key for d in reported[-1][1] if d.key is not None})
        return reported[-1][0], [done for _, done in reported]

    def _day(self, day: str, looked: Sequence[Seen]) -> tuple[FleetResult, list[Done]]:
        done = run(self._tasks(day), self.workers, self.progress, looked)
        if not any(d.key for d in done):
            raise _none_read(done)
        self.progress("together", 0, 0)
        result, reports = concluded(self.fleet, Store(self.store), done, day, self.outcomes)
        with alone(self.site):
            result, grades = with_grades(self.site, result)
            written(self.site, result, reports, grades)
        return result, done

    def _tasks(self, as_of: str | None) -> list[Task]:
        fleet = self.fleet
        return [
            Task(
                place,
                salt=fleet.salt or "",
                store=str(self.store),
                cache=str(self.store / "histories"),
                as_of=as_of,
                since=None if fleet.since is None else fleet.since.isoformat(),
                by=fleet.every,
                include=fleet.include,
                exclude=fleet.exclude,
                targets=announced(fleet, as_of),
                owners=any(team.owners for team in fleet.teams),
            )
            for place in self.places
        ]


def _none_read(failed: Sequence[Seen | Done]) -> NoShareError:
    """The error that ends a run, with the first reason."""
    why = next((f" The first of them, {one.name}: {one.reason}" for one in failed if one.reason), "")
    return NoShareError(
        "no-repository-read", f"No repository of the fleet could be read.{why}", "aishare doctor PATH says why."
    )
