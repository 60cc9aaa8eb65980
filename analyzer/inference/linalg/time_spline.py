"""Restricted cubic spline of calendar time: what fix rates of everybody share from month to month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats

# Times beyond these quantiles count as the quantile, so that one misdated commit cannot steer the curve.
_FIRST, _LAST = 0.01, 0.99
_OUTER_KNOT = 0.05
_SAME = 1e-6


def time_basis(days: Floats, columns: int) -> Floats:
    """Return an orthogonal basis (N, k ≤ columns) of centred columns with variance 1.

    The curve is cubic between knots at equally spaced quantiles of `days` (N,) and straight beyond the outer ones
    (Harrell, Regression Modeling Strategies 2015, 2.4.5). Directions in which the times do not vary are dropped.
    """
    if not len(days) or columns < 1:
        return np.zeros((len(days), 0))
    low, high = np.quantile(days, [_FIRST, _LAST])
    if high <= low:
        return np.zeros((len(days), 0))
    time = (np.clip(days, low, high) - low) / (high - low)
    knots = np.unique(np.quantile(time, np.linspace(_OUTER_KNOT, 1 - _OUTER_KNOT, columns + 1)))
    return _orthogonal(np.column_stack([time, _bends(time, knots)]))


def _bends(time: Floats, knots: Floats) -> Floats:
    """Return the columns (N, k) that bend: one fewer than inner intervals; none with fewer than three knots.

    In place, like `_orthogonal`: a long history has tens of megabytes of them.
    """
    if len(knots) < 3:
        return np.zeros((len(time), 0))
    last, span = knots[-1], knots[-1] - knots[0]
    cubes = time[:, None] - knots
    np.maximum(cubes, 0.0, out=cubes)
    cubes **= 3
    slopes = cubes[:, :-1]
    slopes -= cubes[:, -1:]
    slopes /= last - knots[:-1]
    bends = slopes[:, :-1]
    bends -= slopes[:, -1:]
    bends /= span
    return bends


def _orthogonal(columns: Floats) -> Floats:
    """Return the columns centred, made orthogonal in their order and scaled to variance 1; `columns` is overwritten."""
    columns -= columns.mean(axis=0)
    scale = np.sqrt((columns**2).mean(axis=0))
    columns /= np.maximum(scale, 1e-300)
    q, r = np.linalg.qr(columns)
    varies = (scale > _SAME) & (np.abs(np.diag(r)) > _SAME * np.sqrt(len(q)))
    basis: Floats = q[:, varies]
    basis *= np.sqrt(len(q))
    return basis
