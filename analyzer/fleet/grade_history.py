"""Pooled grade by quarter, kept in an append-only file of the site."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from analyzer.evidence.agents import rules_version
from analyzer.fleet.result import QuarterGrade
from analyzer.inference.grading.quarterly import ComputedGrade, set_grade
from analyzer.pipeline.grade_archive import archive_text, read_archive
from analyzer.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.fleet.result import FleetResult

GRADES_FILE = "grades.json"
_FLEET, _OUTCOME = "(all)", "throughput"


def with_grades(folder: Path, result: FleetResult) -> tuple[FleetResult, bytes | None]:
    """Return the result with its quarterly grades, and the new text of the archive, or None if no grade was added.

    Raises `UsageError("bad-archive")` if the file is not an archive of grades.
    """
    archived = read_archive(folder / GRADES_FILE)
    entries = list(archived)
    if result.verdict is not None:
        heads = "\0".join(f"{row.name} {row.head}" for row in result.repositories)
        basis = {"rules": rules_version(), "version": VERSION, "settings": result.config_digest}
        head = hashlib.sha256(heads.encode()).hexdigest()[:40]
        entry = set_grade(
            entries, ComputedGrade(_FLEET, _OUTCOME, result.as_of, head, result.verdict.quarterly_grade, basis)
        )
        if entry not in entries:
            entries.append(entry)
    fleet_entries = sorted(
        (q for q in entries if q.repository == _FLEET and q.as_of <= result.as_of), key=lambda q: q.quarter
    )
    quarter_grades = [QuarterGrade(q.quarter, q.standing, q.reason) for q in fleet_entries]
    changed = archive_text(entries).encode() if len(entries) > len(archived) else None
    return msgspec.structs.replace(result, grades=quarter_grades), changed
