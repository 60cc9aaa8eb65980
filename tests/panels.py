"""Panels with planted truth, and the plainest estimator of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from analyzer.panel import Panel, active_spans

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Mask


def small(seed: int = 0, authors: int = 7, periods: int = 10, effect: float = 0.6) -> tuple[Floats, Mask, Floats]:
    """An unbalanced Poisson panel with author and period effects: y, rows, x."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 1, (authors, periods))
    rows = rng.uniform(size=x.shape) < 0.85
    level = rng.normal(1.2, 0.6, authors)[:, None] + rng.normal(0, 0.3, periods)
    return rng.poisson(np.exp(level + effect * x)).astype(float), rows, x


def brute(y: Floats, rows: Mask, x: Floats) -> tuple[float, float]:
    """β and its CR1 standard error by IRLS with a dummy for every author and period."""
    author, period = np.nonzero(rows)
    count, authors, periods = y[rows], *y.shape
    design = np.zeros((len(count), authors + periods + 1))
    design[np.arange(len(count)), author] = 1
    design[np.arange(len(count)), authors + period] = 1
    design[:, -1] = x[rows]
    eta = np.log(count + 0.5)
    for _ in range(100):
        mean = np.exp(eta)
        root = np.sqrt(mean)
        working = eta + (count - mean) / mean
        coefficient = np.linalg.lstsq(design * root[:, None], working * root, rcond=None)[0]
        eta = design @ coefficient
    mean = np.exp(eta)
    bread = np.linalg.pinv(design.T @ (design * mean[:, None]))
    scores = np.array([(design * (count - mean)[:, None])[author == a].sum(axis=0) for a in np.unique(author)])
    meat = scores.T @ scores * len(scores) / (len(scores) - 1)
    return float(coefficient[-1]), math.sqrt((bread @ meat @ bread)[-1, -1])


def planted(seed: int, effect: float, authors: int = 25, periods: int = 26) -> Panel:
    """A panel on which the share recorded one period earlier acts with `effect` per +50 points."""
    rng = np.random.default_rng(seed)
    level, common = rng.normal(np.log(5), 0.4, authors), np.cumsum(rng.normal(0, 0.05, periods))
    rise = rng.uniform(0, 0.8, authors)[:, None] / (
        1 + np.exp(-0.5 * (np.arange(periods) - rng.uniform(3, 20, authors)[:, None]))
    )
    y, ai, before = np.zeros((authors, periods)), np.zeros((authors, periods)), np.zeros(authors)
    for t in range(periods):
        y[:, t] = rng.poisson(np.exp(level + common[t] + 2 * math.log1p(effect) * before))
        ai[:, t] = rng.binomial(y[:, t].astype(int), rise[:, t])
        before = np.where(y[:, t] >= 3, ai[:, t] / np.maximum(y[:, t], 1), before)
    return Panel(
        tuple(map(str, range(authors))), tuple(map(str, range(periods))), y, ai, y.copy(), active_spans(y > 0), authors
    )
