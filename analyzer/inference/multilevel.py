"""One-stage model over many repositories: one coefficient, with person and period effects within each repository.

The jackknife leaves out repositories, in groups where there are more than 64. Below eight repositories it leaves out
people, who may work in several. Single-repository estimates, combined after Hartung and Knapp (Stat. Med. 2001), show
how much repositories differ; as a headline they would find effects where there are none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from analyzer.inference.jackknife import Interval, jackknife_interval
from analyzer.inference.linalg.demeaning import demean_by_repository
from analyzer.inference.linalg.identification import identified, partial_out_others
from analyzer.inference.models import PPML, ppml
from analyzer.inference.models.newton import Block, eliminate_period_effects, repository_blocks, solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.core.arrays import Floats, Ints, Mask
    from analyzer.inference.models import Model
    from analyzer.panel import Panel

MIN_REPOSITORIES = 8
# With this many clusters t is practically normal; more repositories are left out in groups.
MAX_GROUPS = 64


@dataclass(frozen=True, slots=True)
class Stack:
    """R panels on the same P periods, padded to the same number A of people.

    Attributes
    ----------
    y : (R, A, P) outcome.
    span : (R, A, P) cells of each row's span.
    person : (R, A) number of the person over all repositories, -1 for padding.
    """

    panels: tuple[Panel, ...]
    y: Floats
    span: Mask
    person: Ints

    @classmethod
    def of(cls, panels: Sequence[Panel], people: Sequence[Sequence[str]]) -> Stack:
        """Stack panels; `people`: name of the person of each panel's rows, the same in all repositories."""
        height = max(len(p.people) for p in panels)
        numbers = {name: k for k, name in enumerate(sorted({n for names in people for n in names}))}
        person = np.full((len(panels), height), -1)
        for r, names in enumerate(people):
            person[r, : len(names)] = [numbers[name] for name in names]
        y = np.stack([_padded(p.y, height, 0.0) for p in panels])
        span = np.stack([_padded(p.span.astype(float), height, 0.0) > 0 for p in panels])
        return cls(tuple(panels), y, span, person)

    def padded(self, values: Sequence[Floats]) -> Floats:
        """Stack one (A, P) array per repository to (R, A, P), padded with NaN."""
        return np.stack([_padded(v, self.y.shape[1], math.nan) for v in values])

    def jackknife_masks(self) -> list[Mask]:
        """Return masks (R, A) of the rows that remain without each repository or group of repositories.

        Below eight repositories the masks leave out people. Repositories are assigned to groups in order of size, so
        that groups are of similar sizes (delete-a-group jackknife: Kott, J. Official Statistics 2001). The cost of
        leaving out each of many repositories would grow with the square of their number.
        """
        if len(self.panels) < MIN_REPOSITORIES:
            return [self.person != k for k in range(int(self.person.max()) + 1)]
        group = np.arange(len(self.panels))
        if len(group) > MAX_GROUPS:
            largest_first = np.argsort(-self.span.sum(axis=(1, 2)), kind="stable")
            group[largest_first] = group % MAX_GROUPS
        return [np.broadcast_to((group != g)[:, None], self.person.shape) for g in range(int(group.max()) + 1)]


def _padded(values: Floats, height: int, fill: float) -> Floats:
    """Pad values (A, P) with rows of `fill` to `height` rows."""
    padded = np.full((height, values.shape[1]), fill)
    padded[: len(values)] = values
    return padded


@dataclass(frozen=True, slots=True)
class PooledFit:
    """A fit over R repositories.

    Attributes
    ----------
    beta : (K,) coefficients, NaN where not identified.
    period_effects : (R, P) effects, each repository's up to a constant.
    fitted : (R, A, P) fitted means.
    rows : (R, A, P) rows used.
    converged : whether the fit converged and is identified.
    """

    beta: Floats
    period_effects: Floats
    fitted: Floats
    rows: Mask
    converged: bool


def fit(y: Floats, rows: Mask, x: Floats, model: Model = PPML, start: tuple[Floats, Floats] | None = None) -> PooledFit:
    """Fit all repositories with common coefficients.

    Parameters
    ----------
    y : (R, A, P) outcome.
    rows : (R, A, P) observed cells.
    x : (R, K, A, P) regressors, finite on the rows.
    start : beta (K,) and period effects (R, P) of a related fit.
    """
    return _poisson(y, rows, x, start) if model.counts else _linear(y, rows, x)


def _linear(y: Floats, rows: Mask, x: Floats) -> PooledFit:
    """Fit least squares of log(1 + y)."""
    weights = rows.astype(float)
    variables = np.concatenate([np.nan_to_num(x), np.log1p(np.nan_to_num(y))[:, None]], axis=1)
    demeaned = demean_by_repository(variables, weights)
    products = np.einsum("rkap,rlap->kl", demeaned[:, :-1], demeaned[:, :-1])
    x, n = np.where(rows[:, None], np.nan_to_num(x), 0.0), np.array(weights.sum())
    mean, square = (power.sum(axis=(0, 2, 3)) / max(float(n), 1.0) for power in (x, x**2))
    estimable = bool(identified(partial_out_others(products), n, mean, square).all())
    beta = np.linalg.pinv(products, hermitian=True) @ np.einsum("rkap,rap->k", demeaned[:, :-1], demeaned[:, -1])
    beta = beta if estimable else np.full(len(beta), math.nan)
    return PooledFit(beta, np.zeros((len(y), y.shape[2])), weights, rows, estimable)


def _poisson(y: Floats, rows: Mask, x: Floats, start: tuple[Floats, Floats] | None) -> PooledFit:
    """Fit PPML."""
    rows = ppml.rows_with_counts(y, rows)
    blocks = repository_blocks(y, rows, x)
    if start is None:
        solution = solve(blocks, np.zeros(x.shape[1]), [block.initial_period_effects() for block in blocks])
    else:
        solution = solve(blocks, start[0], [_effects_of(block, start[1]) for block in blocks])
    period_effects = np.zeros((len(y), y.shape[2]))
    fitted = np.full(y.shape, 0.0 if solution.converged else math.nan)
    for block, effects in zip(blocks, solution.periods, strict=True):
        period_effects[block.repository, block.mesh[1][0]] = effects
        fitted[block.repository][block.mesh] = block.derivatives(solution.beta, effects)[0]
    return PooledFit(solution.beta, period_effects, fitted, rows, solution.converged)


def _effects_of(block: Block, period_effects: Floats) -> Floats:
    """Return a block's period effects (p,) of those of all repositories (R, P)."""
    effects: Floats = period_effects[block.repository, block.mesh[1][0]]
    return effects


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """How the coefficients of single repositories differ.

    Attributes
    ----------
    n : repositories with eight people or more.
    mean : mean coefficient with Hartung and Knapp's interval.
    deviation : standard deviation of the coefficients.
    next_low, next_high : 95 % prediction interval of a further repository's coefficient.
    """

    n: int
    mean: Interval
    deviation: float
    next_low: float
    next_high: float


def heterogeneity(points: Sequence[float], errors: Sequence[float]) -> Heterogeneity | None:
    """Combine single estimates by random effects; None below three.

    The variance between repositories is DerSimonian and Laird's, the interval Hartung and Knapp's. Where estimates
    scatter less than their standard errors suggest, the factor is 1 (Röver, Knapp and Friede, BMC Med. Res. Meth.
    2015), because agreement by chance must not narrow the interval.
    """
    betas, variances = np.asarray(points, dtype=float), np.asarray(errors, dtype=float) ** 2
    if len(betas) < 3 or not (variances > 0).all():
        return None
    weights, df = 1 / variances, len(betas) - 1
    fixed_effect = float((weights * betas).sum() / weights.sum())
    excess = float((weights * (betas - fixed_effect) ** 2).sum()) - df
    between_variance = max(0.0, excess / float(weights.sum() - (weights**2).sum() / weights.sum()))
    weights = 1 / (variances + between_variance)
    mean = float((weights * betas).sum() / weights.sum())
    se = math.sqrt(max(1.0, float((weights * (betas - mean) ** 2).sum()) / df) / float(weights.sum()))
    half_width = float(stdtrit(df, 0.975)) * se
    prediction = float(stdtrit(max(df - 1, 1), 0.975)) * math.sqrt(between_variance + se**2)
    interval = Interval(mean, se, mean - half_width, mean + half_width, df)
    return Heterogeneity(len(betas), interval, math.sqrt(between_variance), mean - prediction, mean + prediction)


def jackknife_refits(stack: Stack, rows: Mask, x: Floats, full_fit: PooledFit, model: Model) -> Floats:
    """Return coefficients (n, K) of the full refits on each of the stack's jackknife masks; NaN where not identified.

    Repositories that lose no row keep their blocks and the equations at the full fit.
    """
    masks = stack.jackknife_masks()
    if not model.counts:
        return np.array([fit(stack.y, rows & mask[:, :, None], x, model).beta for mask in masks])
    blocks = repository_blocks(stack.y, full_fit.rows, x)
    periods = [_effects_of(block, full_fit.period_effects) for block in blocks]
    equations = [eliminate_period_effects(b, full_fit.beta, period) for b, period in zip(blocks, periods, strict=True)]
    betas = []
    for mask in masks:
        affected = {int(r) for r in np.flatnonzero(~mask.all(axis=1))}
        unchanged = [k for k, block in enumerate(blocks) if block.repository not in affected]
        rebuilt = _rebuilt_blocks(stack, rows & mask[:, :, None], x, affected)
        rebuilt_periods = [_effects_of(block, full_fit.period_effects) for block in rebuilt]
        start = [equations[k] for k in unchanged]
        pairs = zip(rebuilt, rebuilt_periods, strict=True)
        start += [eliminate_period_effects(block, full_fit.beta, period) for block, period in pairs]
        remaining = [*(blocks[k] for k in unchanged), *rebuilt]
        remaining_periods = [*(periods[k] for k in unchanged), *rebuilt_periods]
        betas.append(solve(remaining, full_fit.beta, remaining_periods, start).beta)
    return np.array(betas)


def _rebuilt_blocks(stack: Stack, rows: Mask, x: Floats, affected: set[int]) -> list[Block]:
    """Return the blocks of the affected repositories, from the rows (R, A, P) that remain."""
    repositories = np.array(sorted(affected), dtype=np.intp)
    supported = ppml.rows_with_counts(stack.y[repositories], rows[repositories])
    blocks = repository_blocks(stack.y[repositories], supported, x[repositories])
    return [replace(block, repository=int(repositories[block.repository])) for block in blocks]


def jackknife_coefficient(full_fit: PooledFit, betas: Floats, k: int = 0) -> Interval:
    """Return the interval of the k-th coefficient from the refits' betas (n, K)."""
    return jackknife_interval(float(full_fit.beta[k]), betas[:, k])
