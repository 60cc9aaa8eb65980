"""The cells of a panel that anything is fitted to: few of authors × periods, where people come and go over years."""

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
    """N cells of a panel (A, P), of the a authors and p periods that have any, by author, then period.

    whole: (A, P). authors (a,), periods (p,): their numbers in the panel. author, period (N,): of each cell, counted
    among these. first (a,): where each author's cells begin.
    """

    shape: tuple[int, int]
    authors: Ints
    periods: Ints
    author: Ints
    period: Ints
    first: Ints
    _in_period: sparse.csr_array

    @classmethod
    def of(cls, observed: Mask) -> Support:
        """The cells that are observed (A, P)."""
        rows, columns = np.nonzero(observed)
        authors, first, author = np.unique(rows, return_index=True, return_inverse=True)
        periods, period = np.unique(columns, return_inverse=True)
        in_period = sparse.csr_array(
            (np.ones(len(period)), (np.arange(len(period)), period)), shape=(len(period), len(periods))
        )
        return cls(observed.shape, authors, periods, author, period, first, in_period)

    def cells(self, panel: Values) -> Values:
        """(…, A, P) → (…, N)."""
        found: Values = panel[..., self.authors[self.author], self.periods[self.period]]
        return found

    def restored(self, cells: Floats) -> Floats:
        """(…, N) → (…, A, P), 0 elsewhere."""
        found = np.zeros((*cells.shape[:-1], *self.shape))
        found[..., self.authors[self.author], self.periods[self.period]] = cells
        return found

    def spread(self, cells: Floats) -> Floats:
        """(…, N) → (…, a, p), 0 elsewhere."""
        found = np.zeros((*cells.shape[:-1], len(self.authors), len(self.periods)))
        found[..., self.author, self.period] = cells
        return found

    def of_author(self, values: Floats) -> Floats:
        """(…, a) → (…, N)."""
        return np.take(values, self.author, axis=-1)

    def of_period(self, values: Floats) -> Floats:
        """(…, p) → (…, N)."""
        return np.take(values, self.period, axis=-1)

    def by_author(self, cells: Floats, fold: np.ufunc = np.add) -> Floats:
        """(…, N) → (…, a): sums, or what else folds them."""
        found: Floats = fold.reduceat(cells, self.first, axis=-1)
        return found

    def by_period(self, cells: Floats) -> Floats:
        """(…, N) → (…, p): sums."""
        before = cells.shape[:-1]
        flat = np.asarray(cells.reshape(math.prod(before), cells.shape[-1]) @ self._in_period)
        return flat.reshape(*before, len(self.periods))


def nonempty_blocks(rows: Mask) -> list[tuple[int, tuple[Ints, Ints]]]:
    """Repositories of (R, A, P) that have rows, each with the open mesh of its authors and periods that have some."""
    found = []
    for r in np.flatnonzero(rows.any(axis=(1, 2))):
        authors, periods = np.ix_(rows[r].any(axis=1), rows[r].any(axis=0))
        found.append((int(r), (authors, periods)))
    return found
