"""Spill-over: whether a person's other changes are followed up more often after weeks of a higher share.

The lagged share is the same for all changes of a person and four weeks, so here person and period effects stand apart
(R5(c) of docs/method.md): linear probability of a follow-up on the change's own mark and on the share recorded before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.jackknife import Interval, interval, leave_one_out, smallest_detectable
from analyzer.inference.linalg.demeaning import demean
from analyzer.panel import MIN_UNITS, Panel, block_of, spans

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.core.arrays import Floats, Ints, Mask
    from analyzer.inference.grading.rules import Grade

STEP = 0.5
GRADED = 0.30
NEAR_ZERO = 0.10


@dataclass(frozen=True, slots=True)
class SpillOver:
    """Change of the risk for +50 points of lagged share, relative to `base`; with its interval and the smallest seen.

    grade: None where the smallest detectable change is over 30 %. authors, changes: behind it.
    """

    change: float
    low: float
    high: float
    smallest: float
    base: float
    grade: Grade | None
    authors: int
    changes: int


def spill_over(judged: pd.DataFrame) -> SpillOver | None:
    """Estimate from columns author, when, ai, events (0 to 1); None where the lagged share does not vary."""
    cells = _cells(judged)
    if cells is None:
        return None
    x = cells.panel.recorded
    rows = cells.panel.span & np.isfinite(x) & (cells.n > 0)
    base = float((cells.y * rows).sum() / max((cells.n * rows).sum(), 1.0))
    whole = _slopes(cells, x, rows[None])
    if base <= 0 or not np.isfinite(whole).all():
        return None
    parts = np.concatenate([_slopes(cells, x, left) for _, left in leave_one_out(rows)])
    found = interval(float(whole[0]), parts)
    if not np.isfinite(found.se) or found.se <= 0:
        return None
    change, low, high = (STEP * value / base for value in (found.point, found.low, found.high))
    smallest = STEP * smallest_detectable(found.se, found.df) / base
    people = int(rows.any(axis=1).sum())
    grade = _grade(found, low, high) if smallest <= GRADED else None
    return SpillOver(change, low, high, smallest, base, grade, people, int((cells.n * rows).sum()))


def _grade(found: Interval, low: float, high: float) -> Grade:
    if found.settled:
        return "says_little"
    return "says_nothing" if low > -NEAR_ZERO and high < NEAR_ZERO else "nothing_detected"


@dataclass(frozen=True, slots=True)
class _Cells:
    """Sums by author and block (A, P): n changes, y followed up, x marked, xx and xy within the cell."""

    panel: Panel
    n: Floats
    y: Floats
    x: Floats
    xx: Floats
    xy: Floats


def _cells(judged: pd.DataFrame) -> _Cells | None:
    known = judged[judged["author"].notna() & judged["when"].notna()]
    if known.empty:
        return None
    block = block_of(known["when"]).to_numpy(dtype=int)
    authors, row = np.unique(known["author"].to_numpy(dtype=str), return_inverse=True)
    column = block - block.min()
    periods = int(column.max()) + 1
    # Who never has enough changes for a share has no row: most people, and most of the memory.
    cell, count = np.unique(row * periods + column, return_counts=True)
    able = np.unique(cell[count >= MIN_UNITS] // periods)
    kept = np.isin(row, able)
    known, column, row = known[kept], column[kept], np.searchsorted(able, row[kept])
    authors, shape = authors[able], (len(able), periods)
    y, x = known["events"].to_numpy(dtype=float), known["ai"].to_numpy(dtype=float)
    n, ys, xs, xx, xy = (_sums(v, row, column, shape) for v in (np.ones(len(y)), y, x, x * x, x * y))
    safe = np.maximum(n, 1.0)
    panel = Panel(tuple(authors), tuple(map(str, range(shape[1]))), n, xs, n, spans(n > 0), len(authors))
    return _Cells(panel, n, ys, xs, xx - xs * xs / safe, xy - xs * ys / safe)


def _sums(values: Floats, row: Ints, column: Ints, shape: tuple[int, int]) -> Floats:
    found = np.zeros(shape)
    np.add.at(found, (row, column), values)
    return found


def _slopes(c: _Cells, share: Floats, rows: Mask) -> Floats:
    """Coefficient (B,) of the lagged share beside the change's own mark; the latter varies inside cells as well."""
    weight = np.where(rows, c.n, 0.0)
    safe = np.maximum(c.n, 1.0)
    values = np.stack([np.nan_to_num(share), c.x / safe, c.y / safe])
    left = demean(np.broadcast_to(values, (len(rows), *values.shape)), weight)
    inner = np.einsum("bkap,blap,bap->bkl", left[:, :2], left[:, :2], weight)
    right = np.einsum("bkap,bap,bap->bk", left[:, :2], left[:, 2], weight)
    inner[:, 1, 1] += np.where(rows, c.xx, 0.0).sum(axis=(1, 2))
    right[:, 1] += np.where(rows, c.xy, 0.0).sum(axis=(1, 2))
    found = np.full(len(rows), np.nan)
    own = inner[:, 0, 0] - inner[:, 0, 1] ** 2 / np.maximum(inner[:, 1, 1], 1e-300)
    known = own > 1e-9 * np.maximum(weight.sum(axis=(1, 2)), 1.0)
    part = right[:, 0] - inner[:, 0, 1] * right[:, 1] / np.maximum(inner[:, 1, 1], 1e-300)
    found[known] = part[known] / own[known]
    return found
