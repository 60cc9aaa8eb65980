"""functions, labels → how much of undeclared code is like disclosed AI code, or the reason why nobody can say.

Never a word on a commit, a function or a person: the model is too weak for that and strong enough for a share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.stylometry.prevalence import Prevalence, prevalence

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats
    from analyzer.stylometry.classifier import Model, Scorer

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
class Read:
    """What an estimate was made from.

    n, commits: functions and commits of the target, the undeclared ones. base: functions of the baseline. declared:
    part of the functions whose commit is declared, of `total`. one_author, new_authors: part of the undeclared
    functions that the busiest person wrote, and that people without any in the baseline did.
    """

    n: int
    commits: int
    base: int
    declared: float | None
    total: int
    one_author: float | None
    new_authors: float | None


@dataclass(frozen=True, slots=True)
class StyleEstimate:
    """Share among the functions read, declared ones too: point, 90 % interval, or `abstained`, the slug of why not.

    placebo: the same method on held-back baseline code, which must include 0. sensitivity: (relative true positive
    rate, low, high). paceless: the point without the pace of commits; `paced`: it is more than 15 points away, and
    then the interval is the union of both.
    """

    abstained: str | None
    point: float | None
    low: float | None
    high: float | None
    sensitivity: tuple[tuple[float, float, float], ...]
    placebo: Prevalence | None
    paceless: float | None
    paced: bool
    read: Read


def estimate(
    sample: pd.DataFrame, baseline: pd.DataFrame, model: Model, clock: pd.Timestamp | None, seed: int
) -> StyleEstimate:
    """Estimate from tables of functions with columns sha, ai, author, authored and the features.

    `sample`: functions of the range, of 2022-12 and later. `baseline`: undeclared ones of 2018 to 2022-11.
    """
    late = sample[~sample["ai"]]
    read = _read(sample, late, baseline)
    if (why := _too_little(read, baseline, model, clock)) is not None:
        return StyleEstimate(why, None, None, None, (), None, None, paced=False, read=read)
    whole, paceless = model.stored.whole, model.stored.paceless
    goal, own = _by_commit(late, whole), _by_commit(baseline, whole)
    first = prevalence(goal, own, whole.reference, seed)
    second = prevalence(_by_commit(late, paceless), _by_commit(baseline, paceless), paceless.reference, seed)
    placebo = prevalence(own[0::2], own[1::2], whole.reference, seed)
    paced = abs(first.point - second.point) > _MOST_APART
    found = _union(first, second) if paced else first
    declared, weight = read.declared or 0.0, len(late) / len(sample)
    ends = [declared + weight * share for share in (found.point, found.low, found.high)]
    less = tuple((rate, *_rescaled(found, rate, declared, weight)) for rate in LESS_LIKE)
    why = _doubtful(found, placebo, goal)
    point, low, high = (None, None, None) if why is not None else ends
    told = () if why else less
    return StyleEstimate(why, point, low, high, told, placebo, declared + weight * second.point, paced, read)


def _union(first: Prevalence, second: Prevalence) -> Prevalence:
    """The first one's point within both intervals."""
    return Prevalence(first.point, min(first.low, second.low), max(first.high, second.high))


def _read(sample: pd.DataFrame, late: pd.DataFrame, baseline: pd.DataFrame) -> Read:
    known = late["author"].dropna()
    return Read(
        n=len(late),
        commits=late["sha"].nunique(),
        base=len(baseline),
        declared=float(sample["ai"].mean()) if len(sample) else None,
        total=len(sample),
        one_author=float(known.value_counts().max() / len(late)) if len(known) else None,
        new_authors=float((~known.isin(baseline["author"])).sum() / len(late)) if len(known) else None,
    )


def _by_commit(table: pd.DataFrame, scorer: Scorer) -> list[Floats]:
    if table.empty:
        return []
    logits = pd.Series(scorer.logits(table), index=table["sha"].to_numpy())
    return [np.asarray(part, np.float64) for _, part in logits.groupby(level=0, sort=True)]


def _too_little(read: Read, base: pd.DataFrame, model: Model, clock: pd.Timestamp | None) -> str | None:
    if not read.total and not read.base:
        return "style-other-language"
    if read.n < _FEWEST or read.commits < _FEWEST_COMMITS:
        return "style-too-few-functions"
    if read.base < _FEWEST_BASE or base["sha"].nunique() < _FEWEST_COMMITS:
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
