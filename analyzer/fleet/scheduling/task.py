"""One repository is one task: unless the store has this very answer, make it. Picklable, for any executor."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pandas as pd

from analyzer.core.memory import release
from analyzer.core.sanitize import plain
from analyzer.errors import AishareError
from analyzer.fleet.code_owners import owned
from analyzer.fleet.dataset import Store
from analyzer.history import commits
from analyzer.history.authors import keyed_hash
from analyzer.history.mirror import mirrored
from analyzer.history.repository import open_repository
from analyzer.pipeline.answer_cache import code

if TYPE_CHECKING:
    from analyzer.config import Target
    from analyzer.fleet.config import Place
    from analyzer.pipeline.load import History


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is told: the place, the settings that all repositories share, and where to read and write."""

    place: Place
    salt: str
    store: str
    cache: str | None
    as_of: str | None
    since: str | None
    by: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    targets: tuple[Target, ...] = ()
    owners: bool = False
    fetch: bool = True


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one repository: its answer's key, or the reason why there is none; `fresh`: it was made now.

    A reason beside a key: the mirror could not be brought up to date, and the answer is of what it held before.
    read: commits whose changes were read now; the store had the others.
    """

    name: str
    key: str | None
    head: str | None
    fresh: bool
    slug: str | None = None
    reason: str | None = None
    read: int = 0


def work(task: Task) -> Done:
    """Do one task. Never raises for one repository: its failure is a row of the report."""
    try:
        return _worked(task)
    except AishareError as wrong:
        slug, reason = wrong.slug, wrong.message
    except Exception as wrong:  # noqa: BLE001 - one repository's defect must not end the run of two hundred
        slug, reason = "internal-error", f"A defect in aishare: {type(wrong).__name__}: {wrong}"
    return Done(task.place.name, None, None, fresh=False, slug=slug, reason=_published(task, reason))


def _published(task: Task, reason: str) -> str:
    """A reason without this machine's folders: the site is for others, and the same wherever it is made."""
    known = {_path(task): task.place.name, task.store: "the store", task.cache or task.store: "the cache"}
    if task.place.url is not None:
        known[task.place.url] = task.place.name
    for path, name in known.items():
        for shown in (path, plain(path)):
            reason = reason.replace(shown, name)
    return reason


@dataclass(frozen=True, slots=True)
class Seen:
    """A repository's newest day (YYYY-MM-DD), where it could be opened; mirrors are made and updated by looking.

    slug, reason: what went wrong with either. objects: of git's, which tell how large a history is.
    """

    name: str
    day: str | None
    slug: str | None = None
    reason: str | None = None
    objects: int = 0


def look(task: Task) -> Seen:
    """When the repository was last committed to. Never raises; a mirror that cannot be updated is seen as it is."""
    slug, reason = None, None
    try:
        if task.place.url is not None and task.fetch:
            try:
                mirrored(task.place.url, _mirror(task))
            except AishareError as wrong:
                slug, reason = wrong.slug, _published(task, wrong.message)
        repository = open_repository(_path(task), task.place.rev)
        day = commits.single(repository.git, repository.head)["committed"].iloc[0]
        day = None if pd.isna(day) else day.strftime("%Y-%m-%d")
        return Seen(task.place.name, day, slug, reason, repository.git.objects())
    except AishareError as wrong:
        return Seen(task.place.name, None, slug or wrong.slug, reason or _published(task, wrong.message))
    except Exception:  # noqa: BLE001 - the same repository fails again in `work`, where it is said
        return Seen(task.place.name, None, slug, reason)


def _path(task: Task) -> str:
    """The clone; for a URL the mirror that `look` made."""
    return task.place.path or str(_mirror(task))


def _mirror(task: Task) -> Path:
    return Path(task.store) / "mirrors" / f"{task.place.name}.git"


def _worked(task: Task) -> Done:
    from analyzer.pipeline.load import configured

    place, store = task.place, Store(Path(task.store))
    if place.url is not None and not _mirror(task).exists():
        mirrored(place.url, _mirror(task))
    flags: dict[str, object] = {
        "rev": place.rev,
        "as_of": task.as_of,
        "since": task.since,
        "by": task.by,
        "include": task.include,
        "exclude": task.exclude,
        "salt": task.salt,
        "targets": task.targets,
    }
    repository, settings = configured(_path(task), flags)
    told = "\0".join((repr(repository.ai_notes), repr(repository.checkpoints), settings.digest(), code(), place.name))
    if task.owners:
        told += "\0owners"
    key = hashlib.sha256(f"{repository.head}\0{told}".encode("utf-8", "surrogateescape")).hexdigest()[:20]
    if store.has(place.name, key):
        return Done(place.name, key, repository.head, fresh=False)
    from analyzer.pipeline.load import read
    from analyzer.pipeline.run import conclude, dump_panel
    from analyzer.report.contract import Result

    history = read(repository, settings, folder=None if task.cache is None else Path(task.cache))
    result = conclude(history).result
    seen = msgspec.structs.replace(result.repository, name=place.name, last_commit=_last(history))
    named = msgspec.structs.replace(result, repository=seen)
    units = _units(history)
    tables = {"units": units.drop(columns="unit"), "panel": dump_panel(history), "people": _people(history, task.salt)}
    if task.owners:
        tables["owned"] = owned(history, units, task.salt)
    report = msgspec.json.encode(named)
    msgspec.json.decode(report, type=Result)  # what cannot be read again is this repository's failure, not the fleet's
    store.write(place.name, key, tables, report)
    lines = history.lines
    new = len(history.commits) if lines is None else lines.read
    del history, lines, result, named, tables, units
    release()
    return Done(place.name, key, repository.head, fresh=True, read=new)


def _units(history: History) -> pd.DataFrame:
    """Merged changes of the range."""
    from analyzer.pipeline.run import window_of

    inside = history.units[window_of(history).holds(history.units["merged"])]
    return inside[["unit", "merged", "author", "label", "ai", "kind"]].reset_index(drop=True)


def _last(history: History) -> str | None:
    """The day of the last commit that the clock and the range let count; None where there is none."""
    from analyzer.pipeline.run import window_of

    committed = history.commits["committed"]
    last = committed[window_of(history).holds(committed)].max()
    return None if pd.isna(last) else str(last.strftime("%Y-%m-%d"))


def _people(history: History, salt: str) -> pd.DataFrame:
    """Key of a person → the keyed hash of each of their handles: whoever shares one in two repositories is one."""
    rows = sorted((key, keyed_hash(handle, salt)) for handle, key in history.directory.handles())
    return pd.DataFrame(rows, columns=["author", "handle"], dtype="str")
