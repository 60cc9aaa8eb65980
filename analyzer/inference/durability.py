"""Durable changes: those with half of their production lines alive 30 days after the merge.

A younger change counts with its probability to last, Kaplan-Meier's over all changes given its age. The last month is
therefore neither excluded nor taken at face value. A reverted change did not last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core.constants import SECONDS_PER_DAY, SHARE_STEP
from analyzer.inference.jackknife import Interval, jackknife_interval, leave_one_out
from analyzer.inference.linalg.demeaning import demean
from analyzer.inference.results import DurableRatio
from analyzer.inference.survival import kaplan_meier, survival_probability

if TYPE_CHECKING:
    from collections.abc import Collection

    from analyzer.core.arrays import Floats
    from analyzer.panel import Panel

DURABLE_DAYS = 30
_NEGLIGIBLE = 1e-10


def durable_probability(lifetimes: pd.DataFrame, reverted: Collection[str], as_of: pd.Timestamp) -> pd.Series:
    """Return each change's probability (0 to 1) that half of its production lines are alive 30 days after the merge.

    Changes without production lines are not in the result.

    Parameters
    ----------
    lifetimes : production lines with columns key, when, lines and days (to removal, NaN if alive at `as_of`).
    reverted : keys of reverted changes.
    as_of : as-of date.
    """
    if lifetimes.empty:
        return pd.Series(dtype=float)
    rows = lifetimes.sort_values(["key", "days"], kind="stable", na_position="last")
    removed = rows["lines"].groupby(rows["key"]).cumsum()
    total = rows["lines"].groupby(rows["key"]).transform("sum")
    half_removed = rows[(2 * removed >= total) & rows["days"].notna()].drop_duplicates("key").set_index("key")["days"]
    merged = rows.drop_duplicates("key").set_index("key")["when"]
    age = (as_of - merged).dt.total_seconds() / SECONDS_PER_DAY
    ended_after = half_removed.reindex(merged.index).astype("Float64")
    ended_after = ended_after.where(~merged.index.isin(list(reverted)), 0.0)
    died = ended_after.notna()
    days_observed = np.asarray(ended_after.fillna(age), dtype=np.float64)
    curve = kaplan_meier(days_observed, died.to_numpy(bool), np.ones(len(days_observed)))
    alive_at_age = np.maximum(survival_probability(curve, age.to_numpy(float)), 1e-12)
    given_age = survival_probability(curve, np.array([DURABLE_DAYS]))[0] / alive_at_age
    probability = np.where(days_observed >= DURABLE_DAYS, 1.0, np.where(died, 0.0, np.minimum(given_age, 1.0)))
    return pd.Series(probability, index=merged.index.astype("str"))


def durable_ratio(panel: Panel) -> DurableRatio | None:
    """Return the change of durable ÷ merged changes with the past share, within people and periods.

    Cells are weighted by changes with production lines. None where the share or the ratio does not vary.
    """
    if panel.durable is None or panel.with_lines is None:
        return None
    ratio = np.divide(panel.durable, panel.with_lines, out=np.full_like(panel.y, np.nan), where=panel.with_lines > 0)
    slope = slope_on_share(panel, panel.treatment, ratio, panel.with_lines)
    if slope is None:
        return None
    return DurableRatio(SHARE_STEP * slope.point, SHARE_STEP * slope.low, SHARE_STEP * slope.high, slope.p)


def slope_on_share(panel: Panel, share: Floats, values: Floats, weights: Floats) -> Interval | None:
    """Return the coefficient of a variable on a share, within people and periods, jackknifed over people.

    None where the share or the variable does not vary.

    Parameters
    ----------
    panel : the panel of the people and periods.
    share : (A, P) regressor, NaN where unknown.
    values : (A, P) variable, NaN where unknown.
    weights : (A, P).
    """
    rows = panel.span & np.isfinite(share) & np.isfinite(values) & (weights > 0)
    variables = np.stack([share, values])[None]
    estimate = _slope(variables, np.where(rows, weights, 0.0)[None])
    if not np.isfinite(estimate).all():
        return None
    refits = [
        _slope(np.broadcast_to(variables, (len(kept_rows), *variables.shape[1:])), np.where(kept_rows, weights, 0.0))
        for _, kept_rows in leave_one_out(rows, panel.person_index)
    ]
    slope = jackknife_interval(float(estimate[0]), np.concatenate(refits))
    return slope if np.isfinite(slope.se) and slope.se > 0 else None


def _slope(values: Floats, weights: Floats) -> Floats:
    """Return slopes (B,) of the second of two variables (B, 2, A, P) on the first; NaN where either does not vary."""
    demeaned = demean(values, weights)
    x, y = demeaned[:, 0], demeaned[:, 1]
    xx, xy, yy = (np.einsum("bap,bap,bap->b", a, b, weights) for a, b in ((x, x), (x, y), (y, y)))
    least = _NEGLIGIBLE * np.maximum(weights.sum(axis=(1, 2)), 1.0)
    slope: Floats = np.divide(xy, xx, out=np.full_like(xx, np.nan), where=(xx > least) & (yy > least))
    return slope
