"""Which days a scheduled run reports on: its own, and the ends of periods that no run saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analyzer.fleet.periods import FREQUENCY

if TYPE_CHECKING:
    from collections.abc import Sequence

# Older gaps stay: a run that fills a year of weeks is no weekly run.
MOST_FILLED = 6


def due(earlier: Sequence[str], as_of: str, every: str) -> list[str]:
    """Last days of whole periods after the newest earlier run and before `as_of`, oldest first, then `as_of`.

    The first run fills nothing. A period that a run saw on any of its days is not missed.
    """
    known = sorted(day for day in earlier if day < as_of)
    if not known:
        return [as_of]
    frequency = FREQUENCY[every]
    first, last = pd.Period(known[-1], freq=frequency) + 1, pd.Period(as_of, freq=frequency) - 1
    missed = [str(period.end_time.date()) for period in pd.period_range(first, last, freq=frequency)]
    return [*missed[-MOST_FILLED:], as_of]
