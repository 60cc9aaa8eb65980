"""Definitions over the commits of which a line-level record speaks; they say nothing of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.share.definition import Definition, counted

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.share.definition import Known


def _noted_items(known: Known) -> pd.DataFrame | None:
    if known.noted is None:
        return None
    plain = known.plain.merge(known.noted[known.noted["lines"] > 0], on="sha")
    return counted(plain["when"], plain["lines"], (plain["ai_lines"] / plain["lines"]).clip(upper=1))


def _checkpoint_items(known: Known) -> pd.DataFrame | None:
    if known.checkpoints is None or known.lines is None:
        return None
    both = known.plain.merge(known.lines, on="sha").merge(known.checkpoints, on="sha")
    return counted(both["when"], both["lines_added"], both["agent_lines"] / both["lines"])


LINE_TRUTH = Definition(
    id="line_truth",
    title="lines by line notes",
    unit="line",
    says="Lines added to code and test files by commits with a line-level note in refs/notes/ai, declared where the "
    "note gives them to an agent. The other definitions read marks and no notes.",
    limits="Speaks of the commits with notes alone. Lines without a key are untracked, not human. Recorders err: edits "
    "of people credited to an agent, lost notes after a squash.",
    items=_noted_items,
    absent="no-line-notes",
    of_part=True,
)
CHECKPOINT_LINES = Definition(
    id="checkpoint_lines",
    title="lines by checkpoints",
    unit="line",
    says="Lines added to code and test files by commits with an Entire checkpoint of their own, declared in the "
    "proportion that its recorder gave to an agent. The other definitions read marks and no checkpoints.",
    limits="Speaks of those commits alone. The recorder counts files of every kind, so the proportion is the commit's, "
    "not its code's. A commit that only deletes has none.",
    items=_checkpoint_items,
    absent="no-checkpoints",
    of_part=True,
)
