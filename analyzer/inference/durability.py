"""Durable changes: those of which half the production lines are alive 30 days after landing.

A change younger than that counts by its chance to last, Kaplan and Meier's over all changes given its age: so the last
month is neither left out nor taken as it stands. A change that was taken back did not last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analyzer.inference.jackknife import Interval, interval, leave_one_out
from analyzer.inference.linalg.demeaning import demean
from analyzer.inference.survival import alive_at, kaplan_meier

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats
    from analyzer.panel import Panel

DAYS = 30
_DAY = 86_400.0
_NOTHING = 1e-10


def lasting(shipped: pd.DataFrame, taken_back: set[str], clock: pd.Timestamp) -> pd.Series:
    """Chance (0 to 1) by change that half of its production lines are alive 30 days after it landed.

    `shipped`: columns key, when, lines, days (from landing to removal, NA for lines alive at the clock). A change
    without production lines is not in the answer.
    """
    if shipped.empty:
        return pd.Series(dtype=float)
    rows = shipped.sort_values(["key", "days"], kind="stable", na_position="last")
    gone = rows["lines"].groupby(rows["key"]).cumsum()
    whole = rows["lines"].groupby(rows["key"]).transform("sum")
    half = rows[(2 * gone >= whole) & rows["days"].notna()].drop_duplicates("key").set_index("key")["days"]
    landed = rows.drop_duplicates("key").set_index("key")["when"]
    age = (clock - landed).dt.total_seconds() / _DAY
    end = half.reindex(landed.index).astype("Float64")
    end = end.where(~landed.index.isin(list(taken_back)), 0.0)
    died = end.notna()
    lived = np.asarray(end.fillna(age), dtype=np.float64)
    curve = kaplan_meier(lived, died.to_numpy(bool), np.ones(len(lived)))
    alive = alive_at(curve, np.array([DAYS]))[0] / np.maximum(alive_at(curve, age.to_numpy(float)), 1e-12)
    chance = np.where(lived >= DAYS, 1.0, np.where(died, 0.0, np.minimum(alive, 1.0)))
    return pd.Series(chance, index=landed.index)


class Ratio(NamedTuple):
    """Durable ÷ merged on the recorded share: what it moves by from a share of 0 to 1, and its p (t over people)."""

    slope: Interval
    p: float


def durable_ratio(panel: Panel) -> Ratio | None:
    """Within people and periods, weighted by changes with production lines; None where nothing varies."""
    if panel.durable is None or panel.lines_in is None:
        return None
    ratio = np.divide(panel.durable, panel.lines_in, out=np.full_like(panel.y, np.nan), where=panel.lines_in > 0)
    found = slope_on_share(panel, ratio, panel.lines_in)
    return None if found is None else Ratio(found, found.p)


def slope_on_share(panel: Panel, values: Floats, weight: Floats) -> Interval | None:
    """Coefficient of something on the recorded share, by cell, jackknife over people; None where nothing varies."""
    x = panel.recorded
    rows = panel.span & np.isfinite(x) & np.isfinite(values) & (weight > 0)
    both = np.stack([x, values])[None]
    whole = _slope(both, np.where(rows, weight, 0.0)[None])
    if not np.isfinite(whole).all():
        return None
    parts = [
        _slope(np.broadcast_to(both, (len(left), *both.shape[1:])), np.where(left, weight, 0.0))
        for _, left in leave_one_out(rows, panel.people)
    ]
    found = interval(float(whole[0]), np.concatenate(parts))
    return found if np.isfinite(found.se) and found.se > 0 else None


def _slope(values: Floats, weights: Floats) -> Floats:
    """Slopes (B,) of the second on the first of two variables (B, 2, A, P); NaN where either has no variance left."""
    left = demean(values, weights)
    xx, xy, yy = (np.einsum("bap,bap,bap->b", left[:, i], left[:, j], weights) for i, j in ((0, 0), (0, 1), (1, 1)))
    mass = np.maximum(weights.sum(axis=(1, 2)), 1.0)
    slope: Floats = np.divide(
        xy, xx, out=np.full_like(xx, np.nan), where=(xx > _NOTHING * mass) & (yy > _NOTHING * mass)
    )
    return slope
