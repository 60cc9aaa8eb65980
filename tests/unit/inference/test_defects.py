"""Reverts against hand-made histories, and the defects estimate against regressions with every dummy."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtr, stdtrit

from analyzer.inference.defects import (
    comparable_counts,
    dated_rows,
    estimate_defects,
    estimate_event_ratio,
    event_data,
)
from analyzer.inference.event_comparison import compare_events
from analyzer.inference.grading.defects import defects_verdict
from analyzer.inference.grading.rules import INFORMATIVE, DefectFindings, grade_defects
from analyzer.inference.jackknife import Interval
from analyzer.inference.linalg.time_spline import time_basis
from analyzer.inference.matching import MatchedComparison, compare_matched
from analyzer.inference.models.event_rates import (
    EventData,
    ScoreTest,
    fit_events,
    leave_one_out_betas,
    leave_one_row_out_betas,
)
from analyzer.inference.results import Placebo
from analyzer.outcomes.revert_detection import detect_reverts
from tests.simulated.defects import AdoptingTeam


def test_a_change_does_not_revert_itself() -> None:
    """A branch whose second commit names its first as reverted: the change of both is not taken back by that."""
    one, two, later = ("a" * 40, "b" * 40, "c" * 40)
    commits = pd.DataFrame(
        {
            "sha": [one, two, later],
            "committed": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"], utc=True).as_unit("s"),
            "message": ["work", f"Undo\n\nThis reverts commit {one}.", f"Undo\n\nThis reverts commit {two}."],
        }
    )
    units = pd.DataFrame(
        {"merged_change": ["m", "s"], "sha": [two, later], "merged": commits["committed"][1:].to_numpy()}
    )
    found = detect_reverts(units, commits, {one: "m", two: "m", later: "s"}, {})
    assert found[["sha", "by", "merged_change"]].to_numpy().tolist() == [[later, "s", "m"]]


def team_changes(seed: int, **settings: float) -> pd.DataFrame:
    """Return the changes of a simulated team (`AdoptingTeam`)."""
    return AdoptingTeam(**settings).changes(np.random.default_rng(seed))  # type: ignore[arg-type]


def people_in(changes: pd.DataFrame, names: range) -> pd.DataFrame:
    """Return the changes of people p0, p1 and so on."""
    return changes[changes["person"].isin([f"p{k}" for k in names])]


def reference_fit(data: EventData) -> np.ndarray:
    """Maximise the penalised Poisson likelihood with one dummy per person, by Newton's method on every parameter."""
    k = data.design.shape[1]
    design = np.column_stack([data.design, np.eye(len(data.starts))[data.stratum]])
    theta = np.zeros(design.shape[1])
    theta[k:] = np.log(data.totals / data.by_person(data.denominator))
    for _ in range(60):
        mean = data.denominator * np.exp(design @ theta)
        gradient, information = design.T @ (data.events - mean), design.T @ (design * mean[:, None])
        gradient[1:k] -= 1e-3 * theta[1:k]
        information[np.arange(1, k), np.arange(1, k)] += 1e-3
        chance = 1 / (1 + math.exp(-theta[0]))
        gradient[0] += 0.5 - chance
        information[0, 0] += chance * (1 - chance)
        theta = theta + np.clip(np.linalg.solve(information, gradient), -1, 1)
    return theta[:k]


def without_person(data: EventData, person: int) -> EventData:
    """Return the rows of everybody else."""
    kept = data.stratum != person
    return EventData.of(
        data.stratum[kept], data.stratum[kept], data.design[kept], data.events[kept], data.denominator[kept]
    )


def test_fit_equals_poisson_regression_with_person_dummies() -> None:
    """Coefficients equal those of an explicit regression; statsmodels, which has no prior, agrees within 2 %."""
    data = event_data(dated_rows(team_changes(2, ratio=2, marks=0.3)))
    fit = fit_events(data)
    assert data.design.shape[1] == 6
    assert fit.theta == pytest.approx(reference_fit(data), abs=1e-7)
    dummies = np.eye(len(data.starts))[data.stratum]
    glm = sm.GLM(data.events, np.column_stack([data.design, dummies]), family=sm.families.Poisson()).fit()
    assert fit.theta[0] == pytest.approx(glm.params[0], abs=0.02)
    assert fit.covariance[0, 0] == pytest.approx(glm.cov_params()[0, 0], rel=0.02)


@pytest.mark.parametrize("lines", [False, True])
def test_every_refit_equals_a_regression_without_that_person(lines: bool) -> None:
    """The jackknife's refits, approximate ones included, and the interval from them; also with lines as denominator."""
    changes = team_changes(3, people=30, ratio=1.5, marks=0.2)
    if lines:
        size = np.random.default_rng(0).integers(1, 200, len(changes))
        changes = changes.assign(denominator=size.astype(float), events=changes["events"] * np.ceil(size / 3))
    rows = dated_rows(changes)
    data = event_data(rows)
    fit = fit_events(data)
    refits = leave_one_out_betas(data, fit)
    exact = np.array([reference_fit(without_person(data, person))[0] for person in range(len(data.starts))])
    assert refits == pytest.approx(exact, abs=2e-4)
    estimate = estimate_event_ratio(rows)
    assert estimate is not None
    df = estimate.people - 1
    se = math.sqrt(df / estimate.people * ((exact - fit.theta[0]) ** 2).sum())
    assert math.log(estimate.high / estimate.ratio) == pytest.approx(stdtrit(df, 0.975) * se, rel=2e-3)
    assert estimate.p == pytest.approx(2 * stdtr(df, -abs(fit.theta[0]) / se), rel=2e-2)


def test_one_step_estimates_are_close_to_refits() -> None:
    """Shuffled marks, and the fit without one change, by one Newton step: within a tenth of a standard error."""
    data = event_data(dated_rows(team_changes(4, ratio=1.6, marks=0.3)))
    fit = fit_events(data)
    rng, test, se = np.random.default_rng(0), ScoreTest(data), math.sqrt(fit.covariance[0, 0])
    for n in range(6):
        marks = data.design[np.argsort(data.stratum + rng.random(len(data.stratum))), 0]
        if n == 5:  # Late in the history nearly everything is marked: the curve takes most of what marks say.
            marks = (data.design[:, 1] + rng.normal(0, 0.3, len(marks)) > 0).astype(float)
        design = np.column_stack([marks, data.design[:, 1:]])
        exact = fit_events(
            EventData(data.stratum, data.starts, data.owner, design, data.events, data.denominator)
        ).theta[0]
        assert test.beta(marks) == pytest.approx(exact, abs=se / 4)
    refits = leave_one_row_out_betas(data, fit)
    for row in [*np.flatnonzero(data.events > 0)[:5], *np.flatnonzero(data.events == 0)[:5]]:
        kept = np.arange(len(data.stratum)) != row
        rest = EventData.of(
            data.stratum[kept], data.stratum[kept], data.design[kept], data.events[kept], data.denominator[kept]
        )
        assert refits[row] == pytest.approx(fit_events(rest).theta[0], abs=se / 10)


def test_rates_and_difference_follow_from_the_ratio() -> None:
    """The unmarked rate is the observed one, the other is that times the ratio; the difference has the ratio's ends."""
    changes = team_changes(5, ratio=2, marks=0.3)
    estimate = estimate_defects(changes)
    assert estimate is not None
    kinds = changes.groupby("person")["ai"].transform("nunique") == 2
    observed = changes.loc[kinds & (changes["ai"] == 0), "events"].mean()
    assert estimate.unmarked.point == pytest.approx(observed, rel=0.01)
    assert estimate.marked_rate.point == pytest.approx(estimate.unmarked.point * estimate.ratio)
    rate = estimate.unmarked.point
    ends = [rate * (ratio - 1) for ratio in (estimate.ratio, estimate.low, estimate.high)]
    assert [estimate.difference.point, estimate.difference.low, estimate.difference.high] == pytest.approx(ends)
    assert (estimate.changes, estimate.marked) == (int(kinds.sum()), changes.loc[kinds, "ai"].sum())


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 0.99), st.floats(0.01, 0.9), st.integers(6, 12))
@settings(max_examples=60, deadline=None)
def test_answers_are_bounded_and_agree(seed: int, marks: float, risk: float, people: int) -> None:
    """Whatever the events: finite ratios and shares, one sign, p and interval agree, and so does what is detectable."""
    rng = np.random.default_rng(seed)
    n = people * int(rng.integers(3, 30))
    when = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(np.sort(rng.integers(0, 700, n)), unit="D")
    frame = pd.DataFrame({"person": rng.integers(0, people, n).astype(str), "when": when.as_unit("s")})
    frame["ai"] = np.where(rng.random(n) < 0.1, 0.5, rng.random(n) < marks).astype(float)
    frame["events"] = (rng.random(n) < risk * rng.random(people)[frame["person"].astype(int)]).astype(float)
    estimate = estimate_defects(frame)
    assert (estimate is None) == (not comparable_counts(frame).enough)
    if estimate is None:
        return
    assert 0 < estimate.low <= estimate.ratio <= estimate.high < math.inf
    assert 0 <= estimate.p <= 1
    excludes_one = estimate.low > 1 or estimate.high < 1
    assert (estimate.p < 0.05) == excludes_one == estimate.difference.excludes_zero
    assert -1 <= estimate.difference.low <= estimate.difference.point <= estimate.difference.high <= 1
    assert 0 <= estimate.unmarked.low <= estimate.unmarked.high <= 1
    if math.log(estimate.ratio) > 1.5 * math.log(estimate.ratio / estimate.low):
        assert estimate.smallest_detectable <= max(estimate.ratio, 1.02) * 1.01


@pytest.mark.parametrize(("marks", "base", "significant"), [(0.04, 0.08, False), (0.4, 0.3, True)])
def test_no_event_of_marked_changes_is_judged_by_chance(marks: float, base: float, significant: bool) -> None:
    """Few events expected, none observed: the interval holds 1, though every refit agrees; with many it does not."""
    changes = team_changes(6, marks=marks, base=base)
    estimate = estimate_defects(changes.assign(events=changes["events"].where(changes["ai"] == 0.0, 0.0)))
    assert estimate is not None
    assert 0 < estimate.low < estimate.ratio < 0.5
    assert (estimate.high < 1) == significant


def test_no_event_of_unmarked_changes_is_bounded() -> None:
    """All fixes are of marked changes: a large ratio with an upper end, and rates that stay shares."""
    changes = team_changes(6, marks=0.4, base=0.3)
    estimate = estimate_defects(changes.assign(events=changes["events"].where(changes["ai"] == 1.0, 0.0)))
    assert estimate is not None
    assert 1 < estimate.low < estimate.ratio < estimate.high < math.inf
    assert 0 < estimate.unmarked.point < estimate.marked_rate.point <= 1


def test_people_of_one_kind_inform_the_curve_and_are_no_clusters() -> None:
    """People who never mark change the coefficient a little, and neither the degrees of freedom nor the rates."""
    changes = team_changes(7, people=12, ratio=2, marks=0.3, trend=2.0)
    others = people_in(team_changes(8, people=30, trend=2.0), range(30)).assign(ai=0.0)
    others["person"] = "other " + others["person"]
    one, two = estimate_defects(changes), estimate_defects(pd.concat([changes, others]))
    assert one is not None
    assert two is not None
    assert (one.people, one.changes, one.marked) == (two.people, two.changes, two.marked)
    df = two.people - 1
    assert (two.difference.df, two.unmarked.df) == (df, df)
    se = math.log(two.high / two.ratio) / stdtrit(df, 0.975)
    assert two.p == pytest.approx(2 * stdtr(df, -math.log(two.ratio) / se))
    assert one.ratio != two.ratio
    assert one.ratio == pytest.approx(two.ratio, rel=0.1)


def test_planted_ratio_is_estimated_and_graded() -> None:
    """A doubled risk is inside its interval, and the sentence names ratio, interval, rates and people."""
    estimate = estimate_defects(team_changes(1, people=30, ratio=2, marks=0.3))
    assert estimate is not None
    assert estimate.low < 2 < estimate.high
    verdict = defects_verdict(estimate, any_marked=True)
    assert (verdict.grade, verdict.slug) == ("says_little", "says-little")
    start = (
        f"Marked changes needed a follow-up fix {estimate.ratio:.1f} times as often as the same people's other changes "
        f"(95 % CI {estimate.low:.1f} to {estimate.high:.1f}; "
    )
    assert verdict.sentence.startswith(start)
    assert verdict.sentence.endswith("There is no figure per line or without commit messages to confirm it.")
    assert "were reverted" in defects_verdict(estimate, any_marked=True, reverts_only=True).sentence


def test_what_else_must_agree_before_more_is_called_worse() -> None:
    """The same significant ratio: by line, without labels, and with placebos that find as much."""
    estimate = estimate_defects(team_changes(1, people=30, ratio=3, marks=0.3))
    assert estimate is not None
    assert estimate.low > 1.5

    def comparison(low: float, high: float, *, failed: bool = False) -> MatchedComparison:
        middle = (low + high) / 2
        unmarked, d = Interval(0.2, 0.02, 0.16, 0.24, 13), Interval(middle, (high - low) / 4, low, high, 13)
        ran = (Placebo.from_interval("other_author", 0.2, 0.1, 0.3),) if failed else ()
        return MatchedComparison(None, 50, 50, 14, "people", ai=unmarked, other=unmarked, difference=d, placebos=ran)

    clear, nil, small = comparison(0.1, 0.8), comparison(-0.1, 0.12), comparison(-0.03, 0.05)
    failing = comparison(0.1, 0.8, failed=True)
    cases: tuple[tuple[MatchedComparison | None, MatchedComparison | None, MatchedComparison | None, str], ...] = (
        (clear, clear, clear, "says-a-lot"),
        (clear, clear, None, "says-little"),
        (clear, nil, clear, "follow-ups-go-with-size"),
        (clear, comparison(-0.4, -0.1), clear, "follow-ups-go-with-size"),
        (clear, clear, small, "follow-ups-by-label"),
        (clear, clear, comparison(-0.4, -0.1), "follow-ups-by-label"),
        (failing, clear, clear, "outcome-placebo-failed"),
        (None, None, None, "says-little"),
    )
    for by_change, by_line, label_free, slug in cases:
        verdict = defects_verdict(
            estimate, any_marked=True, by_change=by_change, by_line=by_line, label_free=label_free
        )
        assert verdict.slug == slug
        assert (verdict.grade in INFORMATIVE) == slug.startswith("says-")
    adjusted = defects_verdict(replace(estimate, low=1.01, p=0.04), any_marked=True, family=[0.5, 0.9])
    assert adjusted.slug == "too-small-to-see"
    assert "p = 0.12 after correcting for multiple tests" in adjusted.sentence


def test_too_little_data_is_named() -> None:
    """No fix, one kind only, nobody marked, few people, few of them with fixes, few marks: each in its words."""
    changes = team_changes(0, marks=0.3)
    cases = (
        (changes.assign(events=0.0), "No change that is old enough needed a follow-up fix"),
        (changes.assign(ai=0.0), "Too few fixes to compare: 0 people have both kinds of changes; 6 are needed."),
        (people_in(changes, range(5)), "Too few fixes to compare: 5 people have both kinds of changes; 6 are needed."),
        (
            changes.assign(events=changes["events"].where(changes["person"].isin(["p0", "p1"]), 0.0)),
            "Too few fixes to compare: 12 people have both kinds of changes, and 2 of them needed a fix; 6 are needed.",
        ),
        (
            changes.assign(
                ai=(changes.groupby("person").cumcount() == 3).where(changes["person"] < "p6", 0).astype(float)
            ),
            "Too few marked changes to compare: 8; 10 are needed.",
        ),
    )
    for frame, start in cases:
        assert estimate_defects(frame) is None
        verdict = defects_verdict(None, any_marked=True, counts=comparable_counts(frame))
        assert (verdict.grade, verdict.slug) == ("unknown_too_little_history", "too-few-follow-ups")
        assert verdict.sentence.startswith(start)
    assert estimate_defects(changes.iloc[:0]) is None
    assert defects_verdict(None, any_marked=False).slug == "no-share-varies"


def test_interval_that_says_nothing_is_not_printed() -> None:
    """Few fixes: no interval in the sentence, but what could be detected."""
    estimate = estimate_defects(team_changes(1, marks=0.03, base=0.03))
    assert estimate is not None
    assert estimate.high > 10 * estimate.low
    verdict = defects_verdict(estimate, any_marked=True)
    assert verdict.sentence.startswith(f"Too few fixes to compare: with {estimate.people} people, ")
    assert "CI" not in verdict.sentence


def outcome_table(changes: pd.DataFrame) -> pd.DataFrame:
    """Return the changes as table `outcome_rows`."""
    return changes.assign(key=[f"c{k:05}" for k in range(len(changes))], cell="", denominator=1.0)


def test_outcome_table_has_the_figures_of_the_verdict() -> None:
    """Rates, difference, p and people are those of the estimate, in any order of the rows; placebos run and pass."""
    table = outcome_table(team_changes(12, ratio=2, marks=0.2))
    comparison = compare_events(table)
    estimate = estimate_defects(table)
    assert estimate is not None
    assert comparison.ratio == estimate
    assert (comparison.ai, comparison.other) == (estimate.marked_rate, estimate.unmarked)
    assert (comparison.difference, comparison.p) == (estimate.difference, estimate.p)
    assert (comparison.n_ai, comparison.n_ai + comparison.n_other) == (estimate.marked, estimate.changes)
    assert [placebo.id for placebo in comparison.placebos] == ["permuted_marks", "other_author"]
    assert not comparison.failed
    assert compare_events(table.sample(frac=1, random_state=1)) == comparison


def test_fewer_than_six_people_are_compared_within_cells() -> None:
    """With five people the table keeps the matched comparison, over spells of four weeks, without a ratio."""
    table = outcome_table(people_in(team_changes(12, pace=8, pace_spread=0.1, late=0, marks=0.4), range(5)))
    comparison = compare_events(table)
    assert comparison == compare_matched(table)
    assert comparison.ratio is None
    assert comparison.difference is not None
    assert comparison.cluster_kind == "people's spells of four weeks"


def test_weekly_pattern_fails_the_placebo_of_other_peoples_marks() -> None:
    """Everybody marks in the same weeks, which need more fixes: the mark of somebody else's change finds it as well."""
    rng = np.random.default_rng(4)
    n = 9 * 160
    day = rng.integers(0, 360, n)
    busy = day % 28 < 7
    when = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(day, unit="D")
    frame = pd.DataFrame({"person": (np.arange(n) % 9).astype(str), "when": when.as_unit("s")})
    frame["ai"] = (rng.random(n) < np.where(busy, 0.9, 0.05)).astype(float)
    frame["events"] = (rng.random(n) < np.where(busy, 0.5, 0.1)).astype(float)
    comparison = compare_events(outcome_table(frame))
    assert comparison.difference is not None
    assert comparison.difference.low > 0
    assert comparison.failed == ("other_author",)


def test_change_that_turns_the_sign_is_named() -> None:
    """Without one change with nearly all the lines that fixes removed, the ratio lies on the other side of 1."""
    table = outcome_table(team_changes(14, ratio=0.8, marks=0.3))
    size = np.random.default_rng(1).integers(10, 60, len(table)).astype(float)
    table = table.assign(denominator=size, events=table["events"] * 5)
    before = compare_events(table)
    assert before.difference is not None
    assert before.difference.point < 0
    marked = int(np.flatnonzero(table["ai"] == 1)[20])
    table.loc[table.index[marked], ["events", "denominator"]] = [600.0, 600.0]
    after = compare_events(table)
    assert after.difference is not None
    assert after.difference.point > 0
    assert after.decisive_commit == table["key"].iloc[marked]


def test_time_curve_is_straight_outside_its_knots_and_ignores_misdated_changes() -> None:
    """Columns are orthogonal with variance 1, the first is time, tails are straight, and outliers do not stretch it."""
    days = np.sort(np.random.default_rng(0).uniform(0, 700, 2000))
    basis = time_basis(days, 5)
    assert basis.T @ basis / len(days) == pytest.approx(np.eye(5), abs=1e-9)
    assert basis.sum(axis=0) == pytest.approx(np.zeros(5), abs=1e-6)
    assert abs(np.corrcoef(basis[:, 0], days)[0, 1]) == pytest.approx(1, abs=1e-3)
    for tail in ((days > 10) & (days < 30), (days > 672) & (days < 690)):
        x, y = days[tail], basis[tail]
        line = np.column_stack([np.ones_like(x), x])
        assert y == pytest.approx(line @ np.linalg.lstsq(line, y, rcond=None)[0], abs=1e-6)
    shifted = time_basis(np.append(days, -20_000.0), 5)[:-1]
    assert np.abs(np.corrcoef(shifted.T, basis.T)[:5, 5:]).diagonal() == pytest.approx(np.ones(5), abs=0.02)
    assert time_basis(np.full(9, 3.0), 5).shape == (9, 0)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        (DefectFindings(any_marked=False, people=9), "unknown_not_measurable"),
        (DefectFindings(any_marked=True, people=5, p=0.001, low=2, high=3, smallest=1.1), "unknown_too_little_history"),
        (DefectFindings(any_marked=True, people=9, p=0.01, low=1.2, high=3, smallest=2), "says_little"),
        (DefectFindings(any_marked=True, people=9, p=0.01, low=0.2, high=0.9, smallest=2), "says_little"),
        (DefectFindings(any_marked=True, people=9, p=0.5, low=0.95, high=1.05, smallest=1.1), "says_nothing"),
        (
            DefectFindings(any_marked=True, people=9, p=0.5, low=0.8, high=1.4, smallest=1.31),
            "unknown_too_little_history",
        ),
        (DefectFindings(any_marked=True, people=9, p=0.5, low=0.8, high=1.4, smallest=1.3), "nothing_detected"),
        (DefectFindings(any_marked=True, people=9), "unknown_too_little_history"),
        (DefectFindings(any_marked=True, people=9, p=math.nan, low=math.nan, high=1.0), "unknown_too_little_history"),
    ],
)
def test_rules_of_the_defects_grade(findings: DefectFindings, expected: str) -> None:
    """Each rule with those above it not met."""
    assert grade_defects(findings) == expected


def test_no_ratio_up_to_ten_is_detectable() -> None:
    """With very few fixes no ratio up to ten is detected four times in five, and none is named."""
    estimate = estimate_defects(team_changes(3, people=60, pace=3, marks=0.004, base=0.004))
    assert estimate is not None
    assert math.isinf(estimate.smallest_detectable)
    sentence = defects_verdict(estimate, any_marked=True).sentence
    assert "not even a ratio of 10 would be detected" in sentence
