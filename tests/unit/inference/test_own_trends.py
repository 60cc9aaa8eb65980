"""The model with a linear trend for each person, against plain regressions with every dummy and every line."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.inference.jackknife import leave_one_out
from analyzer.inference.models import LOG1P, PPML, ols, ppml
from analyzer.inference.models.own_trends import fit_own_trends, partial_out
from analyzer.inference.throughput import beyond_trends
from analyzer.panel import split_by_regimes
from analyzer.simulation.panels import World, generate_panel
from tests.panels import planted, small
from validation.threat_worlds import ThreatWorld, threatened_panel

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Mask
    from analyzer.inference.models import Model

BOTH = pytest.mark.parametrize("counts", [True, False])


def design_with_lines(rows: Mask) -> Floats:
    """Dummies of people and periods, and a line for each person; only columns that add to those before them."""
    person, period = np.nonzero(rows)
    people, periods = (np.equal.outer(code, np.unique(code)).astype(float) for code in (person, period))
    columns = np.column_stack([people, periods, people * (period - period.mean())[:, None] / rows.shape[1]])
    independent: Floats = columns[:, np.abs(np.diag(np.linalg.qr(columns)[1])) > 1e-8]
    return independent


def with_lines(y: Floats, rows: Mask, *shares: Floats, counts: bool = True) -> Floats:
    """Coefficients of the shares in the plainest regression."""
    design = np.column_stack([*(share[rows] for share in shares), design_with_lines(rows)])
    if counts:
        fit = sm.GLM(y[rows], design, family=sm.families.Poisson()).fit(maxiter=200, tol=1e-13)
        coefficients: Floats = fit.params[: len(shares)]
        return coefficients
    least: Floats = np.linalg.lstsq(design, np.log1p(y[rows]), rcond=None)[0][: len(shares)]
    return least


@BOTH
@pytest.mark.parametrize("seed", range(5))
def test_fit_equals_dummies_and_lines(seed: int, *, counts: bool) -> None:
    """On unbalanced panels, of one share and of a share beside two covariates."""
    y, rows, x = small(seed, authors=9, periods=14)
    others = np.random.default_rng(seed).normal(size=(2, *x.shape))
    for shares in ((x,), (x, *others)):
        found = fit_own_trends(y, rows[None], np.stack(shares), counts=counts)
        assert found.converged.all()
        assert found.beta[0] == pytest.approx(with_lines(y, rows, *shares, counts=counts), abs=1e-6)


@BOTH
def test_missing_shares_are_left_out_by_the_rows(*, counts: bool) -> None:
    """What stands in a cell without a row, NaN included, changes nothing."""
    y, rows, x = small(2, authors=8, periods=12)
    masked = np.where(rows, x, np.nan)
    plain, holes = (fit_own_trends(np.where(rows, y, 7.0), rows[None], v[None], counts=counts) for v in (x, masked))
    assert holes.beta == pytest.approx(plain.beta, abs=1e-12)
    assert np.isfinite(plain.beta).all()


@BOTH
def test_batch_equals_single_fits(*, counts: bool) -> None:
    """A batch gives what each data set gives by itself; so does a start from a related fit."""
    y, rows, x = small(3, authors=8, periods=13)
    masks = np.stack([rows, *(rows & (np.arange(8) != a)[:, None] for a in range(3)), rows & (np.arange(13) < 9)])
    together = fit_own_trends(y, masks, x[None], counts=counts)
    single = [fit_own_trends(y, mask[None], x[None], counts=counts) for mask in masks]
    assert together.beta[:, 0] == pytest.approx([fit.beta[0, 0] for fit in single], abs=1e-8)
    started = fit_own_trends(y, masks, x[None], counts=counts, start=single[0].weights[0])
    assert started.beta == pytest.approx(together.beta, abs=1e-7)


@BOTH
def test_collinear_shares_have_no_coefficient(*, counts: bool) -> None:
    """A share that only says who, when, or along whose line has none, and takes nobody else's along."""
    y, rows, x = small(4, authors=8, periods=12)
    who = np.repeat(np.arange(8.0)[:, None], 12, axis=1)
    lines: Floats = who * np.arange(12.0)
    when = np.repeat(np.sin(np.arange(12.0))[None], 8, axis=0)
    reference = fit_own_trends(y, rows[None], x[None], counts=counts).beta[0, 0]
    shares: list[Floats] = [who, when, lines, 3 * lines - who + 0.5 * when, np.ones_like(x), np.zeros_like(x)]
    for collinear in shares:
        assert np.isnan(fit_own_trends(y, rows[None], collinear[None], counts=counts).beta[0, 0])
        found = fit_own_trends(y, rows[None], np.stack([x, collinear]), counts=counts).beta[0]
        assert found[0] == pytest.approx(reference, abs=1e-7)
        assert np.isnan(found[1])
    assert np.isnan(fit_own_trends(y, rows[None], np.stack([x, 2 * x]), counts=counts).beta).all()
    assert np.isnan(fit_own_trends(y, rows[None] & False, x[None], counts=counts).beta).all()


def test_a_share_that_only_empty_rows_inform_has_no_coefficient() -> None:
    """Where the estimate runs to infinity there is none: nobody lands anything once their share is above 0."""
    rng = np.random.default_rng(0)
    y = rng.poisson(4.0, (6, 16)).astype(float) + 1
    share = np.zeros_like(y)
    for a in range(1, 6):
        share[a, 4 + a] = 0.7
        y[a, 4 + a] = 0.0
    rows = np.ones_like(y, dtype=bool)
    assert np.isnan(fit_own_trends(y, rows[None], share[None]).beta[0, 0])
    assert np.isfinite(fit_own_trends(y, rows[None], share[None], counts=False).beta[0, 0])


@given(st.integers(0, 10_000), st.floats(-2, 2), st.floats(0.1, 4))
@settings(max_examples=20)
def test_lines_of_people_change_nothing(seed: int, slope: float, scale: float) -> None:
    """A line or level of their own added to people's (log) output leaves the coefficient; a unit only rescales it."""
    y, rows, x = small(seed, authors=7, periods=12)
    rng = np.random.default_rng(seed)
    line = slope * rng.normal(size=(7, 1)) * np.arange(12) / 12 + rng.normal(size=(7, 1))
    moved = np.expm1(np.log1p(y) + line + 5)
    plain, added = (fit_own_trends(v, rows[None], x[None], counts=False).beta[0, 0] for v in (y, moved))
    assert added == pytest.approx(plain, abs=1e-7)
    assert fit_own_trends(y, rows[None], scale * x[None]).beta[0, 0] * scale == pytest.approx(
        fit_own_trends(y, rows[None], x[None]).beta[0, 0], abs=1e-6, nan_ok=True
    )


def test_partialled_out_equals_least_squares() -> None:
    """Residuals of the weighted projection are those of least squares on all dummies and lines."""
    _, rows, x = small(5, authors=8, periods=11)
    weights = np.where(rows, np.random.default_rng(0).uniform(0.5, 2, x.shape), 0.0)
    root, design = np.sqrt(weights[rows]), design_with_lines(rows)
    effects = np.linalg.lstsq(design * root[:, None], x[rows] * root, rcond=None)[0]
    residuals = partial_out(x[None, None], weights[None])[0, 0]
    assert residuals[rows] == pytest.approx(x[rows] - design @ effects, abs=1e-8)
    assert (residuals[~rows] == 0).all()


@pytest.mark.parametrize("model", [PPML, LOG1P])
def test_jackknife_equals_deleting_people(model: Model) -> None:
    """The figure beyond trends, with its error and interval, is that of refits with everything in them."""
    panel = planted(7, 0.5, authors=8)
    rows, x = panel.in_sample, np.nan_to_num(panel.treatment)
    found = beyond_trends(panel, model)
    assert found is not None
    point = with_lines(panel.y, rows, x, counts=model.counts)[0]
    refits = [
        with_lines(np.delete(panel.y, a, 0), np.delete(rows, a, 0), np.delete(x, a, 0), counts=model.counts)[0]
        for a in range(8)
    ]
    se = math.sqrt(7 / 8 * sum((refit - point) ** 2 for refit in refits))
    assert found.beta.point == pytest.approx(point, abs=1e-6)
    assert found.beta.se == pytest.approx(se, abs=1e-6)
    assert (found.beta.high - found.beta.low) / 2 == pytest.approx(2.3646243 * se, rel=1e-5)  # t(7), 97.5 %
    n = np.where(rows, panel.n, 0.0)
    used = n > 0
    root = np.sqrt(n[used])
    design = np.column_stack([x[used], design_with_lines(used)]) * root[:, None]
    follows = np.linalg.lstsq(design, panel.ai[used] / n[used] * root, rcond=None)[0][0]
    assert 0.5 < follows < 1
    assert np.log1p(found.change) == pytest.approx(0.5 * point / math.sqrt(follows), rel=1e-5)


def test_rows_of_a_person_have_lines_and_are_left_out_together() -> None:
    """Cut at a change of landing habits each stretch has its own line, and the jackknife still leaves out people."""
    panel = generate_panel(World(9, truth="recorded", effect=0.5, late_joiners=False), 6)
    panel = replace(panel, periods=tuple(f"{k:02}" for k in range(26)))
    cut = split_by_regimes(panel, ["13"])
    assert len(cut.people) == 18
    found = beyond_trends(cut, PPML)
    assert found is not None
    assert found.beta.df == 8
    point = with_lines(cut.y, cut.in_sample, np.nan_to_num(cut.treatment))[0]
    assert found.beta.point == pytest.approx(point, abs=1e-6)
    chunks = list(leave_one_out(cut.in_sample, cut.person_index))
    assert sum(len(omitted) for omitted, _ in chunks) == 9


def test_growth_that_is_tied_to_adoption_leaves_within_and_not_beyond() -> None:
    """People on the way up who take AI up: the coefficient of the plain model, and far less beyond their own lines."""
    plain, beyond = [], []
    for seed in range(12):
        panel = threatened_panel(ThreatWorld("strong-growth", 25), seed).select_eligible()
        rows, x = panel.in_sample, np.nan_to_num(panel.treatment)
        plain.append(ppml.fit(panel.y, rows[None], x[None, None]).beta[0, 0])
        beyond.append(fit_own_trends(panel.y, rows[None], x[None]).beta[0, 0])
    assert np.mean(plain) > 0.3
    assert abs(np.mean(beyond)) < np.mean(plain) / 2


def test_without_lines_the_model_is_the_plain_one() -> None:
    """With two periods a line takes everything; on level people over many it moves the coefficient little."""
    y, rows, x = small(6, authors=8, periods=2)
    assert np.isnan(fit_own_trends(y, rows[None], x[None]).beta[0, 0])
    y, rows, x = small(6, authors=30, periods=40)
    found = fit_own_trends(y, rows[None], x[None], counts=False).beta[0, 0]
    assert found == pytest.approx(ols.fit(y, rows[None], x[None, None]).beta[0, 0], abs=0.05)
