"""Write a simulated repository, and in its git directory the truth from which it was made."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analyzer.core.constants import BLOCK_DAYS, SECONDS_PER_DAY
from analyzer.core.links import refuse_committed_links
from analyzer.core.sanitize import plain
from analyzer.errors import UsageError
from analyzer.history.git import make_repository
from analyzer.simulation.fast_import import fast_import_stream, person_signature
from analyzer.simulation.project_plan import START, plan_changes

if TYPE_CHECKING:
    from analyzer.simulation.project_plan import Plan, PlannedChange

TRUTH_FILE = "aishare-truth.json"


def write_repository(plan: Plan, target_dir: str) -> dict[str, Any]:
    """Create the repository in an empty or new directory; write the truth to its git directory and return it.

    Raises `UsageError("folder-not-empty")` if the directory contains anything, and `UsageError("linked-output")` if
    the way to it leads over a link that a commit can have made.
    """
    target = Path(target_dir)
    refuse_committed_links(target)
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise UsageError(
            "folder-not-empty", f"{plain(target_dir)} is not empty.", "Name a folder that does not exist yet."
        )
    planned = plan_changes(plan)
    landing_commits: dict[int, str] = {}
    make_repository(str(target.absolute()), fast_import_stream(plan, planned, landing_commits))
    truth = _truth(plan, planned, landing_commits)
    (target / ".git" / TRUTH_FILE).write_text(json.dumps(truth, indent=1) + "\n", "utf-8")
    return truth


def _truth(plan: Plan, planned: list[PlannedChange], shas: dict[int, str]) -> dict[str, Any]:
    work = [change for change in planned if change.reverted_change is None]
    reverted = {id(change.reverted_change) for change in planned if change.reverted_change is not None}
    ai, other = [c for c in work if c.ai], [c for c in work if not c.ai]
    end = START + plan.periods * BLOCK_DAYS * SECONDS_PER_DAY - 35 * SECONDS_PER_DAY
    return {
        "plan": asdict(plan),
        "changes": len(planned),
        "ai_share": len(ai) / len(planned),
        "marked_share": sum(c.marked for c in work) / len(planned),
        "reverted_share": {
            name: _share([id(c) in reverted for c in kind if c.landed_at <= end])
            for name, kind in (("ai", ai), ("other", other))
        },
        "each": [
            {
                "number": c.number,
                "sha": shas[c.number],
                "person": person_signature(c.person),
                "merged": datetime.fromtimestamp(c.landed_at, UTC).isoformat(),
                "landing": c.landing,
                "ai": c.ai,
                "marked": c.marked,
                "lines_added": c.lines if c.reverted_change is None else None,
                "takes_back": None if c.reverted_change is None else c.reverted_change.number,
            }
            for c in planned
        ],
    }


def _share(flags: list[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None
