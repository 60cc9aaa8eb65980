"""Write the result of a fleet to a folder of pages and files; the same result gives the same bytes."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pandas as pd

from analyzer.core.export import csv_bytes, parquet_bytes
from analyzer.core.sanitize import plain
from analyzer.core.staged_files import StagedFiles, make_folders
from analyzer.errors import AishareError
from analyzer.fleet import site_text
from analyzer.fleet.grade_history import GRADES_FILE as GRADES
from analyzer.fleet.site_files import (
    FIXED_FILES,
    MANIFEST,
    foreign_error,
    foreign_files,
    manifest_text,
    read_manifest,
    site_folders,
)
from analyzer.report.renderers import html, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analyzer.fleet.result import FleetResult
    from analyzer.report.contract import AnalysisResult

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


def check_site(folder: Path, *, force: bool) -> None:
    """Check that a site can be written to `folder`, as far as that is clear before anything is read.

    Raises `UsageError("linked-output")` for a subfolder that is a symbolic link and, unless `force`,
    `UsageError("foreign-file")` for a file that we would replace and did not write.
    """
    if not folder.is_dir():
        return
    with _unwritable_errors(folder), StagedFiles(folder) as site:
        for subfolder in site_folders(site):
            site.names(subfolder)
        foreign = foreign_files(site, read_manifest(site), FIXED_FILES)
    if foreign and not force:
        raise foreign_error(folder, foreign)


@contextmanager
def site_lock(folder: Path) -> Iterator[None]:
    """Lock the site, so that a second run waits, and delete drafts of killed runs.

    If the body raises, folders that were made for the site are removed. Raises `AishareError("output-unwritable")`.
    """
    with _unwritable_errors(folder):
        made = make_folders(folder)
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(lock, fcntl.LOCK_EX)
            with StagedFiles(folder) as site:
                site.remove_old_drafts(site_folders(site))
        yield
    except BaseException:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir()
        raise
    finally:
        os.close(lock)


def write_site(
    folder: Path,
    fleet: FleetResult,
    reports: Mapping[str, AnalysisResult],
    grades: bytes | None = None,
    *,
    force: bool = False,
) -> None:
    """Write the site, all of it or nothing, and leave the pages of earlier runs.

    Parameters
    ----------
    grades : the new text of the archive.
    force : whether to replace files that we did not write.

    Raises `AishareError("output-unwritable")`, and `UsageError("foreign-file")` or `UsageError("linked-output")` as
    `check_site` does.
    """
    files = _site_files(folder, fleet, reports)
    if grades is not None:
        files[GRADES] = grades
    with _unwritable_errors(folder), StagedFiles(folder) as site:
        manifest = read_manifest(site)
        foreign = foreign_files(site, manifest, [*files, MANIFEST])
        if foreign and not force:
            raise foreign_error(folder, foreign)
        changed = {path: contents for path, contents in files.items() if site.read(path) != contents}
        finished = manifest_text(manifest, site, files, finished=True)
        if changed:
            # A run that is killed between two renames leaves old and new contents: both are ours.
            site.add(MANIFEST, manifest_text(manifest, site, files, finished=False))
        # The index comes last, because it links to the others.
        for path in sorted(changed, key=lambda path: (path == "index.html", path)):
            site.add(path, changed[path])
        if changed or site.read(MANIFEST) != finished:
            site.add(MANIFEST, finished)
        site.publish()


def _site_files(folder: Path, fleet: FleetResult, reports: Mapping[str, AnalysisResult]) -> dict[str, bytes]:
    """Return the contents of all files but the archive of grades, by path."""
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
    return files


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
    table["settings"] = ["; ".join(row.settings) for row in fleet.repositories]
    table["quality"] = [row.quality for row in fleet.repositories]
    texts = ("name", "head", "last_commit", "throughput", "defects", "slug", "settings", "quality")
    integers = dict.fromkeys(("commits", "people", "n"), "Int64")
    return table.astype({**dict.fromkeys(texts, "str"), **integers, "marked": "Float64", "at_most": "Float64"})


@contextmanager
def _unwritable_errors(folder: Path) -> Iterator[None]:
    """Raise `AishareError("output-unwritable")` for any `OSError` of the body."""
    try:
        yield
    except OSError as error:
        raise AishareError(
            "output-unwritable", f"{plain(str(folder))} cannot be written: {error.strerror}.", "Name another folder."
        ) from None
