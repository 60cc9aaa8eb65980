"""Measure the recall of AI marks: the share of commits with AI lines, by line-level records, that carry a mark."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from analyzer.core import tables
from analyzer.core.constants import ALPHA
from analyzer.core.rows import by_people

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

# Months with fewer commits with AI lines are not used. Marks do not measure AI if their recall is below one half, or if
# it moves by more than thirty points (docs/method.md, "Recall of marks").
MIN_COMMITS = 30
MIN_RECALL, MAX_RECALL_RANGE = 0.5, 0.3
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Recall:
    """Recall of marks: table `recall` by month, and overall `marked` of `n` commits with AI lines carry a mark."""

    months: pd.DataFrame
    n: int
    marked: int

    @property
    def unsteady(self) -> bool:
        """Whether the marked share reflects labelling more than use of AI: recall is low or varies."""
        if self.n < MIN_COMMITS:
            return False
        return self.marked / self.n < MIN_RECALL or self.varies

    @property
    def varies(self) -> bool:
        """Whether recall differs between months by more than `MAX_RECALL_RANGE`, and by more than chance explains.

        The best and the worst of many months of thirty commits are that far apart even if recall is steady.
        """
        measured = self.months[self.months["n"] >= MIN_COMMITS]
        n, marked = (measured[name].to_numpy(dtype=float) for name in ("n", "marked"))
        if len(n) < 2 or float(np.ptp(marked / n)) <= MAX_RECALL_RANGE:
            return False
        mean = marked.sum() / n.sum()  # neither 0 nor 1, or no two months would differ
        statistic = float(((marked - n * mean) ** 2 / (n * mean * (1 - mean))).sum())
        return float(chdtrc(len(n) - 1, statistic)) < ALPHA


def measure_recall(
    labels: pd.DataFrame, committed: pd.Series, recorded: Iterable[str], with_ai: Collection[str]
) -> Recall:
    """Measure how many commits with AI lines carry a mark.

    Parameters
    ----------
    labels : table `labels`.
    committed : committer dates, indexed by commit id.
    recorded : non-merge commits that a line-level record covers.
    with_ai : those of them where the record attributes lines that the commit added to an agent.
    """
    recorded_labels = labels.loc[labels["sha"].isin(list(recorded)) & by_people(labels), ["sha", "ai"]]
    dates = recorded_labels["sha"].map(committed)
    table = pd.DataFrame(
        {
            "period": dates.dt.strftime("%Y-%m"),
            "ai": recorded_labels["sha"].isin(with_ai),
            "marked": recorded_labels["ai"].astype(bool),
        }
    )
    table["both"] = table["ai"] & table["marked"]
    grouped = table[dates.notna()].groupby("period")
    sums = grouped.agg(
        recorded=("ai", "size"), n=("ai", "sum"), marked=("both", "sum"), marks=("marked", "sum")
    ).reset_index()
    months = sums.astype({"period": "str", **dict.fromkeys(("recorded", "n", "marked", "marks"), "Int64")})
    return Recall(tables.conform(months, tables.RECALL), int(table["ai"].sum()), int(table["both"].sum()))


def wilson_interval(hits: float, n: float) -> tuple[float, float]:
    """Return the 95 % score interval of a proportion (Wilson, JASA 1927); n > 0."""
    share, z_squared = hits / n, _Z**2
    centre = (share + z_squared / (2 * n)) / (1 + z_squared / n)
    half = _Z * math.sqrt(share * (1 - share) / n + z_squared / (4 * n**2)) / (1 + z_squared / n)
    return (centre - half if hits else 0.0), (centre + half if hits < n else 1.0)  # exact ends, without rounding error
