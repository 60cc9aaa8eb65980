"""Tipping point: the smallest share of unmarked changes that would have to be AI to turn the sign of the estimate.

Changes are relabelled step by step where they move the coefficient fastest, according to the working model of the fit
(least squares with the fitted means as weights). After each step the model is refitted. Reported, never graded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.linalg.demeaning import demean
from analyzer.panel import lagged
from analyzer.panel.past_share import PRIOR_CHANGES, discounted_changes

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats
    from analyzer.inference.models import Model
    from analyzer.panel import Panel

# Share of the unmarked changes relabelled per step, and in all.
_STEP, _MAX_SHARE = 0.01, 0.5


def tipping_point(panel: Panel, model: Model) -> float | None:
    """Return the share of unmarked changes (0 to 1) that turns the sign.

    None where half of them does not turn it, the number of changes is unknown, or the model has covariates.
    """
    unmarked = np.nan_to_num(panel.n) - np.nan_to_num(panel.ai)
    total = float(unmarked.sum())
    if not np.isfinite(panel.n).any() or total <= 0 or panel.lag != 1 or panel.covariates is not None:
        return None
    relabelled, count = panel, 0.0
    sign = 0.0
    for _ in range(round(_MAX_SHARE / _STEP)):
        base = model.fit(relabelled.y, relabelled.in_sample[None], relabelled.treatment[None, None])
        if not base.converged[0] or not np.isfinite(base.beta[0, 0]):
            return None
        sign = sign or float(np.sign(base.beta[0, 0]))
        if base.beta[0, 0] * sign <= 0:
            return count / total
        pull = -sign * _pull_per_change(relabelled, base.fitted[0], float(base.beta[0, 0]))
        available = unmarked - (np.nan_to_num(relabelled.ai) - np.nan_to_num(panel.ai))
        added = _changes_to_relabel(pull, available, _STEP * total)
        if not added.any():
            return None
        count += float(added.sum())
        relabelled = replace(relabelled, ai=np.where(np.isfinite(relabelled.ai), relabelled.ai + added, relabelled.ai))
    return None


def _pull_per_change(panel: Panel, fitted: Floats, beta: float) -> Floats:
    """Return how much the coefficient rises if one more change of a cell is marked (A, P)."""
    rows = fitted > 0
    x = np.where(rows, np.nan_to_num(panel.treatment), 0.0)
    means = np.where(rows, fitted, 1.0)
    working = np.where(rows, np.log(means) + (panel.y - means) / means, 0.0)
    share, outcome = demean(np.stack([x, working])[None], fitted[None])[0]
    sum_of_squares = max(float((fitted * share**2).sum()), 1e-300)
    by_row = fitted * (outcome - 2 * beta * share) / sum_of_squares
    # One more mark raises the share of all later periods, half as much per half-life.
    discount = 0.5 ** (1 / panel.half_life)
    per_share = by_row / (lagged(discounted_changes(panel.n, panel.half_life), 1) + PRIOR_CHANGES)
    per_change = np.zeros_like(by_row)
    for period in range(by_row.shape[1] - 2, -1, -1):
        per_change[:, period] = np.nan_to_num(per_share[:, period + 1]) + discount * per_change[:, period + 1]
    return np.where(np.nan_to_num(panel.n) > 0, per_change, 0.0)


def _changes_to_relabel(pull: Floats, available: Floats, count: float) -> Floats:
    """Return how many changes to relabel per cell (A, P): `count` in all, those with the greatest pull first."""
    order = np.argsort(-pull, axis=None, kind="stable")
    order = order[pull.ravel()[order] > 0]
    capacity = np.maximum(available.ravel()[order], 0.0)
    taken = np.clip(count - (np.cumsum(capacity) - capacity), 0.0, capacity)
    added = np.zeros(pull.size)
    added[order] = taken
    relabelled: Floats = added.reshape(pull.shape)
    return relabelled
