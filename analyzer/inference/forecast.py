"""Forecast skill: whether the share helps to say what comes next, beyond a person's own past and everybody's.

A baseline forecasts the logs of the next four weeks from lag 1, the mean of three, the person's expanding mean and the
team's lagged mean; the second model adds the pooled share. Both are refitted at every origin of the second half. The
larger one's squared error is adjusted for the noise of its extra coefficient (Clark and West, J. Econometrics 2007).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import stdtr

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Mask
    from analyzer.panel import Panel

_MEAN_OF = 3
_FEWEST_ROWS, _FEWEST_ORIGINS = 30, 6


class Forecast(NamedTuple):
    """skill: part of squared error that the share saves (negative: it costs). p: one-sided, of no skill.

    n: forecasts; origins: periods they are made in, which are the clusters of the test.
    """

    skill: float
    p: float
    n: int
    origins: int


def forecast(panel: Panel) -> Forecast | None:
    """Skill on a panel; None below six origins or where the share is not known."""
    y = np.where(panel.span, np.log1p(panel.y), np.nan)
    share = panel.pooled
    x = _features(y)
    rows = panel.span & np.isfinite(share) & np.isfinite(x).all(axis=0)
    origins = [t for t in range(y.shape[1] // 2, y.shape[1]) if rows[:, t].any()]
    gains, zero, one = [], [], []
    for t in origins:
        before = rows & (np.arange(y.shape[1]) < t)
        if before.sum() < _FEWEST_ROWS or np.ptp(share[before]) == 0:
            continue
        small = _predicted(x, y, before, rows[:, t], t)
        large = _predicted(np.concatenate([x, share[None]]), y, before, rows[:, t], t)
        true = y[rows[:, t], t]
        gains.append(float(np.mean((true - small) ** 2 - (true - large) ** 2 + (small - large) ** 2)))
        zero.append((true - small) ** 2)
        one.append((true - large) ** 2)
    if len(gains) < _FEWEST_ORIGINS:
        return None
    error = float(np.std(gains, ddof=1)) / math.sqrt(len(gains))
    score = float(np.mean(gains)) / error if error > 0 else math.nan
    p = float(stdtr(len(gains) - 1, -score)) if math.isfinite(score) else math.nan
    left = float(np.concatenate(one).sum()) / max(float(np.concatenate(zero).sum()), 1e-300)
    return Forecast(1 - left, p, sum(map(len, one)), len(gains))


def _features(y: Floats) -> Floats:
    """(4, A, P): lag 1, mean of the last three, expanding mean, team's lagged mean; NaN where unknown."""
    known = np.isfinite(y)
    n, total = np.cumsum(known, axis=1), np.cumsum(np.where(known, y, 0.0), axis=1)
    lag = _moved(y, 1)
    last = np.stack([_moved(y, k) for k in range(1, _MEAN_OF + 1)])
    seen = np.isfinite(last).sum(axis=0)
    recent = np.divide(np.nan_to_num(last).sum(axis=0), seen, out=np.full_like(y, np.nan), where=seen > 0)
    expanding = _moved(np.divide(total, n, out=np.full_like(y, np.nan), where=n > 0), 1)
    here = known.sum(axis=0)
    team = np.divide(np.where(known, y, 0.0).sum(axis=0), here, out=np.full(y.shape[1], np.nan), where=here > 0)
    return np.stack([lag, recent, expanding, np.broadcast_to(_moved(team[None], 1), y.shape)])


def _moved(values: Floats, by: int) -> Floats:
    found = np.full_like(values, np.nan)
    found[:, by:] = values[:, :-by] if by < values.shape[1] else np.nan
    return found


def _predicted(x: Floats, y: Floats, before: Mask, now: Mask, t: int) -> Floats:
    """Least-squares forecasts of period t from the rows before it."""
    design = np.column_stack([np.ones(int(before.sum())), *(part[before] for part in x)])
    beta = np.linalg.lstsq(design, y[before], rcond=None)[0]
    found: Floats = np.column_stack([np.ones(int(now.sum())), *(part[now, t] for part in x)]) @ beta
    return found
