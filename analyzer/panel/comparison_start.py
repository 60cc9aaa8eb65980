"""Where the comparison begins: one year before marks appear for good.

Years without a mark say nothing about marks. They only stretch people's spans, until hardly two people have similar
ones and nothing can be permuted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats

# Days before the first sustained mark that enter the comparison.
DAYS_BEFORE = 364
# A mark is sustained if marks occur in half of the periods of the 24 weeks that begin with it. Where the history ends
# earlier, the missing periods count as without: the last mark of a sporadic history would begin it anew otherwise.
_SUSTAINED_DAYS, _MIN_MARKED_PERIODS = 168, 0.5


def first_sustained_mark(ai: Floats, days: int) -> int | None:
    """Return the period of the first sustained mark; without one, that of the first mark; None without marks.

    Parameters
    ----------
    ai : (A, P) marked changes of each cell.
    days : length of a period.
    """
    marked = np.nan_to_num(ai).sum(axis=0) > 0
    if not marked.any():
        return None
    window = max(1, round(_SUSTAINED_DAYS / days))
    for period in np.flatnonzero(marked):
        if marked[period : period + window].sum() >= _MIN_MARKED_PERIODS * window:
            return int(period)
    return int(np.argmax(marked))


def first_compared_period(ai: Floats, days: int) -> int:
    """Return the first period of the comparison, 0 where nothing is marked."""
    first = first_sustained_mark(ai, days)
    return 0 if first is None else max(0, first - round(DAYS_BEFORE / days))
