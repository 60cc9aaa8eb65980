"""Robustness value: minimum strength of an unobserved confounder, with tenure as a benchmark.

RV = ½ (√(f⁴ + 4 f²) − f²) with f² = R² / (1 − R²) of the share's within R²: a confounder would have to explain at least
this part of the within variance of both outcome and share to reduce the estimate to 0 (Cinelli and Hazlett, J. R. Stat.
Soc. B 2020). The benchmark is the log of the time since a person's first change, a covariate that every history has.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.linalg.demeaning import demean
from analyzer.inference.results import Robustness

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats
    from analyzer.panel import Panel


def robustness_value(panel: Panel, working: Floats, fitted: Floats, r2: float) -> Robustness:
    """Return the robustness value of the fit.

    Parameters
    ----------
    panel : the panel that was fitted.
    working : (A, P) working outcome of the fit.
    fitted : (A, P) fitted means, 0 outside the rows used.
    r2 : within R² of the share.
    """
    f2 = r2 / (1 - r2) if r2 < 1 else math.inf
    value = 0.5 * (math.sqrt(f2 * f2 + 4 * f2) - f2) if math.isfinite(f2) else 1.0
    tenure = np.log1p(np.maximum(np.cumsum(panel.span, axis=1) - 1, 0))
    x = np.where(fitted > 0, np.nan_to_num(panel.treatment), 0.0)
    outcome, share, tenure = demean(np.stack([working, x, tenure])[None], fitted[None])[0]
    return Robustness(value, _partial_r2(outcome, tenure, fitted), _partial_r2(share, tenure, fitted))


def _partial_r2(variable: Floats, covariate: Floats, weights: Floats) -> float:
    """Return the part of a demeaned variable's weighted variance that a demeaned covariate explains."""
    product = float((variable * covariate * weights).sum()) ** 2
    size = float((variable**2 * weights).sum()) * float((covariate**2 * weights).sum())
    return product / size if size > 0 else 0.0
