"""Outcomes that add sizes up, and what they would be if sizes were dealt anew (R6.5 of docs/method.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Ints

# Columns of the units' table that are sizes.
SUMS = ("lines_added", "commits")


def summed(
    marks: pd.Series, sizes: pd.Series, rows: Ints, columns: Ints, shape: tuple[int, int]
) -> tuple[Floats, Floats]:
    """Sums (A, P) of sizes, and the same with each change's size its author's mean over changes of the same mark.

    A change without a size (NA) adds nothing to either. A partly marked change is a kind of its own.
    """
    size = sizes.to_numpy(dtype=float, na_value=np.nan)
    known = np.isfinite(size)
    mark = np.sign(marks.to_numpy(dtype=float)) + (marks.to_numpy(dtype=float) >= 1)
    frame = pd.DataFrame({"row": rows, "mark": mark, "size": size})
    mean = frame.groupby(["row", "mark"])["size"].transform("mean").to_numpy(dtype=float)
    found = []
    for values in (size, mean):
        total = np.zeros(shape)
        np.add.at(total, (rows[known], columns[known]), values[known])
        found.append(total)
    return found[0], found[1]
