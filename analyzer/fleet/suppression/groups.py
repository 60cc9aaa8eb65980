"""Shares by group: what fewer people than the smallest group did is not shown, and cannot be had by subtraction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.fleet.suppression.cuts import Hidden, rectangle

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

# What small teams are called together, and what belongs to none.
OTHERS, NO_TEAM = "others", "(no team)"


@dataclass(frozen=True, slots=True)
class Cell:
    """Merged changes of a group in a period (None: all of them): declared part, how many, by how many people."""

    group: str
    period: str | None
    declared: float
    n: int
    people: int


@dataclass(frozen=True, slots=True)
class Shown:
    """Cells to show, groups put together as `others`, and how many cells hold fewer people than may be shown."""

    cells: Sequence[Cell]
    together: tuple[str, ...]
    suppressed: int


def shown(units: pd.DataFrame, group: str, smallest: int) -> Shown:
    """Groups as a whole and by period (columns person, `group`, period, ai), as far as they may be shown.

    Each change is of one group, and all changes together are shown as well, by the same rule. Small groups are put
    together until they are as many people as the smallest group; where that is not enough the smallest shown group
    joins them. Cells by period are left out until no sum or difference of what is shown is one of fewer people
    (`cuts`); a group for which that cannot be had is put to the others.
    """
    known = units[units[group].notna()]
    by_cell = known.groupby([group, "period"])["person"]
    cells = {(str(g), str(p)): frozenset(own) for (g, p), own in by_cell}
    periods = _withheld(known, smallest)
    sizes = known.groupby(group)["person"].nunique().sort_values(kind="stable")
    small = [str(name) for name in sizes.index[sizes < smallest]]
    rest = [str(name) for name in sizes.index if str(name) not in small]
    while True:
        while small and rest and len(frozenset().union(*(cells[c] for c in cells if c[0] in small))) < smallest:
            small.append(rest.pop(0))
        table = _together(cells, small)
        hidden, told = _hidden(table, periods, smallest)
        if told is None or not rest:
            break
        rest.remove(name := told if told in rest else rest[0])
        small.append(name)
    named = known.assign(shown=known[group].astype("str").where(~known[group].isin(small), OTHERS))
    return _shown(named, hidden, small, smallest)


def _shown(named: pd.DataFrame, hidden: set[tuple[str, str]], small: list[str], smallest: int) -> Shown:
    rows = {(str(g), str(p)): _cell(str(g), str(p), own) for (g, p), own in named.groupby(["shown", "period"])}
    wholes = [_cell(str(name), None, own) for name, own in named.groupby("shown")]
    enough = {whole.group for whole in wholes if whole.people >= smallest}
    hidden = hidden | {key for key in rows if key[0] not in enough}
    cells: list[Cell] = []
    for whole in sorted(wholes, key=lambda whole: (whole.group == OTHERS, whole.group)):
        if whole.group in enough:
            cells.append(whole)
            cells += [cell for key, cell in rows.items() if key[0] == whole.group and key not in hidden]
    return Shown(cells, tuple(sorted(small)), len(wholes) - len(enough) + len(hidden))


def _withheld(known: pd.DataFrame, smallest: int) -> set[str]:
    """Periods in which all changes together are not shown: of too few people, or else telling of these."""
    people = [(str(period), frozenset(own)) for period, own in known.groupby("period")["person"]]
    ordered = sorted(people, key=lambda p: (len(p[1]), p[0]))
    found: set[str] = set()
    missing: frozenset[str] = frozenset()
    for period, own in ordered:
        if len(own) < smallest or 0 < len(missing) < smallest:
            found.add(period)
            missing |= own
    return found


def _together(cells: dict[tuple[str, str], frozenset[str]], small: list[str]) -> dict[tuple[str, str], frozenset[str]]:
    """The same with small groups as one."""
    table: dict[tuple[str, str], frozenset[str]] = {}
    for (name, period), own in cells.items():
        key = (OTHERS if name in small else name, period)
        table[key] = table.get(key, frozenset()) | own
    return table


def _hidden(
    table: dict[tuple[str, str], frozenset[str]], withheld: set[str], smallest: int
) -> tuple[set[tuple[str, str]], str | None]:
    """Cells of group and period that are not shown, and a group of which too much is told even so, if there is one.

    Periods withheld are known by their sum alone, so in the graph they are one.
    """
    gone = {key for key, own in table.items() if len(own) < smallest or key[1] in withheld}
    graph = Hidden(smallest)
    for group, period in sorted(gone):
        graph.add(group, "" if period in withheld else period, table[group, period])
    left = {key: own for key, own in table.items() if key not in gone}
    for edge in graph.small():
        if graph.told(edge):
            ring = rectangle(graph, left, edge)
            if ring is None:
                return gone, edge[0]
            for cell in ring:
                gone.add(cell)
                graph.add(*cell, left.pop(cell))
    return gone, None


def _cell(name: str, period: str | None, own: pd.DataFrame) -> Cell:
    return Cell(name, period, float(own["ai"].sum()), len(own), int(own["person"].nunique()))
