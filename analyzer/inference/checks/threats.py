"""Checks of an association against what looks like an effect of AI and is none.

- `earlier_share`: people who take AI up just before a busy period, or in the quiet half of a cycle, make the share of
  the last weeks go with output. The share that was known one period earlier then has little to do with it; after a
  lasting adoption it still has.
- `leavers`: people who fade out and stop marking lower share and output together.
- `change_size`: people who cut the same work into more changes ship no more.

Each needs an association to check. A failed check caps the grade at SAYS LITTLE. Growth that is tied to adoption has an
estimate of its own, the one beyond each person's own trend (`throughput.beyond_trends`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.durability import slope_on_share
from analyzer.inference.jackknife import Interval, jackknife_interval
from analyzer.inference.results import Placebo

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Mask
    from analyzer.inference.models import Model
    from analyzer.panel import Panel

# Part of the association that must remain. After a lasting adoption the earlier share keeps about three quarters of it,
# after one that only goes ahead of busy periods about a quarter.
_MIN_REMAINING, _MIN_REMAINING_EARLIER = 0.5, 0.7
# Days without a change at the end of the history after which somebody counts as gone, and days before that to cut.
_GONE_DAYS, _FADING_DAYS = 84, 168


def check_threats(panel: Panel, within: Interval, model: Model) -> tuple[Placebo | None, ...]:
    """Return the checks that can run on an association whose interval excludes 0; none on any other."""
    if not within.excludes_zero:
        return ()
    return earlier_share(panel, within, model), leavers(panel, within, model), change_size(panel, within)


def earlier_share(panel: Panel, within: Interval, model: Model) -> Placebo | None:
    """Fit the share known one period earlier; it must have the sign, exclude 0, and keep 70 % of the association."""
    share = replace(panel, lag=panel.lag + 1).treatment
    beta = _refit(panel, share, panel.observed(share), model)
    if beta is None:
        return None
    passed = beta.excludes_zero and _remains(beta.point, within.point, _MIN_REMAINING_EARLIER)
    return Placebo("earlier_share", beta.point, beta.low, beta.high, passed=passed)


def leavers(panel: Panel, within: Interval, model: Model) -> Placebo | None:
    """Fit without the last 24 weeks of everybody who is gone; half of the association must remain."""
    gone = fading_periods(panel)
    beta = _refit(panel, panel.treatment, panel.in_sample & ~gone, model) if gone.any() else within
    if beta is None:
        return None
    return Placebo("leavers", beta.point, beta.low, beta.high, passed=_remains(beta.point, within.point))


def fading_periods(panel: Panel) -> Mask:
    """Return the cells (A, P) of the last 24 weeks of people without a change in the last twelve weeks of the panel."""
    periods = panel.span.shape[1]
    last_of_row = np.where(panel.span.any(axis=1), periods - 1 - np.argmax(panel.span[:, ::-1], axis=1), -1)
    last = np.full(int(panel.person_index.max(initial=-1)) + 1, -1)
    np.maximum.at(last, panel.person_index, last_of_row)
    last = last[panel.person_index]
    is_gone = last < periods - _GONE_DAYS / panel.days
    mask: Mask = panel.span & is_gone[:, None] & (np.arange(periods) > (last - _FADING_DAYS / panel.days)[:, None])
    return mask


def change_size(panel: Panel, within: Interval) -> Placebo | None:
    """Compare the association with that of the size of changes, at equal marks.

    It fails if changes shrink (or grow) along with the share so that half of the association, or a significant part,
    would be the same work cut otherwise. The value is the slope of the log size on the share.
    """
    if panel.relative_size is None:
        return None
    slope = slope_on_share(panel, panel.treatment, panel.relative_size, panel.y)
    if slope is None:
        return None
    offsets = slope.excludes_zero and slope.point * within.point < 0
    passed = not offsets and _remains(within.point + slope.point, within.point)
    return Placebo("change_size", slope.point, slope.low, slope.high, passed=passed)


def _refit(panel: Panel, share: Floats, rows: Mask, model: Model) -> Interval | None:
    """Return the coefficient of a share (A, P) on these rows with its jackknife; None where it is not identified."""
    x = panel.regressors(share)
    base = model.fit(panel.y, rows[None], x[None])
    if not base.converged[0] or not np.isfinite(base.variance[0, 0]):
        return None
    refits = model.jackknife_betas(panel.y, rows, x, panel.person_index)[:, 0]
    beta = jackknife_interval(float(base.beta[0, 0]), refits)
    return beta if np.isfinite(beta.se) else None


def _remains(estimate: float, association: float, least: float = _MIN_REMAINING) -> bool:
    """Return whether an estimate has the sign of the association and at least this part of its size."""
    return estimate * association >= least * association**2
