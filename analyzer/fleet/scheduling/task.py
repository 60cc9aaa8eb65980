"""Analyze one repository as a task, unless the store already has the result. Tasks are picklable for any executor."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pandas as pd

from analyzer.core.memory import release_memory
from analyzer.core.sanitize import plain
from analyzer.errors import AishareError
from analyzer.evidence.records import located_records
from analyzer.fleet.code_owners import lines_by_owners
from analyzer.fleet.dataset import FleetStore
from analyzer.history.authors import keyed_hash
from analyzer.history.commits import read_commit
from analyzer.history.mirror import update_mirror
from analyzer.history.repository import open_repository
from analyzer.pipeline.answer_cache import code_digest

if TYPE_CHECKING:
    from analyzer.config import Target
    from analyzer.fleet.config import RepositorySource
    from analyzer.pipeline.load import History


@dataclass(frozen=True, slots=True)
class Task:
    """Input of a worker: the repository, the settings shared by all repositories, and the folders to use.

    as_of, since : YYYY-MM-DD or None.
    by : period of the tables.
    owners : whether to store lines by CODEOWNERS.
    fetch : whether to update mirrors.
    repo_config : whether the repository's own settings apply.
    """

    source: RepositorySource
    salt: str
    store_dir: str
    cache_dir: str | None
    as_of: str | None
    since: str | None
    by: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    targets: tuple[Target, ...] = ()
    owners: bool = False
    fetch: bool = True
    repo_config: bool = True


@dataclass(frozen=True, slots=True)
class TaskResult:
    """Outcome of one task.

    key : of the result in the store; None if the analysis failed.
    fresh : whether the analysis ran now, instead of coming from the store.
    slug, reason : the error; with a key, the mirror could not be updated and the result is of its previous state.
    commits_read : commits whose changes were read now; the store had the others.
    """

    name: str
    key: str | None
    head: str | None
    fresh: bool
    slug: str | None = None
    reason: str | None = None
    commits_read: int = 0


def run_task(task: Task) -> TaskResult:
    """Run one task. Never raises: a failure becomes a row of the report."""
    try:
        return _analyze(task)
    except AishareError as error:
        slug, reason = error.slug, error.message
    except Exception as error:  # noqa: BLE001 - one repository's defect must not end the run of two hundred
        slug, reason = "internal-error", f"A defect in aishare: {type(error).__name__}: {error}"
    return TaskResult(task.source.name, None, None, fresh=False, slug=slug, reason=_without_local_paths(task, reason))


def _without_local_paths(task: Task, reason: str) -> str:
    """Return an error text without local paths: the site is for others, and identical wherever it is made."""
    names = {
        _repository_path(task): task.source.name,
        task.store_dir: "the store",
        task.cache_dir or task.store_dir: "the cache",
    }
    if task.source.url is not None:
        names[task.source.url] = task.source.name
    for path, name in names.items():
        for spelling in (path, plain(path)):
            reason = reason.replace(spelling, name)
    return reason


@dataclass(frozen=True, slots=True)
class RepositoryStatus:
    """State of a repository before its analysis.

    last_commit_day : YYYY-MM-DD; None if the repository could not be opened.
    slug, reason : the error of opening it or of updating its mirror.
    objects : number of git objects, a measure of the size of the history.
    """

    name: str
    last_commit_day: str | None
    slug: str | None = None
    reason: str | None = None
    objects: int = 0


def repository_status(task: Task) -> RepositoryStatus:
    """Return the status of a repository, after cloning or updating its mirror.

    Never raises; a mirror that cannot be updated is used in its last state.
    """
    slug, reason = None, None
    try:
        if task.source.url is not None and task.fetch:
            try:
                update_mirror(task.source.url, _mirror_path(task))
            except AishareError as error:
                slug, reason = error.slug, _without_local_paths(task, error.message)
        repository = open_repository(_repository_path(task), task.source.rev)
        day = read_commit(repository.git, repository.head)["committed"].iloc[0]
        day = None if pd.isna(day) else day.strftime("%Y-%m-%d")
        return RepositoryStatus(task.source.name, day, slug, reason, repository.git.count_objects())
    except AishareError as error:
        return RepositoryStatus(
            task.source.name, None, slug or error.slug, reason or _without_local_paths(task, error.message)
        )
    except Exception:  # noqa: BLE001 - the repository fails again in `run_task`, which reports it
        return RepositoryStatus(task.source.name, None, slug, reason)


def _repository_path(task: Task) -> str:
    """Return the path of the clone, or of the mirror that `repository_status` made."""
    return task.source.path or str(_mirror_path(task))


def _mirror_path(task: Task) -> Path:
    return Path(task.store_dir) / "mirrors" / f"{task.source.name}.git"


def _analyze(task: Task) -> TaskResult:
    from analyzer.pipeline.load import open_configured

    source, store = task.source, FleetStore(Path(task.store_dir))
    if source.url is not None and not _mirror_path(task).exists():
        update_mirror(source.url, _mirror_path(task))
    options: dict[str, object] = {
        "rev": source.rev,
        "as_of": task.as_of,
        "since": task.since,
        "by": task.by,
        "include": task.include,
        "exclude": task.exclude,
        "salt": task.salt,
        "targets": task.targets,
        "repo_config": task.repo_config,
    }
    opened = open_configured(_repository_path(task), options)
    repository = opened.repository
    inputs = "\0".join(
        (repr(sorted(located_records(repository).items())), opened.settings.digest(), code_digest(), source.name)
    )
    if task.owners:
        inputs += "\0owners"
    key = hashlib.sha256(f"{repository.head}\0{inputs}".encode("utf-8", "surrogateescape")).hexdigest()[:20]
    if store.has(source.name, key):
        return TaskResult(source.name, key, repository.head, fresh=False)
    from analyzer.pipeline.dumps import person_panel
    from analyzer.pipeline.run import analyze
    from analyzer.report.contract import AnalysisResult

    analysis = analyze(opened, cache_dir=None if task.cache_dir is None else Path(task.cache_dir))
    history, result = analysis.history, analysis.result
    repository_info = msgspec.structs.replace(
        result.repository, name=source.name, last_commit=_last_commit_day(history)
    )
    named_result = msgspec.structs.replace(result, repository=repository_info)
    units = _merged_changes(history)
    tables = {
        "merged_changes": units.drop(columns="merged_change"),
        "panel": person_panel(history),
        "people": _people_table(history, task.salt),
    }
    if task.owners:
        tables["owned"] = lines_by_owners(history, units, task.salt)
    report = msgspec.json.encode(named_result)
    msgspec.json.decode(report, type=AnalysisResult)  # an unreadable report fails here, not the whole fleet
    store.write(source.name, key, tables, report)
    lines = history.lines
    commits_read = len(history.commits) if lines is None else lines.commits_read
    del analysis, history, lines, result, named_result, tables, units
    release_memory()
    return TaskResult(source.name, key, repository.head, fresh=True, commits_read=commits_read)


def _merged_changes(history: History) -> pd.DataFrame:
    """Return the merged changes inside the analysed time window."""
    from analyzer.pipeline.inputs import time_window

    in_window = history.merged_changes[time_window(history).contains(history.merged_changes["merged"])]
    return in_window[["merged_change", "merged", "person", "label", "ai", "kind"]].reset_index(drop=True)


def _last_commit_day(history: History) -> str | None:
    """Return the day of the last commit inside the time window, or None."""
    from analyzer.pipeline.inputs import time_window

    committed = history.commits["committed"]
    last = committed[time_window(history).contains(committed)].max()
    return None if pd.isna(last) else str(last.strftime("%Y-%m-%d"))


def _people_table(history: History, salt: str) -> pd.DataFrame:
    """Return one row per person and hashed handle; a handle in two repositories links the person across them."""
    rows = sorted((key, keyed_hash(handle, salt)) for handle, key in history.directory.keyed_handles())
    return pd.DataFrame(rows, columns=["person", "handle"], dtype="str")
