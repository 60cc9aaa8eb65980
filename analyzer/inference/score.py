"""Score statistics of many exposures at once against one fit without the exposure.

What the null model leaves is correlated with each exposure, its author and period effects taken out with the fit's own
weights. As the weights never change, a permutation costs a few sums: the specification curve and the pooled verdict use
it where thousands of refits would take minutes. Tests hold its p within 0.01 of the refitted one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.arrays import Floats, Mask

_STEPS = 60
_TOLERANCE = 1e-9
_LONGEST_STEP = 3.0


@dataclass(frozen=True, slots=True)
class Null:
    """The fit without an exposure over A rows and P periods.

    residual (A, P): score residuals, orthogonal to every effect. weight (A, P): working weights, 0 outside the rows.
    basis (K, P): what each author has a coefficient of, a constant and perhaps a trend. inverse (A, K, K): of the
    authors' weighted basis. system (P, P): pseudo-inverse of the period effects' equations.
    """

    residual: Floats
    weight: Floats
    basis: Floats
    inverse: Floats
    system: Floats

    def period_part(self, x: Floats) -> tuple[Floats, Floats]:
        """Right-hand sides and period effects (…, P) of exposures x (…, A, P)."""
        weighted = x * self.weight
        own = np.einsum("...ap,kp->...ak", weighted, self.basis)
        own = np.einsum("...ak,akl->...al", own, self.inverse)
        back = np.einsum("...ak,kp,ap->...p", own, self.basis, self.weight, optimize=True)
        right = weighted.sum(axis=-2) - back
        return right, right @ self.system

    def within(self, x: Floats) -> Floats:
        """Exposure (A, P) with author and period effects taken out, 0 outside the rows."""
        _, effect = self.period_part(x)
        left = x - effect
        own = np.einsum("ap,kp,ap->ak", left, self.basis, self.weight, optimize=True)
        own = np.einsum("ak,akl->al", own, self.inverse)
        found: Floats = np.where(self.weight > 0, left - own @ self.basis, 0.0)
        return found


def null(residual: Floats, weight: Floats, *, trend: bool) -> Null:
    """Prepare a fit whose score residuals and weights (A, P) are known."""
    basis = basis_of(weight.shape[1], trend=trend)
    inverse, system = _equations(weight, basis)
    return Null(residual, weight, basis, inverse, _pseudo_inverse(system))


def basis_of(periods: int, *, trend: bool) -> Floats:
    """(K, P): a constant, and a line if authors have trends of their own."""
    rows = [np.ones(periods)]
    if trend:
        rows.append(np.linspace(-1.0, 1.0, periods))
    return np.stack(rows)


def _equations(weight: Floats, basis: Floats) -> tuple[Floats, Floats]:
    """Inverse (A, K, K) of each author's own equations, and the period effects' system (P, P)."""
    own = np.einsum("kp,ap,lp->akl", basis, weight, basis, optimize=True)
    inverse = np.linalg.pinv(own, hermitian=True)
    scaled = basis[None] * weight[:, None]
    system = np.diag(weight.sum(axis=0)) - np.einsum("akp,akl,alq->pq", scaled, inverse, scaled, optimize=True)
    return inverse, system


def poisson_null(y: Floats, rows: Mask, *, trend: bool = False) -> Null:
    """PPML without an exposure by iterated least squares; rows (A, P) without support have weight 0."""
    rows = supported(y, rows)
    counts = np.where(rows, y, 0.0)
    basis = basis_of(y.shape[1], trend=trend)
    mean = np.where(rows, (counts + counts.sum() / max(rows.sum(), 1)) / 2, 0.0)
    eta = np.log(np.where(rows, mean, 1.0))
    for _ in range(_STEPS):
        inverse, system = _equations(mean, basis)
        working = np.where(rows, eta + (counts - mean) / np.where(rows, mean, 1.0), 0.0)
        part = Null(counts, mean, basis, inverse, _pseudo_inverse(system))
        fitted = np.where(rows, working - part.within(working), 0.0)
        step = np.clip(fitted - eta, -_LONGEST_STEP, _LONGEST_STEP)
        eta = np.where(rows, eta + step, 0.0)
        mean = np.where(rows, np.exp(np.clip(eta, -30, 30)), 0.0)
        if float(np.abs(step[rows]).max(initial=0.0)) < _TOLERANCE:
            break
    return null(counts - mean, mean, trend=trend)


def linear_null(y: Floats, rows: Mask, *, trend: bool = False) -> Null:
    """Least squares of y without an exposure."""
    weight = rows.astype(float)
    prepared = null(np.zeros_like(weight), weight, trend=trend)
    return Null(prepared.within(np.where(rows, y, 0.0)), weight, prepared.basis, prepared.inverse, prepared.system)


def supported(y: Floats, rows: Mask) -> Mask:
    """Rows (A, P) left when authors and periods without any count are gone."""
    while True:
        counts = np.where(rows, y, 0.0)
        kept: Mask = rows & (counts.sum(axis=1) > 0)[:, None] & (counts.sum(axis=0) > 0)[None]
        if np.array_equal(kept, rows):
            return kept
        rows = kept


def _pseudo_inverse(system: Floats) -> Floats:
    """Of the period effects' equations, which leave a constant open."""
    found: Floats = np.linalg.pinv(system, hermitian=True).astype(np.float64)
    return found


@dataclass(frozen=True, slots=True)
class Swapped:
    """Of B assignments of shares: one-step coefficients (B,) and their cluster scores (B, A), before squaring."""

    beta: Floats
    spread: Floats
    scores: Floats

    @property
    def t(self) -> Floats:
        """Coefficients over their cluster-robust errors, clusters = rows."""
        error = np.sqrt((self.scores**2).sum(axis=1))
        numerator = self.beta * self.spread
        found: Floats = np.divide(numerator, error, out=np.full_like(numerator, np.nan), where=error > 0)
        return found


def swapped(fit: Null, shares: Floats, orders: NDArray[np.intp], whose: NDArray[np.intp]) -> Swapped:
    """Statistics of every assignment: row a has the share of person orders[b, whose[a]].

    shares (people, P), known everywhere; orders (B, people); whose (A,): whose rows they are.
    """
    rows = np.arange(len(whose))
    given = orders[:, whose]
    x2 = fit.weight @ (shares**2).T
    own = np.stack([(fit.weight * part) @ shares.T for part in fit.basis], axis=-1)
    own_of = own[rows[None], given]
    solved = np.einsum("bak,akl->bal", own_of, fit.inverse)
    spread = x2[rows[None], given].sum(axis=1) - np.einsum("bak,bak->b", own_of, solved)
    right = np.zeros((len(orders), shares.shape[1]))
    for a in rows:
        right += shares[given[:, a]] * fit.weight[a]
    scaled = (fit.basis[None] * fit.weight[:, None]).transpose(0, 1, 2).reshape(-1, shares.shape[1])
    right -= solved.reshape(len(orders), -1) @ scaled
    effect = right @ fit.system
    spread = spread - np.einsum("bp,bp->b", effect, right)
    scores = (fit.residual @ shares.T)[rows[None], given] - effect @ fit.residual.T
    with np.errstate(divide="ignore", invalid="ignore"):
        beta = np.where(spread > 0, scores.sum(axis=1) / spread, np.nan)
    return Swapped(beta, spread, scores)
