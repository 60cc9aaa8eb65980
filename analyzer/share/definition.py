"""Definitions of the AI share: each turns the input tables into items with a weight and a marked part.

Automation is excluded. Merges do not count as commits, but the lines that they wrote themselves (conflict resolutions)
count as lines. Numerator and denominator of every share cover the same files: code and tests, after --include and
--exclude.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from analyzer.core.constants import PRE_AI
from analyzer.core.rows import by_people, is_merge

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd


class OlderLines(NamedTuple):
    """Lines of code and tests at head that were written before the start of the followed history, and are unmarked.

    start: lines are followed from here on. surviving, blamed: number of older lines, by origin and by git blame. Lines
    of automation are among them.
    """

    start: pd.Timestamp
    surviving: int
    blamed: int


@dataclass(frozen=True)
class ShareInputs:
    """The tables that definitions read; tables of lines are per commit, over code and tests, None without contents.

    commits, labels, checkpoints : the tables of that name.
    merged_changes : the table of that name.
    lines : sha, lines_added, lines_deleted, lines_effective.
    surviving : sha, lines (alive at head, by origin).
    surviving_90d : sha, lines (alive 90 days after they were written, of lines that are that old).
    noted_lines : sha, lines, ai_lines (by line-level notes).
    functions : sha of each sampled function's commit.
    blamed : sha, lines (alive at head, by git blame).
    weights : sha, weight (part of a marked commit that counts under 30/50/100 weights).
    older : lines at head from before the start of the followed history; None if the whole history was followed.
    """

    commits: pd.DataFrame
    labels: pd.DataFrame
    merged_changes: pd.DataFrame
    lines: pd.DataFrame | None
    surviving: pd.DataFrame | None = None
    surviving_90d: pd.DataFrame | None = None
    noted_lines: pd.DataFrame | None = None
    functions: pd.DataFrame | None = None
    checkpoints: pd.DataFrame | None = None
    blamed: pd.DataFrame | None = None
    weights: pd.DataFrame | None = None
    older: OlderLines | None = None

    @cached_property
    def counted_commits(self) -> pd.DataFrame:
        """Commits that are neither merges nor automation: columns sha, when, ai."""
        merges = self.commits.loc[is_merge(self.commits), "sha"]
        return self.line_commits[~self.line_commits["sha"].isin(merges)]

    @cached_property
    def line_commits(self) -> pd.DataFrame:
        """Commits whose lines count, all but automation: columns sha, when, ai.

        A merge has the lines that it wrote itself, so most merges have none.
        """
        commits = self.commits[["sha", "committed"]].merge(self.labels[["sha", "label", "ai"]], on="sha")
        return commits[by_people(commits)].rename(columns={"committed": "when"})[["sha", "when", "ai"]]


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition of the AI share: the single source of help, docs, JSON and tooltips.

    id, title, unit, says, limits : what users read.
    items : returns the items of the share; None if an input table is missing.
    missing_slug : slug of the reason why the share is missing although file contents are available.
    recorded_only : whether it covers only commits with a line-level record, and so is left out of the spread of shares.
    """

    id: str
    title: str
    unit: str
    says: str
    limits: str
    items: Callable[[ShareInputs], pd.DataFrame | None]
    missing_slug: str | None = None
    recorded_only: bool = False


def make_items(dates: pd.Series, weight: pd.Series | int, marked: pd.Series) -> pd.DataFrame:
    """Return items from their dates, weights (1 = all count the same) and marked parts in [0, 1]."""
    import pandas as pd  # reports read the texts of definitions without it

    table = pd.DataFrame({"when": dates, "weight": weight, "marked": marked})
    table = table.astype({"weight": "Int64", "marked": "Float64"})
    table["pre_ai"] = (table["when"].notna() & (table["when"] < PRE_AI) & (table["marked"] == 0)).astype(bool)
    return table.reset_index(drop=True)


def line_items(
    inputs: ShareInputs, lines: pd.DataFrame | None, column: str = "lines", older: int = 0
) -> pd.DataFrame | None:
    """Return the items of a table of lines by commit, marked if their commit is; None without the table.

    `older`: number of unmarked lines from before the start of the followed history.
    """
    import pandas as pd  # as above

    if lines is None:
        return None
    commits = inputs.line_commits.merge(lines, on="sha").rename(columns={column: "weight"})
    items = commits[["when", "weight", "ai"]]
    if inputs.older is not None and older:
        before = inputs.older.start - pd.Timedelta(seconds=1)
        lump = pd.DataFrame({"when": [before], "weight": [older], "ai": [False]}).astype(items.dtypes)
        items = pd.concat([lump, items], ignore_index=True)
    return make_items(items["when"], items["weight"], items["ai"])
