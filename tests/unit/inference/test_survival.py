"""Kaplan-Meier: a published table, the product limit by hand, and the intervals around it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from analyzer.inference.survival import kaplan_meier, median_lifetime, survival_by_mark, survival_probability

# Weeks of remission under 6-mercaptopurine, ended and watched no longer (Freireich et al., Blood 1963), and the curve
# that textbooks print for it (Collett, Modelling Survival Data in Medical Research; Kleinbaum & Klein).
WEEKS = [*(6.0,) * 3, 7, 10, 13, 16, 22, 23]
WATCHED = [6.0, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
PUBLISHED = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}


def test_kaplan_meier_equals_a_published_table() -> None:
    """Seven steps to four digits, with those at risk, and the median remission of 23 weeks."""
    days = np.array([*WEEKS, *WATCHED])
    curve = kaplan_meier(days, np.arange(len(days)) < len(WEEKS), np.ones(len(days)))
    assert dict(zip(curve.days.tolist(), curve.alive.round(4).tolist(), strict=True)) == PUBLISHED
    assert curve.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert median_lifetime(curve.days, curve.alive) == 23
    assert survival_probability(curve, np.array([5.9, 6.0, 9.0, 40.0])).round(4).tolist() == [1, 0.8571, 0.8067, 0.4482]


@pytest.mark.parametrize("seed", range(20))
def test_kaplan_meier_equals_statsmodels(seed: int) -> None:
    """Weighted and censored lives with ties: the same days, the same curve to 1e-10."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 400))
    days, died, weight = rng.integers(0, 60, n).astype(float), rng.random(n) < 0.6, rng.integers(1, 9, n).astype(float)
    curve = kaplan_meier(days, died, weight)
    oracle = SurvfuncRight(days, died.astype(float), freq_weights=weight)
    assert curve.days.tolist() == oracle.surv_times.tolist()
    assert curve.alive == pytest.approx(oracle.surv_prob, abs=1e-10)


LIVES = st.lists(st.tuples(st.integers(0, 12), st.booleans(), st.integers(1, 5)), min_size=1, max_size=25)


@given(LIVES)
def test_product_limit_by_hand(lives: list[tuple[int, bool, int]]) -> None:
    """To 1e-12 of a loop over days; a weight is as many lives."""
    days, died, weight = (np.array(column) for column in zip(*lives, strict=True))
    curve = kaplan_meier(days.astype(float), died.astype(bool), weight.astype(float))
    alive, expected = 1.0, {}
    for day in sorted({day for day, dead, _ in lives if dead}):
        at_risk = sum(w for d, _, w in lives if d >= day)
        alive *= 1 - sum(w for d, dead, w in lives if d == day and dead) / at_risk
        expected[float(day)] = alive
    assert list(curve.days) == list(expected)
    assert curve.alive == pytest.approx(list(expected.values()), abs=1e-12)
    each = kaplan_meier(np.repeat(days, weight).astype(float), np.repeat(died, weight), np.ones(int(weight.sum())))
    assert curve.alive == pytest.approx(each.alive, abs=1e-12)


def lives_of(rng: np.random.Generator, people: int, commits: int, years: float) -> pd.DataFrame:
    """Lines with a mean life of 100 days (marked: 200), watched until the clock; commits of a person alike."""
    rows = []
    for person in range(people):
        for n in range(commits):
            marked = n % 2 == 0
            born = rng.uniform(0, 365 * years)
            life = rng.exponential(200 if marked else 100, 6)
            seen = np.minimum(life, 365 * years - born)
            when = pd.Timestamp("2022-01-01", tz="UTC") + pd.Timedelta(days=born)
            rows += [(f"c{person}.{n}", f"p{person}", when, marked, 5, d, d < 365 * years - born) for d in seen]
    return pd.DataFrame(rows, columns=["key", "person", "when", "ai", "lines", "days", "died"])


def test_censoring_and_intervals() -> None:
    """Curves of exponential lives are found though half are still going on; intervals hold them nine times in ten."""
    rng, inside, told = np.random.default_rng(1), 0, 0
    for _ in range(25):
        marked, other = survival_by_mark(lives_of(rng, people=8, commits=20, years=1))
        assert (marked.label, other.label) == ("marked", "unmarked")
        for curve, mean in ((marked, 200), (other, 100)):
            for age in curve.ages:
                if age.low is not None and age.high is not None:
                    told += 1
                    inside += age.low <= np.exp(-age.days / mean) <= age.high
        assert other.half_life is not None
        assert other.half_life.days == pytest.approx(100 * np.log(2), rel=0.35)
    assert told > 150
    assert inside / told > 0.9


def test_too_few_lines_or_people_have_no_figure() -> None:
    """A part alive needs a hundred lines seen to that age, an interval six groups; no lines at all is no error."""
    lives = lives_of(np.random.default_rng(2), people=1, commits=4, years=0.1)
    marked, _ = survival_by_mark(lives)
    assert {age.days for age in marked.ages if age.alive is not None} <= {14}
    assert all(age.low is None for age in marked.ages)
    assert marked.half_life is None or marked.half_life.low is None
    for curve in survival_by_mark(lives.head(0)):
        assert (curve.lines, curve.commits, curve.half_life) == (0, 0, None)
