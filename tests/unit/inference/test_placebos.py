"""Placebos and the tipping point: they find what was planted, and nothing where nothing was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from analyzer.inference.checks.placebos import influence, negative_control, other_person
from analyzer.inference.checks.tipping_point import tipping_point
from analyzer.inference.grading.throughput import throughput_verdict
from analyzer.inference.jackknife import Interval
from analyzer.inference.models import PPML
from analyzer.inference.resampling.permutation import exchangeable_people
from analyzer.inference.throughput import estimate_throughput
from analyzer.panel import panel_from_changes
from analyzer.simulation.panels import World, generate_panel


@pytest.mark.parametrize("world", [World(10), World(15, truth="recorded", effect=0.5)])
def test_placebo_share_of_another_person_is_quiet(world: World) -> None:
    """With and without an effect of one's own: fires in no more than 5 % (exact test at 1 %, 60 histories)."""
    fired = 0
    for seed in range(60):
        panel = generate_panel(world, seed).select_eligible()
        ran = other_person(panel, exchangeable_people(panel.span), PPML)
        assert ran is not None
        fired += ran.passed is False
    assert binom.sf(fired - 1, 60, 0.05) >= 0.01


def test_placebo_share_that_acts_is_found() -> None:
    """Output that follows the next person's share, and not one's own: it fires."""
    panel = generate_panel(World(12, changes=20, late_joiners=False), 1)
    among = exchangeable_people(panel.span)
    lent = panel.treatment[np.roll(among, -1)]
    y = panel.y.copy()
    y[among] = np.random.default_rng(0).poisson(20 * np.exp(1.5 * np.nan_to_num(lent)))
    ran = other_person(replace(panel, y=y), among, PPML)
    assert ran is not None
    assert ran.passed is False
    assert ran.value == pytest.approx(1.5, abs=0.3)


def test_weekday_placebo_counts_days() -> None:
    """Part of changes from Monday to Wednesday, by hand; a share that goes with it fires."""
    days = pd.to_datetime(["2024-01-01", "2024-01-03", "2024-01-04", "2024-01-07"], utc=True)
    units = pd.DataFrame(
        {"merged_change": list("abcd"), "person": "p", "merged": days, "ai": 0.0, "kind": "squash", "commits": 1}
    )
    early = panel_from_changes(units).early_week
    assert early is not None
    assert early.tolist() == [[0.5]]
    panel = generate_panel(World(12), 2)
    still = np.random.default_rng(1).uniform(size=panel.y.shape)
    quiet = negative_control(replace(panel, early_week=still))
    moved = negative_control(replace(panel, early_week=still / 20 + np.nan_to_num(panel.treatment)))
    assert quiet is not None
    assert moved is not None
    assert (quiet.passed, moved.passed) == (True, False)


def test_leave_one_out_placebo_finds_the_person() -> None:
    """The refit farthest away is shown; it fires where it has the other sign, and says nothing about no sign."""
    found = Interval(0.4, 0.1, 0.2, 0.6, 9)
    calm, turned = influence(found, np.array([0.35, 0.5, 0.4])), influence(found, np.array([0.35, -0.1, 0.4]))
    assert calm is not None
    assert turned is not None
    assert (calm.value, calm.passed, turned.value, turned.passed) == (0.5, True, -0.1, False)
    assert influence(Interval(0.1, 0.1, -0.1, 0.3, 9), np.array([-0.2, 0.1])) is None


def test_tipping_point_grows_with_the_association() -> None:
    """Parts of the unmarked changes, in whole steps; far fewer than would do when placed at random."""
    medians = []
    for effect in (0.2, 1.0):
        found = [
            tipping_point(generate_panel(World(20, truth="recorded", effect=effect), seed), PPML) for seed in range(8)
        ]
        assert None not in found
        medians.append(float(np.median([part for part in found if part is not None])))
    assert 0.01 <= medians[0] < medians[1] <= 0.2
    panel = generate_panel(World(20, truth="recorded", effect=1.0), 0)
    rng = np.random.default_rng(0)
    more = rng.binomial((panel.n - panel.ai).astype(int), 2 * medians[1])
    at_random = estimate_throughput(replace(panel, ai=panel.ai + more), n_permutations=1)
    assert at_random is not None
    assert at_random.within.change > 0


def test_changing_landing_habits_are_not_measurable() -> None:
    """Work cut into 2.5 changes on adoption, and no effect: not measurable, with the reason; gates have the rates.

    The one history of these in which nothing goes with the share has no association that habits could explain.
    """
    said = [
        throughput_verdict(generate_panel(World(25, split_factor=2.5), seed), n_permutations=99, seed=seed)
        for seed in range(6)
    ]
    associated = [v for v in said if v.estimates is not None and v.estimates.within.beta.excludes_zero]
    assert len(associated) == 5
    assert {v.grade for v in associated} == {"unknown_not_measurable"}
    assert {v.slug for v in associated} == {"habit-moves"}
    assert all("commits per change" in v.sentence for v in associated)
    assert {v.grade for v in said if v not in associated} == {"unknown_too_little_history"}


def test_throughput_that_does_not_last_is_misleading() -> None:
    """Throughput rises with the share while the lasting part falls: both tests are needed, and the figures are told."""
    panel = generate_panel(World(25, truth="recorded", effect=0.5), 3)
    rng = np.random.default_rng(5)
    share = np.nan_to_num(panel.treatment)
    grades = []
    for fall in (0.0, 0.6):
        durable = rng.binomial(panel.y.astype(int), 0.9 - fall * share).astype(float)
        verdict = throughput_verdict(replace(panel, durable=durable, with_lines=panel.y), n_permutations=199)
        grades.append(verdict.grade)
        assert verdict.estimates is not None
        assert verdict.estimates.durable is not None
        ratio = verdict.estimates.durable.ratio
        assert ratio is not None
        assert ratio.low <= -0.5 * fall <= ratio.high
    assert grades == ["says_little", "misleading"]
    assert "points" in verdict.sentence
