"""Defects and the mark: are marked changes reverted more often than the same person's others of the same weeks.

Linear probability with author × period cells, the change's own mark, jackknife over authors (R5(c) of
docs/method.md); as difference and as ratio to the rate of the other changes in those cells.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr

from analyzer.inference.jackknife import Interval, interval, smallest_detectable
from analyzer.panel import block_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Defects:
    """Risk of being reverted, marked against other changes within cells that hold both.

    difference: risk difference with its jackknife interval. ratio, low, high: 1 + difference / base. base: the other
    changes' rate in those cells. smallest: detectable ratio. p: t(A-1) of the difference. changes, marked: counts in
    cells that vary. authors: clusters.
    """

    difference: Interval
    ratio: float
    low: float
    high: float
    base: float
    smallest: float
    p: float
    changes: int
    marked: int
    authors: int


def estimate_defects(mature: pd.DataFrame) -> Defects | None:
    """Estimate from columns author, merged, ai, reverted; None without a cell of both kinds or a revert."""
    cells = mature.assign(
        block=block_of(mature["merged"]), y=mature["reverted"].astype(float), x=mature["ai"].astype(float)
    )
    grouped = cells.groupby(["author", "block"], sort=False)
    cells["left_x"] = cells["x"] - grouped["x"].transform("mean")
    cells = cells[grouped["left_x"].transform(lambda v: float((v**2).sum())) > 1e-12] if len(cells) else cells
    other = cells.loc[cells["x"] == 0, "y"]
    base = float(other.mean()) if len(other) else 0.0
    sums = cells.assign(xy=cells["left_x"] * cells["y"], xx=cells["left_x"] ** 2).groupby("author")[["xy", "xx"]].sum()
    if len(sums) < 2 or base <= 0:
        return None
    xy, xx = sums["xy"].to_numpy(), sums["xx"].to_numpy()
    refits = (xy.sum() - xy) / np.maximum(xx.sum() - xx, 1e-300)
    beta = interval(float(xy.sum() / xx.sum()), refits)
    p = 2 * float(stdtr(beta.df, -abs(beta.point) / beta.se)) if beta.se > 0 else math.nan
    low, high = max(0.0, 1 + beta.low / base), max(0.0, 1 + beta.high / base)
    return Defects(
        difference=beta,
        ratio=max(0.0, 1 + beta.point / base),
        low=low,
        high=high,
        base=base,
        smallest=1 + smallest_detectable(beta.se, beta.df) / base,
        p=p,
        changes=len(cells),
        marked=int((cells["x"] > 0).sum()),
        authors=len(sums),
    )
