"""Tipping point: how many undeclared changes, worst placed, would have to be AI for the figure to change its sign.

Changes are relabelled where that moves the coefficient fastest, in steps, in the working model of the fit (least
squares with the fitted means as weights); the sign is then that of the whole model, refitted. Printed, never graded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.linalg.demeaning import demean
from analyzer.panel import MIN_UNITS

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats
    from analyzer.inference.models import Model
    from analyzer.panel import Panel

# Steps of so large a part of the undeclared changes, up to the most that is tried.
_STEP, _MOST = 0.01, 0.5


def tipping_point(panel: Panel, model: Model) -> float | None:
    """Part of the undeclared changes (0 to 1).

    None where no half of them turns the sign, units are unknown, or covariates enter.
    """
    undeclared = np.nan_to_num(panel.n) - np.nan_to_num(panel.ai)
    total = float(undeclared.sum())
    if not np.isfinite(panel.n).any() or total <= 0 or panel.lag != 1 or panel.beside is not None:
        return None
    at, moved = panel, 0.0
    sign = 0.0
    for _ in range(round(_MOST / _STEP)):
        base = model.fit(at.y, at.rows[None], at.recorded[None, None])
        if not base.converged[0] or not np.isfinite(base.beta[0, 0]):
            return None
        sign = sign or float(np.sign(base.beta[0, 0]))
        if base.beta[0, 0] * sign <= 0:
            return moved / total
        pull = -sign * _per_change(at, base.mean[0], float(base.beta[0, 0]))
        added = _placed(pull, undeclared - (np.nan_to_num(at.ai) - np.nan_to_num(panel.ai)), _STEP * total)
        if not added.any():
            return None
        moved += float(added.sum())
        at = replace(at, ai=np.where(np.isfinite(at.ai), at.ai + added, at.ai))
    return None


def _per_change(panel: Panel, mean: Floats, beta: float) -> Floats:
    """(A, P) by how much the coefficient rises if one more change of a cell is declared."""
    rows = mean > 0
    x = np.where(rows, np.nan_to_num(panel.recorded), 0.0)
    safe = np.where(rows, mean, 1.0)
    working = np.where(rows, np.log(safe) + (panel.y - safe) / safe, 0.0)
    left = demean(np.stack([x, working])[None], mean[None])[0]
    spread = max(float((mean * left[0] ** 2).sum()), 1e-300)
    by_row = mean * (left[1] - 2 * beta * left[0]) / spread
    # A cell's own share is the exposure of the next period.
    own = np.zeros_like(by_row)
    own[:, :-1] = by_row[:, 1:]
    n = np.nan_to_num(panel.n)
    known: Floats = np.divide(own, n, out=np.zeros_like(own), where=n >= MIN_UNITS)
    return known


def _placed(pull: Floats, free: Floats, count: float) -> Floats:
    """Changes to relabel, cell by cell, where each pulls most; no more than are free, `count` in all."""
    order = np.argsort(-pull, axis=None, kind="stable")
    order = order[pull.ravel()[order] > 0]
    room = np.maximum(free.ravel()[order], 0.0)
    taken = np.clip(count - (np.cumsum(room) - room), 0.0, room)
    added = np.zeros(pull.size)
    added[order] = taken
    found: Floats = added.reshape(pull.shape)
    return found
