"""What the defects estimate could have shown it does show."""

from __future__ import annotations

import numpy as np

from analyzer.inference.defects import estimate_defects
from tests.simulated.defects import follow_up_table


def test_smallest_detectable_ratio_is_detected() -> None:
    """The median smallest ratio of quiet histories is found at least three times in four where it is true.

    Four in five is what is promised; with 150 histories three in four is what chance leaves of that.
    """
    draw = np.random.default_rng(3)
    quiet = [found for _ in range(60) if (found := estimate_defects(follow_up_table(18, 1.0, draw)))]
    smallest = float(np.median([found.smallest_detectable for found in quiet]))
    assert 1.2 < smallest < 3
    acting = [found for _ in range(150) if (found := estimate_defects(follow_up_table(18, smallest, draw)))]
    assert np.mean([found.p < 0.05 and found.ratio > 1 for found in acting]) >= 0.75
