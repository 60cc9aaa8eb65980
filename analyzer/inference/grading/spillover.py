"""Spill-over: whether a person's other changes are followed up more often after weeks of a higher share.

The model is a linear probability of a follow-up on the change's own mark and on the share recorded before. The lagged
share is the same for all changes of a person and four weeks, so person and period enter as separate effects instead of
one effect per cell (R5(c) of docs/method.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analyzer.core.constants import SHARE_STEP
from analyzer.inference.jackknife import Interval, jackknife_interval, leave_one_out, smallest_detectable_effect
from analyzer.inference.linalg.demeaning import demean
from analyzer.inference.results import SpillOver
from analyzer.panel import MIN_CHANGES, Panel, active_spans, block_number
from analyzer.panel.cell_sums import sum_by_cell

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.core.arrays import Floats, Mask
    from analyzer.inference.results import Grade

MAX_DETECTABLE = 0.30
NEAR_ZERO = 0.10


def estimate_spill_over(outcomes: pd.DataFrame) -> SpillOver | None:
    """Return the estimate from columns person, when, ai, events (0 to 1); None if the lagged share does not vary."""
    cells = _sum_cells(outcomes)
    if cells is None:
        return None
    x = cells.panel.recorded_share
    rows = cells.panel.span & np.isfinite(x) & (cells.n > 0)
    base = float((cells.y * rows).sum() / max((cells.n * rows).sum(), 1.0))
    full = _slopes(cells, x, rows[None])
    if base <= 0 or not np.isfinite(full).all():
        return None
    refits = np.concatenate([_slopes(cells, x, remaining) for _, remaining in leave_one_out(rows)])
    slope = jackknife_interval(float(full[0]), refits)
    if not np.isfinite(slope.se) or slope.se <= 0:
        return None
    change, low, high = (SHARE_STEP * value / base for value in (slope.point, slope.low, slope.high))
    smallest = SHARE_STEP * smallest_detectable_effect(slope.se, slope.df) / base
    people = int(rows.any(axis=1).sum())
    grade = _grade(slope, low, high) if smallest <= MAX_DETECTABLE else None
    return SpillOver(change, low, high, smallest, grade, people, int((cells.n * rows).sum()))


def _grade(slope: Interval, low: float, high: float) -> Grade:
    if slope.excludes_zero:
        return "says_little"
    return "says_nothing" if low > -NEAR_ZERO and high < NEAR_ZERO else "nothing_detected"


@dataclass(frozen=True, slots=True)
class _SpillOverCells:
    """Sums per person and block (A, P): n changes, y followed up, x marked; xx and xy are centred within the cell."""

    panel: Panel
    n: Floats
    y: Floats
    x: Floats
    xx: Floats
    xy: Floats


def _sum_cells(outcomes: pd.DataFrame) -> _SpillOverCells | None:
    dated = outcomes[outcomes["person"].notna() & outcomes["when"].notna()]
    if dated.empty:
        return None
    block = block_number(dated["when"]).to_numpy(dtype=int)
    people, row = np.unique(dated["person"].to_numpy(dtype=str), return_inverse=True)
    column = block - block.min()
    periods = int(column.max()) + 1
    # People who never have enough changes for a share get no row: most people, and most of the memory.
    cell, count = np.unique(row * periods + column, return_counts=True)
    enough = np.unique(cell[count >= MIN_CHANGES] // periods)
    has_share = np.isin(row, enough)
    dated, column, row = dated[has_share], column[has_share], np.searchsorted(enough, row[has_share])
    people, shape = people[enough], (len(enough), periods)
    y, x = dated["events"].to_numpy(dtype=float), dated["ai"].to_numpy(dtype=float)
    n, ys, xs, xx, xy = (sum_by_cell(v, row, column, shape) for v in (np.ones(len(y)), y, x, x * x, x * y))
    safe = np.maximum(n, 1.0)
    panel = Panel(tuple(people), tuple(map(str, range(shape[1]))), n, xs, n, active_spans(n > 0), len(people))
    return _SpillOverCells(panel, n, ys, xs, xx - xs * xs / safe, xy - xs * ys / safe)


def _slopes(cells: _SpillOverCells, share: Floats, rows: Mask) -> Floats:
    """Return the coefficient (B,) of the lagged share, adjusted for the own mark, which varies within cells too."""
    weight = np.where(rows, cells.n, 0.0)
    safe = np.maximum(cells.n, 1.0)
    values = np.stack([np.nan_to_num(share), cells.x / safe, cells.y / safe])
    demeaned = demean(np.broadcast_to(values, (len(rows), *values.shape)), weight)
    inner = np.einsum("bkap,blap,bap->bkl", demeaned[:, :2], demeaned[:, :2], weight)
    right = np.einsum("bkap,bap,bap->bk", demeaned[:, :2], demeaned[:, 2], weight)
    inner[:, 1, 1] += np.where(rows, cells.xx, 0.0).sum(axis=(1, 2))
    right[:, 1] += np.where(rows, cells.xy, 0.0).sum(axis=(1, 2))
    slopes = np.full(len(rows), np.nan)
    residual_variance = inner[:, 0, 0] - inner[:, 0, 1] ** 2 / np.maximum(inner[:, 1, 1], 1e-300)
    identified = residual_variance > 1e-9 * np.maximum(weight.sum(axis=(1, 2)), 1.0)
    residual_covariance = right[:, 0] - inner[:, 0, 1] * right[:, 1] / np.maximum(inner[:, 1, 1], 1e-300)
    slopes[identified] = residual_covariance[identified] / residual_variance[identified]
    return slopes
