"""Did the work change with what is declared? Sizes of commits, within people, before and after a change.

If marking alone changed, the newly declared commits are ones that were made before as well, and work keeps its sizes.
If use changed, work moves towards the declared commits' sizes by the change of the rate times the difference between
the two. Both are means within people; the interval of the observed shift is a jackknife over people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    import pandas as pd

# People who must be there on both sides, and their commits there.
_FEWEST, _ACTIVE = 5, 10
# A difference of sizes that is smaller tells use from marking in no history of a plausible length.
_TELLING = 0.1


class Shift(NamedTuple):
    """Expected shift of log size if use had changed as the declared rate did, and the 90 % interval of the observed."""

    expected: float
    low: float
    high: float


def shifted(before: pd.DataFrame, after: pd.DataFrame) -> Shift | None:
    """None where too few people are on both sides, or declared and other work have the same sizes."""
    sides = [side[side["author"].notna() & side["size"].notna()] for side in (before, after)]
    counts = [side.groupby("author").size() for side in sides]
    stayed = sorted(set(counts[0].index[counts[0] >= _ACTIVE]) & set(counts[1].index[counts[1] >= _ACTIVE]))
    if len(stayed) < _FEWEST:
        return None
    sides = [side[side["author"].isin(stayed)].assign(size=side["size"].astype(float)) for side in sides]
    expected = _expected(*sides)
    if expected is None or abs(expected) < _TELLING:
        return None
    means = [side.groupby("author")["size"].mean().reindex(stayed).to_numpy() for side in sides]
    weights = np.minimum(*(count.reindex(stayed).to_numpy(float) for count in counts))
    moves = means[1] - means[0]
    whole = np.average(moves, weights=weights)
    left = np.array([np.average(np.delete(moves, k), weights=np.delete(weights, k)) for k in range(len(moves))])
    error = np.sqrt((len(moves) - 1) / len(moves) * np.sum((left - left.mean()) ** 2))
    reach = float(stdtrit(len(moves) - 1, 0.95)) * error
    return Shift(expected, float(whole - reach), float(whole + reach))


def _expected(before: pd.DataFrame, after: pd.DataFrame) -> float | None:
    """Change of the declared rate within people times how much larger their declared commits are."""
    side = after if after["ai"].mean() >= before["ai"].mean() else before
    by = side.groupby("author")["ai"].transform("mean")
    mixed = side[(by > 0) & (by < 1)]
    if mixed["ai"].sum() < _ACTIVE or (~mixed["ai"]).sum() < _ACTIVE:
        return None
    own = mixed.groupby("author")
    size = mixed["size"] - own["size"].transform("mean")
    marked = mixed["ai"].astype(float) - own["ai"].transform("mean")
    larger = float((size * marked).sum() / (marked**2).sum())
    rates = [part.groupby("author")["ai"].mean() for part in (before, after)]
    return float((rates[1] - rates[0]).mean()) * larger
