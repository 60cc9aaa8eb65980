"""Shares by group, published so that nobody can read or subtract out a group of fewer people than allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.core.suppression.cuts import SuppressedCells, complementary_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

# Names of the merged small teams, and of the changes without a team.
OTHERS, NO_TEAM = "others", "(no team)"


@dataclass(frozen=True, slots=True)
class GroupCell:
    """Merged changes of a group in one period.

    period : None for all periods.
    marked : number of changes with an AI mark.
    n : number of changes.
    """

    group: str
    period: str | None
    marked: float
    n: int
    people: int


@dataclass(frozen=True, slots=True)
class PublishedCells:
    """Cells to publish, groups merged into `others`, and the number of suppressed cells."""

    cells: Sequence[GroupCell]
    merged_groups: tuple[str, ...]
    suppressed: int


def publishable_groups(merged_changes: pd.DataFrame, group: str, smallest_group: int) -> PublishedCells:
    """Return the groups, as a whole and by period, that may be published.

    Every change belongs to at most one group, and the total over all groups is published by the same rule. Groups below
    `smallest_group` people are merged into one; if that is still too small, the smallest other group joins it. Cells
    by period are suppressed until no sum or difference of published cells covers fewer people (`cuts`). A group for
    which this is impossible joins the merged ones.

    Parameters
    ----------
    merged_changes : columns person, `group`, period, ai.
    group : name of the column to group by.
    smallest_group : fewest people a published figure may cover.
    """
    grouped = merged_changes[merged_changes[group].notna()]
    by_cell = grouped.groupby([group, "period"])["person"]
    cells = {(str(g), str(p)): frozenset(members) for (g, p), members in by_cell}
    withheld_periods = _withheld_periods(grouped, smallest_group)
    sizes = grouped.groupby(group)["person"].nunique().sort_values(kind="stable")
    small_groups = [str(name) for name in sizes.index[sizes < smallest_group]]
    large_groups = [str(name) for name in sizes.index if str(name) not in small_groups]
    while True:
        while (
            small_groups
            and large_groups
            and len(frozenset().union(*(cells[c] for c in cells if c[0] in small_groups))) < smallest_group
        ):
            small_groups.append(large_groups.pop(0))
        table = _merge_groups(cells, small_groups)
        suppressed, disclosed_group = _suppressed_cells(table, withheld_periods, smallest_group)
        if disclosed_group is None or not large_groups:
            break
        large_groups.remove(name := disclosed_group if disclosed_group in large_groups else large_groups[0])
        small_groups.append(name)
    named = grouped.assign(
        published_name=grouped[group].astype("str").where(~grouped[group].isin(small_groups), OTHERS)
    )
    return _published_cells(named, suppressed, small_groups, smallest_group)


def _published_cells(
    changes_by_name: pd.DataFrame, suppressed: set[tuple[str, str]], small_groups: list[str], smallest_group: int
) -> PublishedCells:
    by_period = {
        (str(g), str(p)): _group_cell(str(g), str(p), changes)
        for (g, p), changes in changes_by_name.groupby(["published_name", "period"])
    }
    totals = [_group_cell(str(name), None, changes) for name, changes in changes_by_name.groupby("published_name")]
    published_names = {total.group for total in totals if total.people >= smallest_group}
    suppressed = suppressed | {key for key in by_period if key[0] not in published_names}
    cells: list[GroupCell] = []
    for total in sorted(totals, key=lambda total: (total.group == OTHERS, total.group)):
        if total.group in published_names:
            cells.append(total)
            cells += [cell for key, cell in by_period.items() if key[0] == total.group and key not in suppressed]
    return PublishedCells(cells, tuple(sorted(small_groups)), len(totals) - len(published_names) + len(suppressed))


def _withheld_periods(grouped: pd.DataFrame, smallest_group: int) -> set[str]:
    """Return periods whose total is suppressed: too few people, or needed to protect such a period."""
    by_period = [(str(period), frozenset(members)) for period, members in grouped.groupby("period")["person"]]
    ordered = sorted(by_period, key=lambda p: (len(p[1]), p[0]))
    withheld: set[str] = set()
    withheld_people: frozenset[str] = frozenset()
    for period, members in ordered:
        if len(members) < smallest_group or 0 < len(withheld_people) < smallest_group:
            withheld.add(period)
            withheld_people |= members
    return withheld


def _merge_groups(
    cells: dict[tuple[str, str], frozenset[str]], small_groups: list[str]
) -> dict[tuple[str, str], frozenset[str]]:
    """Return the cells with the small groups merged into `others`."""
    table: dict[tuple[str, str], frozenset[str]] = {}
    for (name, period), people in cells.items():
        key = (OTHERS if name in small_groups else name, period)
        table[key] = table.get(key, frozenset()) | people
    return table


def _suppressed_cells(
    table: dict[tuple[str, str], frozenset[str]], withheld_periods: set[str], smallest_group: int
) -> tuple[set[tuple[str, str]], str | None]:
    """Return the suppressed cells, and a group that cannot be protected by suppression, if there is one.

    Readers only know the sum over all withheld periods, so these are one column of the graph.
    """
    suppressed = {key for key, people in table.items() if len(people) < smallest_group or key[1] in withheld_periods}
    graph = SuppressedCells(smallest_group)
    for group, period in sorted(suppressed):
        graph.add(group, "" if period in withheld_periods else period, table[group, period])
    published = {key: people for key, people in table.items() if key not in suppressed}
    for edge in graph.sensitive_cells():
        if graph.is_disclosed(edge):
            rectangle = complementary_cells(graph, published, edge)
            if rectangle is None:
                return suppressed, edge[0]
            for cell in rectangle:
                suppressed.add(cell)
                graph.add(*cell, published.pop(cell))
    return suppressed, None


def _group_cell(name: str, period: str | None, changes: pd.DataFrame) -> GroupCell:
    return GroupCell(name, period, float(changes["ai"].sum()), len(changes), int(changes["person"].nunique()))
