"""One test per way in which a target changes what it measures (Manheim and Garrabrant 2018; docs/method.md).

Each returns its evidence, or a text that says why it cannot run. None of them shows intent: we say "consistent with".
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import gammaln

from analyzer.core.constants import SHARE_STEP
from analyzer.inference.goodhart.comparisons import MIN_PEOPLE, GamingEvidence, GamingInputs, marked_move, one_sided_p
from analyzer.inference.jackknife import jackknife_interval
from analyzer.inference.models import PPML
from analyzer.panel import lagged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.core.arrays import Floats, Mask
    from analyzer.inference.jackknife import Interval

_DAYS_PER_WEEK, _WEEKS_PER_CELL, _PERMUTATIONS = 7, 4, 199
# Which two of four weeks come first, for every way to pair them; in the first row those are the odd ones.
_PAIRINGS = np.array(
    [[k in pair for k in range(4)] for pair in ((1, 3), (0, 2), (0, 1), (2, 3), (0, 3), (1, 2))], dtype=np.bool_
)
_MIN_RISE = 0.05
# Smallest fall of log output per 50 points above the usual range.
_MIN_FALL = 0.18
_MIN_PERSON_WEEKS, _NEAR_TARGET, _AROUND_TARGET = 300, 0.25, 0.15
_NO_DAY = "no target is configured, and the marked part never rose for good"


def regressional(inputs: GamingInputs) -> GamingEvidence | str:
    """Test how much more of a lead in odd weeks is gone in even weeks than between any other two weeks of four.

    Some weeks have more AI, or more marks, than others. That is no sign of gaming, so whole weeks are permuted.
    """
    changes = inputs.changes[inputs.changes["ai"].notna()]
    if changes.empty:
        return "no changes"
    week = (changes["when"] - changes["when"].min()).dt.days // _DAYS_PER_WEEK
    weeks = _WeeksOfFour(
        pd.factorize(changes["person"].astype(str) + " " + (week // _WEEKS_PER_CELL).astype(str))[0],
        pd.factorize(changes["person"])[0],
        (week % _WEEKS_PER_CELL).to_numpy(dtype=np.intp),
        changes["ai"].to_numpy(dtype=float),
    )
    cells = int(weeks.keys.max()) + 1
    persistence = weeks.slope(np.zeros(cells, dtype=np.intp))
    if persistence is None:
        return "fewer than six people have two changes in odd and in even weeks of the same four"
    rng = np.random.default_rng(inputs.seed)
    slopes = (weeks.slope(rng.integers(len(_PAIRINGS), size=cells)) for _ in range(_PERMUTATIONS))
    null = np.array([slope for slope in slopes if slope is not None])
    if len(null) < _PERMUTATIONS / 2:
        return "too few changes in each half"
    chance = float(null.mean())
    low, high = (float(chance - persistence + np.quantile(null, q) - chance) for q in (0.025, 0.975))
    p = (1 + int((null <= persistence).sum())) / (1 + len(null))
    note = (
        f"of a lead in odd weeks {100 * persistence:.0f} % is there in even weeks; "
        f"permuting the weeks leaves {100 * chance:.0f} %"
    )
    return GamingEvidence(chance - persistence, low, high, p, holds=True, note=note)


class _WeeksOfFour(NamedTuple):
    """Changes per person and four weeks: cell, person, number of the week among the four, and marked share."""

    keys: NDArray[np.intp]
    person: NDArray[np.intp]
    week: NDArray[np.intp]
    ai: Floats

    def slope(self, pairing: NDArray[np.intp]) -> float | None:
        """Return the slope of two weeks' share on the other two's, over cells with two changes in each.

        pairing : which two weeks of each cell come first, as a row of `_PAIRINGS`.
        """
        size = len(pairing)
        first = _PAIRINGS[pairing[self.keys], self.week]
        n = [np.bincount(self.keys, side, minlength=size) for side in (first, ~first)]
        k = [np.bincount(self.keys, self.ai * side, minlength=size) for side in (first, ~first)]
        used = (n[0] >= 2) & (n[1] >= 2)
        person_of_cell = np.zeros(size, dtype=np.intp)
        person_of_cell[self.keys] = self.person
        if len(np.unique(person_of_cell[used])) < MIN_PEOPLE:
            return None
        first_share, second_share = (k[s][used] / n[s][used] for s in (0, 1))
        spread = float(np.var(first_share))
        return float(np.cov(first_share, second_share, bias=True)[0, 1] / spread) if spread > 0 else None


def extremal(inputs: GamingInputs) -> GamingEvidence | str:
    """Test by how much the effect per +50 points is lower above the usual range of the share than inside it."""
    panel = inputs.panel
    x = panel.recorded_share
    rows = panel.observed(x)
    when = np.array(panel.periods)
    early = np.ones(len(when), dtype=bool) if inputs.day is None else when < str(inputs.day.date())
    usual = x[rows & early & (np.nan_to_num(x) > 0)]
    if len(usual) < 20:
        return "fewer than twenty cells with a share before the day"
    knot = float(np.quantile(usual, 0.8))
    over = np.maximum(x - knot, 0.0)
    above = rows & (over > 0)
    if above.sum() < 20 or len(np.unique(panel.person_index[above.any(axis=1)])) < MIN_PEOPLE:
        return "fewer than six people are above the usual range"
    slope_change = _last_coefficient(inputs, panel.span, np.stack([x, over]))
    if slope_change is None:
        return "the two slopes cannot be told apart"
    low, point, high = (-SHARE_STEP * v for v in (slope_change.high, slope_change.point, slope_change.low))
    # The largest shares of few changes are noisy, which flattens any slope, or come from quiet periods where marks are
    # left out when busy. So output has to fall above the usual range, beyond doubt and by as much as counts.
    beyond = _last_coefficient(inputs, panel.span, np.stack([np.minimum(x, knot), over]))
    note = f"the usual range ends at a share of {knot:.0%}".replace("%", " %")
    return GamingEvidence(
        point, low, high, slope_change.p, holds=beyond is not None and SHARE_STEP * beyond.high < -_MIN_FALL, note=note
    )


def _last_coefficient(inputs: GamingInputs, rows: Mask, x: Floats) -> Interval | None:
    """Return the coefficient of the last regressor of x (K, A, P), with a jackknife interval over people."""
    panel = inputs.panel
    rows = rows & np.isfinite(x).all(axis=0)
    base = PPML.fit(panel.y, rows[None], x[None])
    if not base.converged[0] or not np.isfinite(base.variance[0, -1]):
        return None
    coefficient = jackknife_interval(
        float(base.beta[0, -1]), PPML.jackknife_betas(panel.y, rows, x, panel.person_index)[:, -1]
    )
    return coefficient if math.isfinite(coefficient.se) and coefficient.se > 0 else None


def causal(inputs: GamingInputs) -> GamingEvidence | str:
    """Test by how much the effect per +50 points is lower since the day, while the share is higher."""
    if inputs.day is None:
        return _NO_DAY
    panel = inputs.panel
    since = np.array(panel.periods) >= str(inputs.day.date())
    x = panel.recorded_share
    rise = inputs.share_rise()
    if rise is None or min(int(since.sum()), int((~since).sum())) < 3:
        return "fewer than three periods, or six people, on either side"
    slope_change = _last_coefficient(inputs, panel.span, np.stack([x, np.where(since, x, 0.0)]))
    before = _last_coefficient(inputs, panel.span & ~since, x[None])
    if slope_change is None or before is None:
        return "the two slopes cannot be told apart"
    low, point, high = (-SHARE_STEP * v for v in (slope_change.high, slope_change.point, slope_change.low))
    holds = rise.low > 0 and rise.point >= _MIN_RISE and before.low > 0
    note = f"the marked part rose by {100 * rise.point:.0f} points ({100 * rise.low:.0f} … {100 * rise.high:.0f})"
    return GamingEvidence(point, low, high, slope_change.p, holds, note)


def bunching(inputs: GamingInputs) -> GamingEvidence | str:
    """Test how many more of the shares near the target reach it, since it was set, than chance explains.

    A cell's chance: its changes are drawn at the mean share of the periods before and after. Where marking varies more
    than that, shares reach any threshold more often, so the excess at thresholds around the target is subtracted.
    """
    if inputs.target is None or inputs.day is None:
        return "no target is configured"
    panel = inputs.panel
    counted = (panel.n >= 3) & panel.span & (np.array(panel.periods) >= str(inputs.day.date()))
    if 4 * int(counted.sum()) < _MIN_PERSON_WEEKS:
        return f"fewer than {_MIN_PERSON_WEEKS} weeks of people since the target"
    neighbours = [np.nan_to_num(lagged(v, k)) for v in (panel.ai, panel.n) for k in (1, -1)]
    n = neighbours[2] + neighbours[3]
    expected_share = np.divide(
        neighbours[0] + neighbours[1], n, out=np.full_like(panel.n, np.nan), where=counted & (n > 0)
    )
    share = np.divide(panel.ai, panel.n, out=np.full_like(panel.n, np.nan), where=counted)
    near = counted & np.isfinite(expected_share) & (np.abs(share - inputs.target) < _NEAR_TARGET)
    if near.sum() < 40 or near.any(axis=1).sum() < MIN_PEOPLE:
        return "fewer than forty shares near the target"
    at_target, around = np.zeros_like(share), np.zeros_like(share)
    for cell in zip(*np.nonzero(near), strict=True):
        excess = _excess_at(inputs.target, float(share[cell]), int(panel.n[cell]), float(expected_share[cell]))
        at_target[cell], around[cell] = excess[0], excess[1:].mean()
    k, n = (at_target - around).sum(axis=1), near.sum(axis=1)
    mean_excess = jackknife_interval(float(k.sum() / n.sum()), ((k.sum() - k) / np.maximum(n.sum() - n, 1))[n > 0])
    note = (
        f"{100 * at_target.sum() / near.sum():+.0f} % at the target, {100 * around.sum() / near.sum():+.0f} % around it"
    )
    return GamingEvidence(
        mean_excess.point, mean_excess.low, mean_excess.high, one_sided_p(mean_excess), holds=True, note=note
    )


def _excess_at(target: float, share: float, n: int, expected_share: float) -> Floats:
    """Return whether a share near the target reaches it, minus the chance of that; the same for thresholds around it.

    n : changes behind the share. expected_share : share at which they are drawn.
    """
    k = np.arange(n + 1)
    near = np.abs(k / n - target) < _NEAR_TARGET
    p = min(max(expected_share, 0.5 / n), 1 - 0.5 / n)
    weight = np.exp(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + k * math.log(p) + (n - k) * math.log1p(-p))
    thresholds = np.array([target, target - _AROUND_TARGET, target + _AROUND_TARGET])[:, None]
    chance = (weight * (near & (k / n >= thresholds))).sum(axis=1) / weight[near].sum()
    excess: Floats = (share >= thresholds[:, 0]) - chance
    return excess


def padding(inputs: GamingInputs) -> GamingEvidence | str:
    """Test how much more padding (moved, copied, cosmetic lines) marked changes have since the day than others."""
    marked_gaps, marked_shift = inputs.gap_since("padding"), inputs.marked_shift("padding")
    if marked_gaps is None or marked_shift is None:
        return _NO_DAY if inputs.day is None else "too few changes with lines on either side"
    move = marked_move(marked_gaps[1], marked_shift, 1.0)
    return GamingEvidence(move.gap.point, move.gap.low, move.gap.high, one_sided_p(move.gap), move.marked_moved)


def label_inflation(inputs: GamingInputs) -> GamingEvidence | str:
    """Test by what fraction marked and other changes differ less in size since the day, while more is marked.

    The size of marked changes itself has to move towards the others'.
    """
    sized = _with_log_size(inputs)
    marked_gaps, marked_shift, rise = sized.gap_since("size"), sized.marked_shift("size"), inputs.share_rise()
    if marked_gaps is None or marked_shift is None or rise is None:
        return _NO_DAY if inputs.day is None else "too few changes with lines on either side"
    before, since = marked_gaps
    if not before.excludes_zero:
        return "marked and other changes did not differ in size before, so that nothing can fade"
    move = marked_move(since, marked_shift, -1.0 / before.point)
    note = f"the marked part rose by {100 * rise.point:.0f} points"
    holds = move.marked_moved and rise.low > 0 and rise.point >= 2 * _MIN_RISE
    return GamingEvidence(move.gap.point, move.gap.low, move.gap.high, one_sided_p(move.gap), holds, note=note)


def splitting(inputs: GamingInputs) -> GamingEvidence | str:
    """Test how much smaller marked changes are since the day, by themselves and next to the same people's others.

    There have to be more changes as well.
    """
    sized = _with_log_size(inputs)
    marked_gaps, marked_shift = sized.gap_since("size"), sized.marked_shift("size")
    activity_change = inputs.activity_change()
    if marked_gaps is None or marked_shift is None or activity_change is None:
        return _NO_DAY if inputs.day is None else "too few changes with lines on either side"
    move = marked_move(marked_gaps[1], marked_shift, -1.0)
    holds = move.marked_moved and activity_change.low > 0
    return GamingEvidence(move.gap.point, move.gap.low, move.gap.high, one_sided_p(move.gap), holds)


def _with_log_size(inputs: GamingInputs) -> GamingInputs:
    return replace(inputs, changes=inputs.changes.assign(size=np.log1p(inputs.changes["lines"].astype("Float64"))))
