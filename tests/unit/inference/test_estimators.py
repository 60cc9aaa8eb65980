"""The estimators against brute force and stored reference numbers, and against planted truth."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as scipy_t

from analyzer.inference.jackknife import jackknife_interval, leave_one_out, smallest_detectable_effect
from analyzer.inference.linalg.demeaning import demean
from analyzer.inference.linalg.log_change import relative_change
from analyzer.inference.models import ols
from analyzer.inference.models.ppml import fit
from analyzer.inference.resampling.permutation import draw_permutations, exchangeable_people, permutation_p
from analyzer.inference.throughput import estimate_throughput, pass_through, permutation_decides
from analyzer.panel import Panel, active_spans, lagged, pooled_share, split_by_regimes
from analyzer.simulation.panels import World, generate_panel
from tests.panels import brute, planted, small

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Mask


@pytest.mark.parametrize("seed", range(6))
def test_ppml_equals_irls_with_dummies(seed: int) -> None:
    """β and CR1 standard error equal those of the plain GLM with every dummy in it, to 1e-8."""
    y, rows, x = small(seed)
    found = fit(y, rows[None], x[None, None])
    beta, se = brute(y, found.rows[0], x)
    assert found.beta[0, 0] == pytest.approx(beta, abs=1e-8)
    assert math.sqrt(found.variance[0, 0]) == pytest.approx(se, abs=1e-8)
    assert found.converged[0]


# pyfixest 0.60.0 on the tables that `small(seed)` gives: fepois("y ~ x | a + t", vcov={"CRV1": "a"}).coef()["x"].
FEPOIS = {0: 0.8524621921624173, 1: 0.5050383452851258, 2: 0.5279570122890112, 3: 0.9232452443402902}


@pytest.mark.parametrize("seed", FEPOIS)
def test_ppml_equals_fepois(seed: int) -> None:
    """β equals pyfixest's fepois to 1e-6 (stored numbers; the package is too large to install for a test)."""
    y, rows, x = small(seed)
    assert fit(y, rows[None], x[None, None]).beta[0, 0] == pytest.approx(FEPOIS[seed], abs=1e-6)


# The same tables: feols("log1p(y) ~ x | a + t", vcov={"CRV1": "a"}, ssc=ssc(k_adj=False, G_adj=True)).coef(), .se().
FEOLS = {
    0: (0.6499976241613866, 0.16386518495761448),
    1: (0.31054772888230125, 0.30413928492692743),
    2: (0.4634984194527926, 0.168849454412682),
    3: (0.7144401146046162, 0.1711607879219827),
}


@pytest.mark.parametrize("seed", FEOLS)
def test_least_squares_equals_feols(seed: int) -> None:
    """β and CR1 standard error of log(1 + y) equal pyfixest's feols to 1e-6, also in a batch with a wider panel."""
    y, rows, x = small(seed)
    fewer = rows & (np.arange(len(y)) != 2)[:, None]
    found = ols.fit(y, np.stack([rows, fewer]), np.stack([x, x])[:, None])
    assert (found.beta[0, 0], math.sqrt(found.variance[0, 0])) == pytest.approx(FEOLS[seed], abs=1e-6)
    assert found.beta[1] == pytest.approx(ols.fit(y, fewer[None], x[None, None]).beta[0], abs=1e-12)


def test_least_squares_of_two_exposures_and_of_none() -> None:
    """Two coefficients equal least squares on all dummies; an exposure that only says who has none."""
    y, rows, x = small(6)
    other = np.random.default_rng(1).uniform(size=x.shape)
    author, period = np.nonzero(rows)
    dummies = np.hstack([np.eye(y.shape[0])[author], np.eye(y.shape[1])[period]])
    design = np.column_stack([dummies, x[rows], other[rows]])
    expected = np.linalg.lstsq(design, np.log1p(y[rows]), rcond=None)[0][-2:]
    assert ols.fit(y, rows[None], np.stack([x, other])[None]).beta[0] == pytest.approx(expected, abs=1e-9)
    who = np.repeat(np.arange(7.0)[:, None], y.shape[1], axis=1)
    alone = ols.fit(y, rows[None], who[None, None])
    assert np.isnan(alone.beta[0, 0])
    assert not alone.converged[0]


def test_batched_fits_equal_single_fits() -> None:
    """Fitting many at once gives what fitting each alone gives."""
    y, rows, x = small(3)
    masks = np.stack([rows, rows & (np.arange(len(y)) != 2)[:, None]])
    together = fit(y, masks, np.stack([x, x])[:, None])
    alone = [fit(y, mask[None], x[None, None]).beta[0, 0] for mask in masks]
    assert together.beta[:, 0] == pytest.approx(alone, abs=1e-12)


def test_authors_and_periods_without_counts_are_dropped() -> None:
    """Rows that no finite effect can fit leave the estimate, and change nothing else."""
    y, rows, x = small(1)
    wider = np.vstack([y, np.zeros((1, y.shape[1]))])
    found = fit(wider, np.vstack([rows, np.ones((1, y.shape[1]), dtype=bool)])[None], np.vstack([x, x[:1]])[None, None])
    assert found.beta[0, 0] == pytest.approx(fit(y, rows[None], x[None, None]).beta[0, 0], abs=1e-10)
    assert not found.rows[0, -1].any()


def test_within_equals_least_squares() -> None:
    """Residuals of the weighted two-way projection equal those of least squares on all dummies."""
    _, rows, x = small(4)
    weights = np.where(rows, np.random.default_rng(0).uniform(0.5, 2, x.shape), 0.0)
    author, period = np.nonzero(rows)
    design = np.zeros((rows.sum(), x.shape[0] + x.shape[1]))
    design[np.arange(len(design)), author] = 1
    design[np.arange(len(design)), x.shape[0] + period] = 1
    root = np.sqrt(weights[rows])
    effects = np.linalg.lstsq(design * root[:, None], x[rows] * root, rcond=None)[0]
    assert demean(x[None, None], weights[None])[0, 0][rows] == pytest.approx(x[rows] - design @ effects, abs=1e-10)


def test_jackknife_equals_deleting_authors() -> None:
    """The batched refits are the fits without each author, and the standard error is CV3 by hand."""
    y, rows, x = small(2)
    refits = np.concatenate(
        [fit(y, left, np.broadcast_to(x, (len(left), 1, *x.shape))).beta for _, left in leave_one_out(rows)]
    )
    by_hand = [brute(np.delete(y, a, 0), np.delete(rows, a, 0), np.delete(x, a, 0))[0] for a in range(len(y))]
    assert refits[:, 0] == pytest.approx(by_hand, abs=1e-7)
    whole = brute(y, rows, x)[0]
    se = math.sqrt(6 / 7 * sum((b - whole) ** 2 for b in by_hand))
    found = jackknife_interval(whole, refits[:, 0])
    assert found.se == pytest.approx(se, abs=1e-7)
    assert (found.high - found.low) / 2 == pytest.approx(2.4469118 * se, rel=1e-6)  # t(6), 97.5 %
    assert smallest_detectable_effect(1.0, 6) == pytest.approx(2.4469118 + 0.9057033, rel=1e-6)


def test_permutation_p_equals_brute_force() -> None:
    """With five authors every order is tried; p equals counting refits with dummies, one order at a time."""
    y, _, x = small(5, authors=5, periods=8)
    span = np.ones_like(y, dtype=bool)
    among = exchangeable_people(span)
    assert list(among) == [0, 1, 2, 3, 4]
    beta, se = brute(y, span, x)
    statistic = [abs(b / s) for b, s in (brute(y, span, x[list(order)]) for order in itertools.permutations(range(5)))]
    expected = sum(t >= abs(beta / se) - 1e-9 for t in statistic) / 120
    assert permutation_p(y, span, x, among, 99, np.random.default_rng(0)) == pytest.approx(expected, abs=1e-9)


def test_three_newton_steps_equal_convergence() -> None:
    """The permutation's short refit gives the p of the converged one within 0.01, on unbalanced panels too."""
    for seed in range(8):
        y, rows, x = small(seed, authors=12, periods=14, effect=0.3)
        span = active_spans(rows)
        among = exchangeable_people(span)
        orders = draw_permutations(among, len(y), 199, np.random.default_rng(1))
        swapped = np.where(rows[orders], x[orders], np.nan)
        known = span[None] & np.isfinite(swapped)
        exact = fit(y, known, swapped[:, None])
        null = fit(y, (span & rows)[None], np.zeros((1, 0, *y.shape)))
        short = fit(y, known, swapped[:, None], start=(null.period_effects[0], np.zeros(1)), steps=3)
        t = [np.abs(f.beta[:, 0]) / np.sqrt(f.variance[:, 0]) for f in (exact, short)]
        for cut in (1.0, 2.0, 3.0):
            assert abs((t[0] >= cut).mean() - (t[1] >= cut).mean()) <= 0.01


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_exchangeable_people_are_maximal(seed: int) -> None:
    """Any two of the set share 80 % of the longer span, and nobody could be added."""
    rng = np.random.default_rng(seed)
    begin, length = rng.integers(0, 8, 9), rng.integers(1, 12, 9)
    span = (np.arange(20) >= begin[:, None]) & (np.arange(20) < (begin + length)[:, None])
    chosen = set(exchangeable_people(span))

    def fits(a: int, b: int) -> bool:
        return bool((span[a] & span[b]).sum() >= 0.8 * max(span[a].sum(), span[b].sum()))

    assert all(fits(a, b) for a, b in itertools.combinations(chosen, 2))
    assert not any(all(fits(a, b) for b in chosen) for a in set(range(9)) - chosen)


def dummies(rows: Mask) -> Floats:
    """A column for every person (row of the panel) and period that has a row."""
    codes = np.nonzero(rows)
    return np.column_stack([np.equal.outer(code, np.unique(code)).astype(float) for code in codes])


def test_planted_effects_are_recovered_and_a_null_is_not() -> None:
    """+50 % is inside every interval and found; with no effect the p is not small."""
    found = estimate_throughput(planted(1, 0.5), n_permutations=499)
    assert found is not None
    assert found.within.low < 0.5 < found.within.high
    assert found.p < 0.01
    assert found.recorded is not None
    assert 0 < found.recorded.low < 0.5 < found.recorded.high
    assert found.beyond_trends is not None
    assert 0 < found.beyond_trends.low < 0.5 < found.beyond_trends.high
    assert found.information.at_most is not None
    assert 0 < found.information.low < found.information.r2 <= found.information.at_most + 0.05
    null = estimate_throughput(planted(2, 0.0), n_permutations=499)
    assert null is not None
    assert null.recorded is not None
    assert null.beyond_trends is not None
    for figure in (null.within, null.recorded, null.beyond_trends):
        assert figure.low < 0 < figure.high
    assert null.p > 0.05


def test_figures_are_the_regressions_they_say() -> None:
    """Within people and for the share of one period: the GLM with every dummy, and its jackknife by deleting people."""
    panel = planted(1, 0.5, authors=8, periods=16)
    found = estimate_throughput(panel, n_permutations=9)
    assert found is not None
    assert found.recorded is not None
    for share, figure in ((panel.treatment, found.within), (panel.recorded_share, found.recorded)):
        rows, x = panel.observed(share), np.nan_to_num(share)
        assert figure.beta.point == pytest.approx(brute(panel.y, rows, x)[0], abs=1e-7)
        refits = [brute(np.delete(panel.y, a, 0), np.delete(rows, a, 0), np.delete(x, a, 0))[0] for a in range(len(x))]
        se = math.sqrt(7 / 8 * sum((refit - figure.beta.point) ** 2 for refit in refits))
        assert figure.beta.se == pytest.approx(se, abs=1e-6)
        assert figure.beta.df == 7


def test_figures_are_on_the_scale_of_fifty_points() -> None:
    """The share of one period counts as it is; that of the past is converted by how far today's share follows it."""
    panel = planted(1, 0.5)
    found = estimate_throughput(panel, n_permutations=9)
    assert found is not None
    assert found.recorded is not None
    assert found.recorded.change == pytest.approx(math.exp(0.5 * found.recorded.beta.point) - 1)
    assert found.recorded.low == pytest.approx(math.exp(0.5 * found.recorded.beta.low) - 1)
    rows, n = panel.in_sample, panel.n
    used = rows & (n > 0)
    design = np.column_stack([panel.treatment[used], dummies(used)])
    root = np.sqrt(n[used])
    slope = np.linalg.lstsq(design * root[:, None], panel.ai[used] / n[used] * root, rcond=None)[0][0]
    assert pass_through(panel, rows) == pytest.approx(slope, abs=1e-8)
    assert 0.5 < slope < 1
    assert found.within.change == pytest.approx(math.exp(0.5 * found.within.beta.point / math.sqrt(slope)) - 1)
    assert found.within.low == pytest.approx(math.exp(0.5 * found.within.beta.low) - 1)
    assert found.within.high == pytest.approx(math.exp(0.5 * found.within.beta.high / slope) - 1)


def test_p_is_that_of_the_permutation_where_it_speaks_for_most() -> None:
    """Six people, and two thirds of all, can be permuted: its p; else that of t, and the other is reported."""
    assert [permutation_decides(*counts) for counts in ((6, 9), (6, 10), (5, 5), (20, 30), (20, 31), (0, 0))] == [
        *(True, False, False, True, False, False),
    ]
    panel = planted(1, 0.3, authors=12)
    alike = estimate_throughput(panel, n_permutations=199)
    assert alike is not None
    assert (alike.exchangeable, alike.people) == (12, 12)
    assert alike.p == alike.permutation_p
    staggered = panel.span & (np.arange(26) < np.where(np.arange(12) < 7, 26, 12)[:, None])
    staggered &= np.arange(26) >= np.where(np.arange(12) > 9, 9, 0)[:, None]
    unlike = estimate_throughput(replace(panel, span=staggered), n_permutations=199)
    assert unlike is not None
    assert (unlike.exchangeable, unlike.people) == (7, 12)
    t = unlike.within.beta.point / unlike.within.beta.se
    assert unlike.p == pytest.approx(2 * scipy_t.sf(abs(t), 11), rel=1e-9)
    assert unlike.permutation_p is not None
    assert unlike.permutation_p != unlike.p
    nobody = np.tri(26, 26, 0, dtype=bool)[[8, 10, 13, 17, 21, 25]]
    none_alike = estimate_throughput(replace(panel.take(np.arange(6)), span=nobody), n_permutations=9)
    assert none_alike is not None
    assert none_alike.exchangeable <= 2
    assert none_alike.p == pytest.approx(none_alike.within.beta.p)


def test_inclusion_by_hand() -> None:
    """Eight active periods, three of them since the first AI mark of anybody: one of four people has both."""
    y = np.zeros((4, 12))
    y[0, 2:10] = y[1, 2:9] = y[3, 0:8] = 1  # eight, seven, and eight periods; the last person's end early
    y[2, [0, 1, 2, 3, 4, 5, 6, 11]] = 1
    ai = np.zeros((4, 12))
    ai[0, 7] = 1
    kept = Panel(tuple("abcd"), tuple("0123456789xy"), y, ai, y, active_spans(y > 0), 4).select_eligible()
    assert kept.people == ("a",)
    assert kept.candidates == 4


def test_constant_share_identifies_nothing() -> None:
    """A share that never moves, or two authors, identify nothing."""
    flat = planted(3, 0.0)
    assert (
        estimate_throughput(
            Panel(flat.people, flat.periods, flat.y, flat.ai * 0, flat.n, flat.span, 25), n_permutations=9
        )
        is None
    )
    assert estimate_throughput(planted(3, 0.0, authors=2), n_permutations=9) is None


def test_lagged_share_by_hand() -> None:
    """A share needs three units, is carried one period, then missing; the pool needs six units."""
    n = np.array([[4.0, 1.0, 0.0, 0.0, 5.0]])
    ai = np.array([[2.0, 1.0, 0.0, 0.0, 5.0]])
    one = Panel(("a",), tuple("abcde"), n, ai, n, active_spans(n > 0), 1)
    assert one.recorded_share == pytest.approx(np.array([[np.nan, 0.5, 0.5, np.nan, np.nan]]), nan_ok=True)
    assert one.pooled == pytest.approx(np.full((1, 5), np.nan), nan_ok=True)
    assert pooled_share(ai, n, smallest=5)[0, 2] == pytest.approx(3 / 5)
    assert lagged(n, 9).shape == n.shape


def test_regimes_are_estimated_like_any_panel() -> None:
    """Cut in three stretches that nobody spans, the figure is that of dummies for every row and period."""
    whole = generate_panel(World(12, truth="recorded", effect=0.5, late_joiners=False), 6)
    whole = replace(whole, periods=tuple(f"{k:02}" for k in range(len(whole.periods))))
    cut = split_by_regimes(whole, [whole.periods[k] for k in (8, 17)])
    assert len(cut.people) == 36
    rows, x = cut.in_sample, np.nan_to_num(cut.treatment)
    plain = fit(cut.y, rows[None], x[None, None])
    author, period = np.nonzero(plain.rows[0])
    design = np.column_stack([x[author, period], dummies(plain.rows[0])])
    kept = design[:, np.abs(np.diag(np.linalg.qr(design)[1])) > 1e-8]
    oracle = sm.GLM(cut.y[author, period], kept, family=sm.families.Poisson()).fit(maxiter=200, tol=1e-12)
    assert plain.converged[0]
    assert plain.beta[0, 0] == pytest.approx(oracle.params[0], abs=1e-6)
    found = estimate_throughput(cut, n_permutations=99)
    assert found is not None
    assert found.people == 12
    assert found.within.beta.df == 11
    assert found.within.beta.point == pytest.approx(oracle.params[0], abs=1e-6)


def test_interval_end_overflows_safely() -> None:
    """A share that hardly varies has an interval whose end no exponential can hold."""
    assert relative_change(800.0) == relative_change(31.0) > 1e12
    assert relative_change(-800.0) == -1.0
    assert math.isnan(relative_change(math.nan))


def test_coefficient_resting_on_one_person_has_no_interval() -> None:
    """Where nothing identifies it without one of three people there is no interval: no figure, and no NaN in JSON."""
    assert estimate_throughput(generate_panel(World(3, periods=9), 14), n_permutations=9) is None
    for seed in range(40):
        found = estimate_throughput(generate_panel(World(3, periods=9), seed), n_permutations=9)
        if found is not None:
            figures = [f for f in (found.within, found.recorded, found.beyond_trends) if f is not None]
            assert all(math.isfinite(f.low + f.high + f.smallest_detectable) for f in figures)
            assert found.durable is None or math.isfinite(found.durable.low + found.durable.high)
