"""The fleet's result → a folder of pages and files; the same result gives the same bytes."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pandas as pd

from analyzer.core.export import csv_bytes, parquet_bytes
from analyzer.core.sanitize import plain
from analyzer.errors import AishareError
from analyzer.fleet import site_text
from analyzer.fleet.grade_history import FILE as GRADES
from analyzer.report.renderers import html, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analyzer.fleet.result import FleetResult
    from analyzer.report.contract import Result

_DRAFT = ".draft-"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """The site for ourselves: a second run waits, and no draft of a killed one is left.

    Raises `AishareError("output-unwritable")`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
    except OSError as reason:
        raise _unwritable(folder, reason) from None
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in folder.rglob(f"{_DRAFT}*"):
                left.unlink()
        yield
    finally:
        os.close(lock)


def written(folder: Path, found: FleetResult, reports: Mapping[str, Result], grades: bytes | None = None) -> None:
    """Write the site; pages of earlier runs stay. `grades`: the archive's new text.

    Raises `AishareError("output-unwritable")`.
    """
    slugs = {group.name: slug(group.name) for group in found.teams}
    as_json = msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
    page = site_text.index(found, runs(folder, found.as_of), slugs)
    files: dict[str, bytes] = {
        "index.html": html.page(page).encode(),
        "index.md": markdown.text(page).encode(),
        "fleet.json": as_json,
        f"runs/{found.as_of}/index.html": html.page(site_text.index(_bare(found), (), {}, live=False)).encode(),
        f"runs/{found.as_of}/fleet.json": as_json,
    }
    for group in found.teams:
        report = site_text.team(found, group)
        files[f"teams/{slugs[group.name]}.html"] = html.page(
            replace(report, up=("../index.html", found.title))
        ).encode()
        files[f"teams/{slugs[group.name]}.md"] = markdown.text(
            replace(report, up=("../index.md", found.title))
        ).encode()
    for name, result in reports.items():
        report = replace(site_text.repository(found, result), up=("../index.html", found.title))
        files[f"repositories/{name}.html"] = html.page(report).encode()
    tables = {"teams": _teams(found), "repositories": _repositories(found)}
    if found.outcomes:
        tables["outcomes"] = _outcomes(found)
    for name, table in tables.items():
        files[f"data/{name}.csv"] = csv_bytes(table)
        files[f"data/{name}.parquet"] = parquet_bytes(table)
    if grades is not None:
        files[GRADES] = grades
    for path, contents in files.items():
        _write(folder / path, contents)


def runs(folder: Path, before: str) -> list[str]:
    """Days of the earlier runs that a site keeps, newest first."""
    found = [path.parent.name for path in folder.glob("runs/*/fleet.json")]
    return sorted((day for day in found if _DAY.match(day) and day < before), reverse=True)


def slug(name: str) -> str:
    """A file name for any team's name; two names never share one."""
    short = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    return short if short == name else f"{short or 'team'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _bare(found: FleetResult) -> FleetResult:
    """A page in the archive has no links to pages that later runs write anew."""
    rows = [msgspec.structs.replace(row, page=None) for row in found.repositories]
    return msgspec.structs.replace(found, repositories=rows)


def _teams(found: FleetResult) -> pd.DataFrame:
    groups = [*([found.whole] if found.whole else []), *found.teams]
    rows = [(g.name, p.period, p.floor, p.n, p.people) for g in groups for p in g.points]
    table = pd.DataFrame(rows, columns=["team", "period", "declared", "merged_changes", "people"])
    return table.astype({"team": "str", "period": "str"})


def _outcomes(found: FleetResult) -> pd.DataFrame:
    rows = [
        (o.name, o.join, series.unit, r.period, r.value, r.exposure, r.share, r.n if r.share is not None else None)
        for o in found.outcomes
        for series in o.series
        for r in series.readings
    ]
    names = ["outcome", "join", "unit", "period", "value", "exposure", "declared", "merged_changes"]
    numbers = dict.fromkeys(names[4:7], "Float64")
    return pd.DataFrame(rows, columns=names).astype(
        {**dict.fromkeys(names[:4], "str"), **numbers, "merged_changes": "Int64"}
    )


def _repositories(found: FleetResult) -> pd.DataFrame:
    names = (
        "name",
        "head",
        "last_commit",
        "commits",
        "authors",
        "n",
        "floor",
        "ceiling",
        "throughput",
        "defects",
        "slug",
    )
    table = pd.DataFrame([[getattr(row, name) for name in names] for row in found.repositories], columns=list(names))
    texts = ("name", "head", "last_commit", "throughput", "defects", "slug")
    whole = dict.fromkeys(("commits", "authors", "n"), "Int64")
    return table.astype({**dict.fromkeys(texts, "str"), **whole, "floor": "Float64", "ceiling": "Float64"})


def _write(path: Path, contents: bytes) -> None:
    """Whole or not at all, and not at all where it is there already."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and path.read_bytes() == contents:
            return
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=_DRAFT)
        with os.fdopen(handle, "wb") as file:
            file.write(contents)
        os.chmod(draft, 0o644)
        os.replace(draft, path)
    except OSError as reason:
        raise _unwritable(path, reason) from None


def _unwritable(path: Path, reason: OSError) -> AishareError:
    return AishareError(
        "output-unwritable", f"{plain(str(path))} cannot be written: {reason.strerror}.", "Name another folder."
    )
