"""Analyze a fleet and write its site, with one report per due day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analyzer.config import parse_date
from analyzer.errors import NoShareError
from analyzer.fleet.aggregate import fleet_result
from analyzer.fleet.dataset import FleetStore
from analyzer.fleet.grade_history import with_grades
from analyzer.fleet.metrics.targets import announced_share_targets
from analyzer.fleet.scheduling.calendar import due_days
from analyzer.fleet.scheduling.runner import repository_statuses, run_tasks
from analyzer.fleet.scheduling.task import Task, TaskResult
from analyzer.fleet.site import check_site, earlier_runs, site_lock, write_site
from analyzer.fleet.stored_files import StoreDamageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analyzer.core.progress import Progress
    from analyzer.fleet.config import RepositorySource
    from analyzer.fleet.config_types import FleetConfig
    from analyzer.fleet.metrics.files import MetricFile
    from analyzer.fleet.result import FleetResult
    from analyzer.fleet.scheduling.executors import WorkerPool
    from analyzer.fleet.scheduling.task import RepositoryStatus
    from analyzer.report.contract import AnalysisResult


@dataclass(frozen=True, slots=True)
class FleetReporter:
    """Inputs, folders and workers of the reports.

    site, store : folders.
    force : whether to replace files in the site's folder that we did not write.
    """

    config: FleetConfig
    repositories: Sequence[RepositorySource]
    metric_files: tuple[MetricFile, ...]
    site: Path
    store: Path
    workers: WorkerPool
    progress: Progress
    force: bool = False

    def report_due_days(self, as_of: str | None, *, fill: bool) -> tuple[FleetResult, list[list[TaskResult]]]:
        """Write the report of every due day; return the last result and the task results of each day, oldest first.

        Parameters
        ----------
        as_of : YYYY-MM-DD; None for the day of the newest commit.
        fill : whether to report on missed periods as well.

        Raises `NoShareError("no-repository-read")` if no repository can be read, and before anything is read what
        `check_site` and `FleetStore.prepare` raise.
        """
        if as_of is not None:
            parse_date(as_of, "--as-of")
        store = FleetStore(self.store)
        check_site(self.site, force=self.force)
        store.prepare(repository.name for repository in self.repositories)
        statuses = repository_statuses(self._tasks(as_of), self.workers, self.progress)
        commit_days = [status.last_commit_day for status in statuses if status.last_commit_day is not None]
        as_of = as_of or max(commit_days, default=None)
        if as_of is None:
            raise _no_repository_read(statuses)
        with store.in_use():
            days = due_days(earlier_runs(self.site, as_of), as_of, self.config.every) if fill else [as_of]
            reports = [self._report_day(day, statuses) for day in days]
        store.prune({result.name: result.key for result in reports[-1][1] if result.key is not None})
        return reports[-1][0], [results for _, results in reports]

    def _report_day(self, day: str, statuses: Sequence[RepositoryStatus]) -> tuple[FleetResult, list[TaskResult]]:
        results = run_tasks(self._tasks(day), self.workers, self.progress, statuses)
        if not any(task_result.key for task_result in results):
            raise _no_repository_read(results)
        self.progress("together", 0, 0)
        result, reports, results = self._aggregate(day, results)
        with site_lock(self.site):
            result, grades = with_grades(self.site, result)
            write_site(self.site, result, reports, grades, force=self.force)
        return result, results

    def _aggregate(
        self, day: str, results: list[TaskResult]
    ) -> tuple[FleetResult, dict[str, AnalysisResult], list[TaskResult]]:
        """Return the result of the fleet, the reports of its repositories, and the task results it is made of.

        A repository whose stored tables were damaged after its task is read again once; after that it has failed.
        """
        store, current, read_again = FleetStore(self.store), {result.name: result for result in results}, set[str]()
        while True:
            ordered = [current[name] for name in sorted(current)]
            if not any(result.key for result in ordered):
                raise _no_repository_read(ordered)
            try:
                return *fleet_result(self.config, store, ordered, day, self.metric_files), ordered
            except StoreDamageError as error:
                damage = error
            damaged = current[damage.name]
            if damaged.key is not None and damage.name not in read_again:
                read_again.add(damage.name)
                store.discard(damage.name, damaged.key)
                tasks = [task for task in self._tasks(day) if task.source.name == damage.name]
                result = run_tasks(tasks, self.workers, self.progress)[0]
                slug, reason = (
                    (damaged.slug, damaged.reason) if result.key is not None else (result.slug, result.reason)
                )
                current[damage.name] = replace(
                    result, slug=slug, reason=reason, discarded=damage.reason, replaced=damaged.replaced
                )
            else:
                reason = f"Its tables in the store were damaged again: {damage.reason}."
                current[damage.name] = TaskResult(
                    damage.name, None, None, fresh=False, slug="store-damaged", reason=reason
                )

    def _tasks(self, as_of: str | None) -> list[Task]:
        config = self.config
        return [
            Task(
                repository,
                salt=config.salt or "",
                store_dir=str(self.store),
                cache_dir=str(self.store / "histories"),
                as_of=as_of,
                since=None if config.since is None else config.since.isoformat(),
                by=config.every,
                include=config.include,
                exclude=config.exclude,
                targets=announced_share_targets(config, as_of),
                owners=any(team.owners for team in config.teams),
                repo_config=config.repo_config,
                usage=config.usage,
                treatment=config.treatment,
            )
            for repository in self.repositories
        ]


def _no_repository_read(failed: Sequence[RepositoryStatus | TaskResult]) -> NoShareError:
    """Return the error that ends a run, with the first reason."""
    first_reason = next(
        (f" The first of them, {status.name}: {status.reason}" for status in failed if status.reason), ""
    )
    return NoShareError(
        "no-repository-read",
        f"No repository of the fleet could be read.{first_reason}",
        "aishare doctor PATH says why.",
    )
