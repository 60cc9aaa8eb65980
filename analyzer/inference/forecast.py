"""Forecast skill: whether the share improves a forecast of the next period beyond each person's and the team's past.

A baseline forecasts the logs of the next four weeks from lag 1, the mean of three lags, the person's expanding mean and
the team's lagged mean; the second model adds the pooled share. Both are refitted at every origin in the second half of
the history. The larger model's squared error is adjusted for the noise of its extra coefficient (Clark and West, J.
Econometrics 2007).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr

from analyzer.inference.results import Forecast
from analyzer.panel import lagged

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Mask
    from analyzer.panel import Panel

_RECENT_PERIODS = 3
_MIN_ROWS, _MIN_ORIGINS = 30, 6


def forecast_skill(panel: Panel) -> Forecast | None:
    """Return the skill of the share on a panel; None below six origins or where the share is unknown."""
    y = np.where(panel.span, np.log1p(panel.y), np.nan)
    share = panel.pooled
    x = _baseline_features(y)
    rows = panel.span & np.isfinite(share) & np.isfinite(x).all(axis=0)
    origins = [t for t in range(y.shape[1] // 2, y.shape[1]) if rows[:, t].any()]
    gains, baseline_errors, share_errors = [], [], []
    for t in origins:
        training = rows & (np.arange(y.shape[1]) < t)
        if training.sum() < _MIN_ROWS or np.ptp(share[training]) == 0:
            continue
        baseline = _predict(x, y, training, rows[:, t], t)
        with_share = _predict(np.concatenate([x, share[None]]), y, training, rows[:, t], t)
        actual = y[rows[:, t], t]
        baseline_error, share_error = (actual - baseline) ** 2, (actual - with_share) ** 2
        gains.append(float(np.mean(baseline_error - share_error + (baseline - with_share) ** 2)))
        baseline_errors.append(baseline_error)
        share_errors.append(share_error)
    if len(gains) < _MIN_ORIGINS:
        return None
    se = float(np.std(gains, ddof=1)) / math.sqrt(len(gains))
    statistic = float(np.mean(gains)) / se if se > 0 else math.nan
    p = float(stdtr(len(gains) - 1, -statistic)) if math.isfinite(statistic) else None
    error_ratio = float(np.concatenate(share_errors).sum()) / max(float(np.concatenate(baseline_errors).sum()), 1e-300)
    return Forecast(1 - error_ratio, p, sum(map(len, share_errors)), len(gains))


def _baseline_features(y: Floats) -> Floats:
    """Return the baseline's features (4, A, P), NaN where unknown.

    They are lag 1, the mean of the last three lags, the person's expanding mean and the team's lagged mean.
    """
    observed = np.isfinite(y)
    n, total = np.cumsum(observed, axis=1), np.cumsum(np.where(observed, y, 0.0), axis=1)
    lag = lagged(y, 1)
    last = np.stack([lagged(y, k) for k in range(1, _RECENT_PERIODS + 1)])
    n_recent = np.isfinite(last).sum(axis=0)
    recent = np.divide(np.nan_to_num(last).sum(axis=0), n_recent, out=np.full_like(y, np.nan), where=n_recent > 0)
    expanding = lagged(np.divide(total, n, out=np.full_like(y, np.nan), where=n > 0), 1)
    n_people, team_total = observed.sum(axis=0), np.where(observed, y, 0.0).sum(axis=0)
    team = np.divide(team_total, n_people, out=np.full(y.shape[1], np.nan), where=n_people > 0)
    return np.stack([lag, recent, expanding, np.broadcast_to(lagged(team[None], 1), y.shape)])


def _predict(x: Floats, y: Floats, training: Mask, target: Mask, t: int) -> Floats:
    """Return least-squares forecasts of period t.

    Parameters
    ----------
    x : (K, A, P) features.
    y : (A, P) outcome.
    training : (A, P) cells to fit.
    target : (A,) people to forecast.
    t : period to forecast.
    """
    design = np.column_stack([np.ones(int(training.sum())), *(feature[training] for feature in x)])
    beta = np.linalg.lstsq(design, y[training], rcond=None)[0]
    predicted: Floats = np.column_stack([np.ones(int(target.sum())), *(feature[target, t] for feature in x)]) @ beta
    return predicted
