"""Checks of what looks like an effect: each fails in a history made for it, and a true lasting adoption passes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analyzer.inference.checks.threats import change_size, check_threats, earlier_share, fading_periods, leavers
from analyzer.inference.grading.rules import holds_beyond_trends
from analyzer.inference.grading.throughput import throughput_verdict
from analyzer.inference.jackknife import Interval, jackknife_interval
from analyzer.inference.models import PPML
from analyzer.inference.throughput import beyond_trends, fit_within, timing_placebo
from analyzer.panel import Panel, active_spans, block_number, lagged, panel_from_changes
from analyzer.panel.past_share import past_share
from analyzer.simulation.panels import World, generate_panel
from tests.panels import brute, planted
from validation.job import Job
from validation.judges import run_trial
from validation.threat_worlds import Threat, ThreatWorld, threatened_panel
from validation.worlds import changes_from_panel

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats

# Histories of 25 people in which output and AI share go together, by what makes them: threat, seed and check. In other
# histories nothing goes together, so there is nothing to check.
ASSOCIATED: list[tuple[Threat, int, str]] = [
    *(("anticipation", seed, "earlier_share") for seed in (0, 3, 5, 7, 8, 9)),
    *(("quiet-cycles", seed, "earlier_share") for seed in (0, 22, 37)),
    *(("busy-cycles", seed, "earlier_share") for seed in (2, 3, 4, 5, 7)),
    *(("cutting", seed, "change_size") for seed in (0, 1, 5, 7)),
]


def eligible(threat: Threat, seed: int, effect: float = 0.0) -> Panel:
    """The panel that the verdict is about."""
    return threatened_panel(ThreatWorld(threat, 25, effect), seed).from_comparison_start().select_eligible()


def association(panel: Panel) -> Interval:
    """The coefficient within people, where it has an interval."""
    fit = fit_within(panel, panel.treatment)
    assert fit is not None
    return fit.beta


def failed_checks(panel: Panel) -> set[str]:
    """Ids of the checks that fail."""
    return {c.id for c in check_threats(panel, association(panel), PPML) if c is not None and c.passed is False}


@pytest.mark.parametrize(("threat", "seed", "check"), ASSOCIATED)
def test_planted_threat_fails_its_check(threat: Threat, seed: int, check: str) -> None:
    """There is an association, and its check says that it need not be one of AI."""
    panel = eligible(threat, seed)
    assert association(panel).excludes_zero
    assert check in failed_checks(panel)


@pytest.mark.parametrize(("threat", "seed", "check"), ASSOCIATED[::4])
def test_planted_threat_is_graded_says_little_at_most(threat: Threat, seed: int, check: str) -> None:
    """Even with everything else for it; the judge of the gates says which check failed."""
    trial = run_trial(Job(ThreatWorld(threat, 25), 199, seed))
    assert trial.flags[check] is True
    assert trial.flags["above"] is False


@pytest.mark.parametrize("seed", [11, 15, 26, 38, 39])
def test_growth_that_is_tied_to_adoption_ends_beyond_trends(seed: int) -> None:
    """Within people there is an association, beyond their own trends there is none, and the sentence says so."""
    panel = threatened_panel(ThreatWorld("strong-growth", 25), seed)
    graded = throughput_verdict(panel, n_permutations=199, seed=seed)
    assert graded.estimates is not None
    assert graded.findings is not None
    assert graded.estimates.within.beta.excludes_zero
    assert not holds_beyond_trends(graded.findings)
    if graded.grade == "says_little":
        assert "People who grew may have taken AI up" in graded.sentence


def test_earlier_share_of_a_lasting_adoption_passes_in_half_of_the_histories() -> None:
    """+50 % of a use that lasts: the other checks always pass; the share a period earlier is noisier."""
    passed = []
    for seed in range(20):
        panel = eligible("none", seed, 0.5)
        if (within := association(panel)).excludes_zero:
            passed.append([c.passed for c in check_threats(panel, within, PPML) if c is not None])
    assert len(passed) >= 12
    earlier, *others = zip(*passed, strict=True)
    assert all(map(all, others))
    assert sum(earlier) >= 0.4 * len(earlier)


@pytest.mark.parametrize("seed", [0, 9, 12, 13, 16])
def test_lasting_adoption_that_acts_passes(seed: int) -> None:
    """+50 % of a use that lasts: no check fails, timing included, and the figure holds beyond trends."""
    panel = eligible("none", seed, 0.5)
    assert association(panel).excludes_zero
    checks = check_threats(panel, association(panel), PPML)
    assert [c.passed for c in checks if c is not None] == [True, True, True]
    timing = timing_placebo(panel, PPML)
    assert timing is not None
    assert timing.passed is True
    beyond = beyond_trends(panel, PPML)
    assert beyond is not None
    assert beyond.change > 0


def test_busy_periods_that_use_more_fail_the_timing() -> None:
    """Busy periods raise use in the same period, and nothing else: most of the histories say so."""
    fired = []
    for seed in range(8):
        timing = timing_placebo(generate_panel(World(25, truth="reverse", effect=0.6), seed).select_eligible(), PPML)
        assert timing is not None
        fired.append(timing.passed is False)
    assert sum(fired) >= 6


def faded(seed: int) -> Panel:
    """Nothing acts, but ten busy people leave half-way: they merge less and mark nothing for their last 24 weeks."""
    panel = planted(seed, 0.0)
    rng = np.random.default_rng(seed)
    y, ai = panel.y.copy(), rng.binomial(panel.y.astype(int), 0.6).astype(float)
    ai[10:] = panel.ai[10:]
    for person in range(10):
        last = 13 + person // 2
        y[person, last - 5 : last + 1] = 1 + rng.binomial(y[person, last - 5 : last + 1].astype(int), 0.2)
        ai[person, last - 6 : last + 1] = 0.0
        y[person, last + 1 :] = ai[person, last + 1 :] = 0.0
    return replace(panel, y=y, ai=ai, n=y.copy(), span=active_spans(y > 0))


@pytest.mark.parametrize("seed", range(4))
def test_people_who_fade_out_fail_the_check(seed: int) -> None:
    """Output and share fall together in people who leave: without their last 24 weeks nothing remains."""
    panel = faded(seed)
    beta = association(panel)
    assert beta.low > 0
    check = leavers(panel, beta, PPML)
    assert check is not None
    assert check.passed is False
    assert check.value is not None
    assert check.value < 0.5 * beta.point
    assert "leavers" in failed_checks(panel)


def test_fading_periods_by_hand() -> None:
    """The last six periods of people who are gone for three periods or more; a short stay is cut as far as it goes."""
    y = np.ones((5, 20))
    y[0, 16:] = 0  # last change in period 15, four periods without
    y[1, 17:] = 0  # three without
    y[2, 18:] = 0  # two without: still here
    y[3, :3] = y[3, 6:] = 0  # three periods long
    panel = Panel(tuple("abcde"), tuple(map(str, range(20))), y, 0 * y, y, active_spans(y > 0), 5)
    cut = fading_periods(panel)
    assert [np.flatnonzero(row).tolist() for row in cut] == [
        [10, 11, 12, 13, 14, 15],
        [11, 12, 13, 14, 15, 16],
        [],
        [3, 4, 5],
        [],
    ]
    weekly = np.repeat(y, 4, axis=1)
    by_week = replace(panel, y=weekly, ai=0 * weekly, n=weekly, span=active_spans(weekly > 0), days=7)
    weeks = fading_periods(by_week)
    assert weeks[0].sum() == 24
    assert np.flatnonzero(weeks[0])[-1] == 63
    assert weeks[2].sum() == 0


def test_fading_periods_of_a_person_with_several_rows() -> None:
    """Whoever has a later row is not gone; who is gone fades in every row that reaches into the last 24 weeks."""
    y = np.ones((3, 20))
    y[0, 9:] = 0
    y[1, :9] = 0
    y[2, 12:] = 0
    span = active_spans(y > 0)
    here = Panel(tuple("aab"), tuple(map(str, range(20))), y, 0 * y, y, span, 2, person_of_row=np.array([0, 0, 1]))
    assert [row.sum() for row in fading_periods(here)] == [0, 0, 6]
    span[1, 12:] = False
    gone = fading_periods(replace(here, span=span))
    assert [np.flatnonzero(row).tolist() for row in gone] == [[6, 7, 8], [9, 10, 11], [6, 7, 8, 9, 10, 11]]


def test_checks_are_the_regressions_they_say() -> None:
    """The share one period earlier, and the rows without fading people, in the model with every dummy."""
    panel = faded(1).take(np.arange(4, 16))
    beta = association(panel)
    earlier = earlier_share(panel, beta, PPML)
    share = lagged(past_share(panel.ai, panel.n, 1.5), 2)
    rows = panel.span & np.isfinite(share)
    assert earlier is not None
    assert earlier.value == pytest.approx(brute(panel.y, rows, np.nan_to_num(share))[0], abs=1e-6)
    check = leavers(panel, beta, PPML)
    rows, x = panel.in_sample & ~fading_periods(panel), np.nan_to_num(panel.treatment)
    assert check is not None
    assert check.value == pytest.approx(brute(panel.y, rows, x)[0], abs=1e-6)
    refits = [brute(np.delete(panel.y, a, 0), np.delete(rows, a, 0), np.delete(x, a, 0))[0] for a in range(12)]
    expected = jackknife_interval(check.value or 0.0, np.array(refits))
    assert (check.low, check.high) == pytest.approx((expected.low, expected.high), abs=1e-5)


def test_nobody_gone_leaves_the_association() -> None:
    """Where nobody left there is nothing to cut, and the check passes on the association itself."""
    panel = planted(1, 0.5)
    beta = association(panel)
    check = leavers(panel, beta, PPML)
    assert check is not None
    assert (check.value, check.low, check.high, check.passed) == (beta.point, beta.low, beta.high, True)


def test_checks_need_an_association() -> None:
    """An interval with 0 in it has nothing to check; unknown sizes leave one check out."""
    panel = planted(1, 0.5)
    assert check_threats(panel, Interval(0.1, 0.1, -0.1, 0.3, 24), PPML) == ()
    checks = check_threats(panel, association(panel), PPML)
    assert [c and c.id for c in checks] == ["earlier_share", "leavers", None]
    flat = replace(panel, relative_size=np.zeros_like(panel.y))
    assert change_size(flat, association(panel)) is None


def sized(panel: Panel, slope: float, noise: float) -> Panel:
    """The panel with log sizes that move with the treatment by `slope`."""
    rng = np.random.default_rng(3)
    size: Floats = slope * np.nan_to_num(panel.treatment) + rng.normal(0, noise, panel.y.shape)
    return replace(panel, relative_size=size)


@pytest.mark.parametrize(
    ("slope", "noise", "passed"),
    [
        (0.0, 0.2, True),
        (0.5, 0.02, True),  # changes get longer
        (-0.2, 0.02, False),  # a significant part is the same work, cut finer
        (-0.2, 1.5, True),  # a small part, and not significant
        (-2.0, 0.2, False),  # more than half
        (-2.0, 4.0, False),  # more than half counts without significance
    ],
)
def test_size_of_changes_by_hand(slope: float, noise: float, passed: bool) -> None:
    """An association of 1.1: it fails if sizes fall with the share significantly, or by half of it or more."""
    panel = planted(1, 0.5)
    beta = Interval(1.1, 0.2, 0.7, 1.5, 24)
    check = change_size(sized(panel, slope, noise), beta)
    assert check is not None
    assert check.passed is passed
    mirrored = change_size(sized(panel, -slope, noise), Interval(-1.1, 0.2, -1.5, -0.7, 24))
    assert mirrored is not None
    assert mirrored.passed is passed or noise > 1


def test_relative_size_by_hand() -> None:
    """Mean log of lines per change, net of the person's mean for the same mark; longer marked changes do not show."""
    changes = changes_from_panel(generate_panel(World(4, periods=14), 5), 5, verbose=3.0)
    panel = panel_from_changes(changes)
    assert panel.relative_size is not None
    kind = changes["person"] + (changes["ai"] > 0).astype(str) + (changes["ai"] >= 1).astype(str)
    size = changes["lines_added"].astype(float).map(math.log1p)
    net = size - size.groupby(kind).transform("mean")
    block = block_number(changes["merged"], 28)
    direct = net.groupby([changes["person"], block]).mean()
    filled = np.isfinite(panel.relative_size)
    assert sorted(direct) == pytest.approx(sorted(panel.relative_size[filled]), abs=1e-9)
    assert (filled == (panel.y > 0)).all()
    assert (np.nan_to_num(panel.relative_size) * panel.y).sum(axis=1) == pytest.approx(np.zeros(4), abs=1e-9)
