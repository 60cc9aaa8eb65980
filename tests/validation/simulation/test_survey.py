"""Surveys of simulated teams: intervals cover, and every change has the same chance to be drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from analyzer.survey.sampling import MARKED, UNMARKED, assign_strata, draw_sample
from tests.simulated.survey import Team, simulated_survey, units
from tests.sizes import sized


def few(covered: int, trials: int) -> bool:
    """Whether an exact one-sided test at 1 % rejects that 93 % are covered."""
    return bool(binom.cdf(covered, trials, 0.93) < 0.01)


@pytest.mark.slow
@sized(60, 300)
@pytest.mark.parametrize(
    "team",
    [
        Team(0.05),
        Team(0.2),
        Team(0.5),
        Team(0.8),
        Team(0.35, precision=0.9, both=0.3, answer=(0.7, 0.7)),
        Team(0.5, recall=0.0),
        Team(0.3, recall=0.3, precision=0.3),  # marks that mislead do not bias
    ],
)
def test_the_interval_covers(team: Team, trials: int) -> None:
    """Over simulated histories, where those who answer are like those who do not."""
    rng = np.random.default_rng(7)
    covered, worst, widths, plain = 0, 0, 0.0, 0.0
    for _ in range(trials):
        truth, found, alone = simulated_survey(team, rng)
        assert found.share is not None
        assert alone.share is not None
        covered += found.share.low <= truth <= found.share.high
        worst += found.bounds[0] <= truth <= found.bounds[1]
        widths += found.share.high - found.share.low
        plain += alone.share.high - alone.share.low
    assert not few(covered, trials)
    assert not few(worst, trials)
    if team in (Team(0.2), Team(0.5), Team(0.8)):  # marks of recall .7 and precision 1
        assert widths / plain < 0.7
    if team.precision < 0.5:
        assert widths / plain < 1.1


@pytest.mark.slow
@sized(30, 100)
def test_bounds_hold_under_selective_non_response(trials: int) -> None:
    """Where users of AI answer half as often, the interval misses and the bounds do not."""
    rng = np.random.default_rng(8)
    inside = covered = 0
    for _ in range(trials):
        truth, found, _ = simulated_survey(Team(0.5, recall=0.2, answer=(0.95, 0.5)), rng)
        inside += found.bounds[0] <= truth <= found.bounds[1]
        covered += found.share is not None and found.share.low <= truth <= found.share.high
    assert inside >= 0.99 * trials
    assert covered < 0.5 * trials


def test_changes_of_a_stratum_are_drawn_equally() -> None:
    """Drawn over and over; and each draw has all sizes and periods."""
    rng, table = np.random.default_rng(3), units(np.arange(60) % 6 == 0)
    lines = pd.Series(np.arange(60)[::-1], index=table["merged_change"])
    drawn = [draw_sample(table, lines, 24, rng) for _ in range(600)]
    times = pd.concat(drawn)["merged_change"].value_counts().reindex(table["merged_change"]).fillna(0)
    chance = times / len(drawn)
    for name in (MARKED, UNMARKED):
        own = chance[(assign_strata(table) == name).to_numpy()]
        expected = float((drawn[0]["stratum"] == name).sum()) / len(own)
        assert own.sub(expected).abs().max() < 4 * np.sqrt(expected / len(drawn))
    for sheet in drawn[:50]:
        sizes = lines.reindex(sheet["merged_change"]) // 20
        assert sizes.value_counts().reindex(range(3)).min() >= 5
