"""On simulated histories marking is not taken for adoption, nor adoption for marking."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from analyzer.share.disclosure_changes import find_marking_changes
from tests.simulated.disclosure import marking_history
from tests.sizes import sized


@pytest.mark.slow
@sized(8, 40)
def test_marking_is_not_called_adoption_nor_adoption_marking(trials: int) -> None:
    """Of histories of each kind the work tells them apart, or nobody does."""
    rng = np.random.default_rng(6)
    marking = [change.kind for _ in range(trials) for change in find_marking_changes(marking_history(rng))]
    adopting = partial(marking_history, rng, use=(0.1, 0.6), recall=(0.7, 0.7))
    adopted = [change.kind for _ in range(trials) for change in find_marking_changes(adopting())]
    assert marking.count("adoption") <= 0.05 * trials
    assert adopted.count("labelling") <= 0.05 * trials
    assert marking.count("labelling") >= 0.5 * trials
    assert adopted.count("adoption") >= 0.5 * trials
