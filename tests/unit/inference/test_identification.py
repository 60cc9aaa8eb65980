"""What is identified, by planted truth and by the directions in which a likelihood never falls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from analyzer.inference import multilevel
from analyzer.inference.checks.placebos import other_person
from analyzer.inference.models import LOG1P, PPML, Model, converged_beta
from analyzer.inference.models.ppml import rows_with_counts
from analyzer.inference.resampling.permutation import exchangeable_people, spans_of_people
from analyzer.inference.resampling.score_test import linear, linear_null, poisson, poisson_null
from analyzer.inference.throughput import estimate_throughput
from analyzer.panel import Panel

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Mask

BOTH = pytest.mark.parametrize("model", [PPML, LOG1P], ids=["ppml", "log1p"])


def drawn(seed: int, authors: int = 9, periods: int = 14, level: float = 1.5) -> tuple[Floats, Mask, Floats]:
    """Counts, observed cells, and an exposure in [0, 1] that goes with a coefficient of 0.4."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 1, (authors, periods))
    effects = rng.normal(level, 0.5, authors)[:, None] + rng.normal(0, 0.3, periods)
    return rng.poisson(np.exp(effects + 0.4 * x)).astype(float), rng.uniform(size=x.shape) < 0.8, x


def moved(rng: np.random.Generator, y: Floats, rows: Mask, x: Floats) -> tuple[Floats, Mask, Floats]:
    """The same panels with authors and periods in another order, in which other sums round otherwise."""
    authors, periods = (rng.permutation(n) for n in y.shape)
    return y[authors][:, periods], rows[authors][:, periods], x[authors][:, periods]


def never_falls(y: Floats, rows: Mask, x: Floats) -> bool:
    """Whether some direction that moves β never lowers the likelihood: then no β is the largest likelihood's.

    Means of rows with a count stay in such a direction, and others do not rise (Haberman, Ann. Stat. 1977).
    """
    rows = rows_with_counts(y, rows[None])[0]
    author, period = np.nonzero(rows)
    design = np.zeros((len(author), sum(y.shape) + 1))
    design[np.arange(len(author)), author] = 1
    design[np.arange(len(author)), len(y) + period] = 1
    design[:, -1] = x[rows]
    none = y[rows] == 0
    up = np.eye(design.shape[1])[-1]
    limits = [(None, None)] * (design.shape[1] - 1) + [(-1, 1)]
    reached = [
        linprog(
            sign * up,
            A_ub=design[none] if none.any() else None,
            b_ub=np.zeros(none.sum()) if none.any() else None,
            A_eq=design[~none],
            b_eq=np.zeros((~none).sum()),
            bounds=limits,
        ).fun
        for sign in (1, -1)
    ]
    return bool(min(reached) < -1e-6)


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(3, 7), st.integers(4, 12), st.sampled_from([-2.0, -1.0, 0.0]))
def test_coefficient_exists_where_the_likelihood_falls(seed: int, authors: int, periods: int, level: float) -> None:
    """On sparse counts and shares that seldom differ from 0: none where a direction never falls, and nowhere else."""
    y, rows, x = drawn(seed, authors, periods, level)
    x = np.where(np.random.default_rng([seed, 1]).uniform(size=x.shape) < 0.25, np.round(x, 1), 0.0)
    if not rows_with_counts(y, rows[None]).any():
        return
    found = PPML.fit(y, rows[None], x[None, None])
    assert np.isnan(converged_beta(found)[0, 0]) == never_falls(y, rows, x)
    stacked = multilevel.fit(y[None], rows[None], x[None, None])
    assert np.isnan(stacked.beta[0]) == np.isnan(converged_beta(found)[0, 0])
    by_scores = poisson(y, x, poisson_null(y, rows), np.arange(authors))
    assert (by_scores is None) == np.isnan(converged_beta(found)[0, 0])


@BOTH
@pytest.mark.parametrize("own", [0.0, 1e-12, 1e-9, 1e-7])
@pytest.mark.parametrize("seed", range(5))
def test_share_made_of_person_and_period_has_no_coefficient(model: Model, own: float, seed: int) -> None:
    """An exposure that people and periods make up in all but rounding has no coefficient, however it is summed."""
    y, rows, x = drawn(seed)
    rng = np.random.default_rng(seed)
    made_up = rng.uniform(size=(len(y), 1)) + rng.uniform(size=y.shape[1]) + own * x
    for _ in range(10):
        y_, rows_, x_ = moved(rng, y, rows, made_up)
        found = model.fit(y_, rows_[None], x_[None, None])
        assert np.isnan(found.beta).all()
        assert np.isnan(found.variance).all()
        assert np.isnan(multilevel.fit(y_[None], rows_[None], x_[None, None], model).beta).all()
        by_scores = poisson(y_, x_, poisson_null(y_, rows_), np.arange(len(y_)))
        assert (by_scores if model.counts else linear(x_, linear_null(y_, rows_), np.arange(len(y_)))) is None


@BOTH
@pytest.mark.parametrize("seed", range(5))
def test_small_own_variation_identifies_the_coefficient(model: Model, seed: int) -> None:
    """An exposure of which a thousandth of its standard deviation is its own has the coefficient of that part."""
    y, rows, x = drawn(seed)
    rng = np.random.default_rng(seed)
    who_and_when = rng.uniform(size=(len(y), 1)) + rng.uniform(size=y.shape[1])
    alone = model.fit(y, rows[None], x[None, None])
    mixed = model.fit(y, rows[None], (who_and_when + 1e-3 * x)[None, None])
    assert mixed.beta[0, 0] == pytest.approx(1e3 * alone.beta[0, 0], rel=1e-5)


@BOTH
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(-9, 9), st.integers(-1, 7), st.integers(5, 40), st.integers(8, 60))
def test_coefficient_does_not_depend_on_unit_or_size(
    model: Model, seed: int, unit: int, level: int, authors: int, periods: int
) -> None:
    """Whatever unit the exposure has and however many counts: the same coefficient in its unit, never none."""
    y, rows, x = drawn(seed, authors, periods, float(level))
    plain, scaled = (model.fit(y, rows[None], part[None, None]) for part in (x, x * 10.0**unit))
    told = converged_beta(plain)[0, 0]
    assert np.isfinite(told) or level < 1
    assert converged_beta(scaled)[0, 0] * 10.0**unit == pytest.approx(told, rel=1e-6, abs=1e-9, nan_ok=True)
    stacked = multilevel.fit(y[None], rows[None], x[None, None] * 10.0**unit, model)
    assert stacked.beta[0] * 10.0**unit == pytest.approx(told, rel=1e-6, abs=1e-8, nan_ok=True)


@BOTH
def test_a_collinear_covariate_takes_no_coefficient_along(model: Model) -> None:
    """Beside a covariate that only says who, the share keeps its coefficient; two of a kind have none."""
    y, rows, x = drawn(3)
    who = np.repeat(np.arange(float(len(y)))[:, None], y.shape[1], axis=1)
    other = np.random.default_rng(4).uniform(size=x.shape)
    alone = model.fit(y, rows[None], x[None, None])
    beside = model.fit(y, rows[None], np.stack([x, who])[None])
    assert beside.beta[0, 0] == pytest.approx(alone.beta[0, 0], abs=1e-7)
    assert np.isnan(beside.beta[0, 1])
    twice = model.fit(y, rows[None], np.stack([x, other, 2 * other])[None])
    assert np.isfinite(twice.beta[0, 0])
    assert np.isnan(twice.beta[0, 1:]).all()


def told_by_the_first(*, lent: bool) -> Panel:
    """Six people of one span: all but the first one land nothing more once their share is above 0.

    `lent`: nothing more land those who stand in for them.
    """
    rng = np.random.default_rng(5)
    y, n = rng.poisson(4.0, (6, 20)).astype(float) + 1, np.full((6, 20), 10.0)
    ai = np.zeros_like(y)
    ai[0] = rng.binomial(10, 0.3, 20)
    for a in range(1, 6):
        ai[a, 4 + a] = 5.0
        y[a - lent, 5 + a :] = 0.0
    return Panel(tuple("abcdef"), tuple(map(str, range(20))), y, ai, n, np.ones_like(y, dtype=bool), 6)


@pytest.mark.parametrize("seed", range(4))
def test_estimate_resting_on_one_person_is_none_in_any_order(seed: int) -> None:
    """Where a refit without one person runs to infinity there is no interval."""
    order = np.random.default_rng(seed).permutation(6)
    panel = told_by_the_first(lent=False).take(order)
    left = PPML.jackknife_betas(panel.y, panel.in_sample, panel.regressors(panel.treatment), panel.person_index)[:, 0]
    assert np.isnan(left).tolist() == (order == 0).tolist()
    assert estimate_throughput(panel, n_permutations=9) is None


def test_placebo_resting_on_one_person_is_none() -> None:
    """The same of somebody else's share: no placebo that passes because its interval holds everything."""
    panel = told_by_the_first(lent=True)
    among = exchangeable_people(spans_of_people(panel.span, panel.person_index))
    assert len(among) == 6
    assert other_person(panel, among, PPML) is None
