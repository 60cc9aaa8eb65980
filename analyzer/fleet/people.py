"""Identify people across repositories, and assign them to teams by day, using only keyed hashes of their handles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analyzer.history.authors import Author, handles_of, keyed_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analyzer.fleet.config_types import FleetConfig


class People:
    """Union-find over handle hashes.

    Two entries are one person if they share a handle, within or across repositories, or if `identities` links them.
    """

    def __init__(self, tables: Iterable[pd.DataFrame], config: FleetConfig) -> None:
        """Merge the handles in `tables`, the table `people` of every repository (columns person, handle)."""
        self._salt = config.salt or ""
        self._parent: dict[str, str] = {}
        for table in tables:
            for _, handles in table.groupby("person", sort=True)["handle"]:
                self._union(sorted(handles))
        for addresses in config.identities:
            self._union([self._handle_hash(address) for address in addresses])

    def persons_by_author(self, tables: Mapping[str, pd.DataFrame]) -> dict[tuple[str, str], str]:
        """Return a mapping from (repository, person key there) to the key of the person in the whole fleet."""
        return {
            (name, str(author)): self._find(min(handles))
            for name, table in tables.items()
            for author, handles in table.groupby("person", sort=True)["handle"]
        }

    def members(self, config: FleetConfig) -> pd.DataFrame:
        """Return the configured memberships: columns person, team, start, end (inclusive days; NaT means open)."""
        rows = [
            (self._find(self._handle_hash(member.who)), team.name, member.start, member.end)
            for team in config.teams
            for member in team.people
        ]
        table = pd.DataFrame(rows, columns=["person", "team", "start", "end"])
        for column in ("start", "end"):
            table[column] = pd.to_datetime(table[column], utc=True)
        return table

    def _handle_hash(self, address: str) -> str:
        return keyed_hash(handles_of(Author("", address))[0], self._salt)

    def _union(self, handles: Sequence[str]) -> None:
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


def with_teams(merged_changes: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Add a column team: one row per merged change and team of the person on that day; NA if there was none."""
    rows = merged_changes.reset_index(drop=True).reset_index(names="position")
    joined = rows.merge(members, on="person", how="left")
    day = joined["merged"].dt.floor("D")
    inside = (joined["start"].isna() | (day >= joined["start"])) & (joined["end"].isna() | (day <= joined["end"]))
    joined["team"] = joined["team"].where(inside)
    assigned = joined[joined["team"].notna()]
    unassigned = rows[~rows["position"].isin(assigned["position"])]
    columns = [*merged_changes.columns, "team"]
    return pd.concat([assigned[columns], unassigned.reindex(columns=columns)], ignore_index=True)


def one_team_per_change(teamed: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Return one row per change (columns repository, row), team NA if it has several, and whether any has several.

    Counting a change in each of its teams would disclose the overlap: the sum over both teams less the total.
    """
    several = teamed.duplicated(["repository", "row"], keep=False)
    once = ~teamed.duplicated(["repository", "row"])
    deduplicated = teamed.assign(team=teamed["team"].where(~several))[once].reset_index(drop=True)
    return deduplicated, bool(several.any())
