"""Ranks pooled and within people: against scipy, by hand, and on planted paradoxes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from scipy.stats import binom, quantile_test, spearmanr

from analyzer.inference.grading.throughput import throughput_verdict
from analyzer.inference.rank_correlation import MIN_ROWS, differ_in_sign, median_interval, rank_correlations, spearman
from analyzer.inference.throughput import estimate_throughput, fit_within
from analyzer.panel import split_by_regimes
from analyzer.report.result_verdicts import throughput_result
from analyzer.report.sections.rank_correlation import ranks_table, simpson_sentence
from analyzer.simulation.panels import World, generate_panel
from validation.job import Job
from validation.judges import run_trial
from validation.worlds import RankedWorld

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats
    from analyzer.inference.results import Ranks

PEOPLE, PERIODS = 12, 20


def table(between: float, within: float, seed: int = 0) -> tuple[Floats, Floats]:
    """Outcome and share (A, P): level of output and of share go together by `between`, their moves by `within`."""
    rng = np.random.default_rng(seed)
    level = np.linspace(-1, 1, PEOPLE)[:, None]
    move = rng.normal(0, 0.3, (PEOPLE, PERIODS))
    y = np.round(100 * np.exp(between * level + within * move + rng.normal(0, 0.05, move.shape)))
    return y, 0.5 + 0.2 * level + 0.2 * move


def told(y: Floats, share: Floats) -> Ranks:
    """The ranks where every cell is a row and each person has one."""
    found = rank_correlations(y, share, np.ones(y.shape, dtype=bool), np.arange(len(y)))
    assert found is not None
    return found


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=2, max_size=40))
@settings(max_examples=200)
def test_spearman_is_scipys_ties_included(pairs: list[tuple[int, int]]) -> None:
    """Few values over many rows are nearly all ties; a constant side has no coefficient."""
    one, two = np.array(pairs, dtype=float).T
    if np.ptp(one) == 0 or np.ptp(two) == 0:
        assert math.isnan(spearman(one, two))
    else:
        assert spearman(one, two) == pytest.approx(spearmanr(one, two).statistic, abs=1e-12)


def test_ties_by_hand() -> None:
    """Mid-ranks 1.5 1.5 3.5 3.5 against 1 2 3 4: 4 / √(4 · 5), where ranks in order of appearance would say 1."""
    assert spearman(np.array([0.0, 0, 1, 1]), np.array([1.0, 2, 3, 4])) == pytest.approx(4 / math.sqrt(20))


@pytest.mark.parametrize("n", [6, 7, 8, 9, 17, 25, 60, 101])
def test_median_interval_is_scipys_and_exact(n: int) -> None:
    """Both ends are those of the quantile test; one step further in would hold the median in less than 95 %."""
    values = np.random.default_rng(n).normal(size=n)
    low, high = median_interval(values)
    assert (low, high) == tuple(quantile_test(values, q=0, p=0.5).confidence_interval(0.95))
    d = int(np.searchsorted(np.sort(values), low)) + 1
    assert 2 * binom.cdf(d - 1, n, 0.5) <= 0.05 < 2 * binom.cdf(d, n, 0.5)


def test_five_people_have_no_interval() -> None:
    """The outermost of five miss the median in 6 %."""
    assert median_interval(np.arange(5.0)) == (-math.inf, math.inf)


def test_figures_are_their_definitions() -> None:
    """On an unbalanced panel: scipy over all rows and by person, and the jackknife by deleting people."""
    panel = generate_panel(World(14), 4)
    x = panel.recorded_share
    rows = panel.observed(x)
    found = rank_correlations(panel.y, x, rows, panel.person_index)
    assert found is not None
    whole = spearmanr(x[rows], panel.y[rows]).statistic
    own = [spearmanr(x[k, rows[k]], panel.y[k, rows[k]]).statistic for k in range(14) if rows[k].sum() >= MIN_ROWS]
    left = [spearmanr(np.delete(x, k, 0)[kept], np.delete(panel.y, k, 0)[kept]).statistic
            for k in range(14) for kept in (np.delete(rows, k, 0),)]  # fmt: skip
    reach = 2.1603687 * math.sqrt(13 / 14 * sum((rho - whole) ** 2 for rho in left))  # t(13), 97.5 %
    assert found.pooled == pytest.approx(whole, abs=1e-12)
    assert (found.pooled_low, found.pooled_high) == pytest.approx((whole - reach, whole + reach), abs=1e-7)
    assert found.within == pytest.approx(np.median(own), abs=1e-12)
    assert (found.n_people, found.n_rows) == (14, rows.sum())
    assert (found.n_people_within, found.n_rows_within) == (14, rows.sum())


def test_an_estimate_carries_the_ranks_of_its_rows() -> None:
    """The rows are those of the figure on the share of the preceding period."""
    panel = generate_panel(World(12), 1)
    found, of_period = estimate_throughput(panel, n_permutations=9), fit_within(panel, panel.recorded_share)
    assert found is not None
    assert found.ranks is not None
    assert of_period is not None
    assert (found.ranks.n_people, found.ranks.n_rows) == (12, of_period.base.rows[0].sum())
    assert found.ranks.n_rows < found.rows


def test_the_report_shows_both_and_says_simpson() -> None:
    """JSON and table hold the figures, the note a sentence where the flag is up, and the grade is what it was."""
    world = World(25, busiest_first=True)
    seed = next(s for s in range(9) if run_trial(Job(RankedWorld(world), 0, s)).flags["simpson"])
    verdict = throughput_verdict(generate_panel(world, seed), n_permutations=0)
    result = throughput_result(verdict)
    assert verdict.estimates is not None
    assert verdict.estimates.ranks is not None
    assert result.ranks == verdict.estimates.ranks
    assert result.ranks.simpson
    table = ranks_table([result])
    assert [row[0] for row in table.rows] == ["pooled over all rows", "within people, median"]
    assert table.rows[0][1].startswith(f"{result.ranks.pooled:+.2f} (")
    assert table.note.startswith("Pooled, a higher share goes with more output; within people")
    calm = throughput_result(
        throughput_verdict(generate_panel(World(25, truth="recorded", effect=0.5), 1), n_permutations=0)
    )
    assert "Simpson" not in ranks_table([calm]).note
    assert ranks_table([]).rows == ()


def test_a_planted_paradox_is_flagged() -> None:
    """Busy people mark more, and each produces less when marking more: up pooled, down within; said so."""
    found = told(*table(between=1.0, within=-0.5))
    assert found.pooled_low > 0 > found.within_high
    assert found.simpson
    assert simpson_sentence(found).endswith("within people it is the other way round (Simpson).")
    unsure = structs.replace(found, pooled_low=-0.1)
    assert (
        simpson_sentence(unsure)
        == "Pooled and within people differ: within, the sign is the other one (Simpson). Neither is graded."
    )
    mirrored = told(*table(between=-1.0, within=0.5))
    assert mirrored.simpson
    assert simpson_sentence(mirrored).startswith("Pooled, a higher share goes with less output")


def test_association_between_people_only_is_flagged() -> None:
    """Nothing goes together within people: the pooled link is shown to be of people, and not said to be reversed."""
    found = told(*table(between=1.0, within=0.0, seed=1))
    assert found.within_low <= 0 <= found.within_high
    assert found.simpson
    assert simpson_sentence(found).endswith("within people no such link is seen (Simpson).")


def test_associations_of_one_sign_are_not_flagged() -> None:
    """Both up, however unlike in size, is no paradox; neither is a link within people that the pooled one dilutes."""
    assert not told(*table(between=1.0, within=0.4)).simpson
    assert not told(*table(between=0.0, within=0.4)).simpson


@pytest.mark.parametrize(
    ("pooled", "within", "simpson"),
    [
        ((0.3, 0.1, 0.5), (-0.2, -0.3, -0.1), True),
        ((0.3, 0.1, 0.5), (0.0, -0.2, 0.2), True),
        ((0.3, 0.1, 0.5), (0.1, -0.2, 0.4), False),  # it may be the same
        ((0.3, -0.1, 0.5), (-0.3, -0.4, 0.1), False),  # neither has a sign
        ((0.1, -0.1, 0.3), (-0.3, -0.4, -0.2), True),
        ((0.1, -0.4, 0.6), (-0.3, -0.4, -0.2), False),
        ((0.1, -0.1, 0.3), (0.5, 0.4, 0.6), False),  # same side, too weak for a sign
        ((-0.3, -0.5, -0.1), (0.0, -0.2, 0.2), True),
    ],
)
def test_simpson_rule_by_hand(
    pooled: tuple[float, float, float], within: tuple[float, float, float], *, simpson: bool
) -> None:
    """One row a case of the docstring; turning both round turns nothing."""
    assert differ_in_sign(pooled, within) is simpson
    flipped = [(-value, -high, -low) for value, low, high in (pooled, within)]
    assert differ_in_sign(*flipped) is simpson


def test_simpson_flag_finds_confounding_and_not_noise() -> None:
    """On 100 histories each: no more than 5 % without an effect, no fewer than 60 % confounded (exact tests at 1 %)."""
    fired = []
    for world in (World(25), World(25, busiest_first=True)):
        panels = [generate_panel(world, seed).select_eligible() for seed in range(100)]
        found = [rank_correlations(p.y, p.recorded_share, p.observed(p.recorded_share), p.person_index) for p in panels]
        fired.append(sum(f.simpson for f in found if f is not None))
    assert binom.sf(fired[0] - 1, 100, 0.05) >= 0.01
    assert binom.cdf(fired[1], 100, 0.60) >= 0.01


def test_a_share_that_never_moves_says_nothing_within() -> None:
    """Such people, those with a constant outcome and those with four rows count pooled alone; below six, None."""
    y, share = table(between=1.0, within=-0.5)
    rows = np.ones(y.shape, dtype=bool)
    share[0], y[1] = 0.0, 7.0
    rows[2, MIN_ROWS - 1 :] = False
    found = rank_correlations(y, share, rows, np.arange(PEOPLE))
    assert found is not None
    assert (found.n_people, found.n_people_within) == (PEOPLE, PEOPLE - 3)
    assert (found.n_rows, found.n_rows_within) == (rows.sum(), (PEOPLE - 3) * PERIODS)
    share[3:7] = 1.0
    assert rank_correlations(y, share, rows, np.arange(PEOPLE)) is None


def test_single_person_has_no_ranks() -> None:
    """One person, in one row or in twelve stretches, and an empty panel."""
    y, share = table(between=1.0, within=0.5)
    assert rank_correlations(y[:1], share[:1], np.ones((1, PERIODS), dtype=bool), np.arange(1)) is None
    assert rank_correlations(y, share, np.ones(y.shape, dtype=bool), np.zeros(PEOPLE, dtype=int)) is None
    assert rank_correlations(y, share, np.zeros(y.shape, dtype=bool), np.arange(PEOPLE)) is None


def test_nobody_is_compared_across_a_cut() -> None:
    """Output doubles at a change of landing while shares rise, else nothing: within people the cut takes it out."""
    panel = generate_panel(World(12, late_joiners=False), 5)
    rng = np.random.default_rng(1)
    later = np.arange(len(panel.periods)) >= 13
    y = rng.poisson(np.where(later, 40.0, 10.0), panel.y.shape).astype(float)
    ai = rng.binomial(y.astype(int), np.where(later, 0.7, 0.3)).astype(float)
    names = tuple(f"{k:02}" for k in range(len(later)))
    whole = type(panel)(panel.people, names, y, ai, y.copy(), y > 0, 12)
    plain, cut = (
        rank_correlations(p.y, p.recorded_share, p.observed(p.recorded_share), p.person_index)
        for p in (whole, split_by_regimes(whole, [names[14]]))
    )
    assert plain is not None
    assert cut is not None
    assert plain.within > 0.4
    assert abs(cut.within) < 0.2
    assert cut.n_people_within == 12
    assert cut.pooled == pytest.approx(plain.pooled)
