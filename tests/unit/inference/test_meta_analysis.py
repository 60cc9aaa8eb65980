"""Many repositories in one stage: equal to every dummy, swaps inside repositories, and a null that stays one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.stats.meta_analysis import combine_effects

from analyzer.inference.meta_analysis import estimate_meta_analysis
from analyzer.inference.models import LOG1P, PPML
from analyzer.inference.multilevel import Stack, fit, heterogeneity, jackknife_coefficient, jackknife_refits
from analyzer.inference.resampling.permutation import draw_permutations, exchangeable_people, permutation_p
from analyzer.inference.resampling.score_test import linear_null, permuted_scores, poisson_null, score_lookup
from analyzer.inference.throughput import fit_within
from analyzer.panel import fill_missing, split_by_regimes
from analyzer.simulation.panels import World, generate_panel
from tests.simulated.repositories import fleet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.core.arrays import Floats, Ints
    from analyzer.inference.models import Model
    from analyzer.panel import Panel


def dense(panels: list[Panel], model: Model) -> float:
    """The coefficient with a dummy for every author of a repository and every period of one."""
    y, x, author, period = [], [], [], []
    for r, p in enumerate(panels):
        for a, t in zip(*np.nonzero(p.in_sample), strict=True):
            y.append(p.y[a, t])
            x.append(p.treatment[a, t])
            author.append(1_000 * r + a)
            period.append(1_000 * r + t)
    design = np.column_stack([x, _dummies(author), _dummies(period)])
    # A constant for each repository stands in both sets of dummies: least squares takes the shortest solution.
    if model is LOG1P:
        return float(np.linalg.lstsq(design, np.log1p(y), rcond=None)[0][0])
    return float(sm.GLM(y, _independent(design), family=sm.families.Poisson()).fit(maxiter=200, tol=1e-12).params[0])


def _dummies(codes: Sequence[int] | Ints) -> Floats:
    found: Floats = np.equal.outer(np.asarray(codes), np.unique(codes)).astype(float)
    return found


def _independent(design: Floats) -> Floats:
    """The columns that add to those before them."""
    kept: Floats = design[:, np.abs(np.diag(np.linalg.qr(design)[1])) > 1e-8]
    return kept


@pytest.mark.parametrize("model", [PPML, LOG1P])
def test_pooled_estimate_equals_dummies(model: Model) -> None:
    """One coefficient over four repositories is the regression's with all dummies, and so is each refit."""
    panels, persons = fleet(4, effect=0.3)
    stack = Stack.of(panels, persons)
    x = stack.padded([p.treatment for p in panels])[:, None]
    rows = stack.span & np.isfinite(x[:, 0])
    whole = fit(stack.y, rows, x, model)
    assert whole.beta[0] == pytest.approx(dense(panels, model), abs=1e-7)
    first = rows & (np.arange(4) != 0)[:, None, None]
    assert fit(stack.y, first, x, model).beta[0] == pytest.approx(dense(panels[1:], model), abs=1e-7)


def test_a_person_of_two_repositories_is_one_cluster() -> None:
    """Below eight repositories people are left out, each everywhere at once."""
    panels, persons = fleet(3)
    shared = [["same", *names[1:]] for names in persons]
    stack = Stack.of(panels, shared)
    assert len(stack.jackknife_masks()) == 13
    kept = stack.jackknife_masks()[int(stack.person[0, 0])]
    assert not kept[:, 0].any()
    many = Stack.of(*fleet(9))
    assert len(many.jackknife_masks()) == 9


def test_many_repositories_are_left_out_in_groups_of_like_sizes() -> None:
    """Above 64 repositories each is in one of 64 groups; none has twice the rows of another."""
    stack = Stack.of(*fleet(150, authors=2))
    left = np.stack(stack.jackknife_masks())
    assert len(left) == 64
    assert ((~left).sum(axis=0) == 1).all()
    rows = [int(stack.span[~kept.all(axis=1)].sum()) for kept in left]
    assert max(rows) < 2 * min(rows)


def test_scores_equal_the_model_refitted_by_hand() -> None:
    """The score of one assignment is that of the exposure with author, period and trend effects taken out."""
    panel = generate_panel(World(6, periods=14), 3)
    rows, shares = panel.in_sample, fill_missing(panel.treatment)
    for trend in (False, True):
        null = linear_null(np.log1p(panel.y), rows, trend=trend)
        order = np.array([[2, 0, 1, 3, 5, 4]])
        found = permuted_scores(score_lookup(null, shares), order, np.arange(6))
        assert found.beta[0] == pytest.approx(by_hand(panel, shares[order[0]], trend=trend), rel=1e-6)


def by_hand(panel: Panel, share: Floats, *, trend: bool) -> float:
    """Least squares of log(1 + y) with dummies, and a line for each author."""
    a, t = np.nonzero(panel.in_sample)
    columns = [share[a, t][:, None], np.equal.outer(a, np.unique(a)), np.equal.outer(t, np.unique(t))]
    if trend:
        columns.append(np.equal.outer(a, np.unique(a)) * t[:, None])
    design = np.concatenate([c.astype(float) for c in columns], axis=1)
    return float(np.linalg.lstsq(design, np.log1p(panel.y[a, t]), rcond=None)[0][0])


def test_poisson_null_is_the_fit_without_treatment() -> None:
    """Fitted means with trends equal a GLM with dummies and lines; residuals are orthogonal to each."""
    panel = generate_panel(World(5, periods=12), 1)
    null = poisson_null(panel.y, panel.in_sample, trend=True)
    a, t = np.nonzero(null.weights > 0)
    design = _independent(np.concatenate([_dummies(a), _dummies(t), _dummies(a) * t[:, None]], axis=1))
    means = sm.GLM(panel.y[a, t], design, family=sm.families.Poisson()).fit(maxiter=200, tol=1e-12).fittedvalues
    np.testing.assert_allclose(null.weights[a, t], means, rtol=1e-5)
    np.testing.assert_allclose(null.residuals.sum(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(null.residuals @ null.basis[1], 0, atol=1e-5)


def test_score_test_ranks_permutations_as_refits_do() -> None:
    """On 30 unbalanced panels the score's p is close to that of refits, with none on the other side of 5 % by far."""
    gaps = []
    for seed in range(30):
        panel = generate_panel(World(15), seed).select_eligible()
        among = exchangeable_people(panel.span)
        full = permutation_p(panel.y, panel.span, panel.treatment, among, 499, np.random.default_rng(seed))
        orders = draw_permutations(among, len(panel.y), 499, np.random.default_rng(seed))
        null, shares, whose = (
            poisson_null(panel.y, panel.in_sample),
            fill_missing(panel.treatment),
            np.arange(len(panel.y)),
        )
        drawn, own = (np.abs(permuted_scores(score_lookup(null, shares), o, whose).t) for o in (orders, whose[None]))
        gaps.append((1 + int((drawn >= own - 1e-9).sum())) / 500 - full)
    assert np.abs(gaps).mean() < 0.03
    assert np.abs(gaps).max() < 0.12


def test_heterogeneity_equals_statsmodels() -> None:
    """Random-effects mean and Hartung-Knapp interval are those of statsmodels."""
    points, errors = [0.1, 0.5, -0.2, 0.3, 0.9], [0.1, 0.2, 0.15, 0.1, 0.3]
    found = heterogeneity(points, errors)
    oracle = combine_effects(np.array(points), np.array(errors) ** 2, method_re="dl", use_t=True)
    low, high = oracle.conf_int(use_t=True)[3]
    assert found is not None
    assert found.mean.point == pytest.approx(oracle.mean_effect_re)
    assert (found.mean.low, found.mean.high) == pytest.approx((low, high))
    assert found.deviation**2 == pytest.approx(oracle.tau2)


def test_equal_estimates_keep_their_errors() -> None:
    """Three equal figures are as sure as their errors, not certain."""
    found = heterogeneity([0.3, 0.3, 0.3], [0.3, 0.3, 0.3])
    assert found is not None
    assert found.mean.se == pytest.approx(0.3 / 3**0.5)
    assert found.next_low < found.mean.low < 0
    assert found.next_high > found.mean.high > 0.6


def test_single_repository_estimates_are_shown() -> None:
    """Behind the mean stand the estimates that each repository of eight people or more has by itself, none else."""
    panels, persons = fleet(4, 9, effect=0.3)
    small = fleet(2, 5, seed=1)
    found = estimate_meta_analysis(
        [*small[0], *panels], [*([f"s{n}" for n in p] for p in small[1]), *persons], n_permutations=9, seed=0
    )
    assert found is not None
    fits = [fit_within(p, p.treatment) for p in panels]
    assert found.by_repository == {k + 2: single.beta for k, single in enumerate(fits) if single is not None}
    assert len(found.by_repository) == len(panels)
    assert found.heterogeneity == heterogeneity(
        [b.point for b in found.by_repository.values()], [b.se for b in found.by_repository.values()]
    )


def test_leaving_out_repositories_gives_the_error() -> None:
    """The pooled interval is the jackknife over repositories."""
    panels, persons = fleet(10)
    stack = Stack.of(panels, persons)
    x = stack.padded([p.treatment for p in panels])[:, None]
    rows = stack.span & np.isfinite(x[:, 0])
    whole = fit(stack.y, rows, x)
    found = jackknife_coefficient(whole, jackknife_refits(stack, rows, x, whole, PPML))
    own = [dense(panels[:r] + panels[r + 1 :], PPML) for r in range(3)]
    assert found.df == 9
    assert own == pytest.approx(list(jackknife_refits(stack, rows, x, whole, PPML)[:3, 0]), abs=1e-6)


def test_pooled_figure_is_converted_like_a_single_one() -> None:
    """Today's share on the past one, weighted by changes, with all dummies, is the factor of the change."""
    panels, persons = fleet(4, effect=0.3)
    found = estimate_meta_analysis(panels, persons, n_permutations=9, seed=0)
    assert found is not None
    codes, values = [], []
    for r, p in enumerate(panels):
        for a, t in zip(*np.nonzero(p.in_sample & (p.n > 0)), strict=True):
            codes.append((1_000 * r + a, 1_000 * r + t))
            values.append((p.treatment[a, t], p.ai[a, t] / p.n[a, t], p.n[a, t]))
    people, periods = np.array(codes).T
    past, today, n = np.array(values).T
    design = np.column_stack([past, _dummies(people), _dummies(periods)]) * np.sqrt(n)[:, None]
    slope = np.linalg.lstsq(design, today * np.sqrt(n), rcond=None)[0][0]
    assert 0.5 < slope < 1
    within = found.throughput.within
    assert np.log1p(within.change) == pytest.approx(0.5 * within.beta.point / np.sqrt(slope), rel=1e-6)
    assert within.beta.point == pytest.approx(dense(panels, PPML), abs=1e-7)


def test_regimes_of_a_repository_are_pooled() -> None:
    """Where nobody spans a change of habits the periods fall apart: still the regression with all dummies."""
    panels, persons = fleet(9, authors=6, effect=0.5, seed=1)
    cut = [split_by_regimes(p, [p.periods[10]]) for p in panels]
    whose = [[names[k] for k in p.person_index] for names, p in zip(persons, cut, strict=True)]
    stack = Stack.of(cut, whose)
    x = stack.padded([p.treatment for p in cut])[:, None]
    rows = stack.span & np.isfinite(x[:, 0])
    whole = fit(stack.y, rows, x)
    assert whole.converged
    assert whole.beta[0] == pytest.approx(dense(cut, PPML), abs=1e-6)
    assert np.isfinite(jackknife_refits(stack, rows, x, whole, PPML)).all()
    assert estimate_meta_analysis(cut, whose, n_permutations=99, seed=0) is not None
