"""Analyze one repository as a task, unless the store already has the result. Tasks are picklable for any executor."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pandas as pd

from analyzer.core.memory import release_memory
from analyzer.core.messages import MESSAGES
from analyzer.core.sanitize import plain
from analyzer.errors import AishareError, NoShareError
from analyzer.evidence.outside_objects import outside_objects
from analyzer.evidence.records import located_records
from analyzer.fleet.code_owners import lines_by_owners
from analyzer.fleet.dataset import FleetStore
from analyzer.fleet.person_handles import handle_rows
from analyzer.fleet.stored_files import OWNED, TABLES
from analyzer.history.commits import read_commit
from analyzer.history.mirror import repair_mirror, update_mirror
from analyzer.history.mirror_checks import is_mirror_of
from analyzer.history.object_check import UncheckedError, object_check
from analyzer.history.repository import open_repository
from analyzer.pipeline.answer_cache import code_digest
from analyzer.usage.files import contents_digest, read_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.config import Target, Treatment, UsageSource
    from analyzer.fleet.config import RepositorySource
    from analyzer.pipeline.configured_repository import ConfiguredRepository
    from analyzer.pipeline.load import History
    from analyzer.usage.files import UsageFile


# Data-quality rows of a clone that lacks something; what is stored of it is not used again.
_INCOMPLETE = frozenset({"partial-clone", "promisor-clone", "damaged-contents", "contents-missing"})
# Errors of git that a damaged mirror can cause; others are the same in a new clone.
_DAMAGE = frozenset({"broken-repository", "not-a-repository", "path-unreadable"})


@dataclass(frozen=True, slots=True)
class Task:
    """Input of a worker: the repository, the settings shared by all repositories, and the folders to use.

    as_of, since : YYYY-MM-DD or None.
    by : period of the tables.
    owners : whether to store lines by CODEOWNERS.
    fetch : whether to update mirrors.
    repo_config : whether the repository's own settings apply.
    usage, treatment : usage data, and whether throughput is compared with them.
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
    usage: tuple[UsageSource, ...] = ()
    treatment: Treatment = "marks"


@dataclass(frozen=True, slots=True)
class TaskResult:
    """Outcome of one task.

    key : of the result in the store; None if the analysis failed.
    fresh : whether the analysis ran now, instead of coming from the store.
    slug, reason : the error; with a key, the mirror could not be updated and the result is of its previous state.
    commits_read : commits whose changes were read now; the store had the others.
    discarded, replaced : why what the store had of the repository was discarded, and why its mirror was replaced by a
        new clone, as clauses; None if that did not happen.
    """

    name: str
    key: str | None
    head: str | None
    fresh: bool
    slug: str | None = None
    reason: str | None = None
    commits_read: int = 0
    discarded: str | None = None
    replaced: str | None = None


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
    names |= {source.file: f"usage file {k}" for k, source in enumerate(task.usage, start=1)}
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
    replaced : why its mirror was replaced by a new clone, as a clause; None if it was not.
    """

    name: str
    last_commit_day: str | None
    slug: str | None = None
    reason: str | None = None
    objects: int = 0
    replaced: str | None = None


def repository_status(task: Task) -> RepositoryStatus:
    """Return the status of a repository, after cloning or updating its mirror.

    Never raises; a mirror that cannot be updated is used in its last state.
    """
    name, url, mirror = task.source.name, task.source.url, _mirror_path(task)
    slug, reason, replaced = None, None, None
    try:
        if url is not None and task.fetch:
            try:
                replaced = update_mirror(url, mirror)
            except AishareError as error:
                slug, reason = error.slug, _without_local_paths(task, error.message)
        if url is not None and not is_mirror_of(url, mirror):
            return RepositoryStatus(name, None, slug, reason)
        try:
            day, objects = _last_day_and_objects(task)
        except NoShareError as error:
            if url is None or slug is not None or error.slug not in _DAMAGE:
                raise
            replaced = repair_mirror(url, mirror) or replaced
            day, objects = _last_day_and_objects(task)
    except AishareError as error:
        return RepositoryStatus(name, None, slug or error.slug, reason or _without_local_paths(task, error.message))
    except Exception:  # noqa: BLE001 - the repository fails again in `run_task`, which reports it
        return RepositoryStatus(name, None, slug, reason)
    return RepositoryStatus(name, day, slug, reason, objects, replaced)


def _last_day_and_objects(task: Task) -> tuple[str | None, int]:
    repository = open_repository(_repository_path(task), task.source.rev)
    day = read_commit(repository.git, repository.head)["committed"].iloc[0]
    return None if pd.isna(day) else day.strftime("%Y-%m-%d"), repository.git.count_objects()


def _repository_path(task: Task) -> str:
    """Return the path of the clone, or of the mirror that `repository_status` made."""
    return task.source.path or str(_mirror_path(task))


def _mirror_path(task: Task) -> Path:
    return Path(task.store_dir) / "mirrors" / f"{task.source.name}.git"


def _analyze(task: Task) -> TaskResult:
    """Return the stored or new result of a repository; a damaged mirror is cloned again once."""
    url, mirror = task.source.url, _mirror_path(task)
    if url is None:
        return _analyze_clone(task)
    if not is_mirror_of(url, mirror):
        update_mirror(url, mirror)
    try:
        return _analyze_clone(task, accept_damage=False)
    except (NoShareError, _DamagedContentsError) as error:
        replaced = None
        if task.fetch and (isinstance(error, _DamagedContentsError) or error.slug in _DAMAGE):
            with suppress(AishareError):  # the server is down: the mirror stays as it is
                replaced = repair_mirror(url, mirror)
        if replaced is None and isinstance(error, NoShareError):
            raise
    return replace(_analyze_clone(task), replaced=replaced)


class _DamagedContentsError(Exception):
    """File contents of a mirror cannot be read; with a new clone they perhaps can."""


def _analyze_clone(task: Task, *, accept_damage: bool = True) -> TaskResult:
    """Return the result of the clone or mirror as it is: from the store if that verifies, else from a new analysis.

    Unless `accept_damage`, raises `_DamagedContentsError` instead of a result without figures of lines.
    """
    from analyzer.pipeline.configured_repository import open_configured

    source, store = task.source, FleetStore(Path(task.store_dir))
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
        "usage": task.usage,
        "treatment": task.treatment,
    }
    opened = open_configured(_repository_path(task), options)
    repository = opened.repository
    inputs = "\0".join(
        (repr(sorted(located_records(repository).items())), opened.settings.digest(), code_digest(), source.name)
    )
    if task.owners:
        inputs += "\0owners"
    outside = outside_objects(repository)
    usage_files = read_files(task.usage)
    inputs += f"\0{outside or ''}{contents_digest(usage_files)}"
    key = hashlib.sha256(f"{repository.head}\0{inputs}".encode("utf-8", "surrogateescape")).hexdigest()[:20]
    discarded = None
    if store.exists(source.name, key):
        discarded = store.damage(source.name, key, (*TABLES, OWNED) if task.owners else TABLES)
        if discarded is None and outside is not None and not _lacks_contents(store.report(source.name, key)):
            return TaskResult(source.name, key, repository.head, fresh=False)
        store.discard(source.name, key)
    commits_read = _store_analysis(task, opened, store, key, usage_files, accept_damage=accept_damage)
    release_memory()
    return TaskResult(source.name, key, repository.head, fresh=True, commits_read=commits_read, discarded=discarded)


def _lacks_contents(report: bytes) -> bool:
    """Return whether a stored report is about a clone that lacked file contents, which it may have by now."""
    rows = msgspec.json.decode(report, type=_QualitySlugs).data_quality
    return any(row.slug in _INCOMPLETE for row in rows)


class _Slug(msgspec.Struct):
    slug: str


class _QualitySlugs(msgspec.Struct):
    data_quality: list[_Slug]


def _require_checked_objects(task: Task, opened: ConfiguredRepository) -> None:
    """Raise `NoShareError` unless a clone's objects are what their names say: others are given what is stored of it."""
    repository = opened.repository
    cache_dir = Path(task.cache_dir or Path(task.store_dir) / "histories")
    try:
        object_check(repository.git, cache_dir, repository.name).require(thorough=True)
    except UncheckedError as reason:
        slug = "objects-mismatch" if reason.mismatch else "objects-unchecked"
        sentence = str(reason)
        raise NoShareError(slug, f"{sentence[:1].upper()}{sentence[1:]}.", MESSAGES[slug].fix) from None


def _store_analysis(
    task: Task,
    opened: ConfiguredRepository,
    store: FleetStore,
    key: str,
    usage_files: Sequence[UsageFile],
    *,
    accept_damage: bool,
) -> int:
    """Analyze a repository and store tables and report under the key; return the number of commits read."""
    from analyzer.pipeline.dumps import person_panel
    from analyzer.pipeline.run import analyze
    from analyzer.report.contract import AnalysisResult

    cache_dir = None if task.cache_dir is None else Path(task.cache_dir)
    analysis = analyze(opened, cache_dir=cache_dir, usage_files=usage_files)
    history, result = analysis.history, analysis.result
    if history.lines_missing == "damaged-contents" and not accept_damage:
        raise _DamagedContentsError
    if task.source.url is None:  # git itself has named the objects of a mirror
        _require_checked_objects(task, opened)
    repository_info = msgspec.structs.replace(
        result.repository, name=task.source.name, last_commit=_last_commit_day(history)
    )
    units = _merged_changes(history)
    tables = {
        "merged_changes": units.drop(columns="merged_change"),
        "panel": person_panel(history, pooled=True),
        "people": handle_rows(history.directory, task.salt),
    }
    if task.owners:
        tables[OWNED] = lines_by_owners(history, units, task.salt)
    report = msgspec.json.encode(msgspec.structs.replace(result, repository=repository_info))
    msgspec.json.decode(report, type=AnalysisResult)  # an unreadable report fails here, not the whole fleet
    store.write(task.source.name, key, tables, report)
    return len(history.commits) if history.lines is None else history.lines.commits_read


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
