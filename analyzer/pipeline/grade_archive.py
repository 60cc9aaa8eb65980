"""The archive of quarterly grades: a JSON file with one entry per outcome and quarter; entries are only ever added."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from analyzer.core.json_text import pretty_json
from analyzer.core.sanitize import plain
from analyzer.errors import UsageError
from analyzer.inference.grading.quarterly import Archive, ComputedGrade, Quarter, set_grade
from analyzer.report.contract import SCHEMA_VERSION

if TYPE_CHECKING:
    from analyzer.report.contract import AnalysisResult


def update_archive(path: str, result: AnalysisResult) -> tuple[list[Quarter], str | None]:
    """Return the last quarter's entries, and the new text of the archive; None if no entry was added.

    Raises `UsageError("bad-archive")` if the file is not an archive, or if no commit is dated.
    """
    if not result.command.as_of:
        raise UsageError("bad-archive", "No commit is dated, so no quarter is over.", "Leave out --archive.")
    archived_quarters = read_archive(Path(path))
    basis = {
        "rules": result.tool.rules,
        "version": result.tool.version,
        "settings": result.command.config_digest,
    }
    repository, standing, quarters = result.repository, [], list(archived_quarters)
    for verdict in result.verdicts:
        computed = ComputedGrade(
            repository.name, verdict.outcome, result.command.as_of, repository.head, verdict.quarterly_grade, basis
        )
        entry = set_grade(quarters, computed)
        standing.append(entry)
        if entry not in quarters:
            quarters.append(entry)
    return standing, archive_text(quarters) if len(quarters) > len(archived_quarters) else None


def read_archive(path: Path) -> list[Quarter]:
    """Return the entries of an archive, none if the file does not exist; raises `UsageError("bad-archive")`."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Archive).quarters
    except FileNotFoundError:
        return []
    except (OSError, ValueError, RecursionError) as reason:
        why = getattr(reason, "strerror", None) or str(reason)
        raise UsageError(
            "bad-archive", f"{plain(str(path))} is no archive of grades: {plain(why, 200)}", "Name another file."
        ) from None


def archive_text(quarters: list[Quarter]) -> str:
    """Return the JSON text of an archive, in a fixed order."""
    ordered = sorted(quarters, key=lambda q: (q.quarter, q.repository, q.outcome))
    return pretty_json(Archive(SCHEMA_VERSION, ordered))
