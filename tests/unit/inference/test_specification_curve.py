"""Specification curve, and what stands beside the verdict: equal to plain regressions, and quiet without an effect."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from analyzer.inference.checks.arithmetic_coupling import coupled_rows
from analyzer.inference.checks.omitted_variable import robustness_value
from analyzer.inference.checks.specification_curve import specification_curve
from analyzer.inference.forecast import forecast_skill
from analyzer.inference.grading.spillover import estimate_spill_over
from analyzer.inference.resampling.permutation import draw_permutations, exchangeable_people
from analyzer.panel import panel_from_changes
from analyzer.panel.alternatives import alternative_panels
from analyzer.simulation.panels import World, generate_panel
from tests.panels import brute
from tests.simulated.curve import simulated_curve
from validation.worlds import changes_from_panel

_BEGIN = pd.Timestamp("2024-01-01", tz="UTC")


def test_the_whole_cross_is_fitted_or_named() -> None:
    """4 grains × 2 lags × 3 models × 4 definitions × trend or not × 3 maturities, fitted or skipped with a reason."""
    found = simulated_curve(World(12, truth="recorded", effect=0.5), 0)
    assert found.n == len(found.rows)
    assert found.n + sum(skipped.n for skipped in found.skipped) == 4 * 2 * 3 * 4 * 2 * 3
    assert len({(s.grain, s.definition, s.maturity, s.lag, s.model, s.trend) for s in found.rows}) == found.n
    assert all(skipped.reason for skipped in found.skipped)
    assert {s.lag for s in found.not_counted} == {0}
    changes = [s.per_50_points for s in found.rows if s.per_50_points is not None]
    assert found.median == pytest.approx(np.median(changes))
    plain = [s for s in found.rows if s.model == "ppml"]
    assert all(s.low is not None and s.per_50_points is not None and s.low < s.per_50_points for s in plain)


def test_specifications_are_the_regressions_they_say() -> None:
    """Four weeks, lag 1, PPML is the GLM with all dummies; so is log1p with least squares."""
    panel = generate_panel(World(10, truth="recorded", effect=0.5, late_joiners=False), 2)
    people = panel.people
    orders = draw_permutations(exchangeable_people(panel.span), len(people), 19, np.random.default_rng(0))
    found = specification_curve([(None, panel, "")], people, orders, 1.0, lags=(1,))
    assert found is not None
    by = {(s.model, s.trend): s for s in found.rows}
    expected = math.expm1(0.5 * brute(panel.y, panel.in_sample, np.nan_to_num(panel.treatment))[0])
    assert by["ppml", False].per_50_points == pytest.approx(expected, abs=1e-5)
    a, t = np.nonzero(panel.in_sample)
    dummies = [np.equal.outer(code, np.unique(code)).astype(float) for code in (a, t)]
    lines = dummies[0] * t[:, None]
    for trend, columns in ((False, dummies), (True, [*dummies, lines])):
        design = np.column_stack([panel.treatment[a, t], *columns])
        beta = np.linalg.lstsq(design, np.log1p(panel.y[a, t]), rcond=None)[0][0]
        assert by["log1p", trend].per_50_points == pytest.approx(math.expm1(0.5 * beta), abs=1e-5)


def test_equal_specifications_are_counted_once() -> None:
    """Where every change is one whole commit, all definitions of a mark are one, and the curve says so."""
    units = changes_from_panel(generate_panel(World(8), 1), 1).assign(
        commits=1, ai=lambda u: (u["ai"] > 0).astype(float)
    )
    reasons = [
        o.reason for o in alternative_panels({30: units}, sorted(units["person"].unique()), ()) if o.panel is None
    ]
    assert len(reasons) == 4 * 3
    assert all("is the same here as by part" in reason for reason in reasons)


def test_specification_curve_shows_a_planted_effect() -> None:
    """+50 %: nearly all specifications are above 0, and swaps hardly ever give such a median."""
    found = simulated_curve(World(25, truth="recorded", effect=0.5), 3)
    assert found.same_sign_share > 0.95
    assert found.p_median is not None
    assert found.p_median <= 0.01
    assert found.median is not None
    assert 0.2 < found.median < 0.7


def test_longer_changes_are_explained_by_arithmetic() -> None:
    """No effect, marked changes three times as long: the same period's lines are an artefact, with equal sizes not."""
    for verbose, artefact in ((3.0, True), (1.0, False)):
        units = changes_from_panel(generate_panel(World(25), 4), 4, verbose=verbose)
        rows = {(r.id, r.lag): r for r in coupled_rows(panel_from_changes(units).select_eligible())}
        assert set(rows) == {("lines_added", 0), ("lines_added", 1), ("commits", 0), ("commits", 1)}
        assert rows["lines_added", 0].artefact is artefact
        assert not rows["commits", 0].artefact


def test_permuted_sizes_equal_the_mean_of_permutations() -> None:
    """The mean over all deals is that of hundreds drawn, and keeps each person's sum by mark."""
    units = changes_from_panel(generate_panel(World(4, periods=14), 5), 5, verbose=3.0)
    panel = panel_from_changes(units)
    assert panel.size_sums is not None
    whole, dealt = panel.size_sums["lines_added"]
    np.testing.assert_allclose(whole.sum(axis=1), dealt.sum(axis=1))
    rng = np.random.default_rng(0)
    total = np.zeros_like(dealt)
    kind = units["person"] + (units["ai"] > 0).astype(str) + (units["ai"] >= 1).astype(str)
    for _ in range(300):
        shuffled = units.groupby(kind)["lines_added"].transform(lambda s: rng.permutation(s.to_numpy()))
        sums = panel_from_changes(units.assign(lines_added=shuffled)).size_sums
        assert sums is not None
        total += sums["lines_added"][0]
    off = np.abs(total / 300 - dealt)[dealt > 0] / dealt[dealt > 0]
    assert np.median(off) < 0.05
    assert np.quantile(off, 0.95) < 0.25


def followed(seed: int, spill: float = 0.0, own: float = 0.0) -> pd.DataFrame:
    """Changes whose risk rises with their own mark, or with the share of the four weeks before."""
    panel = generate_panel(World(30), seed)
    rng = np.random.default_rng([seed, 3])
    share = np.nan_to_num(panel.recorded_share)
    rows = []
    for a, t in np.argwhere(panel.y > 0):
        for k in range(int(panel.y[a, t])):
            ai = float(k < panel.ai[a, t])
            risk = 0.1 * (1 + own * ai + spill * share[a, t])
            when = _BEGIN + pd.Timedelta(days=28 * int(t) + 1)
            rows.append((f"a{a}", when, ai, float(rng.random() < risk)))
    return pd.DataFrame(rows, columns=["person", "when", "ai", "events"])


def test_spill_over_regresses_unmarked_changes() -> None:
    """The slope equals least squares with all dummies; a risk of the mark's own does not pass for it."""
    judged = followed(1, spill=2.0)
    found = estimate_spill_over(judged)
    assert found is not None
    panel = generate_panel(World(30), 1)
    block = ((judged["when"] - _BEGIN).dt.days // 28).to_numpy()
    person = judged["person"].str[1:].astype(int).to_numpy()
    share = panel.recorded_share[person, block]
    known = np.isfinite(share)
    columns = [np.equal.outer(code[known], np.unique(code[known])).astype(float) for code in (person, block)]
    design = np.column_stack([share[known], judged["ai"][known], *columns])
    beta = np.linalg.lstsq(design, judged["events"][known].to_numpy(), rcond=None)[0][0]
    assert found.per_50_points == pytest.approx(0.5 * beta / judged["events"][known].mean(), rel=1e-6)
    held = 0
    for seed in range(20):
        other = estimate_spill_over(followed(seed, own=3.0))
        assert other is not None
        held += other.low <= 0 <= other.high
    assert held >= 16
    assert estimate_spill_over(judged.iloc[:0]) is None
    assert estimate_spill_over(judged.assign(ai=0.0)) is None


def test_forecast_skill_needs_an_effect() -> None:
    """Skill is small without an effect and its p is rarely low; with +150 % it is found."""
    nothing = [f for seed in range(30) if (f := forecast_skill(generate_panel(World(20), seed))) is not None]
    assert len(nothing) == 30
    assert sum(f.p is not None and f.p < 0.05 for f in nothing) <= 6
    much = [
        f for s in range(10) if (f := forecast_skill(generate_panel(World(20, truth="use", effect=1.5), s))) is not None
    ]
    assert np.mean([f.skill for f in much]) > np.mean([f.skill for f in nothing])
    assert forecast_skill(generate_panel(World(4, periods=8), 0)) is None


def test_robustness_value_by_its_formula() -> None:
    """R² = 0.1 gives 0.282; tenure explains a part between 0 and 1."""
    panel = generate_panel(World(10), 0)
    ones = np.where(panel.in_sample, 1.0, 0.0)
    found = robustness_value(panel, np.log1p(panel.y) * ones, ones, 0.1)
    f2 = 0.1 / 0.9
    assert found.value == pytest.approx(0.5 * (math.sqrt(f2**2 + 4 * f2) - f2))
    assert 0 <= found.tenure_outcome <= 1
    assert 0 <= found.tenure_share <= 1
