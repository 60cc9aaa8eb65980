"""Log changes as relative changes."""

from __future__ import annotations

import math

# Beyond e^30, ten million million times, no history can bound a change; printed as that.
_MAX_LOG = 30.0


def relative_change(log_change: float) -> float:
    """Return `exp(log_change) - 1`, at most about 1e13; NaN stays NaN."""
    return math.expm1(min(log_change, _MAX_LOG)) if not math.isnan(log_change) else log_change
