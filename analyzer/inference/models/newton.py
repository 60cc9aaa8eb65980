"""Newton's method over many repositories, which share only β: each one's period effects are eliminated separately.

Each repository is reduced to the people and periods that have rows, because the cost of a step grows with the square
of both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.inference.linalg.identification import identified, partial_out_others
from analyzer.inference.linalg.observed_cells import nonempty_blocks
from analyzer.inference.models import ppml
from analyzer.inference.models.ppml import LONGEST_STEP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.core.arrays import Floats, Ints, Mask

_STEPS, _TOLERANCE = 40, 1e-9


@dataclass(frozen=True, slots=True)
class Block:
    """One repository, by its number, without people and periods that have no row.

    mesh: open mesh of the remaining people and periods in (A, P).
    data: one data set of a people and p periods.
    """

    repository: int
    mesh: tuple[Ints, Ints]
    data: ppml.ObservedData

    def initial_period_effects(self) -> Floats:
        """Return starting values of the period effects (p,)."""
        effects: Floats = ppml.initial_period_effects(self.data)[0]
        return effects

    def derivatives(self, beta: Floats, period: Floats) -> tuple[Floats, Floats, Floats]:
        """Return fitted means (a, p), gradient (p + K,) and negative Hessian in (period effects, β)."""
        theta = np.concatenate([period, beta])[None]
        fitted, gradient, hessian = ppml.derivatives(theta, self.data)
        return fitted[0], gradient[0], hessian[0]


def repository_blocks(y: Floats, rows: Mask, x: Floats) -> list[Block]:
    """Return the blocks of y (R, A, P), rows (R, A, P) from `ppml.rows_with_counts`, and x (R, K, A, P)."""
    return [
        Block(r, mesh, ppml.observed_data(y[r][mesh], rows[r][mesh][None], x[r][:, mesh[0], mesh[1]][None]))
        for r, mesh in nonempty_blocks(rows)
    ]


class ReducedEquations(NamedTuple):
    """Newton's equations of a repository without its period effects: reduced_hessian @ step = reduced_gradient.

    Attributes
    ----------
    gradient : (p + K,) gradient of the full equations.
    solved : (p, 1 + K) steps of the period effects, for the gradient and for each coefficient.
    reduced_hessian : (K, K).
    reduced_gradient : (K,).
    """

    gradient: Floats
    solved: Floats
    reduced_hessian: Floats
    reduced_gradient: Floats


def eliminate_period_effects(block: Block, beta: Floats, period: Floats) -> ReducedEquations:
    """Return the reduced equations at β (K,) and period effects (p,)."""
    _, gradient, hessian = block.derivatives(beta, period)
    n = len(period)
    cross = hessian[:n, n:]
    right_hand_side = np.column_stack([gradient[:n], cross])
    solved = np.asarray(np.linalg.solve(hessian[:n, :n], right_hand_side), dtype=np.float64)
    reduced_hessian = hessian[n:, n:] - cross.T @ solved[:, 1:]
    reduced_gradient = gradient[n:] - cross.T @ solved[:, 0]
    return ReducedEquations(gradient, solved, reduced_hessian, reduced_gradient)


class _RegressorScale(NamedTuple):
    """Scale of the regressors over all rows: total count, and means of x, means of x² and largest |x| (K,)."""

    total_weight: Floats
    mean: Floats
    square: Floats
    largest: Floats

    @classmethod
    def of(cls, blocks: Sequence[Block], n_regressors: int) -> _RegressorScale:
        x = np.concatenate([np.zeros((n_regressors, 0)), *(b.data.x[0] for b in blocks)], axis=1)
        n = max(sum(int(b.data.rows.sum()) for b in blocks), 1)
        mass = np.array(sum(float(b.data.totals.sum()) for b in blocks))
        return cls(mass, x.sum(axis=1) / n, (x**2).sum(axis=1) / n, np.abs(x).max(axis=1, initial=0.0))

    def identifies(self, reduced_hessian: Floats) -> bool:
        """Return whether the reduced equations (K, K) identify every coefficient."""
        if not np.isfinite(reduced_hessian).all():
            return False
        return bool(identified(partial_out_others(reduced_hessian), self.total_weight, self.mean, self.square).all())


class Solution(NamedTuple):
    """β (K,), NaN where it is not identified, and each block's period effects (p,)."""

    beta: Floats
    periods: list[Floats]
    converged: bool


def solve(
    blocks: Sequence[Block], beta: Floats, periods: list[Floats], start: Sequence[ReducedEquations] | None = None
) -> Solution:
    """Run Newton's method from β (K,) and each block's period effects; `start`: the equations there, if known."""
    gain, n_regressors = math.inf, len(beta)
    scale = _RegressorScale.of(blocks, n_regressors)
    for _ in range(_STEPS):
        equations = start or [
            eliminate_period_effects(b, beta, period) for b, period in zip(blocks, periods, strict=True)
        ]
        start = None
        hessian = sum((e.reduced_hessian for e in equations), np.zeros((n_regressors, n_regressors)))
        if not scale.identifies(hessian):
            return Solution(np.full(n_regressors, math.nan), periods, converged=False)
        step = np.linalg.solve(hessian, sum((e.reduced_gradient for e in equations), np.zeros(n_regressors)))
        period_steps = [e.solved[:, 0] - e.solved[:, 1:] @ step for e in equations]
        longest = max(float(np.abs(change).max(initial=0.0)) for change in (step * scale.largest, *period_steps))
        shrink = min(1.0, LONGEST_STEP / max(longest, 1e-300))
        beta = beta + shrink * step
        periods = [period + shrink * change for period, change in zip(periods, period_steps, strict=True)]
        # Gain of the likelihood: a move of a constant without information (stretches that nobody spans) is no step.
        gain = sum(float(e.gradient @ np.concatenate([s, step])) for e, s in zip(equations, period_steps, strict=True))
        if not gain > _TOLERANCE**2:
            break
    converged = gain <= _TOLERANCE
    return Solution(beta if converged else np.full(n_regressors, math.nan), periods, converged=converged)
