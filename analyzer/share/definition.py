"""What a share is a share *of*: each definition turns the tables into items with a weight and a declared part.

Automation is in no item; a merge commit adds no code of its own and is none either. The file set
(code and tests, after --include and --exclude) is the same on both sides of every fraction.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

# GitHub announced Copilot's technical preview, the first AI code assistant at scale, on this day. What was committed
# before it and carries no mark is the only code this product calls provably pre-AI.
PRE_AI = pd.Timestamp("2021-06-29", tz="UTC")


@dataclass(frozen=True)
class Known:
    """The tables that definitions read; those of lines are per commit, over code and tests, None without contents.

    lines: sha, lines_added, lines_deleted, lines_effective. surviving: sha, lines (alive at head, by origin).
    blamed: the same by git blame. lasting: sha, lines (alive 90 days after they were written, of those old enough to
    tell). functions: sha of each drawn function's commit. noted: sha, lines, ai_lines (by line-level notes).
    checkpoints: the table. weights: sha, weight (part of a declared commit that 30/50/100 weights credit).
    """

    commits: pd.DataFrame
    labels: pd.DataFrame
    units: pd.DataFrame
    lines: pd.DataFrame | None
    surviving: pd.DataFrame | None = None
    lasting: pd.DataFrame | None = None
    noted: pd.DataFrame | None = None
    functions: pd.DataFrame | None = None
    checkpoints: pd.DataFrame | None = None
    blamed: pd.DataFrame | None = None
    weights: pd.DataFrame | None = None

    @cached_property
    def plain(self) -> pd.DataFrame:
        """Columns sha, when, ai: commits that are neither merges nor automation."""
        both = self.commits[["sha", "parents", "committed"]].merge(self.labels[["sha", "label", "ai"]], on="sha")
        both = both[~both["parents"].str.contains(" ", regex=False) & (both["label"] != "automation")]
        return both.rename(columns={"committed": "when"})[["sha", "when", "ai"]]


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition of "X % AI": the single source of help, docs, JSON and tooltips.

    `absent`: the slug that says why there is no such share, where contents are there. `of_part`: it speaks of the
    recorded commits alone, and so stands in no spread of what is said of the whole.
    """

    id: str
    title: str
    unit: str
    says: str
    limits: str
    items: Callable[[Known], pd.DataFrame | None]
    absent: str | None = None
    of_part: bool = False


def counted(when: pd.Series, weight: pd.Series | int, declared: pd.Series) -> pd.DataFrame:
    """Items from their dates, weights (1 = each counts the same) and declared parts in [0, 1]."""
    table = pd.DataFrame({"when": when, "weight": weight, "declared": declared})
    table = table.astype({"weight": "Int64", "declared": "Float64"})
    table["pre_ai"] = (table["when"].notna() & (table["when"] < PRE_AI) & (table["declared"] == 0)).astype(bool)
    return table.reset_index(drop=True)


def lines_of(known: Known, lines: pd.DataFrame | None, column: str = "lines") -> pd.DataFrame | None:
    """Items of a table of lines by commit, declared when their commit is."""
    if lines is None:
        return None
    plain = known.plain.merge(lines, on="sha")
    return counted(plain["when"], plain[column], plain["ai"])
