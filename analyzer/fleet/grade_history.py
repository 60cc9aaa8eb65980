"""The pooled grade by quarter: one file in the site that gains entries and never loses one."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from analyzer.evidence.agents import rules_version
from analyzer.fleet.result import Entry
from analyzer.inference.grading.quarterly import Look, set_grade
from analyzer.pipeline.grade_archive import read, text
from analyzer.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.fleet.result import FleetResult

FILE = "grades.json"
_FLEET, _OUTCOME = "(all)", "throughput"


def with_grades(folder: Path, found: FleetResult) -> tuple[FleetResult, bytes | None]:
    """The result with its quarters, and the archive's new text; None where nothing was to be set.

    Raises `UsageError("bad-archive")` for a file that is none.
    """
    known = read(folder / FILE)
    whole = list(known)
    if found.verdict is not None:
        heads = "\0".join(f"{row.name} {row.head}" for row in found.repositories)
        basis = {"rules": rules_version(), "version": VERSION, "settings": found.config_digest}
        head = hashlib.sha256(heads.encode()).hexdigest()[:40]
        entry = set_grade(whole, Look(_FLEET, _OUTCOME, found.as_of, head, found.verdict.quarterly_grade, basis))
        if entry not in whole:
            whole.append(entry)
    own = sorted((q for q in whole if q.repository == _FLEET and q.as_of <= found.as_of), key=lambda q: q.quarter)
    entries = [Entry(q.quarter, q.standing, q.reason) for q in own]
    changed = text(whole).encode() if len(whole) > len(known) else None
    return msgspec.structs.replace(found, grades=entries), changed
