"""Coupling: how much of a link with lines or commits is arithmetic.

An outcome that is a sum of sizes rises with the share wherever marked changes are longer, whatever was achieved. With
sizes dealt anew among a person's own changes of the same mark, marks and periods kept, all that is left is this
arithmetic; the mean over all deals is known without drawing one. A row whose link is at least half arithmetic is an
artefact (R6.5 of docs/method.md). These rows stand beside the verdict and never enter it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.inference.durability import slope_on_share

if TYPE_CHECKING:
    from analyzer.inference.jackknife import Interval
    from analyzer.panel import Panel

STEP = 0.5
_HALF = 0.5
LAGS = (0, 1)


class CoupledRow(NamedTuple):
    """One sum on the share of the same or the preceding period: its slope and the arithmetic part, logs.

    fired: the part's interval leaves out 0 and it is at least half of the slope.
    """

    id: str
    lag: int
    slope: Interval
    arithmetic: Interval | None

    @property
    def fired(self) -> bool:
        """Whether the placebo finds the link without any achievement."""
        part = self.arithmetic
        return part is not None and part.settled and part.point * self.slope.point >= _HALF * self.slope.point**2

    @property
    def artefact(self) -> bool:
        """Whether there is a link, and it is arithmetic."""
        return self.slope.settled and self.fired


def coupled_rows(panel: Panel) -> list[CoupledRow]:
    """Every sum of sizes of the panel on both shares; those that can be estimated."""
    found = []
    for id_, (whole, dealt) in (panel.sums or {}).items():
        n = panel.y
        there = np.where(n > 0, 1.0, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.where((n > 0) & (whole > 0), np.log(whole), np.nan)
            per_change = np.where((n > 0) & (dealt > 0), np.log(dealt / n), np.nan)
        for lag in LAGS:
            at = replace(panel, lag=lag)
            slope = slope_on_share(at, logs, there)
            if slope is not None and math.isfinite(slope.se):
                found.append(CoupledRow(id_, lag, slope, slope_on_share(at, per_change, there)))
    return found
