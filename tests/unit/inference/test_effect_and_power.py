"""From a coefficient to a relative change, and from this history's error to what it detects."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nct
from scipy.stats import t as scipy_t

from analyzer.inference.checks.power import MAX_PEOPLE, people_needed, smallest_detectable_by
from analyzer.inference.effect import effect_estimate
from analyzer.inference.jackknife import Interval, jackknife_interval, smallest_detectable_effect
from analyzer.inference.throughput import estimate_throughput, fit_within
from analyzer.report.result_builder import _power
from tests.panels import planted

if TYPE_CHECKING:
    from analyzer.panel import Panel

_EFFECTS = st.floats(0.01, 5.0)
_PEOPLE = st.integers(2, 300)


def interval(point: float, half_width: float) -> Interval:
    """A symmetric interval with nine degrees of freedom."""
    return Interval(point, half_width / 2.2621572, point - half_width, point + half_width, 9)


def test_scale_by_hand() -> None:
    """Today's share moves 0.64 points per point of the past one: the root, 0.8, in the middle, both ends spanned."""
    found = effect_estimate(interval(0.4, 0.2), 0.64)
    assert found.change == pytest.approx(math.exp(0.5 * 0.4 / 0.8) - 1)
    assert found.low == pytest.approx(math.exp(0.5 * 0.2) - 1)
    assert found.high == pytest.approx(math.exp(0.5 * 0.6 / 0.64) - 1)
    falling = effect_estimate(interval(-0.4, 0.2), 0.64)
    assert falling.low == pytest.approx(math.exp(-0.5 * 0.6 / 0.64) - 1)
    assert falling.high == pytest.approx(math.exp(-0.5 * 0.2) - 1)
    unsure = effect_estimate(interval(0.1, 0.2), 0.64)
    assert (unsure.low, unsure.high) == pytest.approx(
        (math.exp(-0.5 * 0.1 / 0.64) - 1, math.exp(0.5 * 0.3 / 0.64) - 1),
    )
    se = 0.2 / 2.2621572
    detectable = (2.2621572 + 0.8834039) * se  # t(9) at 97.5 % and 80 %
    assert found.smallest_detectable == pytest.approx(math.exp(0.5 * detectable / 0.8) - 1, rel=1e-6)
    assert found.beta == interval(0.4, 0.2)


@given(st.floats(-3, 3), st.floats(0.01, 3), st.floats(-1, 3))
def test_scale_keeps_sign_and_spans_both_readings(point: float, half_width: float, pass_through: float) -> None:
    """Per point of the past share and of today's, with their ends, lie in the interval; 0 lies in it as before."""
    beta = interval(point, half_width)
    found = effect_estimate(beta, pass_through)
    factor = 1 / min(max(pass_through, 0.5), 1)
    assert 1 <= factor <= 2
    assert found.change * point >= 0
    assert (found.low > 0) == (beta.low > 0)
    assert (found.high < 0) == (beta.high < 0)
    for reading in (1.0, factor**0.5, factor):
        for end in (beta.low, beta.point, beta.high):
            assert found.low - 1e-9 <= math.expm1(0.5 * reading * end) <= found.high * (1 + 1e-9) + 1e-9
    assert found.low <= found.change <= found.high


@given(st.floats(-3, 3), st.floats(0.01, 3))
def test_pass_through_is_clipped(point: float, half_width: float) -> None:
    """Below a half it counts as a half, above 1 as 1; 1 is the plain scale."""
    beta = interval(point, half_width)
    assert effect_estimate(beta, 0.1) == effect_estimate(beta, 0.5) == effect_estimate(beta, -2.0)
    assert effect_estimate(beta, 1.7) == effect_estimate(beta, 1.0) == effect_estimate(beta)
    assert effect_estimate(beta).low == pytest.approx(math.expm1(0.5 * beta.low))


@given(st.floats(0.01, 2), st.floats(0.5, 1))
def test_detected_is_what_excludes_zero(se: float, pass_through: float) -> None:
    """An estimate of exactly the smallest detectable effect is that of a coefficient whose interval excludes 0."""
    smallest = effect_estimate(Interval(0.0, se, 0.0, 0.0, 9), pass_through).smallest_detectable
    beta = smallest_detectable_effect(se, 9)
    found = effect_estimate(interval(beta, 2.2621572 * se), pass_through)
    assert found.change == pytest.approx(smallest)
    assert found.low > 0


def test_smallest_detectable_is_detected_four_times_in_five() -> None:
    """Under the noncentral t with that effect the test rejects in about 80 %, as its docstring says."""
    for df in (5, 9, 24, 59):
        effect = smallest_detectable_effect(1.0, df)
        power = nct.sf(scipy_t.ppf(0.975, df), df, effect)
        assert power == pytest.approx(0.8, abs=0.03)


def test_p_of_an_interval_is_that_of_t() -> None:
    """Two-sided, over the degrees of freedom; 5 % where the interval touches 0; none without an error."""
    assert interval(0.3, 0.3).p == pytest.approx(0.05, abs=1e-6)
    beta = jackknife_interval(0.4, np.array([0.3, 0.5, 0.45, 0.2, 0.5]))
    assert beta.p == pytest.approx(2 * scipy_t.sf(0.4 / beta.se, 4))
    assert math.isnan(Interval(0.3, 0.0, 0.3, 0.3, 4).p)


@given(_EFFECTS, _PEOPLE)
def test_power_at_the_own_number_is_the_own_figure(smallest: float, people: int) -> None:
    """Nothing is scaled from a number of people to itself, and there and back again."""
    assert smallest_detectable_by(smallest, people, people) == pytest.approx(smallest)
    other = smallest_detectable_by(smallest, people, 17)
    if other < 1e6:
        assert smallest_detectable_by(other, 17, people) == pytest.approx(smallest, rel=1e-6)


@given(_EFFECTS, _PEOPLE, _PEOPLE, _PEOPLE)
def test_more_people_detect_less(smallest: float, people: int, fewer: int, more: int) -> None:
    """The figure falls with every person, and rises with this history's own."""
    fewer, more = sorted((fewer, more))
    detected = [smallest_detectable_by(smallest, people, n) for n in (fewer, more)]
    assert detected[0] >= detected[1] > 0
    assert smallest_detectable_by(smallest, people, 12) <= smallest_detectable_by(1.1 * smallest, people, 12)


def test_power_by_hand() -> None:
    """Ten people and +50 %: the error per person, over the root of forty, by t(39)."""
    per_person = math.log(1.5) / (2.2621572 + 0.8834039) * math.sqrt(10)
    expected = math.exp(per_person / math.sqrt(40) * (scipy_t.ppf(0.975, 39) + scipy_t.ppf(0.8, 39))) - 1
    assert smallest_detectable_by(0.5, 10, 40) == pytest.approx(expected, rel=1e-6)
    for people, others in ((1, 10), (10, 1), (0, 0)):
        assert math.isnan(smallest_detectable_by(0.5, people, others))
    assert math.isnan(smallest_detectable_by(0.0, 10, 20))
    assert math.isnan(smallest_detectable_by(math.nan, 10, 20))


@given(_EFFECTS, st.integers(3, 200), _EFFECTS)
def test_people_needed_is_the_least_number(smallest: float, people: int, effect: float) -> None:
    """So many detect the effect and one fewer do not; none where a thousand would not."""
    needed = people_needed(smallest, people, effect)
    if needed is None:
        assert smallest_detectable_by(smallest, people, MAX_PEOPLE) > effect
    else:
        assert smallest_detectable_by(smallest, people, needed) <= effect
        assert needed == 2 or smallest_detectable_by(smallest, people, needed - 1) > effect
        assert (needed <= people) == (smallest <= effect * (1 + 1e-12)) or math.isclose(smallest, effect)


def test_people_needed_at_the_own_figure() -> None:
    """This history's own smallest effect needs its own people, give or take rounding."""
    assert people_needed(0.5, 10, 0.5 + 1e-9) == 10
    assert people_needed(100.0, 6, 0.01) is None
    assert people_needed(math.nan, 6, 0.3) is None


def test_report_gives_the_power_of_this_history() -> None:
    """One row per number of people, for both figures; the middle of the estimates' own people lies between."""
    found = estimate_throughput(planted(2, 0.0, authors=10), n_permutations=0)
    assert found is not None
    assert found.beyond_trends is not None
    rows = _power(found)
    assert [row.people for row in rows] == sorted({row.people for row in rows})
    for row in rows:
        assert row.association == smallest_detectable_by(found.within.smallest_detectable, 10, row.people)
        assert row.beyond_trends == smallest_detectable_by(found.beyond_trends.smallest_detectable, 10, row.people)
    assert rows[0].association > found.within.smallest_detectable > rows[-1].association
    assert _power(None) == []


@pytest.mark.parametrize("people", [6, 24])
def test_power_of_fewer_people_is_that_of_panels_of_them(people: int) -> None:
    """Over five panels of 48 people: the figure for fewer is, within a quarter, what so many of them have."""
    ratios = []
    for seed in range(5):
        panel = planted(seed, 0.0, authors=48)
        expected = smallest_detectable_by(smallest_of(panel), 48, people)
        own = [smallest_of(panel.take(np.arange(k, 48, 48 // people))) for k in range(48 // people)]
        ratios.append(math.log1p(expected) / math.log1p(float(np.median(own))))
    assert np.median(ratios) == pytest.approx(1.0, abs=0.25)


def smallest_of(panel: Panel) -> float:
    """The smallest detectable effect within people, without conversion to today's share."""
    fit = fit_within(panel, panel.treatment)
    assert fit is not None
    return effect_estimate(fit.beta).smallest_detectable
