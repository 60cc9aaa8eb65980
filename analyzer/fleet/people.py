"""Identify people across repositories, and assign them to teams by day, using only keyed hashes of their handles."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.fleet.person_handles import OF_ACCOUNT, ONLY_HERE, SHARED
from analyzer.history.authors import Author, handles_of, keyed_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from analyzer.fleet.config_types import FleetConfig


class People:
    """Union-find over handle hashes.

    Two entries are one person if they share a handle, within or across repositories, or if `identities` links them. A
    handle that does not identify somebody everywhere joins nobody across repositories, unless the configuration names
    it (analyzer/fleet/person_handles.py).
    """

    def __init__(self, tables: Iterable[pd.DataFrame], config: FleetConfig) -> None:
        """Merge the handles in `tables`, the table `people` of every repository (columns person, handle)."""
        self._salt = config.salt or ""
        self._parent: dict[str, str] = {}
        tables = list(tables)
        handles = [handle for table in tables for handle in table["handle"]]
        self._shared = {handle.removeprefix(SHARED) for handle in handles if handle.startswith(SHARED)}
        self._accounts = _accounts_by_login(handles)
        configured = [*chain.from_iterable(config.identities), *(m.who for team in config.teams for m in team.people)]
        self._configured = {text for address in configured for text in self._hashes(address)}
        for number, table in enumerate(tables):
            for _, nodes in self._nodes_by_person(table, number):
                self._union(nodes)
        for addresses in config.identities:
            self._union([self._node(address) for address in addresses])

    def persons_by_author(self, tables: Mapping[str, pd.DataFrame]) -> dict[tuple[str, str], str]:
        """Return a mapping from (repository, person key there) to the key of the person in the whole fleet.

        `tables`: those that the constructor merged, in the same order.
        """
        return {
            (name, author): self._find(min(nodes))
            for number, (name, table) in enumerate(tables.items())
            for author, nodes in self._nodes_by_person(table, number)
        }

    def members(self, config: FleetConfig) -> pd.DataFrame:
        """Return the configured memberships: columns person, team, start, end (inclusive days; NaT means open)."""
        rows = [
            (self._find(self._node(member.who)), team.name, member.start, member.end)
            for team in config.teams
            for member in team.people
        ]
        table = pd.DataFrame(rows, columns=["person", "team", "start", "end"])
        for column in ("start", "end"):
            table[column] = pd.to_datetime(table[column], utc=True)
        return table

    def _nodes_by_person(self, table: pd.DataFrame, number: int) -> Iterator[tuple[str, list[str]]]:
        """Yield the persons of repository `number` with the nodes of the union-find that stand for their handles."""
        people = table[~table["handle"].str.startswith(SHARED)]
        for person, handles in people.groupby("person", sort=True)["handle"]:
            yield str(person), sorted(self._node_of(handle, number) for handle in handles)

    def _node_of(self, handle: str, number: int) -> str:
        text = handle.removeprefix(ONLY_HERE)
        text, _, account = text.partition(OF_ACCOUNT)
        if text in self._configured:
            return text
        if handle.startswith(ONLY_HERE) or text in self._shared:
            return f"{text}{ONLY_HERE}{number}"
        # A login of several accounts is several logins; without an id it joins none of them.
        is_reused = account and len(self._accounts[text]) > 1
        return f"{text}{OF_ACCOUNT}{account}" if is_reused else text

    def _node(self, address: str) -> str:
        """Return the node of a configured address; the numeric id of an account outranks its login."""
        hashes = self._hashes(address)
        return next((text for text in reversed(hashes) if text in self._parent), hashes[0])

    def _hashes(self, address: str) -> list[str]:
        return [keyed_hash(handle, self._salt) for handle in handles_of(Author("", address))]

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


def _accounts_by_login(handles: Iterable[str]) -> dict[str, set[str]]:
    """Return the accounts that a login has had in any repository, as hashes."""
    accounts: defaultdict[str, set[str]] = defaultdict(set)
    for handle in handles:
        login, _, account = handle.removeprefix(ONLY_HERE).partition(OF_ACCOUNT)
        if account:
            accounts[login].add(account)
    return accounts


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
