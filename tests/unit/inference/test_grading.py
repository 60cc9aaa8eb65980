"""The grade is a total function with the order of the method, and each grade can be reached."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.inference.grading.rules import (
    ThroughputFindings,
    grade_throughput,
    holds_beyond_trends,
    throughput_significant,
)
from analyzer.inference.grading.sentences import format_change
from analyzer.inference.grading.throughput import throughput_verdict
from analyzer.inference.multiplicity import holm
from analyzer.inference.results import Grade
from analyzer.inference.throughput import estimate_throughput
from analyzer.report.result_verdicts import throughput_result
from tests.panels import planted

SEEN = ThroughputFindings(
    share_varies=True,
    people=20,
    periods=26,
    p=0.001,
    low=0.3,
    high=0.7,
    beyond_low=0.05,
    beyond_high=0.6,
    smallest=0.25,
)
FULL = replace(SEEN, same_sign=0.9, durable_agrees=True, both_halves_agree=True, defects_upper=1.05)
QUIET = replace(SEEN, p=0.5, low=-0.2, high=0.25, beyond_low=-0.2, beyond_high=0.25)
ZERO = replace(QUIET, low=-0.09, high=0.09)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        (ThroughputFindings(share_varies=False, people=20, periods=26), "unknown_not_measurable"),
        (replace(SEEN, landing_habits_moved=True), "unknown_not_measurable"),
        (replace(SEEN, people=5), "unknown_too_little_history"),
        (replace(SEEN, periods=11), "unknown_too_little_history"),
        (replace(SEEN, misleading=True), "misleading"),
        (replace(SEEN, arithmetic_artefact=True), "artefact"),
        (SEEN, "says_little"),
        (replace(FULL, placebo_failed=True), "says_little"),
        (replace(FULL, low=0.04), "says_little"),
        (replace(FULL, low=0.1), "says_something"),
        (replace(FULL, defects_upper=None), "says_something"),
        (FULL, "says_a_lot"),
        (replace(FULL, low=-0.7, high=-0.3, beyond_low=-0.6, beyond_high=-0.1), "says_a_lot"),
        (replace(FULL, beyond_low=-0.01), "says_little"),
        (replace(FULL, beyond_low=-0.6, beyond_high=-0.1), "says_little"),
        (replace(FULL, low=-0.7, high=-0.3), "says_little"),
        (replace(FULL, beyond_low=None, beyond_high=None), "says_little"),
        (replace(FULL, beyond_low=math.nan), "says_little"),
        (ZERO, "says_nothing"),
        (replace(ZERO, beyond_low=0.01), "nothing_detected"),
        (replace(ZERO, beyond_high=-0.01), "nothing_detected"),
        (replace(ZERO, beyond_low=None, beyond_high=None), "says_nothing"),
        (replace(QUIET, smallest=0.31), "unknown_too_little_history"),
        (replace(QUIET, smallest=None), "unknown_too_little_history"),
        (replace(QUIET, smallest=math.nan), "unknown_too_little_history"),
        (replace(QUIET, people=6, periods=12), "nothing_detected"),
        (QUIET, "nothing_detected"),
        (replace(SEEN, p=0.06), "nothing_detected"),
        (replace(SEEN, low=-0.01), "nothing_detected"),
    ],
)
def test_grading_rules_apply_in_order(findings: ThroughputFindings, expected: Grade) -> None:
    """Each row of the method's table, with the rows above it not met."""
    assert grade_throughput(findings) == expected


def test_every_grade_is_reached() -> None:
    """The table above reaches all nine."""
    rows = next(m for m in test_grading_rules_apply_in_order.pytestmark if m.name == "parametrize").args[1]  # type: ignore[attr-defined]
    assert {expected for _, expected in rows} == set(get_args(Grade))


_NUMBER = st.one_of(st.none(), st.floats(-5, 5), st.just(math.nan), st.just(math.inf))
_TRUTH = st.one_of(st.none(), st.booleans())
_ANY = {
    "share_varies": st.booleans(), "people": st.integers(0, 60), "periods": st.integers(0, 60),
    "durable_agrees": _TRUTH, "both_halves_agree": _TRUTH, "alpha": st.sampled_from([0.05, 0.0125]),
    **dict.fromkeys(
        ("placebo_failed", "landing_habits_moved", "misleading", "arithmetic_artefact"), st.booleans()
    ),
}  # fmt: skip


@given(st.fixed_dictionaries({f.name: _ANY.get(f.name, _NUMBER) for f in fields(ThroughputFindings)}))
def test_every_input_gets_exactly_one_grade(values: dict[str, object]) -> None:
    """Total over any input, NaN and infinity included; nothing informative without significance."""
    findings = ThroughputFindings(**values)  # type: ignore[arg-type]
    given_ = grade_throughput(findings)
    assert given_ in get_args(Grade)
    if given_ in {"says_little", "says_something", "says_a_lot", "artefact"}:
        assert throughput_significant(findings)
    if given_ in {"says_something", "says_a_lot"}:
        assert holds_beyond_trends(findings)
        assert findings.beyond_low is not None
        assert findings.beyond_high is not None
        assert findings.low is not None
        assert findings.beyond_low > 0 if findings.low > 0 else findings.beyond_high < 0
    if given_ == "says_nothing":
        assert findings.low is not None
        assert findings.high is not None
        assert findings.low > -0.1
        assert findings.high < 0.1
        assert not (findings.beyond_low or 0) > 0
        assert not (findings.beyond_high or 0) < 0


@given(st.booleans(), st.one_of(st.none(), st.floats(-1, 1)), st.one_of(st.none(), st.floats(-1, 1)), st.booleans())
def test_nothing_above_says_little_without_the_figure_beyond_trends(
    rises: bool,
    beyond_low: float | None,
    beyond_high: float | None,
    lasts: bool,
) -> None:
    """With everything else for an association of either sign, the figure beyond own trends decides."""
    within = {"low": 0.3, "high": 0.7} if rises else {"low": -0.7, "high": -0.3}
    findings = replace(FULL, **within, beyond_low=beyond_low, beyond_high=beyond_high, durable_agrees=lasts)  # type: ignore[arg-type]
    known = beyond_low is not None and beyond_high is not None
    holds = known and ((beyond_low or 0) > 0 if rises else (beyond_high or 0) < 0)
    assert grade_throughput(findings) == ("says_a_lot" if holds and lasts else "says_little")


def test_every_placebo_of_the_contract_is_listed() -> None:
    """Every verdict on throughput lists those that apply, and one that cannot run says so."""
    contract = {"timing", "pre_ai", "negative_control", "other_author", "coupling", "habit", "influence"}
    contract |= {"earlier_share", "leavers", "change_size"}
    told = throughput_result(throughput_verdict(planted(1, 0.5), n_permutations=99)).placebos
    assert told is not None
    assert {placebo.id for placebo in told} == contract
    unknown = {"pre_ai", "coupling", "negative_control", "habit", "change_size"}
    assert {p.id for p in told if p.passed == "not_runnable"} == unknown
    quiet = throughput_result(throughput_verdict(planted(2, 0.0), n_permutations=99)).placebos
    assert quiet is not None
    needs_association = {"earlier_share", "leavers", "change_size", "influence"}
    assert {placebo.id for placebo in quiet} == contract - needs_association
    assert {p.id for p in quiet if p.passed == "not_runnable"} == unknown - needs_association


def test_holm_adjustment_by_hand() -> None:
    """Holm's adjusted p of (0.01, 0.04, 0.03) is (0.03, 0.06, 0.06)."""
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def test_verdicts_on_planted_panels() -> None:
    """+50 % on 25 people is seen and stops at SAYS LITTLE; four people are too few, and the sentence counts them."""
    seen = throughput_verdict(planted(1, 0.5), n_permutations=499)
    assert (seen.grade, seen.slug) == ("says_little", "says-little")
    few = throughput_verdict(planted(1, 0.5, authors=4), n_permutations=99)
    assert (few.grade, few.slug) == ("unknown_too_little_history", "too-few-people")
    assert few.sentence.startswith("Only 4 people were active long enough")
    brief = throughput_verdict(planted(1, 0.5, periods=7), n_permutations=99)
    assert (brief.slug, brief.eligible, brief.candidates) == ("too-few-people", 0, 25)
    assert estimate_throughput(planted(1, 0.5), n_permutations=99, seed=1) == estimate_throughput(
        planted(1, 0.5), n_permutations=99, seed=1
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [(0.062, "+6 %"), (-0.4, "\u221240 %"), (0.0, "+0 %"), (8.5, "+850 %"), (47.7, "×49"), (13_453.0, "over ×100")],
)
def test_relative_changes_in_words(change: float, words: str) -> None:
    """Sign always, a true minus, and no percentages past tenfold."""
    assert format_change(change) == words
