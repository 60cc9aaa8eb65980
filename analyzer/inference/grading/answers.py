"""Matched comparisons → bounded answers: a difference, no large difference, or why neither can be said.

Largest differences that are not large (`AnswerDefinition.equivalence`) are declared in the registry of outcomes before
any history is read. A difference is not large if its 95 % interval lies within them (two one-sided tests at 2.5 %;
Schuirmann, J. Pharmacokinet. Biopharm. 1987). Limits respect the scale: a difference of shares lies between −base rate
and 1 − base rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from msgspec import structs

from analyzer.inference.grading.answer_sentences import answer_sentence, capitalized, why_unknown
from analyzer.inference.grading.quality_rules import OutcomeFindings, differs, is_alike
from analyzer.inference.jackknife import smallest_detectable_effect
from analyzer.inference.matching import MIN_PEOPLE
from analyzer.inference.multiplicity import holm
from analyzer.inference.results import BoundedAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.inference.comparison import OutcomeComparison
    from analyzer.inference.jackknife import Interval
    from analyzer.inference.matching import MatchedComparison
    from analyzer.outcomes.base import AnswerDefinition, OutcomeDefinition

Kind = Literal["difference", "no_large_difference", "inconclusive", "unknown"]
# Intervals at least this wide say nothing: ±50 points of share, or from a fifth to five times as long.
WIDEST_SHARES, WIDEST_LOGS = 1.0, 2 * math.log(5)
# Placebo tests of a comparison; one that could not run has not passed.
_PLACEBOS = 3
_HALF = 0.5
# Ratio of sizes from which marked changes are of another size, whatever the interval.
_SIZE_RATIO = 1.25


@dataclass(frozen=True, slots=True)
class JudgedOutcome:
    """An outcome of the verdict.

    Attributes
    ----------
    answer : its answer in JSON.
    findings : what is graded; None without an interval, or where a placebo test failed.
    placebo_failed : whether a placebo test failed.
    """

    answer: BoundedAnswer
    findings: OutcomeFindings | None
    placebo_failed: bool = False


class _Question(NamedTuple):
    """An outcome with the comparison that answers it, and whether that one is among changes of the same size."""

    measure: OutcomeDefinition
    definition: AnswerDefinition
    comparison: MatchedComparison | None
    same_size: bool


def judge_outcomes(comparisons: Sequence[OutcomeComparison]) -> list[JudgedOutcome]:
    """Return every outcome that has an answer, in the order of the registry.

    The p-values of the graded outcomes are adjusted together (Holm), and those of the others together.
    """
    sizes = {comparison.measure.id: comparison.matched for comparison in comparisons}
    questions = [_question(c, c.measure.answer) for c in comparisons if c.measure.answer is not None]
    findings = [_findings(question, sizes) for question in questions]
    for graded in (True, False):
        family = [k for k, question in enumerate(questions) if question.definition.graded is graded]
        p_values = {k: f.p for k in family if (f := findings[k]) is not None and f.p is not None}
        for k, p in zip(p_values, holm(list(p_values.values())), strict=True):
            unadjusted = findings[k]
            findings[k] = None if unadjusted is None else replace(unadjusted, p=p)
    return [_judged(question, one) for question, one in zip(questions, findings, strict=True)]


def _question(comparison: OutcomeComparison, definition: AnswerDefinition) -> _Question:
    """Return the comparison at the same size where it has an interval, else the plain one."""
    same_size = comparison.same_size
    if same_size is not None and same_size.difference is not None:
        return _Question(comparison.measure, definition, same_size, same_size=True)
    return _Question(comparison.measure, definition, comparison.matched, same_size=False)


def _findings(question: _Question, sizes: dict[str, MatchedComparison | None]) -> OutcomeFindings | None:
    """Return what is graded, with the p not yet adjusted; None without an interval, or where a placebo test failed."""
    measure, definition, comparison, same_size = question
    if comparison is None or comparison.failed or comparison.reason is not None:
        return None
    difference, other = comparison.difference, comparison.other
    if difference is None or other is None or not _is_estimate(difference):
        return None
    least, most = measure.difference_limits(other.point)
    low, high = (min(max(end, least), most) for end in (difference.low, difference.high))
    if _says_nothing(measure, difference):
        low, high = -math.inf, math.inf
    bound = equivalence_bound(measure, definition, other.point)
    safe_bound = equivalence_bound(measure, definition, other.point, _error_of_bound(comparison))
    depends_on_size = bool(definition.size) and not same_size
    return OutcomeFindings(
        low,
        high,
        bound,
        comparison.p,
        allowance=bound - safe_bound,
        few_people=comparison.people < MIN_PEOPLE,
        size_may_explain=depends_on_size and _may_be_size(difference.point, sizes.get(definition.size)),
        one_commit=comparison.decisive_commit is not None,
        placebo_missing=sum(placebo.passed is True for placebo in comparison.placebos) < _PLACEBOS,
    )


def equivalence_bound(
    measure: OutcomeDefinition, definition: AnswerDefinition, base_rate: float, error: float = 0.0
) -> float:
    """Return the largest difference that is not large, of logs or of shares.

    Of shares it is half of the rarer side, less the `error` of that half, between the limits that the outcome declares.
    """
    if not measure.is_share:
        return math.log(definition.equivalence)
    return min(definition.equivalence, max(definition.least, 0.5 * min(base_rate, 1 - base_rate) - error))


def _error_of_bound(comparison: MatchedComparison) -> float:
    """Return by how much a bound of half of the base rate has to be smaller, because the base rate is an estimate.

    "Less than half of the base rate more" compares the marked rate m with 1.5 times the other rate o. The interval of
    m − 1.5 o is wider than that of m − o, by this much. Where permuted marks widened the interval of m − o, the
    covariance that follows from the three standard errors is too small, which makes this too large.

    A regression estimates the ratio m / o itself. Up to a base rate of one half the bound is a part of o, as the
    difference is, and the base rate cancels.
    """
    ai, other, difference = comparison.ai, comparison.other, comparison.difference
    if ai is None or other is None or difference is None or not difference.se > 0:
        return 0.0
    if comparison.ratio is not None and other.point <= _HALF:
        return 0.0
    covariance = (ai.se**2 + other.se**2 - difference.se**2) / 2
    variance = max(ai.se**2 + 2.25 * other.se**2 - 3 * covariance, difference.se**2)
    return (difference.high - difference.point) / difference.se * (math.sqrt(variance) - difference.se)


def _is_estimate(difference: Interval) -> bool:
    """Return whether an interval is finite and has a width."""
    return difference.se > 0 and math.isfinite(difference.low + difference.high)


def _says_nothing(measure: OutcomeDefinition, difference: Interval) -> bool:
    """Return whether an interval is so wide that it says nothing; the widest of shares spans the whole scale."""
    return difference.high - difference.low >= (WIDEST_SHARES if measure.is_share else WIDEST_LOGS)


def _may_be_size(difference: float, size: MatchedComparison | None) -> bool:
    """Return whether marked changes differ in size, in the direction of the difference; True where nobody knows."""
    if size is None or size.difference is None:
        return True
    other_size = size.difference.excludes_zero or abs(size.difference.point) >= math.log(_SIZE_RATIO)
    return other_size and size.difference.point * difference > 0


def _judged(question: _Question, findings: OutcomeFindings | None) -> JudgedOutcome:
    """Return an outcome with its answer on the scale of the JSON."""
    measure, definition, comparison, _ = question
    answer = _unknown_answer(question)
    if findings is None or comparison is None or comparison.difference is None or comparison.other is None:
        return JudgedOutcome(answer, None, placebo_failed=comparison is not None and bool(comparison.failed))
    if not math.isfinite(findings.low + findings.high):
        return JudgedOutcome(answer, findings)
    difference, base_rate = comparison.difference, comparison.other.point
    smallest = smallest_detectable_effect(difference.se, difference.df)
    kind: Kind = "difference" if differs(findings) else "no_large_difference" if is_alike(findings) else "inconclusive"
    estimated = structs.replace(
        answer,
        kind=kind,
        p=comparison.p,
        p_holm=findings.p,
        size_may_explain=kind == "difference" and findings.size_may_explain,
        reason="",
        **_on_json_scale(
            measure,
            value=min(max(difference.point, findings.low), findings.high),
            low=findings.low,
            high=findings.high,
            base_rate=base_rate,
            bound=findings.bound - findings.allowance,
            smallest_detectable=min(smallest, 1.0) if measure.is_share else smallest,
        ),
    )
    return JudgedOutcome(structs.replace(estimated, sentence=answer_sentence(estimated, definition)), findings)


def _on_json_scale(measure: OutcomeDefinition, **values: float) -> dict[str, float]:
    """Return shares as they are, and logs as relative changes."""
    return values if measure.is_share else {name: math.expm1(value) for name, value in values.items()}


def _unknown_answer(question: _Question) -> BoundedAnswer:
    """Return the answer of an outcome that cannot be estimated, with the reason."""
    measure, definition, comparison, same_size = question
    reason = why_unknown(comparison)
    return BoundedAnswer(
        id=measure.id,
        title=definition.subject,
        unit=measure.unit,
        scale="share" if measure.is_share else "relative",
        kind="unknown",
        graded=definition.graded,
        value=None,
        low=None,
        high=None,
        base_rate=None,
        bound=None,
        p=None,
        p_holm=None,
        smallest_detectable=None,
        same_size=same_size,
        size_may_explain=False,
        n_people=0 if comparison is None else comparison.people,
        n_marked=0 if comparison is None else round(comparison.n_ai),
        n_unmarked=0 if comparison is None else round(comparison.n_other),
        sentence=f"{capitalized(definition.subject)}: cannot be estimated here ({reason}).",
        reason=reason,
    )
