"""Size, power and coverage of the defects estimate on simulated teams."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from analyzer.inference.defects import Defects, estimate_defects
from tests.simulated.defects import AdoptingTeam, follow_up_table
from tests.sizes import sized

# About 117 marks of 12 people with four changes per four weeks, and 124 marks of 25 people with three.
SMALL = {"people": 12, "pace": 4.0, "marks": 0.085}
LARGE = {"people": 25, "pace": 3.0, "marks": 0.057}


def estimates(team: AdoptingTeam, trials: int, seed: int) -> list[Defects | None]:
    """Return the estimates of simulated histories."""
    draw = np.random.default_rng(seed)
    return [estimate_defects(team.changes(draw)) for _ in range(trials)]


@pytest.mark.slow
@sized(200, 1000)
@pytest.mark.parametrize(
    "threat",
    [
        {},
        {"season": 0.4},
        {"season": 0.4, "periods": 65, "marks": 0.03},
        {"trend": 1.0},
        {"trend": -1.0},
        {"late": 1.0},
        {"drift": 0.15},
        {"base_spread": 1.2, "pace_spread": 1.0},
        {"base": 0.03},
        {"marks": 0.02},
    ],
    ids=str,
)
def test_no_difference_is_rarely_significant(threat: dict[str, float], trials: int) -> None:
    """At most 5 % of histories in which the mark does nothing: seasons, trends, late joiners, drift, rare events."""
    team = AdoptingTeam(**{**SMALL, **threat})  # type: ignore[arg-type]
    significant = sum(e is not None and e.p < 0.05 for e in estimates(team, trials, 11))
    assert binom.sf(significant - 1, trials, 0.05) >= 0.01


@pytest.mark.slow
@sized(200, 1000)
@pytest.mark.parametrize(
    ("people", "ratio", "least"), [(12, 1.5, 0.3), (12, 2.0, 0.8), (12, 3.0, 0.95), (25, 2.0, 0.85), (25, 3.0, 0.97)]
)
def test_planted_ratio_is_detected_and_covered(people: int, ratio: float, least: float, trials: int) -> None:
    """With few marks: the share of histories in which it is significant, and whose interval holds it."""
    size = SMALL if people == SMALL["people"] else LARGE
    team = AdoptingTeam(**size, ratio=ratio)  # type: ignore[arg-type]
    drawn = estimates(team, trials, 12)
    detected = sum(e is not None and e.low > 1 for e in drawn)
    covered = sum(e is not None and e.low <= ratio <= e.high for e in drawn)
    assert binom.cdf(detected, trials, least) >= 0.01
    assert binom.cdf(covered, trials, 0.93) >= 0.01


@pytest.mark.slow
@sized(150, 600)
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_smallest_detectable_ratio_is_detected(size: dict[str, float], trials: int) -> None:
    """The median smallest ratio of histories without a difference is detected four times in five where it is true."""
    without = [e for e in estimates(AdoptingTeam(**size), 60, 13) if e]  # type: ignore[arg-type]
    smallest = float(np.median([e.smallest_detectable for e in without]))
    assert 1.4 < smallest < 2.6
    team = AdoptingTeam(**size, ratio=smallest)  # type: ignore[arg-type]
    detected = sum(e is not None and e.low > 1 for e in estimates(team, trials, 14))
    assert binom.cdf(detected, trials, 0.75) >= 0.01
    assert binom.sf(detected - 1, trials, 0.88) >= 0.01


def test_many_marks_detect_small_ratios() -> None:
    """Half of the changes marked, 18 people: the smallest detectable ratio is that of a large sample."""
    draw = np.random.default_rng(3)
    without = [e for _ in range(20) if (e := estimate_defects(follow_up_table(18, 1.0, draw)))]
    smallest = float(np.median([e.smallest_detectable for e in without]))
    assert 1.2 < smallest < 1.8
