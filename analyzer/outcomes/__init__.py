"""units → outcomes: what is measured of each merged change.

A new measure is one file here and one line in `MEASURES`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.outcomes.churn import CHURN, REWRITTEN
from analyzer.outcomes.composition import COMPLEXITY, COPIED, NEW_FILES, SIZE, TESTS
from analyzer.outcomes.delivery import BATCH_SIZE, COMMITS, FUNCTIONS, LEAD_TIME, RELEASED
from analyzer.outcomes.follow_ups import FOLLOW_UP_LINES, FOLLOW_UPS, UNDONE
from analyzer.outcomes.reverts import REVERTS
from analyzer.outcomes.throughput import THROUGHPUT

if TYPE_CHECKING:
    from analyzer.outcomes.base import Measure

MEASURES: tuple[Measure, ...] = (
    THROUGHPUT,
    FOLLOW_UPS,
    FOLLOW_UP_LINES,
    REVERTS,
    UNDONE,
    *CHURN,
    REWRITTEN,
    LEAD_TIME,
    RELEASED,
    TESTS,
    COPIED,
    COMPLEXITY,
    NEW_FILES,
    BATCH_SIZE,
    FUNCTIONS,
    COMMITS,
    SIZE,
)
