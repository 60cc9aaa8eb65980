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

from analyzer.inference.linalg.identification import identified
from analyzer.inference.linalg.observed_cells import Support

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Mask

TOLERANCE = 1e-9
_LONGEST_STEP = 3.0
_RIDGE = 1e-11
_FAINT = 1e-13
# Authors are so many times fewer than periods before their equations are the ones to solve.
_FEWER = 2
_FIRM = 1e-7


@dataclass(frozen=True, slots=True)
class Fit:
    """A batch of B fits over A authors, P periods and K exposures.

    beta (B, K): coefficients, NaN where not identified. period (B, P): period effects up to a constant, 0 where a
    period has no count. mean (B, A, P): fitted means, 0 outside the rows used. rows (B, A, P): rows used, after authors
    and periods without any count are dropped. variance (B, K): CR1 variances of beta, clustered by author, one author's
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
    exposure are enough for a permutation statistic. A coefficient that cannot be identified is NaN.
    """
    rows = supported(y, rows)
    data = observed(y, rows, x)
    support, batch, exposures = data.support, len(rows), x.shape[1]
    periods = len(support.periods)
    theta = np.zeros((batch, periods + exposures))
    theta[:, :periods] = first_guess(data) if start is None else start[0][support.periods] * data.alive
    if start is not None:
        theta[:, periods:] = start[1]
    gain = np.full(batch, np.inf)
    reach = np.ones_like(theta)
    reach[:, periods:] = np.abs(data.x).max(axis=2, initial=0.0)
    for _ in range(steps):
        _, gradient, curvature = _differentiated(theta, data)
        delta = curvature.solve(gradient)
        size = _length(delta, reach, data)
        theta = theta + delta * np.minimum(1.0, _LONGEST_STEP / np.maximum(size, 1e-300))[:, None]
        # Of the likelihood, so that what no effect can tell (constants of stretches) does not count as a step.
        gain = np.einsum("bk,bk->b", gradient, delta)
        if np.all(~(gain > TOLERANCE**2)):
            break
    mean, _, curvature = _differentiated(theta, data)
    period = np.zeros((batch, x.shape[3]))
    period[:, support.periods] = theta[:, :periods]
    bread = _bread(curvature)
    told = _told(data, bread)
    beta, variance = (np.where(told, of, np.nan) for of in (theta[:, periods:], _cr1(data, data.counts - mean, bread)))
    return Fit(beta, period, support.restored(mean), rows, variance, gain <= TOLERANCE)


def _length(delta: Floats, reach: Floats, data: Data) -> Floats:
    """By how much a step (B, p + K) moves the log of a mean at most, author effects apart, if that is far.

    `reach` (B, p + K) of each part bounds it. Neither unit nor constant of an exposure makes its step any longer.
    """
    size: Floats = (np.abs(delta) * reach).max(axis=1, initial=0.0)
    far = size > _LONGEST_STEP
    if far.any():
        rows, periods = data.rows[far], len(data.support.periods)
        moved = data.support.of_period(delta[far, :periods])
        moved = np.where(rows, moved + np.einsum("bk,bkn->bn", delta[far, periods:], data.x[far]), 0.0)
        level = data.support.by_author(moved) / np.maximum(data.support.by_author(rows.astype(float)), 1.0)
        size[far] = np.abs(np.where(rows, moved - data.support.of_author(level), 0.0)).max(axis=1)
    return size


def supported(y: Floats, rows: Mask) -> Mask:
    """Rows left when authors and periods without any count are gone: their effects run to minus infinity."""
    while True:
        counted = rows & (y > 0)
        by_author, by_period = np.asarray(counted.any(axis=2)), np.asarray(counted.any(axis=1))
        kept: Mask = rows & by_author[:, :, None] & by_period[:, None, :]
        if np.array_equal(kept, rows):
            return kept
        rows = kept


@dataclass(frozen=True, slots=True)
class Data:
    """A batch of data sets on the N cells of a support.

    counts, rows (B, N) and x (B, K, N), 0 outside the rows; totals (B, a) of counts; alive (B, p): periods with rows.
    """

    support: Support
    counts: Floats
    rows: Mask
    x: Floats
    totals: Floats
    alive: Mask


def observed(y: Floats, rows: Mask, x: Floats) -> Data:
    """Cells of y (A, P), rows (B, A, P) and x (B, K, A, P)."""
    support = Support.of(np.asarray(rows.any(axis=0)))
    known = support.cells(rows)
    counts = np.where(known, support.cells(y), 0.0)
    exposures = np.where(known[:, None], np.nan_to_num(support.cells(x)), 0.0)
    alive = np.asarray(rows[..., support.periods].any(axis=1))
    return Data(support, counts, known, exposures, support.by_author(counts), alive)


def first_guess(data: Data) -> Floats:
    """Period effects (B, p) to begin with: logs of the totals, 0 where a period is not alive."""
    alive = data.alive
    logs = np.log(np.where(alive, np.maximum(data.support.by_period(data.counts), 0.5), 1.0))
    return np.where(
        alive, logs - logs.sum(axis=1, keepdims=True) / np.maximum(alive.sum(axis=1, keepdims=True), 1), 0.0
    )


def derivatives(theta: Floats, data: Data) -> tuple[Floats, Floats, Floats]:
    """Fitted means (B, a, p), gradient and negative Hessian of the concentrated likelihood in (γ, β)."""
    mean, gradient, curvature = _differentiated(theta, data)
    return data.support.spread(mean), gradient, curvature.dense()


@dataclass(frozen=True, slots=True)
class _Curvature:
    """A batch of negative Hessians [[G, C'], [C, N]] in (γ, β), G = diag(d) + L' diag(s) L.

    An author takes one direction out of the period effects: `low` (B, a + 1, p) has a row each, and one that fixes the
    constant; `sign` (a + 1,) is -1 for authors. diagonal (B, p), cross (B, K, p), inner (B, K, K).
    size (B, K): what each exposure weighs before any effect is taken out of it.
    """

    diagonal: Floats
    low: Floats
    sign: Floats
    cross: Floats
    inner: Floats
    size: Floats

    def dense(self) -> Floats:
        """(B, p + K, p + K)."""
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
        """Newton steps (B, p + K); a data set whose Hessian is singular gets NaN.

        With fewer authors than half the periods by the identity of Woodbury: a × a equations in place of p × p.
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


def _differentiated(theta: Floats, data: Data) -> tuple[Floats, Floats, _Curvature]:
    """Fitted means (B, N), gradient and curvature."""
    support, x, totals = data.support, data.x, data.totals
    periods = len(support.periods)
    eta = support.of_period(theta[:, :periods]) + np.einsum("bk,bkn->bn", theta[:, periods:], x)
    eta = np.where(data.rows, eta, -np.inf)
    top = np.maximum(support.by_author(eta, np.maximum), -1e300)
    weight = np.exp(eta - support.of_author(top))
    share = weight / support.of_author(np.maximum(support.by_author(weight), 1e-300))
    mean = share * support.of_author(totals)
    residual = data.counts - mean
    gradient = np.concatenate([support.by_period(residual), np.einsum("bn,bkn->bk", residual, x)], axis=1)
    average = support.by_author(share[:, None] * x)
    cross = support.by_period(mean[:, None] * (x - support.of_author(average)))
    inner = np.einsum("bkn,bln->bkl", x * mean[:, None], x, optimize=True)
    size = np.diagonal(inner, axis1=1, axis2=2)
    inner = inner - np.einsum("bka,bla,ba->bkl", average, average, totals)
    if inner.shape[1] > 1:
        # What no other exposure can tell of one that is unidentified: a step of rounding there would drown the others.
        inner[:, np.arange(inner.shape[1]), np.arange(inner.shape[1])] += _FAINT * size
    # γ is known up to a constant, and a dead period has no effect: fill those directions so that H is invertible.
    dead = np.where(data.alive, 0.0, 1.0)
    scale = np.maximum(mean.sum(axis=1), 1.0) / max(periods, 1)
    # Stretches of periods that nobody spans have a constant each: a ridge fixes those, and moves no optimum.
    diagonal = support.by_period(mean) + dead + _RIDGE * scale[:, None]
    constant = np.where(data.alive, np.sqrt(scale / max(periods, 1))[:, None], 0.0)
    low = support.spread(share * support.of_author(np.sqrt(totals)))
    low = np.concatenate([low, constant[:, None]], axis=1)
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


def _bread(curvature: _Curvature) -> Floats:
    """Rows of the inverse Hessian that belong to β (B, K, p + K)."""
    batch, exposures, periods = curvature.cross.shape
    unit = np.zeros((batch, periods + exposures, exposures))
    unit[:, periods:, :] = np.eye(exposures)
    return np.stack([curvature.solve(unit[:, :, k]) for k in range(exposures)], axis=1) if exposures else unit.mT


def _told(data: Data, bread: Floats) -> Mask:
    """Which coefficients (B, K) are identified, by the information that is left to each beside everything else."""
    exposures = bread.shape[1]
    spread = np.diagonal(bread[:, :, -exposures:] if exposures else bread, axis1=1, axis2=2)
    left = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    n = np.maximum(data.rows.sum(axis=1), 1)[:, None]
    mean, square = data.x.sum(axis=2) / n, np.einsum("bkn,bkn->bk", data.x, data.x) / n
    return identified(left, data.totals.sum(axis=1), mean, square)


def _cr1(data: Data, residual: Floats, bread: Floats) -> Floats:
    """Cluster-robust variances of β, clusters = authors, factor A/(A-1); NaN with fewer than two authors."""
    batch, periods = len(residual), len(data.support.periods)
    if not bread.shape[1]:
        return np.zeros((batch, 0))
    moved = data.support.of_period(bread[:, :, :periods]) + np.einsum("bln,bkl->bkn", data.x, bread[:, :, periods:])
    influence = data.support.by_author(residual[:, None] * moved)
    clusters = (data.totals > 0).sum(axis=1).astype(float)
    factor = np.divide(clusters, clusters - 1, out=np.full(batch, np.nan), where=clusters > 1)
    return np.asarray((influence**2).sum(axis=2) * factor[:, None])
