"""The archive of quarterly grades: a JSON file that gains an entry an outcome and quarter, and never loses one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from analyzer.core.sanitize import plain
from analyzer.errors import UsageError
from analyzer.inference.grading.quarterly import Archive, ComputedGrade, Quarter, set_grade
from analyzer.report.contract import SCHEMA_VERSION

if TYPE_CHECKING:
    from analyzer.report.contract import AnalysisResult


def update_archive(path: str, result: AnalysisResult) -> tuple[list[Quarter], str | None]:
    """The last quarter's grades as the archive has them now, and its new text; None where nothing was to be set.

    Raises `UsageError("bad-archive")` for a file that is none.
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
    """Entries of an archive; none where there is no file yet. Raises `UsageError("bad-archive")`."""
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
    """An archive's file."""
    ordered = sorted(quarters, key=lambda q: (q.quarter, q.repository, q.outcome))
    return msgspec.json.format(msgspec.json.encode(Archive(SCHEMA_VERSION, ordered)), indent=2).decode() + "\n"
