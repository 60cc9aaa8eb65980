"""Reverts within 35 days: the plainest sign that a merged change did not last.

A change counts as reverted if, within 35 days of its merge, a later commit's message says "This reverts commit ID" of
one of its commits or of its landing commit, or if a later patch is the inverse of the change's patch or of one of its
commits' patches, whatever the message says. Changes younger than 35 days are not counted at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.outcomes.base import AnswerDefinition, OutcomeDefinition
from analyzer.outcomes.revert_detection import REVERT_WINDOW

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.outcomes.history_view import OutcomeInputs


def _revert_outcomes(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return table `outcome_rows` of mature changes and whether they were reverted.

    Maturity is measured from the last commit of the whole history.
    """
    changes = mature_changes(inputs.merged_changes, inputs.all_commits, inputs.reverts)
    table = changes.rename(columns={"merged_change": "key", "merged": "when", "reverted": "events"})
    return inputs.aggregate(table.assign(cell="", denominator=1.0, events=table["events"].astype(float)))


REVERTS = OutcomeDefinition(
    id="reverts_35d",
    title="changes reverted within 35 days",
    unit="share of mature changes",
    better="low",
    says="Within 35 days a later commit names one of the change's commits as reverted, or its patch is the inverse.",
    limits="Rare; a revert in part, or of lines that had changed since, is seen by its message alone.",
    compute=_revert_outcomes,
    answer=AnswerDefinition("reverts", "more", "fewer", 0.10, 0.01, graded=False, size="batch_size"),
    compared_by="event_ratio",
    source="Shimagaki et al., Why are commits being reverted?, ICSME 2016 (median lags of 1 to 35 days).",
)


def mature_changes(merged_changes: pd.DataFrame, commits: pd.DataFrame, reverts: pd.DataFrame) -> pd.DataFrame:
    """Return one row per change that is at least 35 days old: merged_change, person, merged, ai, reverted (bool).

    `reverts`: which commit reverts which change, oldest first (`detect_reverts`).
    """
    dated = merged_changes[
        merged_changes["merged"].notna() & merged_changes["person"].notna() & merged_changes["ai"].notna()
    ]
    mature = dated[dated["merged"] <= commits["committed"].max() - REVERT_WINDOW]
    changes = mature[["merged_change", "person", "merged", "ai"]]
    first_reverts = reverts[["merged_change", "when"]].drop_duplicates("merged_change")
    changes = changes.merge(first_reverts, on="merged_change", how="left")
    within_window = (changes["when"] - changes["merged"] <= REVERT_WINDOW).fillna(value=False).astype(bool)
    with_reverts: pd.DataFrame = changes.assign(reverted=within_window).drop(columns="when")
    return with_reverts
