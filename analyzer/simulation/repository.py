"""Writes a simulated repository, and beside its objects the truth it was made from."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analyzer.core.sanitize import plain
from analyzer.errors import UsageError
from analyzer.history.git import make_repository
from analyzer.simulation.fast_import import person, stream
from analyzer.simulation.project_plan import BEGIN, DAY, changes

if TYPE_CHECKING:
    from analyzer.simulation.project_plan import Change, Plan

TRUTH = "aishare-truth.json"


def write(plan: Plan, folder: str) -> dict[str, Any]:
    """Make the repository in an empty or new folder and return the truth, which also stands in its git directory.

    Raises `UsageError("folder-not-empty")` where there is something already.
    """
    target = Path(folder)
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise UsageError("folder-not-empty", f"{plain(folder)} is not empty.", "Name a folder that does not exist yet.")
    planned = changes(plan)
    landed: dict[int, str] = {}
    make_repository(str(target.absolute()), stream(plan, planned, landed))
    truth = _truth(plan, planned, landed)
    (target / ".git" / TRUTH).write_text(json.dumps(truth, indent=1) + "\n", "utf-8")
    return truth


def _truth(plan: Plan, planned: list[Change], shas: dict[int, str]) -> dict[str, Any]:
    work = [change for change in planned if change.takes_back is None]
    back = {id(change.takes_back) for change in planned if change.takes_back is not None}
    ai, other = [c for c in work if c.ai], [c for c in work if not c.ai]
    end = BEGIN + plan.periods * 28 * DAY - 35 * DAY
    return {
        "plan": asdict(plan),
        "changes": len(planned),
        "ai_share": len(ai) / len(planned),
        "declared_share": sum(c.declared for c in work) / len(planned),
        "reverted_share": {
            name: _rate([id(c) in back for c in kind if c.landed <= end])
            for name, kind in (("ai", ai), ("other", other))
        },
        "each": [
            {
                "number": c.number,
                "sha": shas[c.number],
                "author": person(c.author),
                "merged": datetime.fromtimestamp(c.landed, UTC).isoformat(),
                "landing": c.landing,
                "ai": c.ai,
                "declared": c.declared,
                "lines_added": c.lines if c.takes_back is None else None,
                "takes_back": None if c.takes_back is None else c.takes_back.number,
            }
            for c in planned
        ],
    }


def _rate(flags: list[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None
