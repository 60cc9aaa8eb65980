"""Write the result of a fleet to a folder of pages and files; the same result gives the same bytes."""

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
from analyzer.fleet.grade_history import GRADES_FILE as GRADES
from analyzer.report.renderers import html, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analyzer.fleet.result import FleetResult
    from analyzer.report.contract import AnalysisResult

_DRAFT = ".draft-"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


@contextmanager
def site_lock(folder: Path) -> Iterator[None]:
    """Lock the site, so that a second run waits, and delete drafts of killed runs.

    Raises `AishareError("output-unwritable")`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(lock, fcntl.LOCK_EX)
            for stale_draft in folder.rglob(f"{_DRAFT}*"):
                stale_draft.unlink()
        yield
    finally:
        os.close(lock)


def write_site(
    folder: Path, fleet: FleetResult, reports: Mapping[str, AnalysisResult], grades: bytes | None = None
) -> None:
    """Write the site and leave the pages of earlier runs. `grades`: the new text of the archive.

    Raises `AishareError("output-unwritable")`.
    """
    slugs = {group.name: team_slug(group.name) for group in fleet.teams}
    as_json = msgspec.json.format(msgspec.json.encode(fleet), indent=2) + b"\n"
    index = site_text.index_page(fleet, earlier_runs(folder, fleet.as_of), slugs)
    files: dict[str, bytes] = {
        "index.html": html.render_page(index).encode(),
        "index.md": markdown.render_text(index).encode(),
        "fleet.json": as_json,
        f"runs/{fleet.as_of}/index.html": html.render_page(
            site_text.index_page(_without_page_links(fleet), (), {}, live=False)
        ).encode(),
        f"runs/{fleet.as_of}/fleet.json": as_json,
    }
    for group in fleet.teams:
        report = site_text.team_page(fleet, group)
        files[f"teams/{slugs[group.name]}.html"] = html.render_page(
            replace(report, up=("../index.html", fleet.title))
        ).encode()
        files[f"teams/{slugs[group.name]}.md"] = markdown.render_text(
            replace(report, up=("../index.md", fleet.title))
        ).encode()
    for name, result in reports.items():
        report = replace(site_text.repository_page(fleet, result), up=("../index.html", fleet.title))
        files[f"repositories/{name}.html"] = html.render_page(report).encode()
    tables = {"teams": _team_table(fleet), "repositories": _repository_table(fleet)}
    if fleet.outcomes:
        tables["outcomes"] = _outcome_table(fleet)
    for name, table in tables.items():
        files[f"data/{name}.csv"] = csv_bytes(table)
        files[f"data/{name}.parquet"] = parquet_bytes(table)
    if grades is not None:
        files[GRADES] = grades
    for path, contents in files.items():
        _write_atomically(folder / path, contents)


def earlier_runs(folder: Path, before: str) -> list[str]:
    """Return the days of runs before `before` in the site, newest first."""
    run_days = [path.parent.name for path in folder.glob("runs/*/fleet.json")]
    return sorted((day for day in run_days if _DAY.match(day) and day < before), reverse=True)


def team_slug(name: str) -> str:
    """Return a file name for any team name; different names never share one."""
    simplified = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    return (
        simplified if simplified == name else f"{simplified or 'team'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    )


def _without_page_links(fleet: FleetResult) -> FleetResult:
    """Return the result without links to pages, because later runs overwrite these."""
    rows = [msgspec.structs.replace(row, page=None) for row in fleet.repositories]
    return msgspec.structs.replace(fleet, repositories=rows)


def _team_table(fleet: FleetResult) -> pd.DataFrame:
    groups = [*([fleet.whole] if fleet.whole else []), *fleet.teams]
    rows = [(g.name, p.period, p.marked, p.n, p.people) for g in groups for p in g.points]
    table = pd.DataFrame(rows, columns=["team", "period", "marked", "merged_changes", "people"])
    return table.astype({"team": "str", "period": "str"})


def _outcome_table(fleet: FleetResult) -> pd.DataFrame:
    rows = [
        (
            outcome.name,
            outcome.join,
            series.unit,
            point.period,
            point.value,
            point.denominator,
            point.share,
            point.n if point.share is not None else None,
        )
        for outcome in fleet.outcomes
        for series in outcome.series
        for point in series.readings
    ]
    names = ["outcome", "join", "unit", "period", "value", "denominator", "marked", "merged_changes"]
    numbers = dict.fromkeys(names[4:7], "Float64")
    return pd.DataFrame(rows, columns=names).astype(
        {**dict.fromkeys(names[:4], "str"), **numbers, "merged_changes": "Int64"}
    )


def _repository_table(fleet: FleetResult) -> pd.DataFrame:
    names = (
        "name",
        "head",
        "last_commit",
        "commits",
        "people",
        "n",
        "marked",
        "at_most",
        "throughput",
        "defects",
        "slug",
    )
    table = pd.DataFrame([[getattr(row, name) for name in names] for row in fleet.repositories], columns=list(names))
    texts = ("name", "head", "last_commit", "throughput", "defects", "slug")
    integers = dict.fromkeys(("commits", "people", "n"), "Int64")
    return table.astype({**dict.fromkeys(texts, "str"), **integers, "marked": "Float64", "at_most": "Float64"})


def _write_atomically(path: Path, contents: bytes) -> None:
    """Write a file atomically, unless it already has these contents."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and path.read_bytes() == contents:
            return
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=_DRAFT)
        with os.fdopen(handle, "wb") as file:
            file.write(contents)
        os.chmod(draft, 0o644)
        os.replace(draft, path)
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> AishareError:
    return AishareError(
        "output-unwritable", f"{plain(str(path))} cannot be written: {error.strerror}.", "Name another folder."
    )
