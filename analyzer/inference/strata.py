"""Rates of marked and other work, pooled over strata (cells) that contain both.

The input is the table of outcomes, one row per (commit or change, cell). A cell's weight is its information,
e₁e₀ / (e₁ + e₀) of its two denominators (Mantel & Haenszel, J. Natl. Cancer Inst. 1959; Greenland & Robins, Biometrics
1985, for rate differences).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analyzer.core.constants import SECONDS_PER_DAY

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Ints, Mask

# Floating-point residue treated as zero.
_ROUNDING = 1e-9


class OutcomeRows(NamedTuple):
    """Outcomes as arrays (N,).

    Attributes
    ----------
    cell : number of the cell.
    key : number of the commit or change.
    cluster : number of the cluster that the jackknife leaves out.
    marked : marked part (0 to 1).
    events : events counted.
    denominator : what events are counted over.
    days : date, in days since 1970.
    weight : weight of a unit of the denominator in a regression; None counts all alike.
    nearby : marked share of the person's other work of that time; None leaves it out of a regression.
    """

    cell: Ints
    key: Ints
    cluster: Ints
    marked: Floats
    events: Floats
    denominator: Floats
    days: Floats
    weight: Floats | None = None
    nearby: Floats | None = None

    @classmethod
    def from_table(cls, table: pd.DataFrame, period: pd.Series | None = None) -> OutcomeRows:
        """Read a table of outcomes in its order; cells are person × `period` × cell, clusters are people.

        `period`: the period of each row; None for one period.
        """
        key, cluster = (pd.factorize(codes(table[name]))[0] for name in ("key", "person"))
        cell = number_tuples(cluster, codes(table["cell"]), *(() if period is None else (codes(period),)))
        marked, events, denominator = (table[name].to_numpy(np.float64) for name in ("ai", "events", "denominator"))
        days = table["when"].to_numpy("datetime64[s]").astype(np.float64) / SECONDS_PER_DAY
        return cls(cell, key, cluster, marked, events, denominator, days)

    def select(self, mask: Mask) -> OutcomeRows:
        """Return the rows of a mask (N,)."""
        return OutcomeRows(*(None if column is None else column[mask] for column in self))  # type: ignore[arg-type]


def codes(column: pd.Series) -> Ints:
    """Return a number for each value of a column; those of a coded column are at hand."""
    is_coded = isinstance(column.dtype, pd.CategoricalDtype)
    numbers: Ints = (column.cat.codes.to_numpy() if is_coded else pd.factorize(column)[0]).astype(np.int64)
    return numbers


def number_tuples(*columns: Ints) -> Ints:
    """Return the number of each row's tuple of numbers (N,), from 0 in the order in which tuples first appear."""
    numbers = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        numbers = pd.factorize(numbers * (int(column.max(initial=0)) + 2) + column + 1)[0]
    return numbers


def _cell_sums(rows: OutcomeRows, size: int) -> Floats:
    """Return denominators, then events, of each cell's marked and other part (4, cells)."""
    columns = (
        rows.marked * rows.denominator,
        (1 - rows.marked) * rows.denominator,
        rows.marked * rows.events,
        (1 - rows.marked) * rows.events,
    )
    return np.array([np.bincount(rows.cell, weights=column, minlength=size) for column in columns])


def rows_in_mixed_strata(rows: OutcomeRows) -> Mask:
    """Return which rows (N,) are in cells with both marked and other work."""
    if not len(rows.cell):
        return np.zeros(0, dtype=np.bool_)
    e1, e0, _, _ = _cell_sums(rows, int(rows.cell.max()) + 1)
    mixed: Mask = ((e1 > 0) & (e0 > 0))[rows.cell]
    return mixed


def _weighted_rates(sums: Floats) -> Floats:
    """Return the weight of each cell and its weighted rates, marked and other (3, cells)."""
    e1, e0, y1, y0 = sums
    weights = np.divide(e1 * e0, e1 + e0, out=np.zeros_like(e1), where=(e1 > 0) & (e0 > 0))
    mixed = weights > 0
    rate1 = np.divide(y1, e1, out=np.zeros_like(e1), where=mixed)
    rate0 = np.divide(y0, e0, out=np.zeros_like(e0), where=mixed)
    return np.array([weights, weights * rate1, weights * rate0])


def _rates_and_difference(totals: Floats) -> Floats:
    """Divide sums of weighted rates by the sum of weights: marked rate, other rate and their difference (3, n)."""
    weights, marked, other = totals
    numerators: Floats = np.array([marked, other, marked - other])
    quotients: Floats = np.divide(numerators, weights, out=np.full_like(numerators, np.nan), where=weights > 0)
    return quotients


def rates(rows: OutcomeRows) -> Floats:
    """Return the marked rate, the other rate and their difference over all cells (3,)."""
    return _rates_and_difference(_weighted_rates(_cell_sums(rows, int(rows.cell.max()) + 1)).sum(axis=1))


def leave_one_out_rates(rows: OutcomeRows, labels: Ints) -> Floats:
    """Return the three rates without the rows of each label in turn (3, labels), labels ascending.

    Only the cells that a label has rows in are computed again.
    """
    size = int(rows.cell.max()) + 1
    sums = _cell_sums(rows, size)
    cells = _weighted_rates(sums)
    pairs, pair_of_row = np.unique(labels * size + rows.cell, return_inverse=True)
    pair_sums = _cell_sums(rows._replace(cell=pair_of_row), len(pairs))
    remaining = np.maximum(sums[:, pairs % size] - pair_sums, 0.0)
    remaining[remaining < _ROUNDING] = 0.0
    changes = _weighted_rates(remaining) - cells[:, pairs % size]
    present, label = np.unique(pairs // size, return_inverse=True)
    label_changes = np.array([np.bincount(label, weights=change, minlength=len(present)) for change in changes])
    return _rates_and_difference(cells.sum(axis=1)[:, None] + label_changes)


def pooled_difference(rows: OutcomeRows) -> float | None:
    """Return the difference of the two rates without matching; None where one side has no denominator."""
    e1, e0, y1, y0 = (column.sum() for column in _cell_sums(rows._replace(cell=np.zeros_like(rows.cell)), 1))
    return float(y1 / e1 - y0 / e0) if e1 > 0 and e0 > 0 else None
