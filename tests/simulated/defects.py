"""Simulated follow-up fixes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

_FIRST = pd.Timestamp("2024-01-03", tz="UTC")
_YEAR = 13.0


def follow_up_table(people: int, ratio: float, draw: np.random.Generator) -> pd.DataFrame:
    """Return six cells of a dozen changes per person; half are marked and need a fix `ratio` times as often."""
    parts = []
    for person in range(people):
        base = min(0.1 * math.exp(draw.normal(0, 0.6)), 0.3)
        n = 6 * max(2, int(12 * math.exp(draw.normal(0, 0.6))))
        marked = draw.random(n) < 0.5
        events = draw.random(n) < np.where(marked, min(1.0, ratio * base), base)
        when = _FIRST + pd.to_timedelta(28 * (np.arange(n) % 6), unit="D")
        columns = {"person": str(person), "when": when, "ai": marked.astype(float), "events": events.astype(float)}
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts)


@dataclass(frozen=True, slots=True)
class AdoptingTeam:
    """A team that takes AI up over two years; people differ in pace, in marks and in how often fixes are needed.

    Attributes
    ----------
    pace : mean changes per person and four weeks.
    marks : mean share of marked changes over the history.
    ratio : risk of a marked change relative to the person's other changes of that time.
    base, base_spread : mean risk of an unmarked change, and its standard deviation between people (log scale).
    pace_spread : standard deviation of the pace between people (log scale).
    late : share of people who join during the first 60 % of the history.
    season : amplitude of a yearly wave of the risk (log scale), which the marks follow.
    trend : rise of the risk over the history (log scale).
    drift : standard deviation of each person's random walk of the risk per four weeks (log scale).
    heterogeneity : standard deviation of the ratio between people (log scale).
    """

    people: int = 12
    pace: float = 4.0
    marks: float = 0.09
    ratio: float = 1.0
    base: float = 0.14
    base_spread: float = 0.6
    pace_spread: float = 0.5
    late: float = 0.35
    season: float = 0.0
    trend: float = 0.0
    drift: float = 0.0
    heterogeneity: float = 0.0
    periods: int = 26

    def changes(self, draw: np.random.Generator) -> pd.DataFrame:
        """Return one row per change: person, when, ai, events."""
        return pd.concat([self._changes_of(person, draw) for person in range(self.people)], ignore_index=True)

    def _changes_of(self, person: int, draw: np.random.Generator) -> pd.DataFrame:
        time = np.arange(self.periods)
        joined = draw.uniform(0, 0.6) * self.periods if draw.random() < self.late else 0.0
        pace = self.pace * math.exp(draw.normal(-(self.pace_spread**2) / 2, self.pace_spread))
        period = np.repeat(time, draw.poisson(pace, self.periods) * (time >= joined))
        wave = np.sin(2 * np.pi * time / _YEAR + 1.0)
        midpoint, slope = draw.uniform(0.25, 0.75) * self.periods, draw.uniform(0.2, 1.0)
        top = min(0.95, 2 * self.marks * math.exp(draw.normal(0, 0.6)))
        share = top / (1 + np.exp(-slope * (time - midpoint))) * (1 + (0.8 * wave if self.season else 0.0))
        walk = np.cumsum(draw.normal(0, self.drift, self.periods))
        risk = self.base * math.exp(draw.normal(-(self.base_spread**2) / 2, self.base_spread))
        risk = risk * np.exp(self.season * wave + self.trend * (time / self.periods - 0.5) + walk)
        marked = draw.random(len(period)) < np.clip(share, 0, 0.97)[period]
        ratio = self.ratio * math.exp(draw.normal(0, self.heterogeneity))
        events = draw.random(len(period)) < np.minimum(0.95, risk[period] * np.where(marked, ratio, 1.0))
        days = pd.to_timedelta(28 * period + draw.uniform(0, 28, len(period)), unit="D")
        when = pd.Series(_FIRST + days).astype("datetime64[s, UTC]")
        columns = {"person": f"p{person}", "when": when, "ai": marked.astype(float), "events": events.astype(float)}
        return pd.DataFrame(columns)
