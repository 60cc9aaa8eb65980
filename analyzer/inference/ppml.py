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
# Authors are so many times fewer than periods before their equations are the ones to solve.
_FEWER = 2
_FIRM = 1e-7


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
        _, gradient, curvature = _differentiated(theta, counts, totals, rows, x, alive)
        delta = curvature.solve(gradient)
        size = np.abs(delta).max(axis=1)
        theta = theta + delta * np.minimum(1.0, _LONGEST_STEP / np.maximum(size, 1e-300))[:, None]
        # Of the likelihood, so that what no effect can tell (constants of stretches) does not count as a step.
        gain = np.einsum("bk,bk->b", gradient, delta)
        if np.all(~(gain > TOLERANCE**2)):
            break
    mean, _, curvature = _differentiated(theta, counts, totals, rows, x, alive)
    beta = theta[:, periods:]
    return Fit(beta, theta[:, :periods], mean, rows, _cr1(counts - mean, curvature, x, totals), gain <= TOLERANCE)


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
    mean, gradient, curvature = _differentiated(theta, counts, totals, rows, x, alive)
    return mean, gradient, curvature.dense()


@dataclass(frozen=True, slots=True)
class _Curvature:
    """A batch of negative Hessians [[G, C'], [C, N]] in (γ, β), G = diag(d) + L' diag(s) L.

    An author takes one direction out of the period effects: `low` (B, A + 1, P) has a row each, and one that fixes the
    constant; `sign` (A + 1,) is -1 for authors. diagonal (B, P), cross (B, K, P), inner (B, K, K).
    size (B, K): what each exposure weighs before any effect is taken out of it.
    """

    diagonal: Floats
    low: Floats
    sign: Floats
    cross: Floats
    inner: Floats
    size: Floats

    def dense(self) -> Floats:
        """(B, P + K, P + K)."""
        batch, exposures, periods = self.cross.shape
        whole = np.empty((batch, periods + exposures, periods + exposures))
        whole[:, :periods, :periods] = np.matmul(np.swapaxes(self.low * self.sign[:, None], 1, 2), self.low)
        own = np.arange(periods)
        whole[:, own, own] += self.diagonal
        whole[:, periods:, :periods] = self.cross
        whole[:, :periods, periods:] = np.swapaxes(self.cross, 1, 2)
        whole[:, periods:, periods:] = self.inner
        return whole

    def solve(self, right: Floats) -> Floats:
        """Newton steps (B, P + K); a data set whose Hessian is singular gets NaN.

        With fewer authors than half the periods by the identity of Woodbury: A × A equations in place of P × P.
        """
        if self.low.shape[1] * _FEWER > self.low.shape[2] or not self.cross.shape[1]:
            return _solve(self.dense(), right)
        try:
            found, firm = self._by_authors(right)
        except np.linalg.LinAlgError:
            return _solve(self.dense(), right)
        if not firm.all():
            weak = _Curvature(
                self.diagonal[~firm], self.low[~firm], self.sign, self.cross[~firm], self.inner[~firm], self.size[~firm]
            )
            found[~firm] = _solve(weak.dense(), right[~firm])
        return found

    def _by_authors(self, right: Floats) -> tuple[Floats, Mask]:
        """Steps, and which of them do not rest on a difference of nearly equal numbers."""
        periods = self.cross.shape[2]
        scaled = self.low / self.diagonal[:, None]
        core = np.matmul(scaled, np.swapaxes(self.low, 1, 2))
        own = np.arange(len(self.sign))
        core[:, own, own] += self.sign
        columns = np.concatenate([right[:, :periods, None], np.swapaxes(self.cross, 1, 2)], axis=2)
        columns = columns / self.diagonal[..., None]
        columns -= np.matmul(np.swapaxes(scaled, 1, 2), np.linalg.solve(core, np.matmul(self.low, columns)))
        left = np.matmul(self.cross, columns)
        schur = self.inner - left[:, :, 1:]
        beta = np.linalg.solve(schur, (right[:, periods:] - left[:, :, 0])[..., None])
        gamma = columns[:, :, 0] - np.matmul(columns[:, :, 1:], beta)[..., 0]
        spread = np.diagonal(schur, axis1=1, axis2=2) > _FIRM * self.size
        return np.concatenate([gamma, beta[..., 0]], axis=1), np.asarray(spread.all(axis=1))


def _differentiated(
    theta: Floats, counts: Floats, totals: Floats, rows: Mask, x: Floats, alive: Mask
) -> tuple[Floats, Floats, _Curvature]:
    """Fitted means, gradient and curvature."""
    periods = x.shape[3]
    eta = theta[:, None, :periods] + np.einsum("bk,bkap->bap", theta[:, periods:], x)
    eta = np.where(rows, eta, -np.inf)
    top = eta.max(axis=2, keepdims=True, initial=-1e300)
    weight = np.exp(eta - top)
    share = weight / np.maximum(weight.sum(axis=2, keepdims=True), 1e-300)
    mean = share * totals[:, :, None]
    residual = counts - mean
    gradient = np.concatenate([residual.sum(axis=1), np.einsum("bap,bkap->bk", residual, x)], axis=1)
    average = np.einsum("bap,bkap->bka", share, x)
    cross = np.einsum("bap,bkap->bkp", mean, x) - np.einsum("bka,bap->bkp", average, mean)
    inner = np.einsum("bkap,blap->bkl", x * mean[:, None], x, optimize=True)
    size = np.diagonal(inner, axis1=1, axis2=2)
    inner = inner - np.einsum("bka,bla,ba->bkl", average, average, totals)
    # γ is known up to a constant, and a dead period has no effect: fill those directions so that H is invertible.
    dead = np.where(alive, 0.0, 1.0)
    scale = np.maximum(mean.sum(axis=(1, 2)), 1.0) / periods
    # Stretches of periods that nobody spans have a constant each: a ridge fixes those, and moves no optimum.
    diagonal = mean.sum(axis=1) + dead + _RIDGE * scale[:, None]
    constant = np.where(alive, np.sqrt(scale / periods)[:, None], 0.0)
    low = np.concatenate([share * np.sqrt(totals)[:, :, None], constant[:, None]], axis=1)
    sign = np.append(np.full(low.shape[1] - 1, -1.0), 1.0)
    return mean, gradient, _Curvature(diagonal, low, sign, cross, inner, size)


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


def _cr1(residual: Floats, curvature: _Curvature, x: Floats, totals: Floats) -> Floats:
    """Cluster-robust variances of β, clusters = authors, factor A/(A-1); NaN with fewer than two authors."""
    batch, exposures, _, periods = x.shape
    if not exposures:
        return np.zeros((batch, 0))
    unit = np.zeros((batch, periods + exposures, exposures))
    unit[:, periods:, :] = np.eye(exposures)
    bread = np.stack([curvature.solve(unit[:, :, k]) for k in range(exposures)], axis=1)
    influence = np.einsum("bap,bkp->bka", residual, bread[:, :, :periods])
    influence += np.einsum("bap,blap,bkl->bka", residual, x, bread[:, :, periods:], optimize=True)
    clusters = (totals > 0).sum(axis=1).astype(float)
    factor = np.divide(clusters, clusters - 1, out=np.full(batch, np.nan), where=clusters > 1)
    return np.asarray((influence**2).sum(axis=2) * factor[:, None])
