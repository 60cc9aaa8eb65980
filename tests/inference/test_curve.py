"""Specification curve, and what stands beside the verdict: equal to plain regressions, and quiet without an effect."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from analyzer.inference.checks.arithmetic_coupling import coupled_rows
from analyzer.inference.checks.omitted_variable import robustness
from analyzer.inference.checks.specification_curve import Curve, curve
from analyzer.inference.forecast import forecast
from analyzer.inference.grading.spillover import spill_over
from analyzer.inference.resampling.permutation import permutations, swappable
from analyzer.inference.throughput import estimate
from analyzer.panel import panel_of_units
from analyzer.panel.alternatives import GRAINS, MATURITIES, offered
from analyzer.simulation.panels import World, generate
from tests.inference.test_estimators import brute
from tests.sizes import sized
from validation.worlds import units_of

_BEGIN = pd.Timestamp("2024-01-01", tz="UTC")


def drawn(world: World, seed: int, swaps: int = 199, *, grains: tuple[int, ...] = GRAINS) -> Curve:
    """The curve of one simulated history; of some grains and one maturity where that is enough."""
    units = units_of(generate(world, seed), seed)
    base = panel_of_units(units).without_outsiders()
    found = estimate(base, swaps=0)
    assert found is not None
    orders = permutations(swappable(base.span), len(base.authors), swaps, np.random.default_rng(seed))
    end = units["merged"].max()
    days = MATURITIES if grains == GRAINS else MATURITIES[-1:]
    mature = {age: units[units["merged"] <= end - pd.Timedelta(days=age)] for age in days}
    panels = (o for o in offered(mature, base.authors, ()) if o.choice.grain in grains)
    told = curve(panels, base.authors, orders, found.recorded.change)
    assert told is not None
    return told


def test_the_whole_cross_is_fitted_or_named() -> None:
    """4 grains × 2 lags × 3 models × 4 definitions × trend or not × 3 maturities, fitted or skipped with a reason."""
    found = drawn(World(12, truth="recorded", effect=0.5), 0)
    assert len(found.fitted) + sum(found.skipped.values()) == 4 * 2 * 3 * 4 * 2 * 3
    assert len({tuple(s[:4]) for s in found.fitted}) == len(found.fitted)
    assert all(reason for reason in found.skipped)
    assert {s.lag for s in found.apart} == {0}
    plain = [s for s in found.fitted if s.model == "ppml"]
    assert found.median == pytest.approx(np.median([s.change for s in found.fitted if s.change is not None]))
    assert all(s.low is not None and s.change is not None and s.low < s.change for s in plain)


def test_specifications_are_the_regressions_they_say() -> None:
    """Four weeks, lag 1, PPML is the GLM with all dummies; so is log1p with least squares."""
    panel = generate(World(10, truth="recorded", effect=0.5, late_joiners=False), 2)
    people = panel.authors
    orders = permutations(swappable(panel.span), len(people), 19, np.random.default_rng(0))
    found = curve([(None, panel, "")], people, orders, 1.0, lags=(1,))
    assert found is not None
    by = {(s.model, s.trend): s for s in found.fitted}
    expected = math.expm1(0.5 * brute(panel.y, panel.rows, np.nan_to_num(panel.recorded))[0])
    assert by["ppml", False].change == pytest.approx(expected, abs=1e-5)
    a, t = np.nonzero(panel.rows)
    dummies = [np.equal.outer(code, np.unique(code)).astype(float) for code in (a, t)]
    lines = dummies[0] * t[:, None]
    for trend, columns in ((False, dummies), (True, [*dummies, lines])):
        design = np.column_stack([panel.recorded[a, t], *columns])
        beta = np.linalg.lstsq(design, np.log1p(panel.y[a, t]), rcond=None)[0][0]
        assert by["log1p", trend].change == pytest.approx(math.expm1(0.5 * beta), abs=1e-5)


def test_what_is_the_same_is_not_counted_twice() -> None:
    """Where every change is one whole commit, all definitions of a mark are one, and the curve says so."""
    units = units_of(generate(World(8), 1), 1).assign(commits=1, ai=lambda u: (u["ai"] > 0).astype(float))
    reasons = [o.reason for o in offered({30: units}, sorted(units["author"].unique()), ()) if o.panel is None]
    assert len(reasons) == 4 * 3
    assert all("is the same here as by part" in reason for reason in reasons)


def test_an_effect_is_in_the_curve() -> None:
    """+50 %: nearly all specifications are above 0, and swaps hardly ever give such a median."""
    found = drawn(World(25, truth="recorded", effect=0.5), 3)
    assert found.same_sign > 0.95
    assert found.p_median <= 0.01
    assert 0.2 < found.median < 0.7


@pytest.mark.slow
@sized(15, 60)
def test_joint_p_is_honest_without_an_effect(trials: int) -> None:
    """Over histories of ten people without effect the joint p is below 5 % in about 5 %."""
    found = [drawn(World(10, periods=20), seed, swaps=99, grains=(2, 4)) for seed in range(trials)]
    for p in ([c.p_median for c in found], [c.p_same_sign for c in found]):
        assert binom.sf(sum(value < 0.05 for value in p) - 1, trials, 0.05) >= 0.01
    assert binom.cdf(sum(c.p_median < 0.5 for c in found), trials, 0.5) >= 0.001


def test_longer_changes_are_arithmetic() -> None:
    """No effect, marked changes three times as long: the same period's lines are an artefact, with equal sizes not."""
    for verbose, artefact in ((3.0, True), (1.0, False)):
        units = units_of(generate(World(25), 4), 4, verbose=verbose)
        rows = {(r.id, r.lag): r for r in coupled_rows(panel_of_units(units).without_outsiders())}
        assert set(rows) == {("lines_added", 0), ("lines_added", 1), ("commits", 0), ("commits", 1)}
        assert rows["lines_added", 0].artefact is artefact
        assert not rows["commits", 0].artefact


def test_dealt_sizes_are_the_mean_of_deals() -> None:
    """The mean over all deals is that of hundreds drawn, and keeps each person's sum by mark."""
    units = units_of(generate(World(4, periods=14), 5), 5, verbose=3.0)
    panel = panel_of_units(units)
    assert panel.sums is not None
    whole, dealt = panel.sums["lines_added"]
    np.testing.assert_allclose(whole.sum(axis=1), dealt.sum(axis=1))
    rng = np.random.default_rng(0)
    total = np.zeros_like(dealt)
    kind = units["author"] + (units["ai"] > 0).astype(str) + (units["ai"] >= 1).astype(str)
    for _ in range(300):
        shuffled = units.groupby(kind)["lines_added"].transform(lambda s: rng.permutation(s.to_numpy()))
        sums = panel_of_units(units.assign(lines_added=shuffled)).sums
        assert sums is not None
        total += sums["lines_added"][0]
    off = np.abs(total / 300 - dealt)[dealt > 0] / dealt[dealt > 0]
    assert np.median(off) < 0.05
    assert np.quantile(off, 0.95) < 0.25


def followed(seed: int, spill: float = 0.0, own: float = 0.0) -> pd.DataFrame:
    """Changes whose risk rises with their own mark, or with the share of the four weeks before."""
    panel = generate(World(30), seed)
    rng = np.random.default_rng([seed, 3])
    share = np.nan_to_num(panel.recorded)
    rows = []
    for a, t in np.argwhere(panel.y > 0):
        for k in range(int(panel.y[a, t])):
            ai = float(k < panel.ai[a, t])
            risk = 0.1 * (1 + own * ai + spill * share[a, t])
            when = _BEGIN + pd.Timedelta(days=28 * int(t) + 1)
            rows.append((f"a{a}", when, ai, float(rng.random() < risk)))
    return pd.DataFrame(rows, columns=["author", "when", "ai", "events"])


def test_spill_over_is_the_other_changes() -> None:
    """The slope equals least squares with all dummies; a risk of the mark's own does not pass for it."""
    judged = followed(1, spill=2.0)
    found = spill_over(judged)
    assert found is not None
    panel = generate(World(30), 1)
    block = ((judged["when"] - _BEGIN).dt.days // 28).to_numpy()
    person = judged["author"].str[1:].astype(int).to_numpy()
    share = panel.recorded[person, block]
    known = np.isfinite(share)
    columns = [np.equal.outer(code[known], np.unique(code[known])).astype(float) for code in (person, block)]
    design = np.column_stack([share[known], judged["ai"][known], *columns])
    beta = np.linalg.lstsq(design, judged["events"][known].to_numpy(), rcond=None)[0][0]
    assert found.change == pytest.approx(0.5 * beta / found.base, rel=1e-6)
    held = 0
    for seed in range(20):
        other = spill_over(followed(seed, own=3.0))
        assert other is not None
        held += other.low <= 0 <= other.high
    assert held >= 16
    assert spill_over(judged.iloc[:0]) is None
    assert spill_over(judged.assign(ai=0.0)) is None


def test_forecasts_gain_where_the_share_tells() -> None:
    """Skill is small without an effect and its p is rarely low; with +150 % it is found."""
    nothing = [f for seed in range(30) if (f := forecast(generate(World(20), seed))) is not None]
    assert len(nothing) == 30
    assert sum(f.p < 0.05 for f in nothing) <= 6
    much = [f for s in range(10) if (f := forecast(generate(World(20, truth="use", effect=1.5), s))) is not None]
    assert np.mean([f.skill for f in much]) > np.mean([f.skill for f in nothing])
    assert forecast(generate(World(4, periods=8), 0)) is None


def test_robustness_value_by_its_formula() -> None:
    """R² = 0.1 gives 0.282; tenure explains a part between 0 and 1."""
    panel = generate(World(10), 0)
    ones = np.where(panel.rows, 1.0, 0.0)
    found = robustness(panel, np.log1p(panel.y) * ones, ones, 0.1)
    f2 = 0.1 / 0.9
    assert found.value == pytest.approx(0.5 * (math.sqrt(f2**2 + 4 * f2) - f2))
    assert 0 <= found.outcome <= 1
    assert 0 <= found.share <= 1
