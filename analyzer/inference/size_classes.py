"""Compare commits or changes of the same size: size classes as a further part of the cells of a matched comparison.

Marked changes are several times longer in most histories, and a long change touches tests, repeats code and takes time
to land more often whoever wrote it. In OpenHands' history marked commits touch tests 29 points more often than the same
people's other commits, and 3 points more often than those of the same size.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from analyzer.inference.strata import codes, number_tuples

# Sizes of one class differ by less than this factor.
SIZE_FACTOR = 4.0


def within_size_classes(outcome_rows: pd.DataFrame, size_rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with a known size, with the size class added to the cell.

    Parameters
    ----------
    outcome_rows : table `outcome_rows` of an outcome.
    size_rows : table `outcome_rows` of an outcome that is the log of a size, one row per key.
    """
    log_size = size_rows["events"].astype(float).groupby(size_rows["key"]).sum()
    size = outcome_rows["key"].map(log_size).astype(float)
    known = size.notna()
    rows = outcome_rows[known]
    size_class: pd.Series = (size[known] / math.log(SIZE_FACTOR)).apply(np.floor).astype(int)
    pair = number_tuples(codes(rows["cell"]), codes(size_class))
    first = np.unique(pair, return_index=True)[1]
    names = [f"{cell}|{number}" for cell, number in zip(rows["cell"].iloc[first], size_class.iloc[first], strict=True)]
    return rows.assign(cell=pd.Categorical.from_codes(pair, names).reorder_categories(sorted(names)))  # type: ignore[call-overload]  # stubs know int only
