"""Placebos of the estimate: another person's share, an outcome that AI cannot move, and one person's weight.

Each tests whether the method finds an effect where there is none. A failed placebo caps the grade at SAYS LITTLE (R6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.durability import slope_on_share
from analyzer.inference.jackknife import jackknife_interval
from analyzer.inference.results import Placebo

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.core.arrays import Floats
    from analyzer.inference.jackknife import Interval
    from analyzer.inference.models import Model
    from analyzer.panel import Panel


def other_person(panel: Panel, exchangeable: NDArray[np.intp], model: Model) -> Placebo | None:
    """Replace each person's share by that of another person with a similar span, the next exchangeable one.

    None where fewer than three people are exchangeable, or the coefficient is not identified.
    """
    if len(exchangeable) < 3:
        return None
    first_row = np.unique(panel.person_index, return_index=True)[1]
    borrowed = np.full_like(panel.treatment, np.nan)
    for person, other in zip(exchangeable, np.roll(exchangeable, -1), strict=True):
        borrowed[panel.person_index == person] = panel.treatment[first_row[other]]
    rows, x = panel.observed(borrowed), panel.regressors(borrowed)
    base = model.fit(panel.y, rows[None], x[None])
    if not base.converged[0] or not np.isfinite(base.variance[0, 0]):
        return None
    refits = model.jackknife_betas(panel.y, rows, x, panel.person_index)[:, 0]
    beta = jackknife_interval(float(base.beta[0, 0]), refits)
    return Placebo.from_interval("other_author", beta.point, beta.low, beta.high) if np.isfinite(beta.se) else None


def negative_control(panel: Panel) -> Placebo | None:
    """Test the share of changes merged from Monday to Wednesday, which no use of AI can move."""
    if panel.early_week is None:
        return None
    slope = slope_on_share(panel, panel.treatment, panel.early_week, panel.y)
    return None if slope is None else Placebo.from_interval("negative_control", slope.point, slope.low, slope.high)


def influence(within: Interval, refits: Floats) -> Placebo | None:
    """Leave out the one person who moves the coefficient most; fails if its sign turns.

    None where its interval contains 0, because it has no sign then. `refits` (people,): coefficients without each.
    """
    if not within.excludes_zero:
        return None
    most_influential = int(np.nanargmax(np.abs(refits - within.point)))
    without = float(refits[most_influential])
    half_width = within.high - within.point
    return Placebo("influence", without, without - half_width, without + half_width, passed=without * within.point >= 0)
