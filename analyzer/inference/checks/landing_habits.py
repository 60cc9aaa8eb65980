"""Habit placebo: whether the share goes along with how people split and merge changes instead of with their number.

People who split the same work into more changes when they take up AI ship no more. Each habit of a person and period is
regressed on the share of the past, with person and period effects. Where a habit moves with the share, the
estimate must survive adjustment for the habits, or no conclusion is possible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.core.constants import ALPHA
from analyzer.inference.durability import slope_on_share
from analyzer.inference.jackknife import Interval, jackknife_interval
from analyzer.inference.multiplicity import holm
from analyzer.panel import lagged
from analyzer.panel.landing_mix import LANDING_MIX

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Mask
    from analyzer.inference.models import Model
    from analyzer.panel import Panel

# Part of the estimate that must remain after adjustment for habits.
_MIN_REMAINING = 0.9


class HabitPlacebo(NamedTuple):
    """The habit that moves most with the share.

    Attributes
    ----------
    slope : coefficient of the habit on the share.
    p : Holm-adjusted over all habits.
    adjusted : the coefficient adjusted for habits; None where it cannot be fitted.
    agrees : whether the adjusted coefficient has the sign and the significance of the unadjusted one.
    """

    id: str
    slope: Interval
    p: float
    adjusted: Interval | None
    agrees: bool

    @property
    def failed(self) -> bool:
        """Whether habits move with the share and the estimate does not survive adjustment for them."""
        return self.p < ALPHA and not self.agrees


def habit_placebo(panel: Panel, within: Interval, model: Model) -> HabitPlacebo | None:
    """Test a panel whose coefficient within people is `within`; None where habits are unknown or never vary."""
    if panel.landing_mix is None:
        return None
    habits = zip(LANDING_MIX, panel.landing_mix, strict=True)
    slopes = [(name, slope_on_share(panel, panel.treatment, habit, panel.y)) for name, habit in habits]
    estimated = [(name, slope) for name, slope in slopes if slope is not None]
    if not estimated:
        return None
    p = holm([slope.p for _, slope in estimated])
    first = int(np.argmin(p))
    name, slope = estimated[first]
    if p[first] >= ALPHA:
        return HabitPlacebo(name, slope, p[first], None, agrees=True)
    varying = [k for k, (_, habit_slope) in enumerate(slopes) if habit_slope is not None]
    adjusted = _adjusted_for_habits(panel, panel.landing_mix[varying], model)
    return HabitPlacebo(name, slope, p[first], adjusted, _estimates_agree(within, adjusted))


def _adjusted_for_habits(panel: Panel, habits: Floats, model: Model) -> Interval | None:
    """Return the coefficient adjusted for the same period's habits (K, A, P)."""
    x = np.concatenate([panel.treatment[None], [_smoothed_habit(habit, panel.y) for habit in habits]])
    rows: Mask = panel.span & np.isfinite(x).all(axis=0)
    base = model.fit(panel.y, rows[None], x[None])
    if not base.converged[0] or not np.isfinite(base.beta[0, 0]):
        return None
    return jackknife_interval(float(base.beta[0, 0]), model.jackknife_betas(panel.y, rows, x, panel.person_index)[:, 0])


def _smoothed_habit(habit: Floats, y: Floats) -> Floats:
    """Average a habit (A, P) over the changes of each period and its two neighbours, because one period has few.

    A cell without changes in the three periods has the last known mean.
    """
    events, changes = np.pad(np.nan_to_num(habit) * y, ((0, 0), (1, 1))), np.pad(y, ((0, 0), (1, 1)))
    sums, counts = (padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:] for padded in (events, changes))
    smoothed: Floats = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    for _ in range(smoothed.shape[1]):
        filled = np.where(np.isfinite(smoothed), smoothed, lagged(smoothed, 1))
        if np.array_equal(filled, smoothed, equal_nan=True):
            break
        smoothed = filled
    return smoothed


def _estimates_agree(unadjusted: Interval, adjusted: Interval | None) -> bool:
    """Return whether neither interval excludes 0, or both do and most of the size remains.

    Habits are measured with noise, so an estimate that is all habit keeps part of its size after adjustment.
    """
    if adjusted is None or not np.isfinite(adjusted.se) or unadjusted.excludes_zero != adjusted.excludes_zero:
        return False
    return not unadjusted.excludes_zero or adjusted.point / unadjusted.point >= _MIN_REMAINING
