"""Log changes as relative changes."""

from __future__ import annotations

import math

# Beyond e^30, ten million million times, a history has no end to tell; printed as that.
_LARGEST = 30.0


def relative(log: float) -> float:
    """`exp(log) - 1`, at most about 1e13; NaN stays NaN."""
    return math.expm1(min(log, _LARGEST)) if not math.isnan(log) else log
