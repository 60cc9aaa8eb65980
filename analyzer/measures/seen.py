"""What measures read of a history: its plain commits, lines, changes and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from analyzer import tables
from analyzer.history.paths import COUNTED
from analyzer.provenance.joins import spans

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


@dataclass(frozen=True)
class Seen:
    """What measures read. commits: sha, author, when, ai of commits that are neither merges nor automation.

    lifetimes: the table with `path_class`, by origin; changes: the table; both None without contents. units and
    unit_of: as in the history. every: the table `commits`. clock: nothing later is known.
    """

    commits: pd.DataFrame
    lifetimes: pd.DataFrame | None
    changes: pd.DataFrame | None
    units: pd.DataFrame
    unit_of: Mapping[str, str]
    every: pd.DataFrame
    clock: pd.Timestamp

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

    def judged(self, table: pd.DataFrame) -> pd.DataFrame:
        """Table `judged` from rows with its columns but for sums: events and exposure are added up by key and cell."""
        facts = ["key", "cell", "author", "when", "ai"]
        sums = table.groupby(facts, sort=False, dropna=False)[["events", "exposure"]].sum().reset_index()
        kinds = dict.fromkeys(("ai", "events", "exposure"), tables.DTYPES["float"])
        return tables.conform(sums.astype({**kinds, "cell": "str"})[tables.JUDGED.names], tables.JUDGED)
