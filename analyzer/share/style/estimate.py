"""functions, labels → how much of undeclared code is like disclosed AI code, or the reason why nobody can say.

Never a word on a commit, a function or a person: the model is too weak for that and strong enough for a share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.share.style.mixture import Prevalence, prevalence

if TYPE_CHECKING:
    from analyzer.arrays import Floats
    from analyzer.share.style.model import Model

# ChatGPT's release ends the code that is taken for the repository's own, human baseline; 2018 begins it.
BASELINE = (pd.Timestamp("2018-01-01", tz="UTC"), pd.Timestamp("2022-12-01", tz="UTC"))
# With 50 functions the intervals that pass the rules below cover 86 %, with 100 they cover 93 % (docs/style.md).
_FEWEST, _FEWEST_COMMITS = 100, 15
_FEWEST_BASE = 40
_WIDEST, _MOST_APART = 0.6, 0.15
_STALE = pd.DateOffset(months=9)
# True positive rates relative to disclosed AI code that were seen when models were carried over (docs/style.md).
LESS_LIKE = (0.8, 0.65)


@dataclass(frozen=True, slots=True)
class StyleEstimate:
    """Share among the functions read, declared ones too: point, 90 % interval, or `abstained`, the slug of why not.

    n, commits: functions and commits of the target, the undeclared ones. base: functions of the baseline.
    placebo: the same method on held-back baseline code, which must include 0. sensitivity: (relative true positive
    rate, low, high). declared: part of the functions whose commit is declared, of `total`.
    """

    abstained: str | None
    point: float | None
    low: float | None
    high: float | None
    sensitivity: tuple[tuple[float, float, float], ...]
    placebo: Prevalence | None
    n: int
    commits: int
    base: int
    declared: float | None
    total: int


def estimate(
    sample: pd.DataFrame, baseline: pd.DataFrame, model: Model, clock: pd.Timestamp | None, seed: int
) -> StyleEstimate:
    """Estimate from tables of functions with columns sha, ai, authored and the features.

    `sample`: functions of the range, of 2022-12 and later. `baseline`: undeclared ones of 2018 to 2022-11.
    """
    late = sample[~sample["ai"]]
    goal, own = _by_commit(late, model), _by_commit(baseline, model)
    declared = float(sample["ai"].mean()) if len(sample) else None
    facts = (len(late), len(goal), len(baseline), declared, len(sample))
    if (why := _too_little(late, goal, baseline, own, model, clock)) is not None:
        return StyleEstimate(why, None, None, None, (), None, *facts)
    found = prevalence(goal, own, model.reference, seed)
    placebo = prevalence(own[0::2], own[1::2], model.reference, seed)
    weight = len(late) / len(sample)
    ends = [(declared or 0.0) + weight * share for share in (found.point, found.low, found.high)]
    less = tuple((rate, *_rescaled(found, rate, declared or 0.0, weight)) for rate in LESS_LIKE)
    why = _doubtful(found, placebo, goal)
    point, low, high = (None, None, None) if why is not None else ends
    return StyleEstimate(why, point, low, high, () if why else less, placebo, *facts)


def _by_commit(table: pd.DataFrame, model: Model) -> list[Floats]:
    if table.empty:
        return []
    logits = pd.Series(model.logits(table), index=table["sha"].to_numpy())
    return [np.asarray(part, np.float64) for _, part in logits.groupby(level=0, sort=True)]


def _too_little(
    late: pd.DataFrame,
    goal: list[Floats],
    base: pd.DataFrame,
    own: list[Floats],
    model: Model,
    clock: pd.Timestamp | None,
) -> str | None:
    if len(late) < _FEWEST or len(goal) < _FEWEST_COMMITS:
        return "style-too-few-functions"
    if len(base) < _FEWEST_BASE or len(own) < _FEWEST_COMMITS:
        return "style-no-baseline"
    cut_off = pd.Timestamp(f"{model.stored.cut_off}-01", tz="UTC") + pd.DateOffset(months=1)
    return "style-model-stale" if clock is not None and clock > cut_off + _STALE else None


def _doubtful(found: Prevalence, placebo: Prevalence, goal: list[Floats]) -> str | None:
    """Why an estimate that was made is not told: too wide, another method disagrees, or its placebo failed."""
    if placebo.low > 0:
        return "style-placebo-failed"
    if found.high - found.low > _WIDEST:
        return "style-too-wide"
    other = expectation(np.concatenate(goal))
    return "style-methods-disagree" if abs(other - found.point) > _MOST_APART else None


def expectation(logits: Floats, rounds: int = 200) -> float:
    """Share of positives by expectation maximisation on the scores (EMQ; Saerens et al., Neural Computation 2002).

    The model is fitted with balanced classes, so that a logit is a log likelihood ratio.
    """
    ratio = np.exp(np.clip(logits, -20, 20))
    share = 0.5
    for _ in range(rounds):
        share = float(np.mean(share * ratio / (share * ratio + 1 - share)))
    return share


def _rescaled(found: Prevalence, rate: float, declared: float, weight: float) -> tuple[float, float]:
    """The interval if undisclosed AI code looked less like disclosed AI code: only `rate` of it would be seen."""
    low, high = (min(share / rate, 1.0) for share in (found.low, found.high))
    return declared + weight * low, declared + weight * high
