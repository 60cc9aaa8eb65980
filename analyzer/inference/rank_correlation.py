"""Ranks: how share and outcome go together over all rows at once, and within people. Described, never graded.

Spearman's coefficient (Am. J. Psychol. 1904) is the correlation of mid-ranks, so no scale, log or outlier decides it.
Pooled, it compares people with each other as well; the median of people's own coefficients does not. Where the two say
different things, who the people are explains the pooled one (Simpson, JRSS B 1951). Seasons and trends that all people
share are in both: the recorded figure takes them out, these do not.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import bdtr

from analyzer.inference.jackknife import interval, leave_one_out

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Ints, Mask

# Below five rows no order is rare: of four, the two extreme ones have a two-sided p of 2/4! = 0.083.
FEWEST_ROWS = 5
# Below six values no two of them hold the median in 95 %: of five, the outermost miss it in 2/2⁵ = 0.063.
FEWEST_PEOPLE = 6
_LEVEL = 0.05


class Ranks(NamedTuple):
    """Spearman over all rows with its jackknife interval, and the median of people's own with its sign-test interval.

    authors, rows: behind the pooled one; authors_within, rows_within: behind the median. simpson: they differ in sign,
    as `differ` has it.
    """

    pooled: float
    pooled_low: float
    pooled_high: float
    within: float
    within_low: float
    within_high: float
    authors: int
    rows: int
    authors_within: int
    rows_within: int

    @property
    def simpson(self) -> bool:
        """Whether pooled and within people differ in sign, beyond noise.

        Only an interval that leaves out 0 gives a sign, so noise around 0 has none. True where (1) the pooled figure
        has a sign, and within people there is none or the opposite one; or (2) within people there is a sign, and the
        pooled figure is on the other side of 0. Either way the one with a sign must lie outside the other's interval:
        a weak figure is not yet a different one. That a link is there on one side and none on the other counts as well
        as one turned round; so it is in Simpson's own example. A pooled figure that is on the same side and merely
        too weak for a sign does not count: what all people share over time often gives a sign within them alone.
        """
        pooled, within = _sign(self.pooled_low, self.pooled_high), _sign(self.within_low, self.within_high)
        gone = within != pooled and not self.within_low <= self.pooled <= self.within_high
        turned = self.pooled * within < 0 and not self.pooled_low <= self.within <= self.pooled_high
        return bool((pooled and gone) or turned)


def ranks(y: Floats, share: Floats, rows: Mask, people: Ints) -> Ranks | None:
    """From outcome and share (A, P) on the rows of an estimate, and whose each (A,) is; None below six people.

    People count within where they have five rows in which share and outcome both move. Where a person has several
    stretches (regimes), ranks are taken in each and the coefficients averaged by their rows: nobody is compared across
    a cut. Pooled, all rows stand side by side.
    """
    own, used = _own(y, share, rows, people)
    if len(own) < FEWEST_PEOPLE:
        return None
    pooled = spearman(share[rows], y[rows])
    left = [spearman(share[kept], y[kept]) for _, chunk in leave_one_out(rows, people) for kept in chunk]
    found = interval(pooled, np.array(left))
    if not math.isfinite(found.low):
        return None
    low, high = median_interval(own)
    return Ranks(
        pooled,
        max(found.low, -1.0),
        min(found.high, 1.0),
        float(np.median(own)),
        low,
        high,
        authors=len(left),
        rows=int(rows.sum()),
        authors_within=len(own),
        rows_within=used,
    )


def spearman(one: Floats, two: Floats) -> float:
    """Correlation of mid-ranks of two series (N,); NaN where one of them is constant."""
    a, b = (_ranked(values) for values in (one, two))
    size = math.sqrt(float(a @ a) * float(b @ b))
    return min(max(float(a @ b) / size, -1.0), 1.0) if size > 0 else math.nan


def median_interval(values: Floats) -> tuple[float, float]:
    """Order statistics that hold the median in at least 95 %, exactly binomial; all of ±∞ below six values.

    The d-th smallest and largest, with the largest d for which 2 P(Bin(n, ½) < d) ≤ 5 %: the values of the median that
    a sign test does not reject (Conover, Practical Nonparametric Statistics, 1999, 3.2). No shape is assumed.
    """
    ordered, n, d = np.sort(values), len(values), 0
    while 2 * d < n and 2 * bdtr(d, n, 0.5) <= _LEVEL:
        d += 1
    return (float(ordered[d - 1]), float(ordered[n - d])) if d else (-math.inf, math.inf)


def _own(y: Floats, share: Floats, rows: Mask, people: Ints) -> tuple[Floats, int]:
    """Each person's own coefficient (people who have one,), and the rows behind all of them."""
    found: dict[int, list[tuple[float, int]]] = {}
    for k, whose in enumerate(people):
        n = int(rows[k].sum())
        rho = spearman(share[k, rows[k]], y[k, rows[k]]) if n >= FEWEST_ROWS else math.nan
        if math.isfinite(rho):
            found.setdefault(int(whose), []).append((rho, n))
    own = [sum(rho * n for rho, n in parts) / sum(n for _, n in parts) for parts in found.values()]
    return np.array(own), sum(n for parts in found.values() for _, n in parts)


def _ranked(values: Floats) -> Floats:
    """Mid-ranks less their mean: ties share the mean of their places."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ranked: Floats = (np.cumsum(count) - (count - 1) / 2)[place] - (len(values) + 1) / 2
    return ranked


def _sign(low: float, high: float) -> int:
    """Of what an interval leaves on one side of 0; 0 where it holds it."""
    return int(low > 0) - int(high < 0)
