"""Outcomes that add up sizes, their expectation if sizes were permuted, and how finely people cut their work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.panel.cell_sums import mean_by_cell, sum_by_cell

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
    sizes_of_cell, means_of_cell = (
        sum_by_cell(values[has_size], rows[has_size], columns[has_size], shape) for values in (size, mean)
    )
    return sizes_of_cell, means_of_cell


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
    return mean_by_cell(deviation[has_size], rows[has_size], columns[has_size], shape)


def _kind_of_mark(marks: pd.Series) -> Floats:
    """Return 0 for unmarked, 1 for partly marked and 2 for fully marked changes."""
    values = marks.to_numpy(dtype=float)
    kind: Floats = np.sign(values) + (values >= 1)
    return kind
