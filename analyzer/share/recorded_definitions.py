"""Definitions over commits with a line-level record; not representative of commits without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.share.definition import Definition, make_items

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.share.definition import ShareInputs


def _line_note_items(inputs: ShareInputs) -> pd.DataFrame | None:
    if inputs.noted_lines is None:
        return None
    noted = inputs.counted_commits.merge(inputs.noted_lines[inputs.noted_lines["lines"] > 0], on="sha")
    return make_items(noted["when"], noted["lines"], (noted["ai_lines"] / noted["lines"]).clip(upper=1))


def _checkpoint_items(inputs: ShareInputs) -> pd.DataFrame | None:
    if inputs.checkpoints is None or inputs.lines is None:
        return None
    recorded = inputs.counted_commits.merge(inputs.lines, on="sha").merge(inputs.checkpoints, on="sha")
    return make_items(recorded["when"], recorded["lines_added"], recorded["agent_lines"] / recorded["lines"])


LINE_TRUTH = Definition(
    id="line_truth",
    title="lines by line notes",
    unit="line",
    says="Lines added to code and test files by commits with a record of their lines (aishare list records), marked "
    "where it gives them to an agent. The other definitions read marks and no such records.",
    limits="Speaks of the commits with records alone. Lines without an entry are untracked, not human. Recorders err: "
    "edits of people credited to an agent, lost notes after a squash.",
    items=_line_note_items,
    missing_slug="no-line-notes",
    recorded_only=True,
)
CHECKPOINT_LINES = Definition(
    id="checkpoint_lines",
    title="lines by checkpoints",
    unit="line",
    says="Lines added to code and test files by commits with an Entire checkpoint of their own, marked in the "
    "proportion that its recorder gave to an agent. The other definitions read marks and no checkpoints.",
    limits="Speaks of those commits alone. The recorder counts files of every kind, so the proportion is the commit's, "
    "not its code's. A commit that only deletes has none.",
    items=_checkpoint_items,
    missing_slug="no-checkpoints",
    recorded_only=True,
)
