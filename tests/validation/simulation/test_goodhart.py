"""Tests of gaming on simulated histories: each trick is found where it was planted, and none where nothing was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analyzer.inference.goodhart import flag_gaming
from validation.gaming_worlds import TRICKS, UNMARKED, GamedWorld, Trick, gaming_inputs

if TYPE_CHECKING:
    from analyzer.inference.results import GoodhartFlag


def flags(world: GamedWorld, seed: int) -> dict[str, GoodhartFlag]:
    """Every flag on one simulated history."""
    return {flag.variant: flag for flag in flag_gaming(gaming_inputs(world, seed), announced=True).flags}


@pytest.mark.parametrize("trick", TRICKS)
def test_planted_gaming_is_flagged(trick: Trick) -> None:
    """In four of six histories of 25 people and two years at least (`make gates` runs 300)."""
    hits = sum(flags(GamedWorld(trick), seed)[trick].flagged is True for seed in range(6))
    assert hits >= 4


def test_honest_histories_are_not_flagged() -> None:
    """Longer marked changes, adoption and a target that nobody minds: at most one flag in ten histories."""
    found = [flag for seed in range(10) for flag in flags(GamedWorld(), seed).values()]
    assert sum(flag.flagged is True for flag in found) <= 1
    assert all(flag.flagged is not None for flag in found)


@pytest.mark.exhaustive
@pytest.mark.parametrize("effect", [0.0, 0.5])
@pytest.mark.parametrize("announced", [True, False])
def test_partial_disclosure_is_not_gaming(effect: float, announced: bool) -> None:
    """Half of the AI changes are unmarked, in every way that we simulate: at most one test in fifty fires."""
    worlds = [GamedWorld(unmarked=unmarked, effect=effect, announced=announced) for unmarked in UNMARKED]
    fired = [flag.diverges for world in worlds for seed in range(6) for flag in flags(world, seed).values()]
    assert sum(f is True for f in fired) <= len(fired) / 50
    assert sum(f is None for f in fired) <= len(fired) / 2
