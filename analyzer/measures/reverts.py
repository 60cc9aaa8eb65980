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

    from analyzer.measures.seen import Seen

WINDOW = pd.Timedelta(days=35)
_REVERTS = re.compile(r"[Tt]his reverts commits? ([0-9a-f]{7,64})")


def _reverted(seen: Seen) -> pd.DataFrame | None:
    """Mature changes and whether they were reverted; by the clock of the whole history."""
    judged = mature_units(seen.units, seen.every, seen.unit_of)
    table = judged.rename(columns={"unit": "key", "merged": "when", "reverted": "events"})
    return seen.judged(table.assign(cell="", exposure=1.0, events=table["events"].astype(float)))


REVERTS = Measure(
    id="reverts_35d",
    title="changes reverted within 35 days",
    unit="share of mature changes",
    better="low",
    says="A later commit's message names one of the change's commits as reverted, within 35 days of its coming in.",
    limits="Rare, and only reverts made with git's own message; a fix that repairs a change is not seen.",
    judge=_reverted,
    source="Shimagaki et al., Why are commits being reverted?, ICSME 2016 (median lags of 1 to 35 days).",
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


def netted(units: pd.DataFrame, commits: pd.DataFrame, unit_of: Mapping[str, str]) -> set[str]:
    """Units that add up to nothing shipped: reverts, and what they took back within 35 days.

    A revert of a revert brings the first change back and adds nothing itself. A unit is a revert when all its commits
    say so; one that also does other work counts.
    """
    said = _said(units, commits, unit_of)
    reverting = set(said["sha"])
    at_work = {unit for sha, unit in unit_of.items() if sha not in reverting}
    merged = dict(zip(units["unit"], units["merged"], strict=True))
    out: set[str] = set()
    took_back: dict[str, list[str]] = {}
    for revert, target in zip(said["by"], said["unit"], strict=True):
        if revert not in merged or revert == target:
            continue
        if revert not in at_work:
            out.add(revert)
        if target in took_back:
            out.difference_update(took_back[target])
        elif merged[revert] - merged[target] <= WINDOW:
            out.add(target)
            took_back.setdefault(revert, []).append(target)
    return out


def _first_revert(units: pd.DataFrame, commits: pd.DataFrame, unit_of: Mapping[str, str]) -> pd.DataFrame:
    """Columns unit, when: committer date of the first commit that says it reverts one of the unit's commits."""
    return _said(units, commits, unit_of)[["unit", "when"]].drop_duplicates("unit")


def _said(units: pd.DataFrame, commits: pd.DataFrame, unit_of: Mapping[str, str]) -> pd.DataFrame:
    """Columns sha, by, unit, when: commits that name a commit they revert, oldest first.

    `by` is the reverting commit's own unit, NA for one that landed nowhere; `unit` is the unit it takes back.
    """
    owner = {**dict(zip(units["sha"], units["unit"], strict=True)), **unit_of}
    by_prefix = {sha[:7]: sha for sha in owner}
    said = commits[commits["message"].str.contains("his reverts commit", regex=False)]
    rows = []
    for here, message, when in zip(said["sha"], said["message"], said["committed"], strict=True):
        for named in _REVERTS.findall(message):
            sha = by_prefix.get(named[:7], "")
            if sha.startswith(named):
                rows.append((here, owner.get(here), owner[sha], when))
    table = pd.DataFrame(rows, columns=["sha", "by", "unit", "when"])
    table = table.astype({"sha": "str", "by": "str", "unit": "str", "when": commits["committed"].dtype})
    return table.sort_values("when", kind="stable")
