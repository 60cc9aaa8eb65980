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
    smallest shown group joins them, so that no total minus the shown ones tells of fewer people. Within a shown group
    periods of fewer people are left out, with the next smallest one where a single one would be missing.
    """
    known = units[units[group].notna()]
    sizes = known.groupby(group)["person"].nunique().sort_values(kind="stable")
    small = list(sizes.index[sizes < smallest])
    rest = [name for name in sizes.index if name not in small]
    while small and rest and known.loc[known[group].isin(small), "person"].nunique() < smallest:
        small.append(rest.pop(0))
    named = known.assign(shown=known[group].where(~known[group].isin(small), OTHERS))
    enough = [name for name, own in named.groupby("shown") if own["person"].nunique() >= smallest]
    cells: list[Cell] = []
    suppressed = named["shown"].nunique() - len(enough)
    for name in sorted(enough, key=lambda name: (name == OTHERS, name)):
        own = named[named["shown"] == name]
        cells.append(_cell(str(name), None, own))
        periods, left_out = _periods(str(name), own, smallest)
        cells += periods
        suppressed += left_out
    return Shown(cells, tuple(sorted(map(str, small))), suppressed)


def _periods(name: str, own: pd.DataFrame, smallest: int) -> tuple[list[Cell], int]:
    cells = [_cell(name, str(period), part) for period, part in own.groupby("period")]
    small = [cell for cell in cells if cell.people < smallest]
    large = sorted((cell for cell in cells if cell.people >= smallest), key=lambda cell: (cell.people, cell.n))
    if len(small) == 1 and large:
        small.append(large[0])
    return [cell for cell in cells if cell not in small], len(small)


def _cell(name: str, period: str | None, own: pd.DataFrame) -> Cell:
    return Cell(name, period, float(own["ai"].sum()), len(own), int(own["person"].nunique()))
