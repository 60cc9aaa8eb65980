"""An association as a relative change per +50 points of share, and how the past share stands for today's.

The treatment is a share of past changes, while what may act is today's use. Today's share moves by less than one point
per point of the past share. The point estimate lies half way between the reading per point of the past share and the
reading per point of today's (on the log scale), and the interval spans both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from analyzer.core.constants import SHARE_STEP
from analyzer.inference.jackknife import Interval, smallest_detectable_effect
from analyzer.inference.linalg.log_change import relative_change

# Least points of today's share per point of the past one that an estimate is converted with.
_MIN_PASS_THROUGH = 0.5


@dataclass(frozen=True, slots=True)
class EffectEstimate:
    """One coefficient as relative change per +50 points of share, with interval and smallest detectable effect.

    beta : the coefficient itself, per point of the share in the model.
    """

    change: float
    low: float
    high: float
    smallest_detectable: float
    beta: Interval


def effect_estimate(beta: Interval, pass_through: float = 1.0) -> EffectEstimate:
    """Convert a coefficient to a relative change per +50 points of share.

    Parameters
    ----------
    beta : coefficient with its interval (log scale, per point of the share in the model).
    pass_through : points by which today's share moves per point of the share in the model; clipped to 0.5 to 1.
    """
    factor = 1 / min(max(pass_through, _MIN_PASS_THROUGH), 1.0)
    low, high = (SHARE_STEP * end for end in (beta.low, beta.high))
    detectable = SHARE_STEP * math.sqrt(factor) * smallest_detectable_effect(beta.se, beta.df)
    return EffectEstimate(
        relative_change(SHARE_STEP * math.sqrt(factor) * beta.point),
        relative_change(min(low, factor * low)),
        relative_change(max(high, factor * high)),
        relative_change(detectable),
        beta,
    )
