"""Shares by regression: weights, the share marked nearby, and the comparison that verdict and table use."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtrit

from analyzer.inference.comparison import OutcomeComparison
from analyzer.inference.defects import estimate_event_ratio, event_data
from analyzer.inference.event_comparison import compare_shares
from analyzer.inference.grading.answers import judge_outcomes
from analyzer.inference.matching import compare_matched
from analyzer.inference.models.event_rates import EventData, fit_events, leave_one_out_betas
from analyzer.inference.share_rows import correlation_within_commits, share_rows
from analyzer.outcomes import OUTCOMES
from analyzer.report.sections.outcomes import outcome_result
from tests.simulated.shares import AdoptingAuthors

CHURN = next(measure for measure in OUTCOMES if measure.id == "churn_30d")


def simulated(seed: int, **settings: float | bool | str) -> pd.DataFrame:
    """A table of simulated shares."""
    return AdoptingAuthors(**settings).table(np.random.default_rng(seed))[0]  # type: ignore[arg-type]


def test_share_nearby_by_hand() -> None:
    """The marked part of the person's commits within 45 days on either side; a commit of two kinds counts once."""
    table = simulated(1, people=4, months=8)
    twice = table.iloc[::3].assign(cell="test|new", events=0.0)
    table, rows = share_rows(pd.concat([table, twice]))
    commits = table.drop_duplicates("key")
    assert rows.nearby is not None
    for k in range(0, len(table), 7):
        row = table.iloc[k]
        near = commits[(commits["person"] == row["person"]) & ((commits["when"] - row["when"]).abs() <= "45D")]
        assert rows.nearby[k] == pytest.approx(near["ai"].mean(), abs=1e-9)


@pytest.mark.parametrize("correlation", [0.0, 0.1, 0.4])
def test_correlation_within_commits_is_recovered(correlation: float) -> None:
    """Lines of a commit drawn with a common chance; lines drawn one by one have none; rows of one line count alike."""
    rng = np.random.default_rng(5)
    n, total = 6000, 0.0 if not correlation else 1 / correlation - 1
    size = np.ceil(np.exp(rng.normal(3, 1.2, n)))
    chance = rng.beta(0.3 * total, 0.7 * total, n) if total else np.full(n, 0.3)
    table = pd.DataFrame({"person": (np.arange(n) % 6).astype(str), "key": np.arange(n).astype(str), "cell": ""})
    table = table.assign(events=rng.binomial(size.astype(int), chance).astype(float), denominator=size, ai=0.0)
    table["when"] = pd.Timestamp("2024-01-01", tz="UTC")
    _, rows = share_rows(table)
    assert correlation_within_commits(rows) == pytest.approx(correlation, abs=0.03)
    single = share_rows(table.assign(events=table["events"] > 3, denominator=1.0))[1]
    assert single.weight == pytest.approx(np.ones(n))


def test_coefficient_equals_a_weighted_regression_with_dummies() -> None:
    """Poisson with a dummy per person and kind of file, weights, offset and share nearby, which has no prior."""
    _, rows = share_rows(simulated(2, ratio=1.4))
    data = event_data(rows)
    fit = fit_events(data)
    dummies = np.eye(len(data.starts))[data.stratum]
    design = np.column_stack([data.design, dummies])
    glm = sm.GLM(data.events, design, family=sm.families.Poisson(), offset=np.log(data.denominator)).fit()
    assert fit.theta[:2] == pytest.approx(glm.params[:2], abs=0.02)
    assert rows.weight is not None
    assert data.denominator.sum() < 0.3 * rows.denominator.sum()


def without_person(data: EventData, person: int) -> EventData:
    """The rows of everybody else."""
    return data.select(data.owner[data.stratum] != person)


def test_jackknife_leaves_out_people_with_all_their_strata() -> None:
    """Each refit is a fit to everybody else's rows, and the interval follows from them."""
    _, rows = share_rows(simulated(3, people=9, ratio=1.5))
    data = event_data(rows)
    beta = fit_events(data).theta[0]
    refits = leave_one_out_betas(data, fit_events(data))
    exact = np.array([fit_events(without_person(data, person)).theta[0] for person in range(data.people)])
    assert len(data.starts) > data.people == 9
    assert refits == pytest.approx(exact, abs=2e-4)
    estimate = estimate_event_ratio(rows)
    assert estimate is not None
    half_width = float(stdtrit(8, 0.975)) * math.sqrt(8 / 9 * ((exact - beta) ** 2).sum())
    assert math.log(estimate.high / estimate.ratio) >= 0.999 * half_width


def test_rates_are_those_of_the_same_peoples_unmarked_lines() -> None:
    """The base rate counts every unmarked line once, whatever weights the ratio is estimated with."""
    table = simulated(4, ratio=1.3)
    mixed = table.groupby(["person", "cell"])["ai"].transform("nunique") > 1
    unmarked = table[mixed & (table["ai"] == 0)]
    comparison = compare_shares(table)
    assert comparison.ratio is not None
    assert comparison.other is not None
    assert comparison.difference is not None
    base_rate = comparison.other.point
    assert base_rate == pytest.approx(unmarked["events"].sum() / unmarked["denominator"].sum(), rel=0.01)
    assert comparison.difference.point == pytest.approx(base_rate * (comparison.ratio.ratio - 1))
    assert comparison.difference.low == pytest.approx(base_rate * (comparison.ratio.low - 1))
    assert comparison.people == comparison.clusters == 12


def test_table_and_verdict_show_the_same_interval() -> None:
    """One estimate: the row of the table, the answer of the verdict, and what `matched_on` says about it."""
    comparison = OutcomeComparison(CHURN, compare_shares(simulated(5, ratio=1.3)))
    row, answer = outcome_result(comparison), judge_outcomes([comparison])[0].answer
    assert row.difference is not None
    assert (row.difference.low, row.difference.high) == (answer.low, answer.high)
    assert row.unmarked is not None
    assert row.unmarked.value == answer.base_rate
    assert row.matched_on == ["person", "date", "code or test", "new or existing file"]
    assert "12 people; ratio 1." in row.note


def test_fewer_than_six_people_are_compared_within_quarters() -> None:
    """The matched comparison, over spells of four weeks, and `matched_on` says so."""
    table = simulated(6, people=5)
    comparison = compare_shares(table)
    assert comparison == compare_matched(table)
    assert outcome_result(OutcomeComparison(CHURN, comparison)).matched_on[1] == "quarter"


@given(st.integers(0, 2**31))
@settings(max_examples=15)
def test_row_order_does_not_change_the_comparison(seed: int) -> None:
    """Same result for any order of the rows."""
    table = simulated(7, people=7, months=9)
    assert compare_shares(table.sample(frac=1, random_state=seed)) == compare_shares(table)


def test_habits_that_change_with_adoption_are_no_difference_of_the_mark() -> None:
    """All work of a person gets a third worse in proportion to the marks: only the share nearby takes that up."""
    with_it: list[float] = []
    without_it: list[float] = []
    for seed in range(12):
        _, rows = share_rows(simulated(seed, people=15, adoption="sudden", with_share=0.8))
        for rows_of_model, ratios in ((rows, with_it), (rows._replace(nearby=None), without_it)):
            estimate = estimate_event_ratio(rows_of_model)
            assert estimate is not None
            ratios.append(math.log(estimate.ratio))
    assert np.mean(without_it) > 0.15
    assert abs(np.mean(with_it)) < 0.4 * np.mean(without_it)


def test_commit_that_turns_the_sign_is_named() -> None:
    """The ratio is close to 1; without all rows of the named commit it lies on the other side."""
    table = simulated(8, people=8, months=12, ratio=0.9)
    table = pd.concat([table, table.assign(cell="other")])
    decisive = compare_shares(table).decisive_commit
    assert decisive is not None
    every, rest = (estimate_event_ratio(share_rows(part)[1]) for part in (table, table[table["key"] != decisive]))
    assert every is not None
    assert rest is not None
    assert (every.ratio > 1) != (rest.ratio > 1)
    assert compare_shares(simulated(8, people=8, ratio=1.6)).decisive_commit is None


def test_huge_commit_moves_the_ratio_little() -> None:
    """A marked commit of 30,000 lines, all gone, has three quarters of all lines; it counts like a few commits."""
    table = simulated(9, people=8, months=12)
    huge = table[table["ai"] == 1].iloc[[5]].assign(key="huge", events=3e4, denominator=3e4)
    rows = share_rows(pd.concat([table, huge]))[1]
    before, after, unweighted = (
        estimate_event_ratio(each) for each in (share_rows(table)[1], rows, rows._replace(weight=None))
    )
    assert before is not None
    assert after is not None
    assert unweighted is not None
    assert before.ratio < after.ratio < 1.1 * before.ratio
    assert unweighted.ratio > 1.2 * before.ratio
