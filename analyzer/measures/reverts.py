"""Reverts within 35 days: the first and plainest sign that a merged change did not last.

A change counts as reverted when a later commit's message says "This reverts commit ID" of one of its commits, or of
its landing commit, within 35 days of the change coming in. Changes younger than that are not counted at all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.measures.measure import Measure

if TYPE_CHECKING:
    from collections.abc import Mapping

WINDOW = pd.Timedelta(days=35)
_REVERTS = re.compile(r"[Tt]his reverts commits? ([0-9a-f]{7,64})")

REVERTS = Measure(
    id="reverts_35d",
    title="changes reverted within 35 days",
    unit="share of mature changes",
    better="low",
    says="A later commit's message names one of the change's commits as reverted, within 35 days of its coming in.",
    limits="Rare, and only reverts made with git's own message; a fix that repairs a change is not seen.",
)


def mature_units(units: pd.DataFrame, commits: pd.DataFrame, unit_of: Mapping[str, str]) -> pd.DataFrame:
    """Columns unit, author, merged, ai, reverted (bool): one row a change that is old enough to be judged."""
    dated = units[units["merged"].notna() & units["author"].notna() & units["ai"].notna()]
    mature = dated[dated["merged"] <= commits["committed"].max() - WINDOW]
    judged = mature[["unit", "author", "merged", "ai"]]
    judged = judged.merge(_first_revert(units, commits, unit_of), on="unit", how="left")
    judged["reverted"] = (judged["when"] - judged["merged"] <= WINDOW).fillna(value=False).astype(bool)
    told: pd.DataFrame = judged.drop(columns="when")
    return told


def _first_revert(units: pd.DataFrame, commits: pd.DataFrame, unit_of: Mapping[str, str]) -> pd.DataFrame:
    """Columns unit, when: committer date of the first commit that says it reverts one of the unit's commits."""
    owner = {**dict(zip(units["sha"], units["unit"], strict=True)), **unit_of}
    by_prefix = {sha[:7]: sha for sha in owner}
    said = commits.loc[commits["message"].str.contains("his reverts commit", regex=False), ["message", "committed"]]
    rows = []
    for message, when in zip(said["message"], said["committed"], strict=True):
        for named in _REVERTS.findall(message):
            sha = by_prefix.get(named[:7], "")
            if sha.startswith(named):
                rows.append((owner[sha], when))
    table = pd.DataFrame(rows, columns=["unit", "when"]).astype({"unit": "str", "when": commits["committed"].dtype})
    return table.sort_values("when", kind="stable").drop_duplicates("unit")
