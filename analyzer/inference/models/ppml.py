"""Poisson pseudo-maximum likelihood (PPML) with person and period effects, for a batch of data sets at once.

The model is log E[y_at] = α_a + γ_t + Σ_k β_k x_kat. The person effects α are concentrated out, which leaves a
multinomial likelihood in (γ, β) (Hausman, Hall and Griliches, Econometrica 1984). Newton's method solves it for a whole
batch: the refits of a jackknife or of a permutation test differ only in their masks and regressors. Estimates equal
those of IRLS on demeaned data (`fepois`) up to rounding.
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
LONGEST_STEP = 3.0
_RIDGE = 1e-11
_REGRESSOR_RIDGE = 1e-13
# There must be this many times fewer people than periods before the person equations are solved instead.
_WOODBURY_RATIO = 2
# A Schur complement below this part of the regressor's weighted squares is a difference of nearly equal numbers.
_STABLE = 1e-7


@dataclass(frozen=True, slots=True)
class Fit:
    """A batch of B fits over A people, P periods and K regressors.

    Attributes
    ----------
    beta : (B, K) coefficients, NaN where not identified.
    period_effects : (B, P) effects up to a constant, 0 where a period has no count.
    fitted : (B, A, P) fitted means, 0 outside the rows used.
    rows : (B, A, P) rows used, after people and periods without any count are dropped.
    variance : (B, K) CR1 variances of beta, clustered by person.
    converged : (B,) whether the last Newton step gained next to nothing.
    """

    beta: Floats
    period_effects: Floats
    fitted: Floats
    rows: Mask
    variance: Floats
    converged: Mask


def fit(y: Floats, rows: Mask, x: Floats, *, start: tuple[Floats, Floats] | None = None, steps: int = 50) -> Fit:
    """Fit every data set of a batch.

    Parameters
    ----------
    y : (A, P) counts, shared by all data sets.
    rows : (B, A, P) which cells are observed.
    x : (B, K, A, P) regressors, finite wherever a row is observed.
    start : period effects (P,) and beta (K,) of a related fit.
    steps : maximum number of Newton steps; three from a fit without the treatment suffice for a permutation statistic.
    """
    rows = rows_with_counts(y, rows)
    data = observed_data(y, rows, x)
    support, batch, n_regressors = data.support, len(rows), x.shape[1]
    periods = len(support.periods)
    theta = np.zeros((batch, periods + n_regressors))
    theta[:, :periods] = initial_period_effects(data) if start is None else start[0][support.periods] * data.alive
    if start is not None:
        theta[:, periods:] = start[1]
    gain = np.full(batch, np.inf)
    largest = np.ones_like(theta)
    largest[:, periods:] = np.abs(data.x).max(axis=2, initial=0.0)
    for _ in range(steps):
        _, gradient, curvature = _derivatives(theta, data)
        delta = curvature.solve(gradient)
        length = _step_length(delta, largest, data)
        theta = theta + delta * np.minimum(1.0, LONGEST_STEP / np.maximum(length, 1e-300))[:, None]
        # Gain of the likelihood: a move along a direction without information (constants of stretches) is no step.
        gain = np.einsum("bk,bk->b", gradient, delta)
        if np.all(~(gain > TOLERANCE**2)):
            break
    fitted, _, curvature = _derivatives(theta, data)
    period_effects = np.zeros((batch, x.shape[3]))
    period_effects[:, support.periods] = theta[:, :periods]
    bread = _bread_rows(curvature)
    estimable = _identified_mask(data, bread)
    variance = _cr1(data, data.counts - fitted, bread)
    beta, variance = (np.where(estimable, values, np.nan) for values in (theta[:, periods:], variance))
    return Fit(beta, period_effects, support.to_panel(fitted), rows, variance, gain <= TOLERANCE)


def _step_length(delta: Floats, largest: Floats, data: ObservedData) -> Floats:
    """Return the largest change of a log mean under each step (B, p + K), net of person effects (B,).

    `largest` (B, p + K), the largest absolute value of each regressor, gives an upper bound; the exact length is
    computed only where the bound is above the longest step. It does not depend on a regressor's unit or constant.
    """
    length: Floats = (np.abs(delta) * largest).max(axis=1, initial=0.0)
    far = length > LONGEST_STEP
    if far.any():
        rows, periods = data.rows[far], len(data.support.periods)
        log_shift = data.support.broadcast_periods(delta[far, :periods])
        log_shift = np.where(rows, log_shift + np.einsum("bk,bkn->bn", delta[far, periods:], data.x[far]), 0.0)
        counts = np.maximum(data.support.reduce_by_person(rows.astype(float)), 1.0)
        mean_shift = data.support.reduce_by_person(log_shift) / counts
        length[far] = np.abs(np.where(rows, log_shift - data.support.broadcast_people(mean_shift), 0.0)).max(axis=1)
    return length


def rows_with_counts(y: Floats, rows: Mask) -> Mask:
    """Drop people and periods without any count from rows (B, A, P): their effects run to minus infinity."""
    while True:
        counted = rows & (y > 0)
        by_person, by_period = np.asarray(counted.any(axis=2)), np.asarray(counted.any(axis=1))
        supported_rows: Mask = rows & by_person[:, :, None] & by_period[:, None, :]
        if np.array_equal(supported_rows, rows):
            return supported_rows
        rows = supported_rows


@dataclass(frozen=True, slots=True)
class ObservedData:
    """A batch of data sets on the N cells of a support.

    Attributes
    ----------
    counts : (B, N) outcome, 0 outside the rows.
    rows : (B, N) observed cells.
    x : (B, K, N) regressors, 0 outside the rows.
    totals : (B, a) counts per person.
    alive : (B, p) periods with rows.
    """

    support: Support
    counts: Floats
    rows: Mask
    x: Floats
    totals: Floats
    alive: Mask


def observed_data(y: Floats, rows: Mask, x: Floats) -> ObservedData:
    """Reduce y (A, P), rows (B, A, P) and x (B, K, A, P) to the observed cells."""
    support = Support.of(np.asarray(rows.any(axis=0)))
    observed_rows = support.from_panel(rows)
    counts = np.where(observed_rows, support.from_panel(y), 0.0)
    regressors = np.where(observed_rows[:, None], np.nan_to_num(support.from_panel(x)), 0.0)
    alive = np.asarray(rows[..., support.periods].any(axis=1))
    return ObservedData(support, counts, observed_rows, regressors, support.reduce_by_person(counts), alive)


def initial_period_effects(data: ObservedData) -> Floats:
    """Return starting values of the period effects (B, p): centred logs of the totals, 0 where a period has no rows."""
    alive = data.alive
    logs = np.log(np.where(alive, np.maximum(data.support.sum_by_period(data.counts), 0.5), 1.0))
    return np.where(
        alive, logs - logs.sum(axis=1, keepdims=True) / np.maximum(alive.sum(axis=1, keepdims=True), 1), 0.0
    )


def derivatives(theta: Floats, data: ObservedData) -> tuple[Floats, Floats, Floats]:
    """Return fitted means (B, a, p), gradient and negative Hessian of the concentrated likelihood in (γ, β)."""
    fitted, gradient, curvature = _derivatives(theta, data)
    return data.support.to_grid(fitted), gradient, curvature.dense()


@dataclass(frozen=True, slots=True)
class _NegativeHessian:
    """A batch of negative Hessians [[G, C'], [C, N]] in (γ, β), G = diag(d) + L' diag(s) L.

    Attributes
    ----------
    diagonal : (B, p) d.
    low_rank : (B, a + 1, p) L: one row per person, whose effect takes one direction out of the period effects, and one
        row that fixes the constant.
    sign : (a + 1,) s: -1 for people.
    cross : (B, K, p) C.
    inner : (B, K, K) N.
    weighted_squares : (B, K) each regressor's weighted sum of squares before any effect is partialled out.
    """

    diagonal: Floats
    low_rank: Floats
    sign: Floats
    cross: Floats
    inner: Floats
    weighted_squares: Floats

    def dense(self) -> Floats:
        """Return the full matrices (B, p + K, p + K)."""
        batch, n_regressors, periods = self.cross.shape
        matrix = np.empty((batch, periods + n_regressors, periods + n_regressors))
        matrix[:, :periods, :periods] = np.matmul(np.swapaxes(self.low_rank * self.sign[:, None], 1, 2), self.low_rank)
        diagonal = np.arange(periods)
        matrix[:, diagonal, diagonal] += self.diagonal
        matrix[:, periods:, :periods] = self.cross
        matrix[:, :periods, periods:] = np.swapaxes(self.cross, 1, 2)
        matrix[:, periods:, periods:] = self.inner
        return matrix

    def solve(self, gradient: Floats) -> Floats:
        """Return Newton steps (B, p + K); a data set whose Hessian is singular gets NaN.

        With fewer people than half the periods, Woodbury's identity replaces p × p equations by a × a ones.
        """
        if self.low_rank.shape[1] * _WOODBURY_RATIO > self.low_rank.shape[2] or not self.cross.shape[1]:
            return _solve(self.dense(), gradient)
        try:
            steps, stable = self._solve_by_woodbury(gradient)
        except np.linalg.LinAlgError:
            return _solve(self.dense(), gradient)
        if not stable.all():
            unstable = _NegativeHessian(
                self.diagonal[~stable],
                self.low_rank[~stable],
                self.sign,
                self.cross[~stable],
                self.inner[~stable],
                self.weighted_squares[~stable],
            )
            steps[~stable] = _solve(unstable.dense(), gradient[~stable])
        return steps

    def _solve_by_woodbury(self, gradient: Floats) -> tuple[Floats, Mask]:
        """Return steps, and which of them do not rest on a difference of nearly equal numbers."""
        periods = self.cross.shape[2]
        scaled = self.low_rank / self.diagonal[:, None]
        core = np.matmul(scaled, np.swapaxes(self.low_rank, 1, 2))
        diagonal = np.arange(len(self.sign))
        core[:, diagonal, diagonal] += self.sign
        columns = np.concatenate([gradient[:, :periods, None], np.swapaxes(self.cross, 1, 2)], axis=2)
        columns = columns / self.diagonal[..., None]
        columns -= np.matmul(np.swapaxes(scaled, 1, 2), np.linalg.solve(core, np.matmul(self.low_rank, columns)))
        products = np.matmul(self.cross, columns)
        schur = self.inner - products[:, :, 1:]
        beta = np.linalg.solve(schur, (gradient[:, periods:] - products[:, :, 0])[..., None])
        gamma = columns[:, :, 0] - np.matmul(columns[:, :, 1:], beta)[..., 0]
        stable = np.diagonal(schur, axis1=1, axis2=2) > _STABLE * self.weighted_squares
        return np.concatenate([gamma, beta[..., 0]], axis=1), np.asarray(stable.all(axis=1))


def _derivatives(theta: Floats, data: ObservedData) -> tuple[Floats, Floats, _NegativeHessian]:
    """Return fitted means (B, N), gradient and negative Hessian."""
    support, x, totals = data.support, data.x, data.totals
    periods = len(support.periods)
    eta = support.broadcast_periods(theta[:, :periods]) + np.einsum("bk,bkn->bn", theta[:, periods:], x)
    eta = np.where(data.rows, eta, -np.inf)
    top = np.maximum(support.reduce_by_person(eta, np.maximum), -1e300)
    weight = np.exp(eta - support.broadcast_people(top))
    probability = weight / support.broadcast_people(np.maximum(support.reduce_by_person(weight), 1e-300))
    fitted = probability * support.broadcast_people(totals)
    residuals = data.counts - fitted
    gradient = np.concatenate([support.sum_by_period(residuals), np.einsum("bn,bkn->bk", residuals, x)], axis=1)
    mean_x = support.reduce_by_person(probability[:, None] * x)
    cross = support.sum_by_period(fitted[:, None] * (x - support.broadcast_people(mean_x)))
    inner = np.einsum("bkn,bln->bkl", x * fitted[:, None], x, optimize=True)
    weighted_squares = np.diagonal(inner, axis1=1, axis2=2)
    inner = inner - np.einsum("bka,bla,ba->bkl", mean_x, mean_x, totals)
    if inner.shape[1] > 1:
        # An unidentified regressor would take a step of pure rounding, which would drown those of the others.
        inner[:, np.arange(inner.shape[1]), np.arange(inner.shape[1])] += _REGRESSOR_RIDGE * weighted_squares
    # γ is known up to a constant, and a dead period has no effect: fill those directions so that H is invertible.
    dead = np.where(data.alive, 0.0, 1.0)
    scale = np.maximum(fitted.sum(axis=1), 1.0) / max(periods, 1)
    # Each stretch of periods that nobody spans has a constant of its own: a ridge fixes it and moves no optimum.
    diagonal = support.sum_by_period(fitted) + dead + _RIDGE * scale[:, None]
    constant = np.where(data.alive, np.sqrt(scale / max(periods, 1))[:, None], 0.0)
    low_rank = support.to_grid(probability * support.broadcast_people(np.sqrt(totals)))
    low_rank = np.concatenate([low_rank, constant[:, None]], axis=1)
    sign = np.append(np.full(low_rank.shape[1] - 1, -1.0), 1.0)
    return fitted, gradient, _NegativeHessian(diagonal, low_rank, sign, cross, inner, weighted_squares)


def _solve(hessian: Floats, gradient: Floats) -> Floats:
    """Return Newton steps; a data set whose Hessian is singular gets NaN and stays NaN."""
    try:
        return np.asarray(np.linalg.solve(hessian, gradient[..., None])[..., 0], dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.stack([_solve_one(h, r) for h, r in zip(hessian, gradient, strict=True)])


def _solve_one(hessian: Floats, gradient: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(hessian, gradient), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.full_like(gradient, np.nan)


def _bread_rows(curvature: _NegativeHessian) -> Floats:
    """Return the rows of the inverse Hessian that belong to β (B, K, p + K)."""
    batch, n_regressors, periods = curvature.cross.shape
    unit = np.zeros((batch, periods + n_regressors, n_regressors))
    unit[:, periods:, :] = np.eye(n_regressors)
    return np.stack([curvature.solve(unit[:, :, k]) for k in range(n_regressors)], axis=1) if n_regressors else unit.mT


def _identified_mask(data: ObservedData, bread: Floats) -> Mask:
    """Return which coefficients (B, K) are identified, by each one's information net of everything else."""
    n_regressors = bread.shape[1]
    variance = np.diagonal(bread[:, :, -n_regressors:] if n_regressors else bread, axis1=1, axis2=2)
    information = np.divide(1.0, variance, out=np.zeros_like(variance), where=variance > 0)
    n = np.maximum(data.rows.sum(axis=1), 1)[:, None]
    mean, square = data.x.sum(axis=2) / n, np.einsum("bkn,bkn->bk", data.x, data.x) / n
    return identified(information, data.totals.sum(axis=1), mean, square)


def _cr1(data: ObservedData, residuals: Floats, bread: Floats) -> Floats:
    """Return cluster-robust variances of β, clusters = people, factor A/(A-1); NaN with fewer than two people."""
    batch, periods = len(residuals), len(data.support.periods)
    if not bread.shape[1]:
        return np.zeros((batch, 0))
    of_periods = data.support.broadcast_periods(bread[:, :, :periods])
    projected = of_periods + np.einsum("bln,bkl->bkn", data.x, bread[:, :, periods:])
    influence = data.support.reduce_by_person(residuals[:, None] * projected)
    clusters = (data.totals > 0).sum(axis=1).astype(float)
    factor = np.divide(clusters, clusters - 1, out=np.full(batch, np.nan), where=clusters > 1)
    return np.asarray((influence**2).sum(axis=2) * factor[:, None])
