"""What measures read of a history: its plain commits, lines, changes and the clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from analyzer.blame.lifetimes import spans
from analyzer.core import tables
from analyzer.history.file_classes import COUNTED
from analyzer.outcomes.revert_detection import take_backs

_DAY = 86_400.0

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


@dataclass(frozen=True)
class Seen:
    """What measures read. commits: sha, author, when, ai of commits that are neither merges nor automation.

    lifetimes: the table with `path_class`, by origin; changes: the table; both None without contents. units and
    unit_of: as in the history. every: the table `commits`. clock: nothing later is known. patches: as in `LineTables`,
    empty without contents. released: first release day by commit, None without a release.
    """

    commits: pd.DataFrame
    lifetimes: pd.DataFrame | None
    changes: pd.DataFrame | None
    units: pd.DataFrame
    unit_of: Mapping[str, str]
    every: pd.DataFrame
    clock: pd.Timestamp
    patches: Mapping[str, int] = field(default_factory=dict)
    released: pd.Series | None = None

    @cached_property
    def lived(self) -> pd.DataFrame | None:
        """Lines of code and tests that the commits wrote: key, author, when, ai, cell, lines, days, died, died_sha.

        cell: code or test, and whether the commit made the file. None without contents.
        """
        if self.lifetimes is None or self.changes is None:
            return None
        committed = self.every.set_index("sha")["committed"]
        own = self.lifetimes["path_class"].isin(COUNTED) & self.lifetimes["born_sha"].isin(self.commits["sha"])
        lived = spans(self.lifetimes[own], committed, self.clock).rename(columns={"born_sha": "key"})
        lived = lived.astype({"key": "str", "path": "str"})
        made = self.changes["status"].map({"A": ", new file"}).fillna(", existing file")
        kinds = self.changes[["sha", "path"]].assign(cell=self.changes["path_class"] + made)
        whole = lived.merge(kinds.rename(columns={"sha": "key"}), on=["key", "path"])
        return whole.merge(self.commits.rename(columns={"sha": "key"}), on="key")

    @cached_property
    def landed(self) -> pd.DataFrame:
        """Changes with a day and a declared part, as key, author, when, ai, kind, commits."""
        dated = self.units[self.units["merged"].notna() & self.units["ai"].notna()]
        dated = dated[dated["merged"] < self.clock].rename(columns={"unit": "key", "merged": "when"})
        return dated[["key", "author", "when", "ai", "kind", "commits"]]

    @cached_property
    def shipped(self) -> pd.DataFrame | None:
        """Production lines by the change that brought them: key, author, when, ai, lines, solid, died_sha, by, days.

        solid: lines that are neither slight nor comments. by: change of the commit that removed them. days: from the
        landing to the removal, NA for lines alive at the clock. What a change removes of its own lines it never
        shipped. None without contents.
        """
        if self.lifetimes is None:
            return None
        code = self.lifetimes[self.lifetimes["path_class"] == "code"]
        code = code.assign(
            key=code["born_sha"].astype("str").map(self.unit_of), by=code["died_sha"].astype("str").map(self.unit_of)
        )
        code = code[code["key"].notna() & (code["key"] != code["by"])]
        died = code["died_sha"].astype("str").map(self.every.set_index("sha")["committed"])
        code = code.assign(solid=code["lines"] - code["cosmetic"], died=died.where(died < self.clock))
        kept = ["key", "lines", "solid", "died_sha", "by", "died"]
        whole = code[kept].merge(self.landed, on="key")
        days = (whole["died"] - whole["when"]).dt.total_seconds().clip(lower=0) / _DAY
        return whole.assign(days=days.astype("Float64"), died_sha=whole["died_sha"].astype("str"))

    @cached_property
    def backs(self) -> pd.DataFrame:
        """What takes back what (`reverts.take_backs`)."""
        return take_backs(self.units, self.every, self.unit_of, self.patches)

    def judged(self, table: pd.DataFrame) -> pd.DataFrame:
        """Table `judged` from rows with its columns but for sums: events and exposure are added up by key and cell."""
        facts = ["key", "cell", "author", "when", "ai"]
        sums = table.groupby(facts, sort=False, dropna=False)[["events", "exposure"]].sum().reset_index()
        kinds = dict.fromkeys(("ai", "events", "exposure"), tables.DTYPES["float"])
        return tables.conform(sums.astype({**kinds, "cell": "str"})[tables.JUDGED.names], tables.JUDGED)
