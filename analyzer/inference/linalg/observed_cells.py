"""The observed cells of a panel, stored sparsely: few of people × periods, where people come and go over years."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Ints, Mask

    Values = TypeVar("Values", Floats, Mask)


@dataclass(frozen=True, slots=True)
class Support:
    """N cells of a panel (A, P), of the a people and p periods that have any, by person, then period.

    Attributes
    ----------
    shape : (A, P).
    people : (a,) their numbers in the panel.
    periods : (p,) their numbers in the panel.
    person, period : (N,) of each cell, as positions in `people` and `periods`.
    first : (a,) position of each person's first cell.
    """

    shape: tuple[int, int]
    people: Ints
    periods: Ints
    person: Ints
    period: Ints
    first: Ints
    _in_period: sparse.csr_array

    @classmethod
    def of(cls, observed: Mask) -> Support:
        """Return the support of the observed cells (A, P)."""
        rows, columns = np.nonzero(observed)
        people, first, person = np.unique(rows, return_index=True, return_inverse=True)
        periods, period = np.unique(columns, return_inverse=True)
        in_period = sparse.csr_array(
            (np.ones(len(period)), (np.arange(len(period)), period)), shape=(len(period), len(periods))
        )
        return cls(observed.shape, people, periods, person, period, first, in_period)

    def from_panel(self, panel: Values) -> Values:
        """Return the observed cells (…, N) of a panel (…, A, P)."""
        cells: Values = panel[..., self.people[self.person], self.periods[self.period]]
        return cells

    def to_panel(self, cells: Floats) -> Floats:
        """Return a panel (…, A, P) of cells (…, N), 0 elsewhere."""
        panel = np.zeros((*cells.shape[:-1], *self.shape))
        panel[..., self.people[self.person], self.periods[self.period]] = cells
        return panel

    def to_grid(self, cells: Floats) -> Floats:
        """Return a grid (…, a, p) of cells (…, N), 0 elsewhere."""
        grid = np.zeros((*cells.shape[:-1], len(self.people), len(self.periods)))
        grid[..., self.person, self.period] = cells
        return grid

    def broadcast_people(self, values: Floats) -> Floats:
        """Return each cell's value (…, N) of values per person (…, a)."""
        return np.take(values, self.person, axis=-1)

    def broadcast_periods(self, values: Floats) -> Floats:
        """Return each cell's value (…, N) of values per period (…, p)."""
        return np.take(values, self.period, axis=-1)

    def reduce_by_person(self, cells: Floats, reduction: np.ufunc = np.add) -> Floats:
        """Reduce cells (…, N) to values per person (…, a): sums by default."""
        reduced: Floats = reduction.reduceat(cells, self.first, axis=-1)
        return reduced

    def sum_by_period(self, cells: Floats) -> Floats:
        """Return sums per period (…, p) of cells (…, N)."""
        leading = cells.shape[:-1]
        flat = np.asarray(cells.reshape(math.prod(leading), cells.shape[-1]) @ self._in_period)
        return flat.reshape(*leading, len(self.periods))


def nonempty_blocks(rows: Mask) -> list[tuple[int, tuple[Ints, Ints]]]:
    """Return the repositories of rows (R, A, P) that have any, each with the open mesh of its people and periods."""
    blocks = []
    for r in np.flatnonzero(rows.any(axis=(1, 2))):
        people, periods = np.ix_(rows[r].any(axis=1), rows[r].any(axis=0))
        blocks.append((int(r), (people, periods)))
    return blocks
