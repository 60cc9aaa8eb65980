"""Shares by group: what fewer people than the smallest group did is not shown, and cannot be had by subtraction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

OTHERS = "others"


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

    Small groups are put together until they are as many people as the smallest group; where that is not enough the
    smallest shown group joins them. Of periods cells are left out until those missing from any group, and from any
    period, are none or enough people: no total minus what is shown tells of fewer.
    """
    known = units[units[group].notna()]
    sizes = known.groupby(group)["person"].nunique().sort_values(kind="stable")
    small = list(sizes.index[sizes < smallest])
    rest = [name for name in sizes.index if name not in small]
    while small and rest and known.loc[known[group].isin(small), "person"].nunique() < smallest:
        small.append(rest.pop(0))
    named = known.assign(shown=known[group].where(~known[group].isin(small), OTHERS))
    enough = [name for name, own in named.groupby("shown") if own["person"].nunique() >= smallest]
    grid = {(str(g), str(p)): _cell(str(g), str(p), own) for (g, p), own in named.groupby(["shown", "period"])}
    hidden = _hidden(named, grid, set(map(str, enough)), smallest)
    cells: list[Cell] = []
    for name in sorted(enough, key=lambda name: (name == OTHERS, name)):
        cells.append(_cell(str(name), None, named[named["shown"] == name]))
        cells += [cell for key, cell in grid.items() if key[0] == name and key not in hidden]
    return Shown(cells, tuple(sorted(map(str, small))), named["shown"].nunique() - len(enough) + len(hidden))


def _hidden(
    named: pd.DataFrame, grid: dict[tuple[str, str], Cell], enough: set[str], smallest: int
) -> set[tuple[str, str]]:
    """Cells of group and period that are not shown."""
    rows = named.groupby(["shown", "period"])["person"]
    people = {(str(g), str(p)): frozenset(own) for (g, p), own in rows}
    hidden = {key for key, cell in grid.items() if key[0] not in enough or cell.people < smallest}
    lines = [[key for key in grid if key[at] == name] for at in (0, 1) for name in {key[at] for key in grid}]
    lines.sort()
    changed = True
    while changed:
        changed = False
        for line in lines:
            missing = frozenset().union(*(people[key] for key in line if key in hidden))
            left = [key for key in line if key not in hidden]
            if 0 < len(missing) < smallest and left:
                hidden.add(min(left, key=lambda key: (grid[key].people, grid[key].n, key)))
                changed = True
    return hidden


def _cell(name: str, period: str | None, own: pd.DataFrame) -> Cell:
    return Cell(name, period, float(own["ai"].sum()), len(own), int(own["person"].nunique()))
