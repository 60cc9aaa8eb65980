"""judged → sums by cell, and the rates that cells which hold both kinds of work give together.

A cell weighs by what it can tell: e₁e₀ / (e₁ + e₀) of its two exposures (Mantel & Haenszel, J. Natl. Cancer Inst. 1959;
Greenland & Robins, Biometrics 1985, for rate differences).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Ints, Mask

# What is left of a sum that should be nil.
_DUST = 1e-9


class Rows(NamedTuple):
    """Arrays of judged rows: cell, key and group numbers, declared part, events, exposure."""

    cell: Ints
    key: Ints
    group: Ints
    x: Floats
    y: Floats
    e: Floats

    @classmethod
    def read(cls, table: pd.DataFrame, period: pd.Series) -> Rows:
        """Rows of table `judged`, in its order; cells are author × `period` × cell, groups are authors."""
        cells = table["author"] + "|" + period.astype(str) + "|" + table["cell"]
        cell, key, group = (pd.factorize(column)[0] for column in (cells, table["key"], table["author"]))
        x, y, e = (table[name].to_numpy(np.float64) for name in ("ai", "events", "exposure"))
        return cls(cell, key, group, x, y, e)

    def of(self, kept: Mask) -> Rows:
        """Those rows alone."""
        return Rows(self.cell[kept], self.key[kept], self.group[kept], self.x[kept], self.y[kept], self.e[kept])


def _sums(rows: Rows, size: int) -> Floats:
    """Exposure and events of the declared and of the other part of each cell (4 × cells)."""
    parts = (rows.x * rows.e, (1 - rows.x) * rows.e, rows.x * rows.y, (1 - rows.x) * rows.y)
    return np.array([np.bincount(rows.cell, weights=part, minlength=size) for part in parts])


def both(rows: Rows) -> Mask:
    """Rows in cells that hold declared and other exposure."""
    if not len(rows.cell):
        return np.zeros(0, dtype=np.bool_)
    e1, e0, _, _ = _sums(rows, int(rows.cell.max()) + 1)
    found: Mask = ((e1 > 0) & (e0 > 0))[rows.cell]
    return found


def _weighed(sums: Floats) -> Floats:
    """Weight and weighted rates of each cell (3 × cells): rows of the fractions that `_rates` takes."""
    e1, e0, y1, y0 = sums
    weight = np.divide(e1 * e0, e1 + e0, out=np.zeros_like(e1), where=(e1 > 0) & (e0 > 0))
    held = weight > 0
    rate1 = np.divide(y1, e1, out=np.zeros_like(e1), where=held)
    rate0 = np.divide(y0, e0, out=np.zeros_like(e0), where=held)
    return np.array([weight, weight * rate1, weight * rate0])


def _told(totals: Floats) -> Floats:
    """Rate of the declared part, of the other part, and their difference (3 × n), from weights and weighted rates."""
    weight, one, zero = totals
    found: Floats = np.array([one, zero, one - zero])
    told: Floats = np.divide(found, weight, out=np.full_like(found, np.nan), where=weight > 0)
    return told


def rates(rows: Rows) -> Floats:
    """The three rates of all rows."""
    return _told(_weighed(_sums(rows, int(rows.cell.max()) + 1)).sum(axis=1))


def left_out(rows: Rows, labels: Ints) -> Floats:
    """The three rates without the rows of each label in turn (3 × labels, ascending), its cells made anew."""
    size = int(rows.cell.max()) + 1
    sums = _sums(rows, size)
    cells = _weighed(sums)
    pairs, place = np.unique(labels * size + rows.cell, return_inverse=True)
    own = _sums(rows._replace(cell=place), len(pairs))
    rest = np.maximum(sums[:, pairs % size] - own, 0.0)
    rest[rest < _DUST] = 0.0
    moved = _weighed(rest) - cells[:, pairs % size]
    known, label = np.unique(pairs // size, return_inverse=True)
    deltas = np.array([np.bincount(label, weights=part, minlength=len(known)) for part in moved])
    return _told(cells.sum(axis=1)[:, None] + deltas)


def pooled(rows: Rows) -> float | None:
    """The difference without any matching."""
    e1, e0, y1, y0 = (part.sum() for part in _sums(rows._replace(cell=np.zeros_like(rows.cell)), 1))
    return float(y1 / e1 - y0 / e0) if e1 > 0 and e0 > 0 else None
