"""Days that a scheduled run reports on: its own, and the last day of every period without a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analyzer.fleet.periods import FREQUENCY

if TYPE_CHECKING:
    from collections.abc import Sequence

# Older gaps stay open, so that a weekly run never has to make up for a whole year.
MAX_FILLED_PERIODS = 6


def due_days(run_days: Sequence[str], as_of: str, every: str) -> list[str]:
    """Return the last day of every whole period since the newest earlier run, oldest first, followed by `as_of`.

    The first run fills no gaps. A period with a run on any of its days is not missed.
    """
    previous_runs = sorted(day for day in run_days if day < as_of)
    if not previous_runs:
        return [as_of]
    frequency = FREQUENCY[every]
    first, last = pd.Period(previous_runs[-1], freq=frequency) + 1, pd.Period(as_of, freq=frequency) - 1
    missed = [str(period.end_time.date()) for period in pd.period_range(first, last, freq=frequency)]
    return [*missed[-MAX_FILLED_PERIODS:], as_of]
