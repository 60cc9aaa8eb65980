"""Test whether commit sizes, within people, shifted along with a change of the marked rate.

If only labelling changed, the newly marked commits were made before as well, and sizes stay the same. If use of AI
changed, sizes move towards those of marked commits: by the change of the rate, times the size difference between marked
and other commits. Both are means within people. The interval of the observed shift is a jackknife over people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    import pandas as pd

# Minimum people with commits on both sides, and minimum commits of each of them per side.
_MIN_PEOPLE, _MIN_COMMITS = 5, 10
# With a smaller expected shift no history of plausible length can tell use from labelling.
_MIN_DIFFERENCE = 0.1


class SizeShift(NamedTuple):
    """Expected shift of log size if use changed like the marked rate, and 90 % interval of the observed shift."""

    expected: float
    low: float
    high: float


def size_shift(before: pd.DataFrame, after: pd.DataFrame) -> SizeShift | None:
    """Return the shift of commit sizes; None with too few people on both sides, or if the expected shift is too small.

    `before`, `after`: commits with columns person, ai, size (log).
    """
    sides = [side[side["person"].notna() & side["size"].notna()] for side in (before, after)]
    counts = [side.groupby("person").size() for side in sides]
    stayers = sorted(set(counts[0].index[counts[0] >= _MIN_COMMITS]) & set(counts[1].index[counts[1] >= _MIN_COMMITS]))
    if len(stayers) < _MIN_PEOPLE:
        return None
    sides = [side[side["person"].isin(stayers)].assign(size=side["size"].astype(float)) for side in sides]
    expected = _expected_shift(*sides)
    if expected is None or abs(expected) < _MIN_DIFFERENCE:
        return None
    means = [side.groupby("person")["size"].mean().reindex(stayers).to_numpy() for side in sides]
    weights = np.minimum(*(count.reindex(stayers).to_numpy(float) for count in counts))
    shifts = means[1] - means[0]
    mean_shift = np.average(shifts, weights=weights)
    leave_one_out = np.array(
        [np.average(np.delete(shifts, k), weights=np.delete(weights, k)) for k in range(len(shifts))]
    )
    error = np.sqrt((len(shifts) - 1) / len(shifts) * np.sum((leave_one_out - leave_one_out.mean()) ** 2))
    margin = float(stdtrit(len(shifts) - 1, 0.95)) * error
    return SizeShift(expected, float(mean_shift - margin), float(mean_shift + margin))


def _expected_shift(before: pd.DataFrame, after: pd.DataFrame) -> float | None:
    """Return the change of the marked rate within people, times how much larger their marked commits are."""
    side = after if after["ai"].mean() >= before["ai"].mean() else before
    rate = side.groupby("person")["ai"].transform("mean")
    mixed = side[(rate > 0) & (rate < 1)]
    if mixed["ai"].sum() < _MIN_COMMITS or (~mixed["ai"]).sum() < _MIN_COMMITS:
        return None
    by_person = mixed.groupby("person")
    size = mixed["size"] - by_person["size"].transform("mean")
    marked = mixed["ai"].astype(float) - by_person["ai"].transform("mean")
    size_difference = float((size * marked).sum() / (marked**2).sum())
    rates = [period.groupby("person")["ai"].mean() for period in (before, after)]
    return float((rates[1] - rates[0]).mean()) * size_difference
