"""Robustness value: how strong something unseen would have to be, beside the one covariate that every history has.

RV = ½ (√(f⁴ + 4 f²) − f²) with f² = R² / (1 − R²) of the share's within R²: what is left out would have to account for
at least so much of both the outcome's and the share's within variance to turn the figure to 0 (Cinelli and Hazlett, J.
R. Stat. Soc. B 2020). The benchmark is time since a person's first change, in logs.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.inference.linalg.demeaning import demean

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats
    from analyzer.panel import Panel


class Robustness(NamedTuple):
    """value: the robustness value. outcome, share: parts of their within variance that tenure accounts for."""

    value: float
    outcome: float
    share: float


def robustness(panel: Panel, working: Floats, mean: Floats, r2: float) -> Robustness:
    """From the working outcome (A, P) and fitted means (A, P) of the recorded fit, and the share's within R²."""
    f2 = r2 / (1 - r2) if r2 < 1 else math.inf
    value = 0.5 * (math.sqrt(f2 * f2 + 4 * f2) - f2) if math.isfinite(f2) else 1.0
    tenure = np.log1p(np.maximum(np.cumsum(panel.span, axis=1) - 1, 0))
    x = np.where(mean > 0, np.nan_to_num(panel.recorded), 0.0)
    left = demean(np.stack([working, x, tenure])[None], mean[None])[0]
    return Robustness(value, _explained(left[0], left[2], mean), _explained(left[1], left[2], mean))


def _explained(one: Floats, two: Floats, weight: Floats) -> float:
    product = float((one * two * weight).sum()) ** 2
    size = float((one**2 * weight).sum()) * float((two**2 * weight).sum())
    return product / size if size > 0 else 0.0
