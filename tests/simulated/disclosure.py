"""Simulated histories in which marking or adoption changes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyzer.share.disclosure_changes import WorkHistory

MONTHS, CUT = 24, 12


FIRST = pd.Timestamp("2022-01-01", tz="UTC")


def marking_history(
    rng: np.random.Generator,
    *,
    people: int = 15,
    use: tuple[float, float] = (0.4, 0.4),
    recall: tuple[float, float] = (0.2, 0.9),
    larger: float = 1.0,
    first: pd.Timestamp = FIRST,
    tool: str = "claude-code",
) -> WorkHistory:
    """Two years of commits: a year before and a year after use, or what marks find of it, changed for everybody.

    `larger`: log lines by which AI commits are larger.
    """
    parts = []
    for person in range(people):
        for month in range(MONTHS):
            n, side = int(rng.poisson(12)), int(month >= CUT)
            ai = rng.random(n) < use[side]
            marked = ai & (rng.random(n) < recall[side])
            day = first + pd.DateOffset(months=month) + pd.to_timedelta(rng.random(n) * 27, unit="D")
            size = rng.normal(3 + larger * ai, 1.2)
            tools = np.where(marked, tool, "")
            parts.append(pd.DataFrame({"when": day, "ai": marked, "person": f"p{person}", "tool": tools, "size": size}))
    commits = pd.concat(parts, ignore_index=True)
    units = pd.DataFrame({"merged": commits["when"], "label": "unmarked", "kind": "merge"})
    return WorkHistory(commits.assign(sha=commits.index.astype(str)), units, None)
