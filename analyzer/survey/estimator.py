"""Estimate the AI share of all merged changes, with an interval, from answers about a random sample of them.

Within a stratum the answers are a random sample, so we assume nothing about labels or style. The interval is the
central 95 % of the posterior of the total: Jeffreys' posterior of each stratum's answers (a Dirichlet over the values
seen, with half an answer at 0 and at 1; Brown, Cai & DasGupta, Stat. Sci. 2001), and from it draws of the changes
without an answer. Its coverage is tested by simulation (tests/validation/simulation/test_survey.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.survey.sampling import MARKED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analyzer.core.arrays import Floats

DRAWS = 10_000
# The seed is fixed so that nobody can shop for a favourable interval.
_SEED = 0
_TAIL_PROBABILITY = 0.025
# The answer "both" counts half; nobody measured the actual part.
BOTH_ANSWER = 0.5


class ShareInterval(NamedTuple):
    """A share of changes: point estimate and 95 % interval. The field names are keys of the JSON output."""

    point: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Stratum:
    """One stratum.

    changes, sampled, answered : merged changes in it, those in the sample, those with an answer.
    share : AI share of all its changes; None without answers.
    """

    name: str
    changes: int
    sampled: int
    answered: int
    share: ShareInterval | None


@dataclass(frozen=True, slots=True)
class Survey:
    """The estimate for all changes.

    strata : one entry per stratum.
    share : AI share if, within a stratum, missing answers are like the given ones; None if a stratum has no answer.
    bounds : 95 % interval that holds whatever the missing answers would have been.
    both_ends : the point estimate if "both" counted as 0 and as 1; None without `share`.
    recall : part of the AI changes that are marked; None without `share`, or if no answer names AI.
    """

    strata: tuple[Stratum, ...]
    share: ShareInterval | None
    bounds: tuple[float, float]
    both_ends: tuple[float, float] | None
    recall: ShareInterval | None


def estimate_from_answers(sheet: pd.DataFrame) -> Survey:
    """Estimate the AI share from a filled sheet.

    `sheet`: columns stratum, changes, asked (as in table `survey`) and answer in [0, 1], NA without an answer.
    """
    rng = np.random.default_rng(_SEED)
    groups = [_StratumAnswers(str(name), group) for name, group in sheet.groupby("stratum", sort=True)]
    changes = sum(group.changes for group in groups)
    draws = [group.draw_totals(rng) for group in groups]
    low, high = (sum(group.draw_totals(rng, nonresponse=end) for group in groups) / changes for end in (0.0, 1.0))
    bounds = float(np.quantile(low, _TAIL_PROBABILITY)), float(np.quantile(high, 1 - _TAIL_PROBABILITY))
    strata = tuple(group.summary(group_draws) for group, group_draws in zip(groups, draws, strict=True))
    if not all(len(group.answers) for group in groups):
        return Survey(strata, None, bounds, None, None)
    ai_draws = np.sum(draws, axis=0)
    marked_draws = np.sum([t for t, group in zip(draws, groups, strict=True) if group.name == MARKED], axis=0)
    points = [
        sum(group.mean(both_value) * group.changes for group in groups) / changes
        for both_value in (BOTH_ANSWER, 0.0, 1.0)
    ]
    return Survey(
        strata=strata,
        share=_interval(points[0], ai_draws / changes),
        bounds=bounds,
        both_ends=(points[1], points[2]),
        recall=_mark_recall(groups, marked_draws, ai_draws),
    )


class _StratumAnswers:
    """One stratum's answers."""

    def __init__(self, name: str, rows: pd.DataFrame) -> None:
        self.name = name
        self.changes, self.sampled = int(rows["changes"].iloc[0]), int(rows["sampled"].iloc[0])
        self.answers: Floats = rows["answer"].dropna().to_numpy(np.float64)

    def mean(self, both_value: float = BOTH_ANSWER) -> float:
        """Return the mean answer, with `both_value` for the answer "both"."""
        return float(np.where(self.answers == BOTH_ANSWER, both_value, self.answers).mean())

    def draw_totals(self, rng: np.random.Generator, nonresponse: float | None = None) -> Floats:
        """Return posterior draws of the number of AI changes in the stratum.

        `nonresponse`: the value of every missing answer; None treats them like changes outside the sample.
        """
        values = self.answers
        if nonresponse is not None:
            values = np.append(values, np.full(self.sampled - len(values), nonresponse))
        support, counts = np.unique(np.append(values, [0.0, 1.0]), return_counts=True)
        counts = counts - np.where((support == 0) | (support == 1), 0.5, 0.0)
        unanswered = rng.multinomial(self.changes - len(values), rng.dirichlet(counts, DRAWS))
        totals: Floats = values.sum() + unanswered @ support
        return totals

    def summary(self, draws: Floats) -> Stratum:
        """Return the stratum with the share of all its changes, from the draws of its total."""
        share = _interval(self.mean(), draws / self.changes) if len(self.answers) else None
        return Stratum(self.name, self.changes, self.sampled, len(self.answers), share)


def _interval(point: float, draws: Floats) -> ShareInterval:
    """Return the middle 95 % of the draws, extended to include the point if all answers agree."""
    low, high = np.quantile(draws, [_TAIL_PROBABILITY, 1 - _TAIL_PROBABILITY])
    return ShareInterval(point, float(min(low, point)), float(max(high, point)))


def _mark_recall(groups: Sequence[_StratumAnswers], marked_draws: Floats, ai_draws: Floats) -> ShareInterval | None:
    ai_total = sum(group.mean() * group.changes for group in groups)
    if not ai_total:
        return None
    marked_total = sum(group.mean() * group.changes for group in groups if group.name == MARKED)
    return _interval(marked_total / ai_total, marked_draws / np.maximum(ai_draws, np.finfo(float).tiny))
