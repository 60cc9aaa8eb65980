"""merged changes → outcomes: what became of each merged change, and what it is made of.

A new outcome is one file here and one line in `OUTCOMES`. Reports read its texts where numpy and pandas are not loaded,
so that functions import them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.outcomes.churn import CHURN, REWRITTEN
from analyzer.outcomes.composition import COMPLEXITY, COPIED, NEW_FILES, REPEATED, SIZE, TESTS
from analyzer.outcomes.delivery import BATCH_SIZE, COMMITS, FUNCTIONS, LEAD_TIME, RELEASED
from analyzer.outcomes.follow_ups import FOLLOW_UP_LINES, FOLLOW_UPS, HALF_REWRITTEN_OR_REVERTED
from analyzer.outcomes.reverts import REVERTS
from analyzer.outcomes.structure import COMPLEXITY_GROWTH, NEW_COMPLEXITY, TESTED_FUNCTIONS, TESTS_PER_FUNCTION
from analyzer.outcomes.throughput import THROUGHPUT

if TYPE_CHECKING:
    from analyzer.outcomes.base import OutcomeDefinition

OUTCOMES: tuple[OutcomeDefinition, ...] = (
    THROUGHPUT,
    FOLLOW_UPS,
    FOLLOW_UP_LINES,
    REVERTS,
    HALF_REWRITTEN_OR_REVERTED,
    *CHURN,
    REWRITTEN,
    LEAD_TIME,
    RELEASED,
    TESTS,
    COPIED,
    REPEATED,
    COMPLEXITY_GROWTH,
    NEW_COMPLEXITY,
    TESTED_FUNCTIONS,
    TESTS_PER_FUNCTION,
    COMPLEXITY,
    NEW_FILES,
    BATCH_SIZE,
    FUNCTIONS,
    COMMITS,
    SIZE,
)
