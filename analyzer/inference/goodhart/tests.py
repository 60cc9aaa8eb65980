"""One test for each way in which a target changes what it measures (Manheim and Garrabrant 2018; docs/method.md).

Each returns what it found, or why it cannot be run. None of them shows intent: the wording is "consistent with".
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import gammaln

from analyzer.inference.goodhart.comparisons import FEWEST_PEOPLE, Grounds, Sign, one_sided
from analyzer.inference.jackknife import interval
from analyzer.inference.models import PPML
from analyzer.panel import lagged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.core.arrays import Floats, Mask
    from analyzer.inference.jackknife import Interval

_WEEK, _WEEKS_OF_CELL, _DRAWS = 7, 4, 199
_ROSE = 0.05
_WEEKS, _REACH = 300, 0.25
_NO_DAY = "no target is configured, and the declared part never rose for good"


def regressional(g: Grounds) -> Sign | str:
    """Of a lead in the share seen in odd weeks, how much less is there in even weeks than drawing changes explains."""
    changes = g.changes[g.changes["ai"].notna()]
    if changes.empty:
        return "no changes"
    week = (changes["when"] - changes["when"].min()).dt.days // _WEEK
    keys = pd.factorize(changes["author"].astype(str) + " " + (week // _WEEKS_OF_CELL).astype(str))[0]
    cells = _Cells(keys, pd.factorize(changes["author"])[0], (week % 2 == 1).to_numpy(dtype=np.bool_))
    ai = changes["ai"].to_numpy(dtype=float)
    own = cells.slope(ai)
    if own is None:
        return "fewer than six people have two changes in odd and in even weeks of the same four"
    rng = np.random.default_rng(g.seed)
    in_cells = np.argsort(keys, kind="stable")
    drawn = []
    for _ in range(_DRAWS):
        dealt = np.empty_like(ai)
        dealt[in_cells] = ai[np.lexsort((rng.random(len(keys)), keys))]
        other = cells.slope(dealt)
        drawn.append(math.nan if other is None else other)
    known = np.array(drawn)[np.isfinite(drawn)]
    if len(known) < _DRAWS / 2:
        return "too few changes in each half"
    chance = float(known.mean())
    low, high = (float(chance - own + np.quantile(known, q) - chance) for q in (0.025, 0.975))
    p = (1 + int((known <= own).sum())) / (1 + len(known))
    note = (
        f"of a lead in odd weeks {100 * own:.0f} % is there in even weeks; drawing changes leaves {100 * chance:.0f} %"
    )
    return Sign(chance - own, low, high, p, holds=True, note=note)


class _Cells(NamedTuple):
    """Changes by person and four weeks: number of the cell, of the person, and whether the week is odd."""

    keys: NDArray[np.intp]
    author: NDArray[np.intp]
    odd: Mask

    def slope(self, ai: Floats) -> float | None:
        """Slope of the even weeks' share on the odd weeks' over cells with two changes in each."""
        size = int(self.keys.max()) + 1
        n = [np.bincount(self.keys, side, minlength=size) for side in (self.odd, ~self.odd)]
        k = [np.bincount(self.keys, ai * side, minlength=size) for side in (self.odd, ~self.odd)]
        used = (n[0] >= 2) & (n[1] >= 2)
        whose = np.zeros(size, dtype=np.intp)
        whose[self.keys] = self.author
        if len(np.unique(whose[used])) < FEWEST_PEOPLE:
            return None
        one, two = (k[s][used] / n[s][used] for s in (0, 1))
        spread = float(np.var(one))
        return float(np.cov(one, two, bias=True)[0, 1] / spread) if spread > 0 else None


def extremal(g: Grounds) -> Sign | str:
    """By how much the figure per +50 points is lower above the usual range of the share than inside it."""
    panel = g.panel
    x = panel.recorded
    rows = panel.known(x)
    when = np.array(panel.periods)
    early = np.ones(len(when), dtype=bool) if g.day is None else when < str(g.day.date())
    usual = x[rows & early & (np.nan_to_num(x) > 0)]
    if len(usual) < 20:
        return "fewer than twenty cells with a share before the day"
    knot = float(np.quantile(usual, 0.8))
    over = np.maximum(x - knot, 0.0)
    above = rows & (over > 0)
    if above.sum() < 20 or len(np.unique(panel.people[above.any(axis=1)])) < FEWEST_PEOPLE:
        return "fewer than six people are above the usual range"
    found = _last(g, panel.span, np.stack([x, over]))
    if found is None:
        return "the two slopes cannot be told apart"
    low, point, high = (-0.5 * v for v in (found.high, found.point, found.low))
    note = f"the usual range ends at a share of {knot:.0%}".replace("%", " %")
    return Sign(point, low, high, found.p, holds=True, note=note)


def _last(g: Grounds, rows: Mask, x: Floats) -> Interval | None:
    """Coefficient of the last exposure of x (K, A, P), jackknife over people."""
    panel = g.panel
    rows = rows & np.isfinite(x).all(axis=0)
    base = PPML.fit(panel.y, rows[None], x[None])
    if not base.converged[0] or not np.isfinite(base.variance[0, -1]):
        return None
    found = interval(float(base.beta[0, -1]), PPML.without_each(panel.y, rows, x, panel.people)[:, -1])
    return found if math.isfinite(found.se) and found.se > 0 else None


def causal(g: Grounds) -> Sign | str:
    """By how much the figure per +50 points is lower since the day, while the share is higher."""
    if g.day is None:
        return _NO_DAY
    panel = g.panel
    since = np.array(panel.periods) >= str(g.day.date())
    x = panel.recorded
    rise = g.rise()
    if rise is None or min(int(since.sum()), int((~since).sum())) < 3:
        return "fewer than three periods, or six people, on either side"
    found = _last(g, panel.span, np.stack([x, np.where(since, x, 0.0)]))
    before = _last(g, panel.span & ~since, x[None])
    if found is None or before is None:
        return "the two slopes cannot be told apart"
    low, point, high = (-0.5 * v for v in (found.high, found.point, found.low))
    holds = rise.low > 0 and rise.point >= _ROSE and before.low > 0
    note = f"the declared part rose by {100 * rise.point:.0f} points ({100 * rise.low:.0f} … {100 * rise.high:.0f})"
    return Sign(point, low, high, found.p, holds, note)


def bunching(g: Grounds) -> Sign | str:
    """Of shares near the target since it was set, how many more reach it than chance would around people's own course.

    A cell's chance is a draw of its changes at the share of the two periods beside it.
    """
    if g.target is None or g.day is None:
        return "no target is configured"
    panel = g.panel
    known = (panel.n >= 3) & panel.span & (np.array(panel.periods) >= str(g.day.date()))
    if 4 * int(known.sum()) < _WEEKS:
        return f"fewer than {_WEEKS} weeks of people since the target"
    beside = [np.nan_to_num(lagged(v, k)) for v in (panel.ai, panel.n) for k in (1, -1)]
    n = beside[2] + beside[3]
    around = np.divide(beside[0] + beside[1], n, out=np.full_like(panel.n, np.nan), where=known & (n > 0))
    share = np.divide(panel.ai, panel.n, out=np.full_like(panel.n, np.nan), where=known)
    near = known & np.isfinite(around) & (np.abs(share - g.target) < _REACH)
    if near.sum() < 40 or near.any(axis=1).sum() < FEWEST_PEOPLE:
        return "fewer than forty shares near the target"
    more = np.zeros_like(share)
    for cell in zip(*np.nonzero(near), strict=True):
        more[cell] = float(share[cell] >= g.target) - _chance(int(panel.n[cell]), float(around[cell]), g.target)
    k, n = more.sum(axis=1), near.sum(axis=1)
    found = interval(float(k.sum() / n.sum()), ((k.sum() - k) / np.maximum(n.sum() - n, 1))[n > 0])
    return Sign(found.point, found.low, found.high, one_sided(found), holds=True)


def _chance(n: int, share: float, target: float) -> float:
    """Chance that a share near the target, of n changes, reaches it."""
    k = np.arange(n + 1)
    near = np.abs(k / n - target) < _REACH
    p = min(max(share, 0.5 / n), 1 - 0.5 / n)
    weight = np.exp(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + k * math.log(p) + (n - k) * math.log1p(-p))
    return float(weight[near & (k / n >= target)].sum() / weight[near].sum())


def padding(g: Grounds) -> Sign | str:
    """By how much more of marked lines is moved, copied or slight since the day, beside the same people's others."""
    found = g.gap_since("padding")
    if found is None:
        return _NO_DAY if g.day is None else "too few changes with lines on either side"
    since = found[1]
    return Sign(since.point, since.low, since.high, one_sided(since), holds=True)


def label_inflation(g: Grounds) -> Sign | str:
    """By what part marked and other changes have come to differ less in size since the day, while more is marked."""
    changes = g.changes.assign(size=np.log1p(g.changes["lines"].astype("Float64")))
    found = replace(g, changes=changes).gap_since("size")
    rise = g.rise()
    if found is None or rise is None:
        return _NO_DAY if g.day is None else "too few changes with lines on either side"
    before, since = found
    if not before.settled:
        return "marked and other changes did not differ in size before, so that nothing can fade"
    turned = math.copysign(1.0, before.point)
    point, low, high = (-turned * v / abs(before.point) for v in (since.point, since.high, since.low))
    low, high = min(low, high), max(low, high)
    p = since.p / 2 if point > 0 else 1 - since.p / 2
    note = f"the declared part rose by {100 * rise.point:.0f} points"
    return Sign(point, low, high, p, holds=rise.low > 0 and rise.point >= 2 * _ROSE, note=note)


def splitting(g: Grounds) -> Sign | str:
    """By how much smaller marked changes are since the day beside the same people's others, while there are more."""
    changes = g.changes.assign(size=np.log1p(g.changes["lines"].astype("Float64")))
    found = replace(g, changes=changes).gap_since("size")
    busier = g.busier()
    if found is None or busier is None:
        return _NO_DAY if g.day is None else "too few changes with lines on either side"
    since = found[1]
    p = since.p / 2 if since.point < 0 else 1 - since.p / 2
    return Sign(-since.point, -since.high, -since.low, p, holds=busier.low > 0)
