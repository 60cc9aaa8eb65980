"""Placebos beside the recorded figure: somebody else's share, outcomes that no share can move, and one person's weight.

Each says whether the method finds something where nothing is; one that fires stops the grade at SAYS LITTLE (R6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.inference.durability import slope_on_share
from analyzer.inference.jackknife import Interval, interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.core.arrays import Floats
    from analyzer.inference.models import Model
    from analyzer.panel import Panel


class Ran(NamedTuple):
    """A placebo that ran: its coefficient with an interval, and whether it found something."""

    id: str
    found: Interval
    fired: bool


def other_author(panel: Panel, among: NDArray[np.intp], model: Model) -> Ran | None:
    """The share of somebody with a like span in the place of one's own: the next one of the swappable people.

    None where fewer than three people can stand in for each other, or nothing can be identified.
    """
    if len(among) < 3:
        return None
    first = np.unique(panel.people, return_index=True)[1]
    lent = np.full_like(panel.recorded, np.nan)
    for person, other in zip(among, np.roll(among, -1), strict=True):
        lent[panel.people == person] = panel.recorded[first[other]]
    rows, x = panel.known(lent), panel.exposures(lent)
    base = model.fit(panel.y, rows[None], x[None])
    if not base.converged[0] or not np.isfinite(base.variance[0, 0]):
        return None
    found = interval(float(base.beta[0, 0]), model.without_each(panel.y, rows, x, panel.people)[:, 0])
    return Ran("other_author", found, found.settled) if np.isfinite(found.se) else None


def negative_control(panel: Panel) -> Ran | None:
    """The part of changes that landed from Monday to Wednesday: no share of AI can move the days of a week."""
    if panel.early_week is None:
        return None
    found = slope_on_share(panel, panel.early_week, panel.y)
    return None if found is None else Ran("negative_control", found, found.settled)


def influence(recorded: Interval, refits: Floats) -> Ran | None:
    """The recorded coefficient without the one person who moves it most; fires where its sign turns.

    None where its interval holds 0: there is no sign to turn.
    """
    if not recorded.settled:
        return None
    at = int(np.nanargmax(np.abs(refits - recorded.point)))
    without = float(refits[at])
    reach = recorded.high - recorded.point
    found = Interval(without, recorded.se, without - reach, without + reach, recorded.df)
    return Ran("influence", found, without * recorded.point < 0)
