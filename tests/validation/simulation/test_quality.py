"""Error rates of the verdict on quality: differences where there are none, and equivalence at the bound."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from analyzer.inference.comparison import OutcomeComparison
from analyzer.inference.event_comparison import compare_shares
from analyzer.inference.grading.answers import judge_outcomes
from analyzer.inference.grading.quality import quality_verdict
from analyzer.inference.grading.quality_rules import is_alike
from analyzer.inference.grading.rules import INFORMATIVE
from tests.simulated.matching import matched_history
from tests.simulated.quality import MEASURES, quality_comparisons
from tests.simulated.shares import AdoptingAuthors
from tests.sizes import sized


def exceeds(hits: int, trials: int, bound: float) -> bool:
    """Whether an exact one-sided test at 1 % shows that more than `bound` of the trials hit."""
    return bool(binom.sf(hits - 1, trials, bound) < 0.01)


def called_not_large(rng: np.random.Generator, *, ratio: float) -> bool:
    """Whether the interval of lines rewritten lies within the bound, in one history of 25 people over two years."""
    table, _ = matched_history(rng, people=25, months=24, ratio=ratio)
    (outcome,) = judge_outcomes([OutcomeComparison(MEASURES["churn_30d"], compare_shares(table))])
    return outcome.findings is not None and is_alike(outcome.findings)


@pytest.mark.slow
@sized(40, 400)
@pytest.mark.parametrize("people", [3, 10])
def test_equal_changes_rarely_get_a_grade_above_nothing_detected(people: int, trials: int) -> None:
    """Marked commits are three times larger and otherwise the same: at most 5 % of histories say anything."""
    rng = np.random.default_rng(31)
    grades = [quality_verdict(quality_comparisons(rng, people=people), any_marked=True).grade for _ in range(trials)]
    assert not exceeds(sum(grade in INFORMATIVE for grade in grades), trials, 0.05)


@pytest.mark.slow
@sized(40, 400)
@pytest.mark.parametrize("ratio", [0.5, 1.5])
def test_difference_at_the_bound_is_rarely_called_not_large(ratio: float, trials: int) -> None:
    """Half of a base rate below 20 % is the bound itself: at most 5 % of histories call it no large difference."""
    rng = np.random.default_rng(32)
    claims = sum(called_not_large(rng, ratio=ratio) for _ in range(trials))
    assert not exceeds(claims, trials, 0.05)


@pytest.mark.slow
@sized(20, 200)
def test_equal_changes_of_many_people_are_often_called_alike(trials: int) -> None:
    """The claim above is not vacuous: where nothing differs, most histories of that size make it."""
    rng = np.random.default_rng(33)
    assert sum(called_not_large(rng, ratio=1.0) for _ in range(trials)) > trials / 2


@pytest.mark.slow
@sized(20, 400)
def test_difference_that_size_makes_is_no_finding(trials: int) -> None:
    """Larger commits touch tests far more often, and marked ones are larger: at most 5 % say anything."""
    rng, plain, grades = np.random.default_rng(34), 0, []
    for _ in range(trials):
        comparisons = quality_comparisons(rng, people=25, tests_by_size=1.0)
        touched = next(c for c in comparisons if c.measure.id == "test_cochange")
        plain += touched.matched is not None and touched.matched.p is not None and touched.matched.p < 0.01
        grades.append(quality_verdict(comparisons, any_marked=True).grade)
    assert plain > 0.9 * trials  # without matching on size nearly every history has a difference
    assert not exceeds(sum(grade in INFORMATIVE for grade in grades), trials, 0.05)


@pytest.mark.slow
@sized(60, 500)
@pytest.mark.parametrize("people", [6, 12, 25])
@pytest.mark.parametrize(
    "threat",
    [
        {},
        {"adoption": "sudden"},
        {"season": 0.3},
        {"trend": 0.8},
        {"adoption": "sudden", "drift": 0.8},
        {"with_share": 0.5},
        {"lines": False, "base": 0.5, "base_spread": 0.3},
    ],
    ids=str,
)
def test_mark_that_does_nothing_rarely_has_a_difference(threat: dict[str, object], people: int, trials: int) -> None:
    """At most 5 % of intervals exclude 0: gradual and sudden adoption, seasons, trends, habits that change."""
    rng = np.random.default_rng(35)
    authors = AdoptingAuthors(people=people, **threat)  # type: ignore[arg-type]
    found = [compare_shares(authors.table(rng)[0]).difference for _ in range(trials)]
    assert not exceeds(sum(d is not None and d.excludes_zero for d in found), trials, 0.05)


@pytest.mark.slow
@sized(60, 500)
@pytest.mark.parametrize("adoption", ["gradual", "sudden"])
@pytest.mark.parametrize("ratio", [0.7, 1.5])
def test_planted_ratio_of_shares_is_covered(ratio: float, adoption: str, trials: int) -> None:
    """The interval holds what the unmarked lines' rate would change by."""
    rng, missed = np.random.default_rng(36), 0
    authors = AdoptingAuthors(people=12, ratio=ratio, adoption=adoption)  # type: ignore[arg-type]
    for _ in range(trials):
        estimate = compare_shares(authors.table(rng)[0]).ratio
        assert estimate is not None
        missed += not estimate.low <= ratio <= estimate.high
    assert not exceeds(missed, trials, 0.05)


@pytest.mark.slow
@sized(60, 300)
def test_habits_that_change_on_the_day_of_adoption_are_mostly_told_apart(trials: int) -> None:
    """All work gets e^0.5 times as bad on the day on which a person starts to mark: at most 10 % have a difference."""
    rng = np.random.default_rng(37)
    authors = AdoptingAuthors(people=12, adoption="sudden", with_share=0.5)
    found = [compare_shares(authors.table(rng)[0]).difference for _ in range(trials)]
    assert not exceeds(sum(d is not None and d.excludes_zero for d in found), trials, 0.10)
