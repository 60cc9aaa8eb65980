"""Estimate how much of the unmarked code is like disclosed AI code, or abstain with a reason.

There is no figure per commit, function or person: the model is too weak for that, but strong enough for a share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.stylometry.prevalence import Prevalence, estimate_prevalence

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats
    from analyzer.stylometry.classifier import Scorer, StyleModel

# Unmarked code between these dates is the repository's own human baseline; it ends with the release of ChatGPT.
BASELINE = (pd.Timestamp("2018-01-01", tz="UTC"), pd.Timestamp("2022-12-01", tz="UTC"))
# Intervals that pass the rules below cover 86 % with 50 functions and 93 % with 100 (docs/style.md).
_MIN_FUNCTIONS, _MIN_COMMITS = 100, 15
_MIN_BASELINE = 40
_MAX_WIDTH, _MAX_DISAGREEMENT = 0.6, 0.15
_STALE_AFTER = pd.DateOffset(months=9)
# True positive rates relative to disclosed AI code, as measured when models were transferred (docs/style.md).
RELATIVE_RECALLS = (0.8, 0.65)


@dataclass(frozen=True, slots=True)
class EstimateBasis:
    """The sample behind an estimate.

    functions, commits : unmarked functions (the target) and their commits.
    baseline : functions of the baseline.
    marked : part of all functions whose commit is marked; None without functions.
    total : all functions, marked ones included.
    busiest_person : part of the unmarked functions that the busiest person wrote.
    new_people : part of the unmarked functions by people who wrote none in the baseline.
    """

    functions: int
    commits: int
    baseline: int
    marked: float | None
    total: int
    busiest_person: float | None
    new_people: float | None


@dataclass(frozen=True, slots=True)
class StyleEstimate:
    """AI share among the sampled functions, marked ones included.

    abstained : slug of the reason why there is no estimate; None if there is one.
    point, low, high : estimate and 90 % interval.
    sensitivity : (relative true positive rate, low, high) if unmarked AI code looks less like marked AI code.
    placebo : the same method on held-out baseline code; its interval must include 0.
    paceless : the estimate without the pace of commits.
    paced : whether `paceless` differs by more than 15 points; the interval is then the union of both.
    basis : the sample.
    """

    abstained: str | None
    point: float | None
    low: float | None
    high: float | None
    sensitivity: tuple[tuple[float, float, float], ...]
    placebo: Prevalence | None
    paceless: float | None
    paced: bool
    basis: EstimateBasis


def estimate_ai_share(
    sample: pd.DataFrame, baseline: pd.DataFrame, model: StyleModel, as_of: pd.Timestamp | None, seed: int
) -> StyleEstimate:
    """Estimate the AI share from tables of functions with columns sha, ai, person, authored and the features.

    Parameters
    ----------
    sample : functions in the range, from 2022-12 on.
    baseline : unmarked functions from 2018 to 2022-11.
    model : the style model.
    as_of : as-of date; the model is too old nine months after its training data end.
    seed : seed of the resampling.
    """
    unmarked = sample[~sample["ai"]]
    basis = _describe_sample(sample, unmarked, baseline)
    if (abstained := _insufficient_data(basis, baseline, model, as_of)) is not None:
        return StyleEstimate(abstained, None, None, None, (), None, None, paced=False, basis=basis)
    full, paceless = model.stored.whole, model.stored.paceless
    target, base = _logits_by_commit(unmarked, full), _logits_by_commit(baseline, full)
    full_result = estimate_prevalence(target, base, full.reference, seed)
    paceless_result = estimate_prevalence(
        _logits_by_commit(unmarked, paceless), _logits_by_commit(baseline, paceless), paceless.reference, seed
    )
    placebo = estimate_prevalence(base[0::2], base[1::2], full.reference, seed)
    paced = abs(full_result.point - paceless_result.point) > _MAX_DISAGREEMENT
    combined = _interval_union(full_result, paceless_result) if paced else full_result
    marked, weight = basis.marked or 0.0, len(unmarked) / len(sample)
    ends = [marked + weight * share for share in (combined.point, combined.low, combined.high)]
    sensitivity = tuple((rate, *_rescaled_interval(combined, rate, marked, weight)) for rate in RELATIVE_RECALLS)
    abstained = _unreliable_result(combined, placebo, target)
    point, low, high = (None, None, None) if abstained is not None else ends
    published = () if abstained else sensitivity
    return StyleEstimate(
        abstained, point, low, high, published, placebo, marked + weight * paceless_result.point, paced, basis
    )


def _interval_union(first: Prevalence, second: Prevalence) -> Prevalence:
    """Return the first point, with an interval that covers both."""
    return Prevalence(first.point, min(first.low, second.low), max(first.high, second.high))


def _describe_sample(sample: pd.DataFrame, unmarked: pd.DataFrame, baseline: pd.DataFrame) -> EstimateBasis:
    people = unmarked["person"].dropna()
    return EstimateBasis(
        functions=len(unmarked),
        commits=unmarked["sha"].nunique(),
        baseline=len(baseline),
        marked=float(sample["ai"].mean()) if len(sample) else None,
        total=len(sample),
        busiest_person=float(people.value_counts().max() / len(unmarked)) if len(people) else None,
        new_people=float((~people.isin(baseline["person"])).sum() / len(unmarked)) if len(people) else None,
    )


def _logits_by_commit(table: pd.DataFrame, scorer: Scorer) -> list[Floats]:
    if table.empty:
        return []
    logits = pd.Series(scorer.logits(table), index=table["sha"].to_numpy())
    return [np.asarray(group, np.float64) for _, group in logits.groupby(level=0, sort=True)]


def _insufficient_data(
    basis: EstimateBasis, baseline: pd.DataFrame, model: StyleModel, as_of: pd.Timestamp | None
) -> str | None:
    if not basis.total and not basis.baseline:
        return "style-other-language"
    if basis.functions < _MIN_FUNCTIONS or basis.commits < _MIN_COMMITS:
        return "style-too-few-functions"
    if basis.baseline < _MIN_BASELINE or baseline["sha"].nunique() < _MIN_COMMITS:
        return "style-no-baseline"
    cut_off = pd.Timestamp(f"{model.stored.cut_off}-01", tz="UTC") + pd.DateOffset(months=1)
    return "style-model-stale" if as_of is not None and as_of > cut_off + _STALE_AFTER else None


def _unreliable_result(result: Prevalence, placebo: Prevalence, target: list[Floats]) -> str | None:
    """Return why a result is withheld: it is too wide, another method disagrees, or its placebo failed; else None."""
    if placebo.low > 0:
        return "style-placebo-failed"
    if result.high - result.low > _MAX_WIDTH:
        return "style-too-wide"
    em_share = em_prevalence(np.concatenate(target))
    return "style-methods-disagree" if abs(em_share - result.point) > _MAX_DISAGREEMENT else None


def em_prevalence(logits: Floats, rounds: int = 200) -> float:
    """Return the share of positives by expectation maximisation (EMQ; Saerens et al., Neural Computation 2002).

    The model was fitted with balanced classes, so a logit is a log likelihood ratio.
    """
    ratio = np.exp(np.clip(logits, -20, 20))
    share = 0.5
    for _ in range(rounds):
        share = float(np.mean(share * ratio / (share * ratio + 1 - share)))
    return share


def _rescaled_interval(result: Prevalence, rate: float, marked: float, weight: float) -> tuple[float, float]:
    """Return the interval if only `rate` of the unmarked AI code is detected, as it looks less like marked AI code."""
    low, high = (min(share / rate, 1.0) for share in (result.low, result.high))
    return marked + weight * low, marked + weight * high
