"""Newton's method over many repositories: they meet in β alone, so each solves for the period effects it has itself.

A repository is cut to the authors and periods with rows, since the cost of a step grows with the square of both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.inference.linalg.identification import identified, left_of_each
from analyzer.inference.linalg.observed_cells import nonempty_blocks
from analyzer.inference.models import ppml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.core.arrays import Floats, Ints, Mask

_STEPS, _TOLERANCE = 40, 1e-9
_LONGEST_STEP = 3.0


@dataclass(frozen=True, slots=True)
class Block:
    """One repository, by its number, without authors and periods that have no row.

    place: the open mesh of what is left in (A, P). data: one data set of a authors and p periods.
    """

    repository: int
    place: tuple[Ints, Ints]
    data: ppml.Data

    def first_guess(self) -> Floats:
        """Period effects (p,) to begin with."""
        guess: Floats = ppml.first_guess(self.data)[0]
        return guess

    def derivatives(self, beta: Floats, period: Floats) -> tuple[Floats, Floats, Floats]:
        """Fitted means (a, p), gradient (p + K,) and negative Hessian in (period effects, β)."""
        theta = np.concatenate([period, beta])[None]
        mean, gradient, hessian = ppml.derivatives(theta, self.data)
        return mean[0], gradient[0], hessian[0]


def blocks(y: Floats, rows: Mask, x: Floats) -> list[Block]:
    """Blocks of y (R, A, P), rows (R, A, P) and x (R, K, A, P); `rows` are `ppml.supported` ones."""
    return [
        Block(r, place, ppml.observed(y[r][place], rows[r][place][None], x[r][:, place[0], place[1]][None]))
        for r, place in nonempty_blocks(rows)
    ]


class Eliminated(NamedTuple):
    """Newton's equations of a repository with its period effects solved for: own (K, K) @ step = pull (K,).

    gradient (p + K,); solved (p, 1 + K): of the period effects, for the gradient and for each coefficient.
    """

    gradient: Floats
    solved: Floats
    own: Floats
    pull: Floats


def eliminated(block: Block, beta: Floats, period: Floats) -> Eliminated:
    """The equations at β (K,) and period effects (p,)."""
    _, gradient, hessian = block.derivatives(beta, period)
    n = len(period)
    across = hessian[:n, n:]
    right = np.column_stack([gradient[:n], across])
    solved = np.asarray(np.linalg.solve(hessian[:n, :n], right), dtype=np.float64)
    own, pull = hessian[n:, n:] - across.T @ solved[:, 1:], gradient[n:] - across.T @ solved[:, 0]
    return Eliminated(gradient, solved, own, pull)


class _Measure(NamedTuple):
    """What exposures are measured by: counts in all; means of x and x², largest |x| (K,) over the rows."""

    mass: Floats
    mean: Floats
    square: Floats
    largest: Floats

    @classmethod
    def of(cls, parts: Sequence[Block], exposures: int) -> _Measure:
        x = np.concatenate([np.zeros((exposures, 0)), *(b.data.x[0] for b in parts)], axis=1)
        n = max(sum(int(b.data.rows.sum()) for b in parts), 1)
        mass = np.array(sum(float(b.data.totals.sum()) for b in parts))
        return cls(mass, x.sum(axis=1) / n, (x**2).sum(axis=1) / n, np.abs(x).max(axis=1, initial=0.0))

    def identifies(self, own: Floats) -> bool:
        """Whether equations (K, K) with the period effects solved for hold every coefficient."""
        if not np.isfinite(own).all():
            return False
        return bool(identified(left_of_each(own), self.mass, self.mean, self.square).all())


class Solution(NamedTuple):
    """β (K,), NaN where it is not identified, and each block's period effects."""

    beta: Floats
    periods: list[Floats]
    converged: bool


def solve(
    parts: Sequence[Block], beta: Floats, periods: list[Floats], known: Sequence[Eliminated] | None = None
) -> Solution:
    """Newton's method from β and period effects; `known`: the equations there, where they are known already."""
    gain, exposures = math.inf, len(beta)
    measure = _Measure.of(parts, exposures)
    for _ in range(_STEPS):
        at = known or [eliminated(block, beta, period) for block, period in zip(parts, periods, strict=True)]
        known = None
        own = sum((one.own for one in at), np.zeros((exposures, exposures)))
        if not measure.identifies(own):
            return Solution(np.full(exposures, math.nan), periods, converged=False)
        step = np.linalg.solve(own, sum((one.pull for one in at), np.zeros(exposures)))
        effects = [one.solved[:, 0] - one.solved[:, 1:] @ step for one in at]
        size = max(float(np.abs(part).max(initial=0.0)) for part in (step * measure.largest, *effects))
        shrink = min(1.0, _LONGEST_STEP / max(size, 1e-300))
        beta = beta + shrink * step
        periods = [period + shrink * effect for period, effect in zip(periods, effects, strict=True)]
        # Of the likelihood: constants that no effect can tell (of stretches that nobody spans) are no step.
        gain = sum(float(one.gradient @ np.concatenate([e, step])) for one, e in zip(at, effects, strict=True))
        if not gain > _TOLERANCE**2:
            break
    at_rest = gain <= _TOLERANCE
    return Solution(beta if at_rest else np.full(exposures, math.nan), periods, converged=at_rest)
