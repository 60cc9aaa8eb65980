"""units → outcomes: what is measured of each merged change.

A new measure is one file here and one line in `MEASURES`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.measures.durability import CHURN, HALF_GONE, REWRITTEN
from analyzer.measures.reverts import REVERTS
from analyzer.measures.shape import NEW_FILES, SIZE, TESTS
from analyzer.measures.throughput import THROUGHPUT

if TYPE_CHECKING:
    from analyzer.measures.measure import Measure

MEASURES: tuple[Measure, ...] = (
    THROUGHPUT,
    REVERTS,
    *CHURN,
    REWRITTEN,
    HALF_GONE,
    TESTS,
    NEW_FILES,
    SIZE,
)
