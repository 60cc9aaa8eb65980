"""Score tests of many permuted treatments against one null fit, which omits the treatment.

The residuals of the null fit are correlated with each treatment after partialling out person and period effects under
the null fit's weights. As the weights never change, a permutation costs a few sums. The specification curve and the
pooled verdict use score tests where thousands of refits would take minutes. Tests hold their p within 0.01 of the
refitted one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.linalg.identification import identified
from analyzer.inference.models.ppml import LONGEST_STEP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.core.arrays import Floats, Mask

_STEPS = 60
_TOLERANCE = 1e-10
# Where β runs to infinity, the likelihood ends the iteration with an information of tolerance × likelihood ÷ counts.
_COLLINEAR = 1e3 * _TOLERANCE
_MAX_LOG = 30.0
_RIDGE = 1e-10


@dataclass(frozen=True, slots=True)
class NullFit:
    """A fit without the treatment over A rows and P periods.

    Attributes
    ----------
    residuals : (A, P) score residuals, orthogonal to every effect.
    weights : (A, P) working weights, 0 outside the rows.
    basis : (K, P) functions of time with a coefficient per row: a constant and perhaps a trend.
    basis_inverse : (A, K, K) inverse of each row's weighted basis products.
    period_inverse : (P, P) inverse of the period effects' equations.
    """

    residuals: Floats
    weights: Floats
    basis: Floats
    basis_inverse: Floats
    period_inverse: Floats

    def partial_out(self, x: Floats) -> Floats:
        """Partial person and period effects out of a variable (A, P); 0 outside the rows."""
        weighted = x * self.weights
        right_hand_side = weighted.sum(axis=0) - self._basis_coefficients(weighted) @ self.weighted_basis
        without_periods = x - right_hand_side @ self.period_inverse
        coefficients = self._basis_coefficients(without_periods * self.weights).reshape(len(x), -1)
        residuals: Floats = np.where(self.weights > 0, without_periods - coefficients @ self.basis, 0.0)
        return residuals

    @property
    def weighted_basis(self) -> Floats:
        """(A × K, P): each row's weighted basis."""
        return (self.basis[None] * self.weights[:, None]).reshape(-1, self.weights.shape[1])

    def _basis_coefficients(self, weighted: Floats) -> Floats:
        """Return each row's basis coefficients (A × K,) of a weighted variable (A, P)."""
        coefficients: Floats = ((weighted @ self.basis.T)[:, None] @ self.basis_inverse).ravel()
        return coefficients


def time_basis(periods: int, *, trend: bool) -> Floats:
    """Return the basis (K, P) of each row's effect: a constant, and a line if each row has a linear trend."""
    functions = [np.ones(periods)]
    if trend:
        functions.append(np.linspace(-1.0, 1.0, periods))
    return np.stack(functions)


def _null_equations(residuals: Floats, weights: Floats, basis: Floats) -> NullFit:
    """Prepare the equations of the person and period effects under some weights (A, P)."""
    weighted_basis = basis[None] * weights[:, None]
    products = weighted_basis @ basis.T
    # The slope of a row with a single period is not identified: a ridge makes it 0.
    basis_ridge = np.maximum(_RIDGE * np.trace(products, axis1=1, axis2=2), 1e-300)
    inverse = np.linalg.inv(products + basis_ridge[:, None, None] * np.eye(len(basis)))
    period_weights, periods = weights.sum(axis=0), weights.shape[1]
    explained = weighted_basis.reshape(-1, periods).T @ (inverse @ weighted_basis).reshape(-1, periods)
    # The constant (and with trends the line) is common to period and person effects: a ridge picks one solution.
    ridge = np.where(period_weights > 0, _RIDGE * period_weights.sum() / len(period_weights), 1.0)
    period_inverse = np.linalg.inv(np.diag(period_weights) - explained + np.diag(ridge))
    return NullFit(residuals, weights, basis, inverse, period_inverse)


@dataclass(frozen=True, slots=True)
class Coefficient:
    """Coefficient of a treatment with its cluster-robust standard error (CR1, clusters = people); people: clusters."""

    beta: float
    error: float
    people: int


def poisson_null(y: Floats, rows: Mask, *, trend: bool = False) -> NullFit:
    """Fit PPML without the treatment by iterated least squares; people and periods without counts get weight 0."""
    return _fit_poisson(y, rows, None, time_basis(y.shape[1], trend=trend), None)[0]


def linear_null(y: Floats, rows: Mask, *, trend: bool = False) -> NullFit:
    """Fit least squares of y (A, P) without the treatment."""
    weights = rows.astype(float)
    null = _null_equations(np.zeros_like(weights), weights, time_basis(y.shape[1], trend=trend))
    return replace(null, residuals=null.partial_out(np.where(rows, y, 0.0)))


def poisson(y: Floats, x: Floats, null: NullFit, owners: NDArray[np.intp]) -> Coefficient | None:
    """Return the PPML coefficient of x (A, P), starting from the null fit; None if not identified.

    `owners` (A,): the person of each row.
    """
    rows = null.weights > 0
    fitted, residualized, beta = _fit_poisson(y, rows, x, null.basis, null.weights)
    return _coefficient(fitted, x, residualized, beta, fitted.residuals, owners)


def linear(x: Floats, null: NullFit, owners: NDArray[np.intp]) -> Coefficient | None:
    """Return the least-squares coefficient of x (A, P), starting from the null fit; None if not identified."""
    residualized = null.partial_out(x)
    sum_of_squares = float((residualized**2).sum())
    beta = float((residualized * null.residuals).sum()) / sum_of_squares if sum_of_squares > 0 else math.nan
    return _coefficient(null, x, residualized, beta, null.residuals - beta * residualized, owners)


def _coefficient(
    fitted: NullFit, x: Floats, residualized: Floats, beta: float, residuals: Floats, owners: NDArray[np.intp]
) -> Coefficient | None:
    """Return beta with its standard error; None if it is not identified or rests on one person."""
    observed = x[fitted.weights > 0]
    sum_of_squares = float((residualized**2 * fitted.weights).sum())
    people = len(np.unique(owners[(fitted.weights > 0).any(axis=1)]))
    total_weight = float(fitted.weights.sum())
    if not math.isfinite(beta) or people < 2:
        return None
    residual_squares, mean, square = np.array([[sum_of_squares], [observed.mean()], [(observed**2).mean()]])
    if not identified(residual_squares, np.array(total_weight), mean, square, _COLLINEAR)[0]:
        return None
    scores = np.bincount(owners, (residualized * residuals).sum(axis=1))
    return Coefficient(beta, math.sqrt(people / (people - 1) * float((scores**2).sum())) / sum_of_squares, people)


def _fit_poisson(
    y: Floats, rows: Mask, x: Floats | None, basis: Floats, start: Floats | None
) -> tuple[NullFit, Floats, float]:
    """Iterate least squares from fitted means `start`; return the last equations, residualized x and its beta."""
    rows = supported(y, rows)
    counts = np.where(rows, y, 0.0)
    if start is None:
        start = (counts + counts.sum() / max(rows.sum(), 1)) / 2
    fitted = np.where(rows, start, 0.0)
    eta = np.log(np.where(rows, fitted, 1.0))
    beta, residualized, likelihood = 0.0, np.zeros_like(fitted), -math.inf
    for _ in range(_STEPS):
        equations = _null_equations(counts - fitted, fitted, basis)
        divisor = np.where(rows, fitted, 1.0)
        working = np.where(rows, eta + (counts - fitted) / divisor, 0.0)
        errors = equations.partial_out(working)
        if x is not None:
            residualized = equations.partial_out(np.where(rows, x, 0.0))
            sum_of_squares = float((residualized**2 * fitted).sum())
            beta = float((residualized * errors * fitted).sum()) / sum_of_squares if sum_of_squares > 0 else math.nan
            errors = errors - beta * residualized
        eta = eta + np.where(rows, np.clip(working - errors - eta, -LONGEST_STEP, LONGEST_STEP), 0.0)
        fitted = np.where(rows, np.exp(np.clip(eta, -_MAX_LOG, _MAX_LOG)), 0.0)
        previous, likelihood = likelihood, float((counts * eta - fitted).sum())
        if not abs(likelihood - previous) > _TOLERANCE * (1 + abs(likelihood)):
            break
    return _null_equations(counts - fitted, fitted, basis), residualized, beta


def supported(y: Floats, rows: Mask) -> Mask:
    """Drop people and periods without any count from rows (A, P)."""
    while True:
        counts = np.where(rows, y, 0.0)
        supported_rows: Mask = rows & (counts.sum(axis=1) > 0)[:, None] & (counts.sum(axis=0) > 0)[None]
        if np.array_equal(supported_rows, rows):
            return supported_rows
        rows = supported_rows


@dataclass(frozen=True, slots=True)
class PermutedScores:
    """One-step coefficients of B permutations of shares.

    Attributes
    ----------
    beta : (B,) coefficients.
    sum_of_squares : (B,) residual sum of squares of the permuted share.
    scores : (B, A) scores per row, to be summed by cluster and squared.
    """

    beta: Floats
    sum_of_squares: Floats
    scores: Floats

    @property
    def t(self) -> Floats:
        """(B,): coefficients over their cluster-robust standard errors, clusters = rows."""
        error = np.sqrt((self.scores**2).sum(axis=1))
        numerator = self.beta * self.sum_of_squares
        statistics: Floats = np.divide(numerator, error, out=np.full_like(numerator, np.nan), where=error > 0)
        return statistics


def _weighted_shares(shares: Floats, weights: Floats, lenders: NDArray[np.intp]) -> Floats:
    """Return sums over rows of weight times borrowed share (B, P), without copies.

    `lenders` (B, A): the person whose share each row borrows.
    """
    sums = np.zeros((len(lenders), shares.shape[1]))
    borrowed = np.empty_like(sums)
    for row, row_weights in enumerate(weights):
        np.take(shares, lenders[:, row], axis=0, out=borrowed, mode="clip")
        borrowed *= row_weights
        sums += borrowed
    return sums


@dataclass(frozen=True, slots=True)
class ScoreLookup:
    """Score statistics of every row (A) with every person's shares, from which each permutation is summed.

    Attributes
    ----------
    null : the null fit.
    shares : (people, P).
    coefficients : (A, people, K) basis coefficients of each person's shares on each row.
    sums_of_squares : (A, people) weighted squares of the shares, net of the row's effect.
    scores : (A, people) products of the shares with the row's residuals.
    """

    null: NullFit
    shares: Floats
    coefficients: Floats
    sums_of_squares: Floats
    scores: Floats


def score_lookup(null: NullFit, shares: Floats) -> ScoreLookup:
    """Prepare the statistics of all permutations of `shares` (people, P), which must be known everywhere."""
    products = np.stack([(null.weights * function) @ shares.T for function in null.basis], axis=-1)
    coefficients = products @ null.basis_inverse
    sums_of_squares = null.weights @ (shares**2).T - (products * coefficients).sum(axis=-1)
    return ScoreLookup(null, shares, coefficients, sums_of_squares, null.residuals @ shares.T)


def permuted_scores(table: ScoreLookup, permutations: NDArray[np.intp], owners: NDArray[np.intp]) -> PermutedScores:
    """Return the statistics of every permutation: row a borrows the share of person permutations[b, owners[a]].

    permutations (B, people); owners (A,): the person of each row.
    """
    null, rows, lenders = table.null, np.arange(len(owners))[None], permutations[:, owners]
    period_sums = _weighted_shares(table.shares, null.weights, lenders)
    period_sums -= table.coefficients[rows, lenders].reshape(len(permutations), -1) @ null.weighted_basis
    period_effects = period_sums @ null.period_inverse
    sum_of_squares = table.sums_of_squares[rows, lenders].sum(axis=1) - (period_effects * period_sums).sum(axis=1)
    scores = table.scores[rows, lenders] - period_effects @ null.residuals.T
    with np.errstate(divide="ignore", invalid="ignore"):
        beta = np.where(sum_of_squares > 0, scores.sum(axis=1) / sum_of_squares, np.nan)
    return PermutedScores(beta, sum_of_squares, scores)
