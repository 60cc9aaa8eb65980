"""Habit placebo: whether the share goes with how changes land, rather than with how many there are.

Who cuts the same work into more changes when taking up AI ships no more. Each habit of a person and period is
regressed on the share recorded before it, with person and period effects; where one moves with the share, the figure
must stay as it is with the habits beside it, or nothing can be said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.inference.durability import slope_on_share
from analyzer.inference.jackknife import Interval, interval
from analyzer.inference.multiplicity import holm
from analyzer.panel import lagged
from analyzer.panel.landing_mix import HABITS

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Mask
    from analyzer.inference.models import Model
    from analyzer.panel import Panel

ALPHA = 0.05
# So much of the figure must be left beside the habits.
_LEFT = 0.9


class Habit(NamedTuple):
    """The habit that moves most with the share: its coefficient's interval and Holm-adjusted p over all habits.

    adjusted: the recorded coefficient with the habits beside it; None where it cannot be fitted. agrees: it has the
    sign and the significance of the one without.
    """

    id: str
    moves: Interval
    p: float
    adjusted: Interval | None
    agrees: bool

    @property
    def fired(self) -> bool:
        """Whether habits move with the share, and the figure does not stand without them."""
        return self.p < ALPHA and not self.agrees


def habit_placebo(panel: Panel, recorded: Interval, model: Model) -> Habit | None:
    """The placebo on a panel whose recorded coefficient is `recorded`; None where habits are unknown or never vary."""
    if panel.habit is None:
        return None
    moves = [(name, slope_on_share(panel, values, panel.y)) for name, values in zip(HABITS, panel.habit, strict=True)]
    known = [(name, found) for name, found in moves if found is not None]
    if not known:
        return None
    p = holm([found.p for _, found in known])
    least = int(np.argmin(p))
    if p[least] >= ALPHA:
        return Habit(known[least][0], known[least][1], p[least], None, agrees=True)
    varying = [k for k, (_, found) in enumerate(moves) if found is not None]
    adjusted = _adjusted(panel, panel.habit[varying], model)
    return Habit(known[least][0], known[least][1], p[least], adjusted, _agree(recorded, adjusted))


def _adjusted(panel: Panel, habits: Floats, model: Model) -> Interval | None:
    """The recorded coefficient with the same period's habits beside it; a period without changes keeps the last."""
    x = np.concatenate([panel.recorded[None], [_around(habit, panel.y) for habit in habits]])
    rows: Mask = panel.span & np.isfinite(x).all(axis=0)
    base = model.fit(panel.y, rows[None], x[None])
    if not base.converged[0] or not np.isfinite(base.beta[0, 0]):
        return None
    return interval(float(base.beta[0, 0]), model.without_each(panel.y, rows, x, panel.people)[:, 0])


def _around(habit: Floats, y: Floats) -> Floats:
    """Mean habit of the changes of a period and its two neighbours, else the last known: few changes tell little."""
    events, weight = np.pad(np.nan_to_num(habit) * y, ((0, 0), (1, 1))), np.pad(y, ((0, 0), (1, 1)))
    sums, count = (v[:, :-2] + v[:, 1:-1] + v[:, 2:] for v in (events, weight))
    known: Floats = np.divide(sums, count, out=np.full_like(sums, np.nan), where=count > 0)
    for _ in range(known.shape[1]):
        filled = np.where(np.isfinite(known), known, lagged(known, 1))
        if np.array_equal(filled, known, equal_nan=True):
            break
        known = filled
    return known


def _agree(one: Interval, two: Interval | None) -> bool:
    """Whether both are settled with most of the size left, or neither is.

    Habits are measured with noise, so a figure that is all habit keeps part of its size beside them.
    """
    if two is None or not np.isfinite(two.se) or one.settled != two.settled:
        return False
    return not one.settled or two.point / one.point >= _LEFT
