"""Sums and means of changes by the cells of a panel, that is by person and period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Ints


def sum_by_cell(values: Floats, rows: Ints, columns: Ints, shape: tuple[int, int]) -> Floats:
    """Return the sum (A, P) of the values (N,) of each cell; `rows`, `columns` (N,): the cell of each value."""
    sums = np.bincount(rows * shape[1] + columns, weights=values, minlength=shape[0] * shape[1])
    return sums.astype(np.float64, copy=False).reshape(shape)


def mean_by_cell(values: Floats, rows: Ints, columns: Ints, shape: tuple[int, int]) -> Floats:
    """Return the mean (A, P) of the values (N,) of each cell; NaN without values."""
    means, count = (sum_by_cell(summed, rows, columns, shape) for summed in (values, np.ones(len(values))))
    # In place: a history with thousands of people has hundreds of times more cells than changes.
    np.divide(means, count, out=means, where=count > 0)
    means[count == 0] = np.nan
    return means
