"""Defects by mark: risk of a follow-up fix, marked changes against the same people's other changes of the same weeks.

Cells are person × period (R5(c) of docs/method.md). The risk ratio is Mantel and Haenszel's (J. Natl. Cancer Inst.
1959), which weights cells by their information. The risk difference is the linear probability model's, with its
jackknife.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr, stdtrit

from analyzer.inference.jackknife import Interval, jackknife_interval
from analyzer.panel import block_number

if TYPE_CHECKING:
    import pandas as pd

# Largest ratio that is searched for: where people differ, power hardly grows beyond it.
MAX_DETECTABLE_RATIO = 10.0


@dataclass(frozen=True, slots=True)
class Defects:
    """Risk of a follow-up fix, marked against other changes, within cells that contain both.

    Attributes
    ----------
    difference : risk difference with its jackknife interval.
    ratio : risk ratio.
    low, high : the ratios that its test does not reject.
    baseline_risk : rate of the other changes in those cells.
    smallest_detectable : smallest detectable ratio, infinite where there is none.
    p : of ratio 1, t(A-1).
    changes, marked : all and marked changes in those cells.
    people : clusters.
    """

    difference: Interval
    ratio: float
    low: float
    high: float
    baseline_risk: float
    smallest_detectable: float
    p: float
    changes: int
    marked: int
    people: int


def estimate_defects(table: pd.DataFrame) -> Defects | None:
    """Estimate from columns person, when, ai, events (0 to 1); None without a cell of both kinds or an event."""
    cells = table.assign(
        block=block_number(table["when"]), y=table["events"].astype(float), x=table["ai"].astype(float)
    )
    grouped = cells.groupby(["person", "block"], sort=False)
    cells["demeaned_x"] = cells["x"] - grouped["x"].transform("mean")
    cells = cells[(cells["demeaned_x"] ** 2).groupby([cells["person"], cells["block"]]).transform("sum") > 1e-12]
    other = cells.loc[cells["x"] == 0, "y"]
    baseline_risk = float(other.mean()) if len(other) else 0.0
    by_person = _sums_by_person(cells)
    if len(by_person) < 2 or baseline_risk <= 0 or by_person["other"].sum() <= 0:
        return None
    products, squares = by_person["xy"].to_numpy(), by_person["xx"].to_numpy()
    refits = (products.sum() - products) / np.maximum(squares.sum() - squares, 1e-300)
    ratio = _RiskRatio.of(by_person)
    low, high = ratio.interval()
    return Defects(
        difference=jackknife_interval(float(products.sum() / squares.sum()), refits),
        ratio=ratio.marked / ratio.other,
        low=low,
        high=high,
        baseline_risk=baseline_risk,
        smallest_detectable=ratio.smallest_detectable(),
        p=ratio.p(),
        changes=len(cells),
        marked=int((cells["x"] > 0).sum()),
        people=len(by_person),
    )


def _sums_by_person(cells: pd.DataFrame) -> pd.DataFrame:
    """Return sums over cells, one row per person.

    xy and xx are the terms of the difference; marked, other, noise and chance those of the ratio. A change's mark may
    be a fraction (a merge of marked and other commits); the change then counts on both sides by its parts.
    """
    terms = cells.assign(
        n=1.0,
        xy=cells["demeaned_x"] * cells["y"],
        xx=cells["demeaned_x"] ** 2,
        marked=cells["x"] * cells["y"],
        other=(1 - cells["x"]) * cells["y"],
    )
    by_cell = terms.groupby(["person", "block"], sort=False)[["n", "x", "y", "xy", "xx", "marked", "other"]].sum()
    marked, n = by_cell["x"], by_cell["n"]
    by_cell["noise"] = by_cell["y"] * marked * (n - marked) / n**2
    by_cell["chance"] = by_cell["marked"] * ((n - marked) / n) ** 2
    by_cell["marked"] *= (n - marked) / n
    by_cell["other"] *= marked / n
    return by_cell.groupby("person")[["xy", "xx", "marked", "other", "noise", "chance"]].sum()


@dataclass(frozen=True, slots=True)
class _RiskRatio:
    """The score `marked - R × other` of a ratio R, a sum over people, with the larger of two variances.

    One is the variance of the people's scores (clusters); the other, R × noise, is the variance by chance alone, for
    rare events. The interval contains the ratios that a t(A-1) test does not reject (Fieller, J. R. Stat. Soc. B 1954).

    Attributes
    ----------
    marked, other : the two sums of the score.
    noise : variance of the score at ratio 1 by chance alone.
    chance : part of the variance of `marked` that is due to chance.
    covariance : variance of `marked`, covariance, and variance of `other`, over people.
    df : degrees of freedom.
    """

    marked: float
    other: float
    noise: float
    chance: float
    covariance: tuple[float, float, float]
    df: int

    @classmethod
    def of(cls, sums: pd.DataFrame) -> _RiskRatio:
        """Sum over people, of which `sums` has one row each."""
        a, b = (sums[name].to_numpy(dtype=float) for name in ("marked", "other"))
        df = len(sums) - 1
        (aa, ab), (_, bb) = np.cov(a, b) * len(sums)
        noise, chance = float(sums["noise"].sum()), float(sums["chance"].sum())
        return cls(float(a.sum()), float(b.sum()), noise, chance, (float(aa), float(ab), float(bb)), df)

    def _se(self) -> float:
        """Return the standard error of the score at ratio 1."""
        aa, ab, bb = self.covariance
        return math.sqrt(max(aa - 2 * ab + bb, self.noise))

    def p(self) -> float:
        """Return the two-sided p of ratio 1."""
        return 2 * float(stdtr(self.df, -abs(self.marked - self.other) / self._se())) if self._se() > 0 else math.nan

    def interval(self) -> tuple[float, float]:
        """Return the range of ratios not rejected with either variance; unbounded where `other` may be 0."""
        t2 = float(stdtrit(self.df, 0.975)) ** 2
        a, b = self.marked, self.other
        aa, ab, bb = self.covariance
        clusters = _quadratic_range(b * b - t2 * bb, 2 * (a * b - t2 * ab), a * a - t2 * aa)
        chance = _quadratic_range(b * b, 2 * a * b + t2 * self.noise, a * a)
        return min(clusters[0], chance[0]), max(clusters[1], chance[1])

    def smallest_detectable(self) -> float:
        """Return the smallest ratio above 1 that the test of ratio 1 detects four times in five; infinite without one.

        Under a ratio R the score of ratio 1 is other × (R - 1), and its error grows with R: the part that differs
        between people grows by the factor R, the part due to chance by its root. A larger effect is therefore not
        always easier to detect.
        """
        threshold = float(stdtrit(self.df, 0.975) + stdtrit(self.df, 0.80))
        observed = self.marked / self.other
        aa, ab, bb = self.covariance
        by_chance, between_people = (min(aa, self.chance), max(aa - self.chance, 0.0)) if observed > 0 else (bb, 0.0)
        observed = observed or 1.0
        ratios = np.exp(np.linspace(0.0, math.log(MAX_DETECTABLE_RATIO), 2_000))[1:]
        growth = ratios / observed
        clusters = by_chance * growth + between_people * growth**2 - 2 * ab * growth + bb
        variance = np.maximum(clusters, self.noise * (1 + ratios) / (1 + observed))
        detected = np.flatnonzero((ratios - 1) * self.other >= threshold * np.sqrt(variance))
        return float(ratios[detected[0]]) if len(detected) else math.inf


def _quadratic_range(quadratic: float, linear: float, constant: float) -> tuple[float, float]:
    """Return the range of R with quadratic × R² - linear × R + constant ≤ 0; 0 to infinity where it is unbounded."""
    discriminant = linear * linear - 4 * quadratic * constant
    if quadratic <= 0 or discriminant < 0:
        return 0.0, math.inf
    root = math.sqrt(discriminant)
    return max(0.0, (linear - root) / (2 * quadratic)), max(0.0, (linear + root) / (2 * quadratic))
