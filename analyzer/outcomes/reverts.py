"""Reverts within 35 days: the first and plainest sign that a merged change did not last.

A change counts as reverted when, within 35 days of its coming in, a later commit's message says "This reverts commit
ID" of one of its commits or of its landing commit, or when a later commit's patch is the inverse of the change's or of
one of its commits', whatever its message says. Changes younger than that are not counted at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.outcomes.base import Measure
from analyzer.outcomes.revert_detection import WINDOW, take_backs

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from analyzer.outcomes.history_view import Seen


def _reverted(seen: Seen) -> pd.DataFrame | None:
    """Mature changes and whether they were reverted; by the clock of the whole history."""
    judged = mature_units(seen.units, seen.every, seen.unit_of, seen.patches)
    table = judged.rename(columns={"unit": "key", "merged": "when", "reverted": "events"})
    return seen.judged(table.assign(cell="", exposure=1.0, events=table["events"].astype(float)))


REVERTS = Measure(
    id="reverts_35d",
    title="changes reverted within 35 days",
    unit="share of mature changes",
    better="low",
    says="Within 35 days a later commit names one of the change's commits as reverted, or its patch is the inverse.",
    limits="Rare; a revert in part, or of lines that had changed since, is seen by its message alone.",
    judge=_reverted,
    source="Shimagaki et al., Why are commits being reverted?, ICSME 2016 (median lags of 1 to 35 days).",
)


def mature_units(
    units: pd.DataFrame, commits: pd.DataFrame, unit_of: Mapping[str, str], patches: Mapping[str, int]
) -> pd.DataFrame:
    """Columns unit, author, merged, ai, reverted (bool): one row a change that is old enough to be judged.

    `patches`: of commits that change enough for an inverse to be no accident (`LineTables.reversible`).
    """
    dated = units[units["merged"].notna() & units["author"].notna() & units["ai"].notna()]
    mature = dated[dated["merged"] <= commits["committed"].max() - WINDOW]
    judged = mature[["unit", "author", "merged", "ai"]]
    judged = judged.merge(_first_revert(units, commits, unit_of, patches), on="unit", how="left")
    judged["reverted"] = (judged["when"] - judged["merged"] <= WINDOW).fillna(value=False).astype(bool)
    told: pd.DataFrame = judged.drop(columns="when")
    return told


def _first_revert(
    units: pd.DataFrame, commits: pd.DataFrame, unit_of: Mapping[str, str], patches: Mapping[str, int]
) -> pd.DataFrame:
    """Columns unit, when: committer date of the first commit that takes back one of the unit's commits."""
    return take_backs(units, commits, unit_of, patches)[["unit", "when"]].drop_duplicates("unit")
