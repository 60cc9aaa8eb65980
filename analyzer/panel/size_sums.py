"""Outcomes that add up sizes, their expectation if sizes were permuted, and how finely people cut their work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Ints

# Columns of the table of merged changes that are sizes.
SIZE_COLUMNS = ("lines_added", "commits")


def size_sums_by_cell(
    marks: pd.Series, sizes: pd.Series, rows: Ints, columns: Ints, shape: tuple[int, int]
) -> tuple[Floats, Floats]:
    """Return sums (A, P) of sizes, and the same with every size replaced by a mean.

    The mean is over the person's changes of the same kind: unmarked, partly marked or fully marked. A change without a
    size (NA) adds nothing to either sum.
    """
    size = sizes.to_numpy(dtype=float, na_value=np.nan)
    has_size = np.isfinite(size)
    frame = pd.DataFrame({"row": rows, "mark": _kind_of_mark(marks), "size": size})
    mean = frame.groupby(["row", "mark"])["size"].transform("mean").to_numpy(dtype=float)
    sums = []
    for values in (size, mean):
        total = np.zeros(shape)
        np.add.at(total, (rows[has_size], columns[has_size]), values[has_size])
        sums.append(total)
    return sums[0], sums[1]


def relative_size_by_cell(
    marks: pd.Series, lines: pd.Series, rows: Ints, columns: Ints, shape: tuple[int, int]
) -> Floats:
    """Return how long the cell's changes are for this person (A, P): mean log(1 + lines); NaN without such changes.

    Each change is compared with the person's mean over changes of the same kind: unmarked, partly marked or fully
    marked. Marked changes may therefore be longer than others; what shows is a person who cuts the same work finer.
    """
    size = np.log1p(lines.to_numpy(dtype=float, na_value=np.nan))
    frame = pd.DataFrame({"row": rows, "mark": _kind_of_mark(marks), "size": size})
    deviation = size - frame.groupby(["row", "mark"])["size"].transform("mean").to_numpy(dtype=float)
    has_size = np.isfinite(deviation)
    total, n = np.zeros(shape), np.zeros(shape)
    np.add.at(total, (rows[has_size], columns[has_size]), deviation[has_size])
    np.add.at(n, (rows[has_size], columns[has_size]), 1.0)
    mean: Floats = np.divide(total, n, out=np.full(shape, np.nan), where=n > 0)
    return mean


def _kind_of_mark(marks: pd.Series) -> Floats:
    """Return 0 for unmarked, 1 for partly marked and 2 for fully marked changes."""
    values = marks.to_numpy(dtype=float)
    kind: Floats = np.sign(values) + (values >= 1)
    return kind
