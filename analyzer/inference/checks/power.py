"""Power of this very history: the smallest detectable effect by number of people, from its own variance.

With the same months and people who vary alike, the standard error falls with the root of their number.
"""

from __future__ import annotations

import math

from analyzer.inference.jackknife import smallest_detectable_effect
from analyzer.inference.linalg.log_change import relative_change

# Beyond this number of people a figure is of no use to anybody.
MAX_PEOPLE = 1_000


def smallest_detectable_by(smallest: float, people: int, others: int) -> float:
    """Return the smallest detectable effect if `others` people were compared instead of `people`, all alike.

    Effects are relative changes (0.3 = 30 %), on the same scale in and out; NaN with fewer than two people.
    """
    if people < 2 or others < 2 or not smallest > 0:
        return math.nan
    per_person = math.log1p(smallest) / smallest_detectable_effect(1.0, people - 1) * math.sqrt(people)
    return relative_change(per_person / math.sqrt(others) * smallest_detectable_effect(1.0, others - 1))


def people_needed(smallest: float, people: int, effect: float) -> int | None:
    """Return how many such people would detect `effect` four times in five; None above a thousand."""
    needed = (n for n in range(2, MAX_PEOPLE + 1) if smallest_detectable_by(smallest, people, n) <= effect)
    return next(needed, None)
