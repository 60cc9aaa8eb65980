"""Outcomes that add up sizes, and their expectation if sizes were permuted (R6.5 of docs/method.md)."""

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
    mark = np.sign(marks.to_numpy(dtype=float)) + (marks.to_numpy(dtype=float) >= 1)
    frame = pd.DataFrame({"row": rows, "mark": mark, "size": size})
    mean = frame.groupby(["row", "mark"])["size"].transform("mean").to_numpy(dtype=float)
    sums = []
    for values in (size, mean):
        total = np.zeros(shape)
        np.add.at(total, (rows[has_size], columns[has_size]), values[has_size])
        sums.append(total)
    return sums[0], sums[1]
