"""What a share is a share *of*: each definition turns the tables into items with a weight and a declared part.

Automation is in no item; a merge commit adds no code of its own and is none either. The file set
(code and tests, after --include and --exclude) is the same on both sides of every fraction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.history.paths import COUNTED

if TYPE_CHECKING:
    from collections.abc import Callable

# GitHub announced Copilot's technical preview, the first AI code assistant at scale, on this day. What was committed
# before it and carries no mark is the only code this product calls provably pre-AI.
PRE_AI = pd.Timestamp("2021-06-29", tz="UTC")


@dataclass(frozen=True, slots=True)
class Known:
    """The tables that definitions read; `lines` is per commit (sha, lines), None where blobs are missing."""

    commits: pd.DataFrame
    labels: pd.DataFrame
    units: pd.DataFrame
    lines: pd.DataFrame | None


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition of "X % AI": the single source of help, docs, JSON and tooltips."""

    id: str
    title: str
    unit: str
    says: str
    limits: str
    items: Callable[[Known], pd.DataFrame | None]


def lines_by_commit(changes: pd.DataFrame) -> pd.DataFrame:
    """Columns sha, lines_added, lines_deleted: over code and test files only."""
    counted = changes[changes["path_class"].isin(COUNTED)]
    sums = counted.groupby("sha", sort=False)[["added", "deleted"]].sum().reset_index()
    return sums.rename(columns={"added": "lines_added", "deleted": "lines_deleted"})


def plain_commits(known: Known) -> pd.DataFrame:
    """Non-merge commits that are no automation: sha, when, ai."""
    both = known.commits[["sha", "parents", "committed"]].merge(known.labels[["sha", "label", "ai"]], on="sha")
    both = both[~both["parents"].str.contains(" ", regex=False) & (both["label"] != "automation")]
    return both.rename(columns={"committed": "when"})[["sha", "when", "ai"]]


def _items(when: pd.Series, weight: pd.Series, declared: pd.Series) -> pd.DataFrame:
    table = pd.DataFrame({"when": when, "weight": weight.astype("Int64"), "declared": declared.astype("Float64")})
    table["pre_ai"] = (table["when"].notna() & (table["when"] < PRE_AI) & (table["declared"] == 0)).astype(bool)
    return table.reset_index(drop=True)


def _commit_items(known: Known) -> pd.DataFrame:
    plain = plain_commits(known)
    return _items(plain["when"], pd.Series(1, index=plain.index), plain["ai"])


def _unit_items(known: Known) -> pd.DataFrame:
    counted = known.units[known.units["label"] != "automation"]
    return _items(counted["merged"], pd.Series(1, index=counted.index), counted["ai"])


def _line_items(known: Known) -> pd.DataFrame | None:
    if known.lines is None:
        return None
    plain = plain_commits(known).merge(known.lines, on="sha")
    return _items(plain["when"], plain["lines_added"], plain["ai"])


MERGED_CHANGES = Definition(
    id="merged_changes",
    title="merged changes",
    unit="change",
    says="A merged pull request, squash or work session counts 1; its declared part is the share of its commits that "
    "are marked.",
    limits="A squash counts as wholly declared when it carries a mark. Rebased pull requests are told apart only by "
    "committer and time.",
    items=_unit_items,
)
COMMITS = Definition(
    id="commits",
    title="commits",
    unit="commit",
    says="Every commit but merges and automation counts 1, declared when an AI tool is its author or is credited in "
    "a trailer.",
    limits="Moves with how finely people commit: splitting a change in ten makes ten.",
    items=_commit_items,
)
LINES_ADDED = Definition(
    id="lines_added",
    title="lines added",
    unit="line",
    says="Lines added to code and test files by those commits, declared when their commit is; by git's numstat.",
    limits="A mark claims all lines of its commit. Blank, short and moved lines are in. Verbose code weighs more.",
    items=_line_items,
)
