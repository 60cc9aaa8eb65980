"""Tables that outcomes are computed from: commits, merged changes and lines of a history, up to the as-of date.

`OutcomeInputs` holds the raw tables and derives from them, once each, the views that several outcomes need.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from analyzer.blame.lifetimes import life_spans
from analyzer.core import tables
from analyzer.core.constants import SECONDS_PER_DAY
from analyzer.core.rows import commit_dates
from analyzer.history.file_classes import COUNTED_CLASSES
from analyzer.outcomes.revert_detection import detect_reverts

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


@dataclass(frozen=True)
class OutcomeInputs:
    """The tables that outcomes read.

    Attributes
    ----------
    commits : sha, person, when, ai of the commits that are neither merges nor automation.
    lifetimes : table of line lifetimes with `path_class`, by origin; None without contents.
    file_changes : lines changed per commit and file; None without contents.
    merged_changes : one row per merged change, as in the history.
    merged_change_of : merged change of each non-merge commit, as in the history.
    change_of_lines : merged change that the lines of each commit belong to, merges included, as in the history.
    all_commits : table `commits`, nothing left out.
    as_of : commits from this instant on are ignored.
    patch_ids : net patch number per commit, of commits large enough for an inverse patch to be no accident
        (`LineTables.reversible_patches`); empty without contents.
    first_releases : first release date per commit; None without a release.
    """

    commits: pd.DataFrame
    lifetimes: pd.DataFrame | None
    file_changes: pd.DataFrame | None
    merged_changes: pd.DataFrame
    merged_change_of: Mapping[str, str]
    change_of_lines: Mapping[str, str]
    all_commits: pd.DataFrame
    as_of: pd.Timestamp
    patch_ids: Mapping[str, int] = field(default_factory=dict)
    first_releases: pd.Series | None = None

    @cached_property
    def line_lifetimes(self) -> pd.DataFrame | None:
        """Lines of code and tests that the commits wrote; None without contents.

        Columns key, person, when, ai, cell, lines, days, died, died_sha. cell: code or test, and whether the commit
        created the file.
        """
        if self.lifetimes is None or self.file_changes is None:
            return None
        committed = commit_dates(self.all_commits)
        written = self.lifetimes["path_class"].isin(COUNTED_CLASSES) & self.lifetimes["born_sha"].isin(
            self.commits["sha"]
        )
        lived = life_spans(self.lifetimes[written], committed, self.as_of).rename(columns={"born_sha": "key"})
        lived = lived.astype({"key": "str", "path": "str"})
        file_age = self.file_changes["status"].map({"A": ", new file"}).fillna(", existing file")
        cells = self.file_changes[["sha", "path"]].assign(cell=self.file_changes["path_class"] + file_age)
        with_cells = lived.merge(cells.rename(columns={"sha": "key"}), on=["key", "path"])
        return with_cells.merge(self.commits.rename(columns={"sha": "key"}), on="key")

    @cached_property
    def dated_changes(self) -> pd.DataFrame:
        """Merged changes with a date and a known AI share: key, person, when, ai, kind, commits."""
        dated = self.merged_changes[self.merged_changes["merged"].notna() & self.merged_changes["ai"].notna()]
        dated = dated[dated["merged"] < self.as_of].rename(columns={"merged_change": "key", "merged": "when"})
        return dated[["key", "person", "when", "ai", "kind", "commits"]]

    @cached_property
    def production_lines(self) -> pd.DataFrame | None:
        """Lines of production code per merged change and removing commit; None without contents.

        A change never shipped those of its own lines that it removed itself, so they are left out.

        Columns
        -------
        key, person, when, ai : the change that wrote the lines.
        lines : number of lines.
        solid : lines that are neither cosmetic nor comments.
        died_sha, by : commit that removed them, and its merged change.
        days : from merge to removal; NA for lines alive at the as-of date.
        """
        if self.lifetimes is None:
            return None
        code = self.lifetimes[self.lifetimes["path_class"] == "code"]
        code = code.assign(
            key=code["born_sha"].astype("str").map(self.change_of_lines),
            by=code["died_sha"].astype("str").map(self.change_of_lines),
        )
        code = code[code["key"].notna() & (code["key"] != code["by"])]
        died = code["died_sha"].astype("str").map(commit_dates(self.all_commits))
        code = code.assign(solid=code["lines"] - code["cosmetic"], died=died.where(died < self.as_of))
        columns = ["key", "lines", "solid", "died_sha", "by", "died"]
        lines = code[columns].merge(self.dated_changes, on="key")
        days = (lines["died"] - lines["when"]).dt.total_seconds().clip(lower=0) / SECONDS_PER_DAY
        return lines.assign(days=days.astype("Float64"), died_sha=lines["died_sha"].astype("str"))

    @cached_property
    def reverts(self) -> pd.DataFrame:
        """Which commit reverts which merged change (`detect_reverts`)."""
        return detect_reverts(self.merged_changes, self.all_commits, self.merged_change_of, self.patch_ids)

    def aggregate(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return table `outcome_rows`: events and denominator summed per key and cell."""
        identifiers = ["key", "cell", "person", "when", "ai"]
        sums = table.groupby(identifiers, sort=False, dropna=False)[["events", "denominator"]].sum().reset_index()
        dtypes = dict.fromkeys(("ai", "events", "denominator"), tables.DTYPES["float"])
        return tables.conform(sums.astype({**dtypes, "cell": "str"})[tables.OUTCOME_ROWS.names], tables.OUTCOME_ROWS)
