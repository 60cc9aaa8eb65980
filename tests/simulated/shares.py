"""Simulated shares of lines of people who take AI up, gradually or from one day to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats

_FIRST = pd.Timestamp("2024-01-03", tz="UTC")
_MONTHS_PER_YEAR, _DAYS_PER_MONTH = 12.0, 30.0


@dataclass(frozen=True, slots=True)
class AdoptingAuthors:
    """People whose commits have a share of lines with an event; whose marks rise from nothing.

    Attributes
    ----------
    pace : mean commits per person and month.
    ratio : chance of a marked commit's lines relative to the person's unmarked ones of that time.
    base, base_spread : chance of an unmarked line, and its standard deviation between people (log scale).
    adoption : whether a person's share of marked commits rises over months, or jumps on one day.
    top : lowest and highest share of marked commits that people end with.
    season, trend : yearly wave that marks follow, and rise over the history, of everybody's chance (log scale).
    drift : standard deviation of each person's straight drift over the history, independent of AI (log scale).
    walk : standard deviation of each person's random walk per month (log scale).
    tied : change of the chance of all commits of a person from the day of adoption to the end (log scale), straight.
    with_share : change of the chance of all commits of a person when the share of marks goes from 0 to 1 (log scale).
    lines : lines are counted; else a commit is one event or none.
    larger : log of how much larger marked commits are.
    """

    people: int = 12
    months: int = 24
    pace: float = 6.0
    ratio: float = 1.0
    base: float = 0.2
    base_spread: float = 0.4
    adoption: Literal["gradual", "sudden"] = "gradual"
    top: tuple[float, float] = (0.3, 0.95)
    season: float = 0.0
    trend: float = 0.0
    drift: float = 0.0
    walk: float = 0.0
    tied: float = 0.0
    with_share: float = 0.0
    lines: bool = True
    larger: float = 1.1

    def table(self, rng: np.random.Generator) -> tuple[pd.DataFrame, float]:
        """Return table `outcome_rows`, and the difference of chances over the unmarked lines of those who mark."""
        parts = [self._rows_of(person, rng) for person in range(self.people)]
        table = pd.concat(parts, ignore_index=True)
        both = table.groupby("person")["ai"].transform("nunique") > 1
        unmarked = table[both & (table["ai"] == 0)]
        base_rate = (unmarked["chance"] * unmarked["denominator"]).sum() / unmarked["denominator"].sum()
        return table.drop(columns="chance").assign(key=table.index.astype(str)), float(base_rate * (self.ratio - 1))

    def _rows_of(self, person: int, rng: np.random.Generator) -> pd.DataFrame:
        n = rng.poisson(self.pace * self.months * rng.gamma(3, 1 / 3)) + 1
        time = np.sort(rng.uniform(0, self.months, n))
        adopted, top = rng.uniform(0.15, 0.85) * self.months, rng.uniform(*self.top)
        slope = rng.uniform(0.2, 0.6) if self.adoption == "gradual" else 1e3
        share = top / (1 + np.exp(-np.clip(slope * (time - adopted), -500, 500)))
        wave = np.sin(2 * np.pi * time / _MONTHS_PER_YEAR + 1)
        marked = rng.random(n) < np.clip(share * (1 + (0.6 * wave if self.season else 0.0)), 0, 0.98)
        kind = rng.integers(0, 3, n)
        steps = np.cumsum(rng.normal(0, self.walk, self.months + 1))
        log_chance = (
            np.log(self.base)
            + rng.normal(-(self.base_spread**2) / 2, self.base_spread)
            + 0.3 * (kind - 1)
            + self.season * wave
            + (self.trend + rng.normal(0, self.drift)) * (time / self.months - 0.5)
            + steps[time.astype(int)]
            + self.tied * np.maximum(time - adopted, 0) / (self.months - adopted)
            + self.with_share * share
        )
        chance = np.clip(np.exp(log_chance), 0.002, 0.97 / max(1.0, self.ratio))
        size = np.ceil(np.exp(rng.normal(3 + self.larger * marked, 1.3))) if self.lines else np.ones(n)
        events = _clumped(rng, size, chance * np.where(marked, self.ratio, 1.0))
        return pd.DataFrame(
            {
                "person": f"p{person:03}",
                "when": (_FIRST + pd.to_timedelta(_DAYS_PER_MONTH * time, unit="D")).astype("datetime64[s, UTC]"),
                "cell": np.array(["code|new", "code|existing", "test|existing"])[kind],
                "ai": marked.astype(float),
                "events": events,
                "denominator": size,
                "chance": chance,
            }
        )


def _clumped(rng: np.random.Generator, size: Floats, chance: Floats) -> Floats:
    """Return events of lines that go together within a commit (beta-binomial)."""
    return rng.binomial(size.astype(int), rng.beta(2.3 * chance, 2.3 * (1 - chance))).astype(float)
