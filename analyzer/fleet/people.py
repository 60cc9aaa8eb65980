"""Who is one person over all repositories, and who is in which team when: by keyed hashes of handles alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analyzer.history.authors import Author, handles_of, keyed_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analyzer.fleet.config_types import Fleet


class People:
    """Persons as unions of handles: whoever shares a handle in two repositories is one, and so are configured ones."""

    def __init__(self, tables: Iterable[pd.DataFrame], fleet: Fleet) -> None:
        """`tables`: table `people` of every repository (columns author, handle)."""
        self._salt = fleet.salt or ""
        self._parent: dict[str, str] = {}
        for table in tables:
            for _, handles in table.groupby("author", sort=True)["handle"]:
                self._join(sorted(handles))
        for addresses in fleet.identities:
            self._join([self._hashed(address) for address in addresses])

    def of(self, tables: Mapping[str, pd.DataFrame]) -> dict[tuple[str, str], str]:
        """(repository, key of an author there) → the person over all of them."""
        return {
            (name, str(author)): self._find(min(handles))
            for name, table in tables.items()
            for author, handles in table.groupby("author", sort=True)["handle"]
        }

    def members(self, fleet: Fleet) -> pd.DataFrame:
        """Columns person, team, start, end (days, both in; NaT is open): the rows of the configuration."""
        rows = [
            (self._find(self._hashed(member.who)), team.name, member.start, member.end)
            for team in fleet.teams
            for member in team.people
        ]
        table = pd.DataFrame(rows, columns=["person", "team", "start", "end"])
        for column in ("start", "end"):
            table[column] = pd.to_datetime(table[column], utc=True)
        return table

    def _hashed(self, address: str) -> str:
        return keyed_hash(handles_of(Author("", address))[0], self._salt)

    def _join(self, handles: Sequence[str]) -> None:
        for handle in handles:
            self._parent.setdefault(handle, handle)
        first = min(self._find(handle) for handle in handles)
        for handle in handles:
            self._parent[self._find(handle)] = first

    def _find(self, handle: str) -> str:
        self._parent.setdefault(handle, handle)
        while self._parent[handle] != handle:
            self._parent[handle] = self._parent[self._parent[handle]]
            handle = self._parent[handle]
        return handle


def with_teams(units: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Units with a column team, a row for each team that the person was in on that day; NA for nobody's."""
    rows = units.reset_index(drop=True).reset_index(names="at")
    joined = rows.merge(members, on="person", how="left")
    day = joined["merged"].dt.floor("D")
    inside = (joined["start"].isna() | (day >= joined["start"])) & (joined["end"].isna() | (day <= joined["end"]))
    joined["team"] = joined["team"].where(inside)
    named = joined[joined["team"].notna()]
    left = rows[~rows["at"].isin(named["at"])]
    columns = [*units.columns, "team"]
    return pd.concat([named[columns], left.reindex(columns=columns)], ignore_index=True)


def exclusive(teamed: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """A row a change (columns repository, row), team NA where it is of several; and whether any is.

    Counted in each of its teams, what is of two would be told by the sum of both less the total.
    """
    several = teamed.duplicated(["repository", "row"], keep=False)
    once = ~teamed.duplicated(["repository", "row"])
    found = teamed.assign(team=teamed["team"].where(~several))[once].reset_index(drop=True)
    return found, bool(several.any())
