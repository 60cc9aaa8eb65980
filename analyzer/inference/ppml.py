"""Poisson pseudo-maximum likelihood with author and period effects, many fits at once.

log E[y_at] = α_a + γ_t + Σ_k β_k x_kat. The author effects are concentrated out, which leaves a
multinomial likelihood in (γ, β) (Hausman, Hall and Griliches, Econometrica 1984), solved by Newton's
method for a whole batch of data sets: the refits of a jackknife or of a permutation test differ only
in their masks and exposures. Estimates equal those of IRLS on demeaned data (`fepois`) to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analyzer.arrays import Floats, Mask

TOLERANCE = 1e-9
_LONGEST_STEP = 3.0
_RIDGE = 1e-11


@dataclass(frozen=True, slots=True)
class Fit:
    """A batch of B fits over A authors, P periods and K exposures.

    beta (B, K): coefficients. period (B, P): period effects up to a constant, 0 where a period has no count.
    mean (B, A, P): fitted means, 0 outside the rows used. rows (B, A, P): rows used, after authors and periods
    without any count are dropped. variance (B, K): CR1 variances of beta, clustered by author, one author's
    rows being one cluster. converged (B,): whether the last Newton step gained next to nothing.
    """

    beta: Floats
    period: Floats
    mean: Floats
    rows: Mask
    variance: Floats
    converged: Mask


def fit(y: Floats, rows: Mask, x: Floats, *, start: tuple[Floats, Floats] | None = None, steps: int = 50) -> Fit:
    """Fit every data set of a batch.

    y (A, P) counts, shared by all; rows (B, A, P) which cells are observed; x (B, K, A, P) exposures, finite
    wherever a row is observed. `start` = (period (P,), beta (K,)) of a related fit; three steps from a fit without
    exposure are enough for a permutation statistic. A data set that cannot be identified has NaN estimates.
    """
    rows = supported(y, rows)
    counts = np.where(rows, y, 0.0)
    totals = counts.sum(axis=2)
    x = np.where(rows[:, None], np.nan_to_num(x), 0.0)
    batch, exposures, _, periods = x.shape
    alive = np.asarray(rows.any(axis=1))
    theta = np.zeros((batch, periods + exposures))
    theta[:, :periods] = first_guess(counts, alive) if start is None else np.where(alive, start[0], 0.0)
    if start is not None:
        theta[:, periods:] = start[1]
    gain = np.full(batch, np.inf)
    for _ in range(steps):
        mean, gradient, hessian = derivatives(theta, counts, totals, rows, x, alive)
        delta = _solve(hessian, gradient)
        size = np.abs(delta).max(axis=1)
        theta = theta + delta * np.minimum(1.0, _LONGEST_STEP / np.maximum(size, 1e-300))[:, None]
        # Of the likelihood, so that what no effect can tell (constants of stretches) does not count as a step.
        gain = np.einsum("bk,bk->b", gradient, delta)
        if np.all(~(gain > TOLERANCE**2)):
            break
    mean, _, hessian = derivatives(theta, counts, totals, rows, x, alive)
    beta = theta[:, periods:]
    return Fit(beta, theta[:, :periods], mean, rows, _cr1(counts - mean, hessian, x, totals), gain <= TOLERANCE)


def supported(y: Floats, rows: Mask) -> Mask:
    """Rows left when authors and periods without any count are gone: their effects run to minus infinity."""
    while True:
        counts = np.where(rows, y, 0.0)
        kept: Mask = rows & (counts.sum(axis=2) > 0)[:, :, None] & (counts.sum(axis=1) > 0)[:, None, :]
        if np.array_equal(kept, rows):
            return kept
        rows = kept


def first_guess(counts: Floats, alive: Mask) -> Floats:
    """Period effects (B, P) to begin with: logs of the totals, 0 where a period is not alive."""
    totals = counts.sum(axis=1)
    logs = np.log(np.where(alive, np.maximum(totals, 0.5), 1.0))
    return np.where(
        alive, logs - logs.sum(axis=1, keepdims=True) / np.maximum(alive.sum(axis=1, keepdims=True), 1), 0.0
    )


def derivatives(
    theta: Floats, counts: Floats, totals: Floats, rows: Mask, x: Floats, alive: Mask
) -> tuple[Floats, Floats, Floats]:
    """Fitted means, gradient and negative Hessian of the concentrated likelihood in (γ, β)."""
    batch, exposures, _, periods = x.shape
    eta = theta[:, None, :periods] + np.einsum("bk,bkap->bap", theta[:, periods:], x)
    eta = np.where(rows, eta, -np.inf)
    top = eta.max(axis=2, keepdims=True, initial=-1e300)
    weight = np.exp(eta - top)
    share = weight / np.maximum(weight.sum(axis=2, keepdims=True), 1e-300)
    mean = share * totals[:, :, None]
    residual = counts - mean
    gradient = np.concatenate([residual.sum(axis=1), np.einsum("bap,bkap->bk", residual, x)], axis=1)
    hessian = np.zeros((batch, periods + exposures, periods + exposures))
    own = np.arange(periods)
    hessian[:, :periods, :periods] = -np.matmul(np.swapaxes(mean, 1, 2), share)
    hessian[:, own, own] += mean.sum(axis=1)
    average = np.einsum("bap,bkap->bka", share, x)
    cross = np.einsum("bap,bkap->bkp", mean, x) - np.einsum("bka,bap->bkp", average, mean)
    hessian[:, periods:, :periods] = cross
    hessian[:, :periods, periods:] = np.swapaxes(cross, 1, 2)
    inner = np.einsum("bkap,blap->bkl", x * mean[:, None], x, optimize=True)
    hessian[:, periods:, periods:] = inner - np.einsum("bka,bla,ba->bkl", average, average, totals)
    # γ is known up to a constant, and a dead period has no effect: fill those directions so that H is invertible.
    dead = np.where(alive, 0.0, 1.0)
    scale = np.maximum(mean.sum(axis=(1, 2)), 1.0) / periods
    # Stretches of periods that nobody spans have a constant each: a ridge fixes those, and moves no optimum.
    hessian[:, own, own] += dead + _RIDGE * scale[:, None]
    hessian[:, :periods, :periods] += scale[:, None, None] / periods * (alive[:, :, None] & alive[:, None, :])
    return mean, gradient, hessian


def _solve(hessian: Floats, right: Floats) -> Floats:
    """Newton steps; a data set whose Hessian is singular gets NaN and stays NaN."""
    try:
        return np.asarray(np.linalg.solve(hessian, right[..., None])[..., 0], dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.stack([_solve_one(h, r) for h, r in zip(hessian, right, strict=True)])


def _solve_one(hessian: Floats, right: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(hessian, right), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.full_like(right, np.nan)


def _cr1(residual: Floats, hessian: Floats, x: Floats, totals: Floats) -> Floats:
    """Cluster-robust variances of β, clusters = authors, factor A/(A-1); NaN with fewer than two authors."""
    batch, exposures, _, periods = x.shape
    if not exposures:
        return np.zeros((batch, 0))
    unit = np.zeros((batch, periods + exposures, exposures))
    unit[:, periods:, :] = np.eye(exposures)
    bread = np.stack([_solve(hessian, unit[:, :, k]) for k in range(exposures)], axis=1)
    influence = np.einsum("bap,bkp->bka", residual, bread[:, :, :periods])
    influence += np.einsum("bap,blap,bkl->bka", residual, x, bread[:, :, periods:], optimize=True)
    clusters = (totals > 0).sum(axis=1).astype(float)
    factor = np.divide(clusters, clusters - 1, out=np.full(batch, np.nan), where=clusters > 1)
    return np.asarray((influence**2).sum(axis=2) * factor[:, None])
