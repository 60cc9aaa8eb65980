"""The verdict on quality: rules, bounded answers, their words, and the bounds that the docs declare."""

from __future__ import annotations

import math
import re
from dataclasses import fields, replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.core.messages import MESSAGES
from analyzer.inference.comparison import OutcomeComparison
from analyzer.inference.grading.answers import equivalence_bound, judge_outcomes
from analyzer.inference.grading.quality import QualityVerdict, quality_verdict
from analyzer.inference.grading.quality_rules import (
    OutcomeFindings,
    QualityFindings,
    differs,
    grade_quality,
    is_alike,
)
from analyzer.inference.grading.rules import INFORMATIVE
from analyzer.inference.jackknife import Interval
from analyzer.inference.matching import MatchedComparison
from analyzer.inference.results import BoundedAnswer, Grade, Placebo
from analyzer.outcomes import OUTCOMES
from tests.conftest import ROOT

MEASURES = {measure.id: measure for measure in OUTCOMES if measure.answer is not None}
SIZES = {measure.id: measure for measure in OUTCOMES if measure.coupled}
PASSED = tuple(Placebo(id_, 0.0, -0.1, 0.1, passed=True) for id_ in ("permuted_marks", "other_author", "pre_ai"))

FAR = OutcomeFindings(0.12, 0.3, 0.1, 0.001)
ALIKE = OutcomeFindings(-0.05, 0.06, 0.1, 0.8)
OPEN = OutcomeFindings(-0.05, 0.2, 0.1, 0.8)


def comparison(
    low: float, high: float, *, base: float = 0.2, people: int = 12, placebos: tuple[Placebo, ...] = PASSED
) -> MatchedComparison:
    """A comparison with the interval (low, high), from 11 degrees of freedom."""
    point, se = (low + high) / 2, (high - low) / 2 / 2.201
    return MatchedComparison(
        pooled=point,
        n_ai=120.0,
        n_other=300.0,
        clusters=12,
        cluster_kind="people",
        ai=Interval(base + point, se, base + low, base + high, 11),
        other=Interval(base, 0.01, base - 0.02, base + 0.02, 11),
        difference=Interval(point, se, low, high, 11),
        placebos=placebos,
        people=people,
    )


def verdict_on(matched: dict[str, MatchedComparison | None]) -> QualityVerdict:
    """The verdict on outcomes by id, everything else not computed."""
    every = {**MEASURES, **SIZES}
    return quality_verdict([OutcomeComparison(m, matched.get(id_)) for id_, m in every.items()], any_marked=True)


def answer_on(id_: str, matched: MatchedComparison | None) -> BoundedAnswer:
    """The answer on one outcome."""
    return next(answer for answer in verdict_on({id_: matched}).answers if answer.id == id_)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        (QualityFindings(any_marked=False, outcomes=(FAR,)), "unknown_not_measurable"),
        (QualityFindings(any_marked=True, outcomes=(FAR,), recall_unsteady=True), "unknown_not_measurable"),
        (QualityFindings(any_marked=True, outcomes=()), "unknown_too_little_history"),
        (QualityFindings(any_marked=True, outcomes=(OPEN, OPEN)), "unknown_too_little_history"),
        (QualityFindings(any_marked=True, outcomes=(OPEN, FAR)), "says_a_lot"),
        (QualityFindings(any_marked=True, outcomes=(replace(FAR, placebo_missing=True),)), "says_something"),
        (QualityFindings(any_marked=True, outcomes=(replace(FAR, low=0.05),)), "says_something"),
        (QualityFindings(any_marked=True, outcomes=(replace(FAR, low=-0.3, high=-0.05),)), "says_something"),
        (QualityFindings(any_marked=True, outcomes=(replace(FAR, low=0.049),)), "says_little"),
        (QualityFindings(any_marked=True, outcomes=(replace(FAR, few_people=True),)), "says_little"),
        (QualityFindings(any_marked=True, outcomes=(replace(FAR, size_may_explain=True),)), "says_little"),
        (QualityFindings(any_marked=True, outcomes=(replace(FAR, one_commit=True),)), "says_little"),
        (
            QualityFindings(any_marked=True, outcomes=(replace(FAR, p=0.02),), alpha=0.0125),
            "unknown_too_little_history",
        ),
        (QualityFindings(any_marked=True, outcomes=(ALIKE, ALIKE, ALIKE, ALIKE)), "says_nothing"),
        (QualityFindings(any_marked=True, outcomes=(ALIKE, ALIKE, ALIKE, ALIKE, OPEN)), "nothing_detected"),
        (QualityFindings(any_marked=True, outcomes=(ALIKE, ALIKE, ALIKE)), "nothing_detected"),
        (
            QualityFindings(any_marked=True, outcomes=(ALIKE, ALIKE, ALIKE, replace(ALIKE, few_people=True))),
            "nothing_detected",
        ),
    ],
)
def test_rules_apply_in_order(findings: QualityFindings, expected: Grade) -> None:
    """Each rule, with the rules above it not met."""
    assert grade_quality(findings) == expected


_NUMBER = st.one_of(st.floats(-2, 2), st.just(math.nan), st.just(math.inf), st.just(-math.inf))
_ANY_OUTCOME = st.fixed_dictionaries(
    {
        field.name: st.booleans() if field.type == "bool" else st.none() | _NUMBER if field.name == "p" else _NUMBER
        for field in fields(OutcomeFindings)
    }
).map(lambda values: OutcomeFindings(**values))  # type: ignore[arg-type]
_ANY_FINDINGS = st.builds(
    QualityFindings,
    any_marked=st.booleans(),
    outcomes=st.lists(_ANY_OUTCOME, max_size=6).map(tuple),
    recall_unsteady=st.booleans(),
    alpha=st.sampled_from([0.05, 0.0125]),
)


@given(_ANY_FINDINGS)
def test_every_input_gets_exactly_one_grade(findings: QualityFindings) -> None:
    """Total over any input, NaN and infinity included; each kind of grade needs what it claims."""
    grade = grade_quality(findings)
    assert grade in get_args(Grade)
    different = [o for o in findings.outcomes if differs(o, findings.alpha)]
    if grade in INFORMATIVE:
        assert different
    if grade in {"says_something", "says_a_lot"}:
        assert any(o.robust for o in different)
    if grade in {"says_nothing", "nothing_detected"}:
        assert not different
        assert any(map(is_alike, findings.outcomes))
    if grade == "says_nothing":
        assert all(is_alike(o) and not o.few_people for o in findings.outcomes)


@given(st.lists(st.tuples(st.sampled_from(sorted(MEASURES)), st.floats(-3, 3), st.floats(0.001, 3)), max_size=8))
@settings(max_examples=200)
def test_answers_respect_the_scale(rows: list[tuple[str, float, float]]) -> None:
    """A difference of shares lies between −base rate and 1 − base rate, and no answer spans the scale."""
    verdict = verdict_on({id_: comparison(point - half, point + half) for id_, point, half in rows})
    for answer in verdict.answers:
        if answer.kind == "unknown":
            assert answer.reason
            assert (answer.value, answer.low, answer.high) == (None, None, None)
        elif answer.scale == "share":
            assert answer.low is not None
            assert answer.high is not None
            assert -0.2 <= answer.low <= answer.high <= 0.8
            assert answer.high - answer.low < 1.0
    assert verdict.slug in MESSAGES


@given(st.lists(st.tuples(st.sampled_from(sorted(MEASURES)), st.floats(-0.3, 0.3), st.floats(0.001, 0.4)), max_size=8))
@settings(max_examples=100)
def test_reverts_and_follow_up_fixes_never_move_the_grade(rows: list[tuple[str, float, float]]) -> None:
    """The verdict quotes them, and the one on defects grades them."""
    matched: dict[str, MatchedComparison | None] = {id_: comparison(p - h, p + h) for id_, p, h in rows}
    without = {id_: c for id_, c in matched.items() if MEASURES[id_].answer.graded}  # type: ignore[union-attr]
    assert verdict_on(matched).grade == verdict_on(without).grade


def test_quoted_outcomes_are_those_that_defects_grades() -> None:
    """Sizes have no answer; of the others, reverts and follow-up fixes alone are not graded."""
    assert not any(measure.coupled for measure in MEASURES.values())
    quoted = {id_ for id_, measure in MEASURES.items() if measure.answer is not None and not measure.answer.graded}
    assert quoted == {"follow_ups_90d", "follow_up_lines_90d", "reverts_35d"}


@pytest.mark.parametrize(
    ("id_", "low", "high", "base", "sentence"),
    [
        ("churn_30d", -0.083, -0.001, 0.2, "Lines rewritten within 30 days: 0.1 to 8.3 points fewer."),
        (
            "follow_up_lines_90d",
            -0.027,
            0.01,
            0.031,
            "Follow-up fixes per line: between 2.7 points fewer and 1.0 more, so no large difference; graded in",
        ),
        ("churn_90d", -0.2, 0.03, 0.3, "Lines rewritten within 90 days: between 20 points fewer and 3.0 more."),
        ("lead_time", -0.2, 0.3, 2.0, "Time to land: between 18 % shorter and 35 % longer, so no large difference."),
        ("repeated_tokens", 0.0002, 0.02, 0.2, "Repeated code: under 0.1 to 2.0 points more"),
        ("repeated_tokens", -0.1, 0.1, 0.0, "Repeated code: between 0.0 points less and 10 more."),
    ],
)
def test_answers_in_plain_words(id_: str, low: float, high: float, base: float, sentence: str) -> None:
    """The forms of docs/outcomes.md; one outcome alone needs no adjustment."""
    assert answer_on(id_, comparison(low, high, base=base)).sentence.startswith(sentence)


def test_interval_that_says_nothing_is_not_printed() -> None:
    """±50 points, the whole scale, or a fifth to five times the time."""
    for id_, low, high, base in (
        ("churn_30d", -0.3, 0.75, 0.4),
        ("churn_30d", -0.05, 0.95, 0.05),
        ("lead_time", -2.0, 2.0, 3.0),
    ):
        answer = answer_on(id_, comparison(low, high, base=base))
        assert answer.kind == "unknown"
        assert "too few for a useful interval" in answer.sentence


def test_outcome_that_fails_a_placebo_is_not_graded_and_named() -> None:
    """The difference is large, and permuted marks have it as well."""
    failed = (*PASSED[:2], Placebo("pre_ai", 0.2, 0.1, 0.3, passed=False))
    clean = verdict_on({"churn_30d": comparison(0.12, 0.3), "churn_90d": comparison(-0.05, 0.05)})
    assert clean.grade == "says_a_lot"
    verdict = verdict_on({"churn_30d": comparison(0.12, 0.3, placebos=failed), "churn_90d": comparison(-0.05, 0.05)})
    assert verdict.grade == "nothing_detected"
    assert "Not graded, because a placebo test failed: lines rewritten within 30 days." in verdict.sentence
    answer = next(a for a in verdict.answers if a.id == "churn_30d")
    assert (answer.kind, answer.low, "pre ai" in answer.reason) == ("unknown", None, True)


def test_difference_that_size_may_explain_says_little() -> None:
    """Larger changes touch tests more often: without a comparison at the same size the grade is capped."""
    touched = comparison(0.12, 0.3, base=0.4)
    larger = comparison(0.5, 1.5)
    verdict = verdict_on({"test_cochange": touched, "commit_size": larger})
    assert (verdict.grade, verdict.slug) == ("says_little", "difference-may-be-size")
    assert verdict.sentence.startswith("Tests touched: 12 to 30 points more often, compared with")
    assert "Marked changes also differ in size, which may explain this." in verdict.sentence
    smaller = verdict_on({"test_cochange": touched, "commit_size": comparison(-1.5, -0.5)})
    assert smaller.grade == "says_a_lot"
    unknown = verdict_on({"test_cochange": touched})
    assert unknown.grade == "says_little"


def test_comparison_at_the_same_size_is_the_answer() -> None:
    """Where it has an interval it takes the place of the plain one, and says so."""
    tests = OutcomeComparison(
        MEASURES["test_cochange"], comparison(0.12, 0.3, base=0.4), same_size=comparison(-0.05, 0.06, base=0.4)
    )
    answer = judge_outcomes([tests])[0].answer
    assert answer.same_size
    assert answer.sentence.startswith(
        "Tests touched at the same size: between 5.0 points less often and 6.0 more often"
    )


def test_few_people_say_little_at_most() -> None:
    """Spells of four weeks of fewer than six people bound an answer, and no more."""
    verdict = verdict_on({"churn_30d": comparison(0.12, 0.3, people=1)})
    assert (verdict.grade, verdict.slug) == ("says_little", "few-people-matched")
    assert "Only one person could be compared." in verdict.sentence


def test_differences_are_adjusted_within_the_graded_outcomes() -> None:
    """One in five p-values of .02 is none after Holm; alone it is one."""
    one = comparison(0.005, 0.055)
    assert verdict_on({"churn_30d": one}).grade in INFORMATIVE
    others = dict.fromkeys(("churn_90d", "test_cochange", "repeated_tokens"), comparison(-0.2, 0.2))
    verdict = verdict_on({"churn_30d": one, **others})
    assert verdict.grade == "nothing_detected"
    answer = next(a for a in verdict.answers if a.id == "churn_30d")
    assert answer.p is not None
    assert answer.p_holm == pytest.approx(4 * answer.p)


def test_bounds_of_the_docs_are_those_of_the_registry() -> None:
    """docs/outcomes.md declares what is large, outcome by outcome."""
    text = (ROOT / "docs" / "outcomes.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (±10 points|×1\.\d+) \| (\d points?|–) \| (yes|quoted) \|", text, re.MULTILINE)
    declared = {}
    for id_, measure in MEASURES.items():
        answer = measure.answer
        assert answer is not None
        bound = f"±{100 * answer.equivalence:.0f} points" if measure.is_share else f"×{answer.equivalence}"
        least = f"{100 * answer.least:.0f} points".replace("1 points", "1 point") if answer.least else "–"
        declared[id_] = (bound, least, "yes" if answer.graded else "quoted")
    assert {id_: row for id_, *row_ in rows for row in [tuple(row_)]} == declared


@given(st.sampled_from(sorted(MEASURES)), st.floats(0, 1))
def test_bound_is_half_of_the_rarer_side_between_its_limits(id_: str, base_rate: float) -> None:
    """Continuous in the base rate, so that an estimate near 10 % decides nothing."""
    measure = MEASURES[id_]
    answer = measure.answer
    assert answer is not None
    bound = equivalence_bound(measure, answer, base_rate)
    if measure.is_share:
        assert answer.least <= bound <= 0.10
        assert bound == equivalence_bound(measure, answer, 1 - base_rate) or math.isclose(
            bound, equivalence_bound(measure, answer, 1 - base_rate)
        )
    else:
        assert math.exp(bound) == pytest.approx(answer.equivalence)
