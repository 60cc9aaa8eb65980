"""Leave-one-author-out jackknife with full refits, and t(A-1) intervals.

Centred at the full-sample estimate (CV3 of MacKinnon, Nielsen and Webb, J. Applied Econometrics 2023). With few
clusters and drifting series the usual sandwich rejects far too often; this one holds its size (docs/method.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr, stdtrit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from analyzer.core.arrays import Floats, Ints, Mask

# Cells of a panel and of the equations of its periods, which a chunk holds several times over.
_CELLS_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A point with its jackknife standard error, 95 % t interval and degrees of freedom."""

    point: float
    se: float
    low: float
    high: float
    df: int

    @property
    def settled(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0

    @property
    def p(self) -> float:
        """Two-sided p of 0, t over the clusters; NaN where nothing scatters."""
        return 2 * float(stdtr(self.df, -abs(self.point) / self.se)) if self.se > 0 else math.nan


def interval(point: float, refits: Floats) -> Interval:
    """Interval of an estimate from its A leave-one-out refits (A,); NaN refits make it NaN."""
    clusters = len(refits)
    df = clusters - 1
    if df < 1:
        return Interval(point, math.nan, math.nan, math.nan, df)
    se = math.sqrt(df / clusters * float(((refits - point) ** 2).sum()))
    reach = float(stdtrit(df, 0.975)) * se
    return Interval(point, se, point - reach, point + reach, df)


def smallest_detectable(se: float, df: int) -> float:
    """Effect, on the scale of `se`, that a two-sided 5 % test would show four times in five."""
    return float(stdtrit(df, 0.975) + stdtrit(df, 0.80)) * se if df >= 1 else math.nan


def leave_one_out(rows: Mask, people: Ints | None = None) -> Iterator[tuple[NDArray[np.intp], Mask]]:
    """Chunks of (people left out, rows (B, A, P) without them), over the people that have rows.

    `people` (A,): whose rows they are; None = one row a person.
    """
    whose = np.arange(len(rows)) if people is None else people
    present = np.unique(whose[rows.any(axis=1)])
    size = max(1, _CELLS_AT_ONCE // max(rows.size + rows.shape[1] ** 2, 1))
    for begin in range(0, len(present), size):
        chosen = present[begin : begin + size]
        yield chosen, rows[None] & (whose[None] != chosen[:, None])[:, :, None]
