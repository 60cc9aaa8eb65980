"""Answers about a random sample of merged changes → the share of all of them that AI wrote, with its interval.

Within a stratum the answers are a random sample, so nothing about labels or style is assumed. The interval is the
middle 95 % of what the whole may be: Jeffreys' posterior of each stratum's answers (Dirichlet over the values seen,
with half an answer at 0 and at 1; Brown, Cai & DasGupta, Stat. Sci. 2001), and from it the changes that nobody was
asked about. Its coverage is tested by simulation (tests/share/test_survey.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.survey.sampling import DECLARED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analyzer.core.arrays import Floats

DRAWS = 10_000
# One draw for everybody: with a seed of one's choice one could draw until the interval pleases.
_SEED = 0
_TAIL = 0.025
# "Both" stands for a part that nobody measured.
BOTH = 0.5


class Interval(NamedTuple):
    """A share of changes: point and 95 % interval."""

    point: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Stratum:
    """One stratum: how many changes it has, were asked about and answered; the share of all of it."""

    name: str
    changes: int
    asked: int
    answered: int
    share: Interval | None


@dataclass(frozen=True, slots=True)
class Survey:
    """What the answers say of all changes.

    share: if those who did not answer are, within a stratum, like those who did; None where a stratum has no answer.
    bounds: 95 % interval whatever they would have said. both_ends: the point if "both" counted nothing, and all.
    recall: part of the AI changes that are declared; None without `share`, or where no answer names AI.
    """

    strata: tuple[Stratum, ...]
    share: Interval | None
    bounds: tuple[float, float]
    both_ends: tuple[float, float] | None
    recall: Interval | None


def surveyed(sheet: pd.DataFrame) -> Survey:
    """Estimate from a sheet: columns stratum, changes, asked (as in table `survey`) and answer in [0, 1], NA = none."""
    rng = np.random.default_rng(_SEED)
    parts = [_Part(str(name), part) for name, part in sheet.groupby("stratum", sort=True)]
    changes = sum(part.changes for part in parts)
    totals = [part.totals(rng) for part in parts]
    low, high = (sum(part.totals(rng, silent=end) for part in parts) / changes for end in (0.0, 1.0))
    bounds = float(np.quantile(low, _TAIL)), float(np.quantile(high, 1 - _TAIL))
    strata = tuple(part.told(drawn) for part, drawn in zip(parts, totals, strict=True))
    if not all(len(part.answers) for part in parts):
        return Survey(strata, None, bounds, None, None)
    whole = np.sum(totals, axis=0)
    marked = np.sum([t for t, part in zip(totals, parts, strict=True) if part.name == DECLARED], axis=0)
    points = [sum(part.mean(both) * part.changes for part in parts) / changes for both in (BOTH, 0.0, 1.0)]
    return Survey(
        strata=strata,
        share=_interval(points[0], whole / changes),
        bounds=bounds,
        both_ends=(points[1], points[2]),
        recall=_recall(parts, marked, whole),
    )


class _Part:
    """One stratum's answers."""

    def __init__(self, name: str, rows: pd.DataFrame) -> None:
        self.name = name
        self.changes, self.asked = int(rows["changes"].iloc[0]), int(rows["asked"].iloc[0])
        self.answers: Floats = rows["answer"].dropna().to_numpy(np.float64)

    def mean(self, both: float = BOTH) -> float:
        """Mean answer, with `both` in the place of that word."""
        return float(np.where(self.answers == BOTH, both, self.answers).mean())

    def totals(self, rng: np.random.Generator, silent: float | None = None) -> Floats:
        """Draws of the number of AI changes in the stratum; `silent`: what those who did not answer would have said."""
        values = self.answers
        if silent is not None:
            values = np.append(values, np.full(self.asked - len(values), silent))
        support, counts = np.unique(np.append(values, [0.0, 1.0]), return_counts=True)
        counts = counts - np.where((support == 0) | (support == 1), 0.5, 0.0)
        rest = rng.multinomial(self.changes - len(values), rng.dirichlet(counts, DRAWS))
        found: Floats = values.sum() + rest @ support
        return found

    def told(self, totals: Floats) -> Stratum:
        """The stratum with the share of all its changes."""
        share = _interval(self.mean(), totals / self.changes) if len(self.answers) else None
        return Stratum(self.name, self.changes, self.asked, len(self.answers), share)


def _interval(point: float, draws: Floats) -> Interval:
    """The middle 95 % of draws, with the point inside also where all say the same."""
    low, high = np.quantile(draws, [_TAIL, 1 - _TAIL])
    return Interval(point, float(min(low, point)), float(max(high, point)))


def _recall(parts: Sequence[_Part], marked: Floats, whole: Floats) -> Interval | None:
    ai = sum(part.mean() * part.changes for part in parts)
    if not ai:
        return None
    declared = sum(part.mean() * part.changes for part in parts if part.name == DECLARED)
    return _interval(declared / ai, marked / np.maximum(whole, np.finfo(float).tiny))
