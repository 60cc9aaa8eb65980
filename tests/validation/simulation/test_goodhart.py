"""Tests of gaming on simulated histories: each trick is found where it was planted, and none where nothing was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analyzer.inference.goodhart import flag_gaming
from validation.gaming_worlds import TRICKS, GamedWorld, Trick, gaming_inputs

if TYPE_CHECKING:
    from analyzer.inference.results import GoodhartFlag


def flags(world: GamedWorld, seed: int) -> dict[str, GoodhartFlag]:
    """Every flag on one simulated history."""
    return {flag.variant: flag for flag in flag_gaming(gaming_inputs(world, seed), announced=True).flags}


@pytest.mark.parametrize("trick", TRICKS)
def test_planted_gaming_is_flagged(trick: Trick) -> None:
    """In five of six histories of 25 people and two years at least (`make gates` runs 300)."""
    hits = sum(flags(GamedWorld(trick), seed)[trick].flagged is True for seed in range(6))
    assert hits >= 5


def test_honest_histories_are_not_flagged() -> None:
    """Longer marked changes, adoption and a target that nobody minds: at most one flag in ten histories."""
    found = [flag for seed in range(10) for flag in flags(GamedWorld(), seed).values()]
    assert sum(flag.flagged is True for flag in found) <= 1
    assert all(flag.flagged is not None for flag in found)
