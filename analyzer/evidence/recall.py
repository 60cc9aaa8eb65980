"""line-level records, labels → how many commits with AI lines carry a mark: what the declared share can see."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.core import tables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

# A month speaks from so many commits with AI lines on; marks are no measure of AI where they find less than half of
# these commits, or where that share moves by more than thirty points (docs/method.md, "Recall of marks").
FEWEST = 30
LEAST, MOST_MOVED = 0.5, 0.3
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Recall:
    """Table `recall` by month, and over all: `found` of `n` commits with AI lines carry a mark."""

    months: pd.DataFrame
    n: int
    found: int

    @property
    def unsteady(self) -> bool:
        """Whether the declared share says more about marking than about AI."""
        if self.n < FEWEST:
            return False
        return self.found / self.n < LEAST or self.moves

    @property
    def moves(self) -> bool:
        """Whether marks found more in one month than in another, by more than `MOST_MOVED`."""
        speaking = self.months[self.months["n"] >= FEWEST]
        shares = speaking["found"] / speaking["n"]
        return len(shares) > 1 and float(shares.max() - shares.min()) > MOST_MOVED


def recall(labels: pd.DataFrame, committed: pd.Series, recorded: Iterable[str], with_ai: Collection[str]) -> Recall:
    """Recall and precision of marks over `recorded`: the non-merge commits of which a line-level record speaks.

    `with_ai`: those where it gives an agent a line that the commit added. `committed`: dates by commit id.
    """
    known = labels.loc[labels["sha"].isin(list(recorded)) & (labels["label"] != "automation"), ["sha", "ai"]]
    when = known["sha"].map(committed)
    table = pd.DataFrame(
        {"period": when.dt.strftime("%Y-%m"), "ai": known["sha"].isin(with_ai), "marked": known["ai"].astype(bool)}
    )
    table["both"] = table["ai"] & table["marked"]
    grouped = table[when.notna()].groupby("period")
    sums = grouped.agg(
        recorded=("ai", "size"), n=("ai", "sum"), found=("both", "sum"), marks=("marked", "sum")
    ).reset_index()
    months = sums.astype({"period": "str", **dict.fromkeys(("recorded", "n", "found", "marks"), "Int64")})
    return Recall(tables.conform(months, tables.RECALL), int(table["ai"].sum()), int(table["both"].sum()))


def wilson(hits: float, n: float) -> tuple[float, float]:
    """95 % score interval of a proportion (Wilson, JASA 1927); n > 0."""
    share, square = hits / n, _Z**2
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = _Z * math.sqrt(share * (1 - share) / n + square / (4 * n**2)) / (1 + square / n)
    return (middle - half if hits else 0.0), (middle + half if hits < n else 1.0)  # at the ends, without float dust
