"""Defects and the mark: are marked changes followed up more often than the same person's others of the same weeks.

Cells are author × period (R5(c) of docs/method.md). The ratio is Mantel and Haenszel's (J. Natl. Cancer Inst. 1959),
which weighs a cell by what it can tell; the difference is the linear probability model's, with its jackknife.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr, stdtrit

from analyzer.inference.jackknife import Interval, interval
from analyzer.panel import block_of

if TYPE_CHECKING:
    import pandas as pd

# No larger ratio is called detectable: where people differ, power hardly grows any more.
LARGEST = 10.0


@dataclass(frozen=True, slots=True)
class Defects:
    """Risk of being followed up, marked against other changes within cells that hold both.

    difference: risk difference with its jackknife interval. ratio, low, high: risk ratio, the ratios its test does not
    reject. base: the other changes' rate in those cells. smallest: detectable ratio, infinite where none is.
    p: the test of ratio 1, t(A-1). changes, marked: counts in cells that vary. authors: clusters.
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


def estimate_defects(judged: pd.DataFrame) -> Defects | None:
    """Estimate from columns author, when, ai, events (0 to 1); None without a cell of both kinds or an event."""
    cells = judged.assign(
        block=block_of(judged["when"]), y=judged["events"].astype(float), x=judged["ai"].astype(float)
    )
    grouped = cells.groupby(["author", "block"], sort=False)
    cells["left_x"] = cells["x"] - grouped["x"].transform("mean")
    cells = cells[(cells["left_x"] ** 2).groupby([cells["author"], cells["block"]]).transform("sum") > 1e-12]
    other = cells.loc[cells["x"] == 0, "y"]
    base = float(other.mean()) if len(other) else 0.0
    sums = _by_author(cells)
    if len(sums) < 2 or base <= 0 or sums["other"].sum() <= 0:
        return None
    xy, xx = sums["xy"].to_numpy(), sums["xx"].to_numpy()
    refits = (xy.sum() - xy) / np.maximum(xx.sum() - xx, 1e-300)
    ratio = _Ratio.of(sums)
    low, high = ratio.interval()
    return Defects(
        difference=interval(float(xy.sum() / xx.sum()), refits),
        ratio=ratio.marked / ratio.other,
        low=low,
        high=high,
        base=base,
        smallest=ratio.smallest(),
        p=ratio.p(),
        changes=len(cells),
        marked=int((cells["x"] > 0).sum()),
        authors=len(sums),
    )


def _by_author(cells: pd.DataFrame) -> pd.DataFrame:
    """One row an author: xy, xx of the difference; marked, other, noise and chance of the ratio, summed over cells.

    A change's mark may be a fraction (a merge of marked and other commits); it counts on both sides by its parts.
    """
    parts = cells.assign(
        n=1.0,
        xy=cells["left_x"] * cells["y"],
        xx=cells["left_x"] ** 2,
        marked=cells["x"] * cells["y"],
        other=(1 - cells["x"]) * cells["y"],
    )
    cell = parts.groupby(["author", "block"], sort=False)[["n", "x", "y", "xy", "xx", "marked", "other"]].sum()
    marked, n = cell["x"], cell["n"]
    cell["noise"] = cell["y"] * marked * (n - marked) / n**2
    cell["chance"] = cell["marked"] * ((n - marked) / n) ** 2
    cell["marked"] *= (n - marked) / n
    cell["other"] *= marked / n
    return cell.groupby("author")[["xy", "xx", "marked", "other", "noise", "chance"]].sum()


@dataclass(frozen=True, slots=True)
class _Ratio:
    """The score `marked - R × other` of a ratio R, a sum over authors, with the larger of two variances.

    One is the spread of the authors' scores (clusters), the other what chance alone gives where events are few, R ×
    noise. The interval holds the ratios that a t(A-1) test does not reject (Fieller, J. R. Stat. Soc. B 1954).
    """

    marked: float
    other: float
    noise: float
    chance: float
    spread: tuple[float, float, float]
    df: int

    @classmethod
    def of(cls, sums: pd.DataFrame) -> _Ratio:
        a, b = (sums[name].to_numpy(dtype=float) for name in ("marked", "other"))
        df = len(sums) - 1
        (aa, ab), (_, bb) = np.cov(a, b) * len(sums)
        noise, chance = float(sums["noise"].sum()), float(sums["chance"].sum())
        return cls(float(a.sum()), float(b.sum()), noise, chance, (float(aa), float(ab), float(bb)), df)

    def _se(self) -> float:
        """Standard error of the score at ratio 1."""
        aa, ab, bb = self.spread
        return math.sqrt(max(aa - 2 * ab + bb, self.noise))

    def p(self) -> float:
        return 2 * float(stdtr(self.df, -abs(self.marked - self.other) / self._se())) if self._se() > 0 else math.nan

    def interval(self) -> tuple[float, float]:
        """Ratios that neither variance lets the test reject; without an end where the other side may be nil."""
        t2 = float(stdtrit(self.df, 0.975)) ** 2
        a, b = self.marked, self.other
        aa, ab, bb = self.spread
        clusters = _roots(b * b - t2 * bb, 2 * (a * b - t2 * ab), a * a - t2 * aa)
        chance = _roots(b * b, 2 * a * b + t2 * self.noise, a * a)
        return min(clusters[0], chance[0]), max(clusters[1], chance[1])

    def smallest(self) -> float:
        """Least ratio above 1 that the test of ratio 1 would show four times in five; infinite where none is.

        The score of ratio 1 is other × (R - 1) under a ratio R, and its error grows with R: what authors differ in
        scatters R times as far as at 1, what chance does by the root. More of an effect need not be easier to see.
        """
        reach = float(stdtrit(self.df, 0.975) + stdtrit(self.df, 0.80))
        now = self.marked / self.other
        aa, ab, bb = self.spread
        by_chance, people = (min(aa, self.chance), max(aa - self.chance, 0.0)) if now > 0 else (bb, 0.0)
        now = now or 1.0
        ratios = np.exp(np.linspace(0.0, math.log(LARGEST), 2_000))[1:]
        times = ratios / now
        clusters = by_chance * times + people * times**2 - 2 * ab * times + bb
        variance = np.maximum(clusters, self.noise * (1 + ratios) / (1 + now))
        seen = np.flatnonzero((ratios - 1) * self.other >= reach * np.sqrt(variance))
        return float(ratios[seen[0]]) if len(seen) else math.inf


def _roots(square: float, twice: float, constant: float) -> tuple[float, float]:
    """Where square × R² - twice × R + constant ≤ 0; everything where that has no end."""
    inner = twice * twice - 4 * square * constant
    if square <= 0 or inner < 0:
        return 0.0, math.inf
    root = math.sqrt(inner)
    return max(0.0, (twice - root) / (2 * square)), max(0.0, (twice + root) / (2 * square))
