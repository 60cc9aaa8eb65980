"""One stage over many repositories: one coefficient, period effects of each repository's own, author effects in each.

The jackknife leaves out repositories; below eight of them it leaves out people, who may work in several. Swaps stay
inside a repository. Estimates of single repositories, combined as Hartung and Knapp do (Stat. Med. 2001), show how much
they differ: as a headline they would find effects where there are none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from analyzer.inference import ppml
from analyzer.inference.jackknife import Interval, interval
from analyzer.inference.models import PPML
from analyzer.inference.within import within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.arrays import Floats, Ints, Mask
    from analyzer.inference.models import Model
    from analyzer.panel import Panel

FEWEST_REPOSITORIES = 8
_STEPS, _TOLERANCE = 40, 1e-9
_LONGEST_STEP = 3.0


@dataclass(frozen=True, slots=True)
class Stack:
    """R panels on the same P periods, padded to the same number A of authors.

    y (R, A, P); span (R, A, P); person (R, A): number of the person over all repositories, -1 for padding.
    """

    panels: tuple[Panel, ...]
    y: Floats
    span: Mask
    person: Ints

    @classmethod
    def of(cls, panels: Sequence[Panel], persons: Sequence[Sequence[str]]) -> Stack:
        """Stack panels; `persons`: who each row is, over all repositories."""
        tall = max(len(p.authors) for p in panels)
        numbers = {name: k for k, name in enumerate(sorted({n for names in persons for n in names}))}
        person = np.full((len(panels), tall), -1)
        for r, names in enumerate(persons):
            person[r, : len(names)] = [numbers[name] for name in names]
        y = np.stack([_padded(p.y, tall, 0.0) for p in panels])
        span = np.stack([_padded(p.span.astype(float), tall, 0.0) > 0 for p in panels])
        return cls(tuple(panels), y, span, person)

    def padded(self, values: Sequence[Floats]) -> Floats:
        """One (A, P) array a repository → (R, A, P)."""
        return np.stack([_padded(v, self.y.shape[1], math.nan) for v in values])

    def leave_one_out(self) -> list[Mask]:
        """Masks (R, A) of the rows that stay, without each repository; below eight, without each person."""
        here = np.arange(len(self.panels))
        if len(self.panels) >= FEWEST_REPOSITORIES:
            return [np.broadcast_to((here != r)[:, None], self.person.shape) for r in here]
        return [self.person != k for k in range(int(self.person.max()) + 1)]


def _padded(values: Floats, tall: int, with_: float) -> Floats:
    found = np.full((tall, values.shape[1]), with_)
    found[: len(values)] = values
    return found


@dataclass(frozen=True, slots=True)
class PooledFit:
    """beta (K,), period (R, P): their effects, mean (R, A, P): fitted, converged: whether it is identified."""

    beta: Floats
    period: Floats
    mean: Floats
    rows: Mask
    converged: bool


def fit(y: Floats, rows: Mask, x: Floats, model: Model = PPML, start: tuple[Floats, Floats] | None = None) -> PooledFit:
    """Fit y (R, A, P) on exposures x (R, K, A, P), finite where rows (R, A, P); NaN where not identified."""
    return _poisson(y, rows, x, start) if model.counts else _linear(y, rows, x)


def _linear(y: Floats, rows: Mask, x: Floats) -> PooledFit:
    weight = rows.astype(float)
    left = within(np.concatenate([np.nan_to_num(x), np.log1p(np.nan_to_num(y))[:, None]], axis=1), weight)
    inner = np.einsum("rkap,rlap->kl", left[:, :-1], left[:, :-1])
    known = bool((np.diag(inner) > 1e-10).all())
    beta = np.linalg.pinv(inner, hermitian=True) @ np.einsum("rkap,rap->k", left[:, :-1], left[:, -1])
    return PooledFit(
        beta if known else np.full(len(beta), math.nan), np.zeros((len(y), y.shape[2])), weight, rows, known
    )


def _poisson(y: Floats, rows: Mask, x: Floats, start: tuple[Floats, Floats] | None) -> PooledFit:
    """Newton's method; repositories meet in the coefficients alone, so each solves its own period effects."""
    rows = ppml.supported(y, rows)
    counts, x = np.where(rows, y, 0.0), np.where(rows[:, None], np.nan_to_num(x), 0.0)
    totals, alive = counts.sum(axis=2), np.asarray(rows.any(axis=1))
    periods, exposures = y.shape[2], x.shape[1]
    beta = np.zeros(exposures) if start is None else start[0]
    period = ppml.first_guess(counts, alive) if start is None else np.where(alive, start[1], 0.0)
    gain = math.inf
    for _ in range(_STEPS):
        theta = np.concatenate([period, np.broadcast_to(beta, (len(y), exposures))], axis=1)
        _, gradient, hessian = ppml.derivatives(theta, counts, totals, rows, x, alive)
        across = hessian[:, :periods, periods:]
        solved = np.linalg.solve(
            hessian[:, :periods, :periods], np.concatenate([gradient[:, :periods, None], across], axis=2)
        )
        own = hessian[:, periods:, periods:].sum(axis=0) - np.einsum("rpk,rpl->kl", across, solved[:, :, 1:])
        pull = gradient[:, periods:].sum(axis=0) - np.einsum("rpk,rp->k", across, solved[:, :, 0])
        if not np.isfinite(own).all() or np.linalg.matrix_rank(own, tol=1e-9, hermitian=True) < exposures:
            return PooledFit(np.full(exposures, math.nan), period, counts * math.nan, rows, converged=False)
        step = np.linalg.solve(own, pull) if exposures else pull
        effects = solved[:, :, 0] - solved[:, :, 1:] @ step
        size = float(max(np.abs(step).max(initial=0.0), np.abs(effects).max(initial=0.0)))
        shrink = min(1.0, _LONGEST_STEP / max(size, 1e-300))
        beta, period = beta + shrink * step, period + shrink * effects
        # Of the likelihood: constants that no effect can tell (of stretches that nobody spans) are no step.
        gain = float((gradient[:, :periods] * effects).sum() + gradient[:, periods:].sum(axis=0) @ step)
        if not gain > _TOLERANCE**2:
            break
    theta = np.concatenate([period, np.broadcast_to(beta, (len(y), exposures))], axis=1)
    mean, _, _ = ppml.derivatives(theta, counts, totals, rows, x, alive)
    return PooledFit(beta, period, mean, rows, converged=gain <= _TOLERANCE)


@dataclass(frozen=True, slots=True)
class Spread:
    """How repositories differ.

    mean: with Hartung and Knapp's interval. deviation: of their coefficients. next_low, next_high: where a further
    repository's would lie (95 %). n: repositories with eight authors or more.
    """

    n: int
    mean: Interval
    deviation: float
    next_low: float
    next_high: float


def spread(points: Sequence[float], errors: Sequence[float]) -> Spread | None:
    """Random effects by DerSimonian and Laird's variance with Hartung and Knapp's interval; None below three.

    Where estimates scatter less than their errors say, the factor is 1 (Röver, Knapp and Friede, BMC Med. Res. Meth.
    2015): agreement by chance makes nothing surer.
    """
    b, v = np.asarray(points, dtype=float), np.asarray(errors, dtype=float) ** 2
    if len(b) < 3 or not (v > 0).all():
        return None
    w, df = 1 / v, len(b) - 1
    fixed = float((w * b).sum() / w.sum())
    excess = float((w * (b - fixed) ** 2).sum()) - df
    between = max(0.0, excess / float(w.sum() - (w**2).sum() / w.sum()))
    w = 1 / (v + between)
    mean = float((w * b).sum() / w.sum())
    se = math.sqrt(max(1.0, float((w * (b - mean) ** 2).sum()) / df) / float(w.sum()))
    reach = float(stdtrit(df, 0.975)) * se
    wide = float(stdtrit(max(df - 1, 1), 0.975)) * math.sqrt(between + se**2)
    found = Interval(mean, se, mean - reach, mean + reach, df)
    return Spread(len(b), found, math.sqrt(between), mean - wide, mean + wide)


def refits(stack: Stack, rows: Mask, x: Floats, whole: PooledFit, model: Model) -> list[PooledFit]:
    """Full refits without each repository, or without each person below eight repositories."""
    return [
        fit(stack.y, rows & kept[:, :, None], x, model, (whole.beta, whole.period)) for kept in stack.leave_one_out()
    ]


def jackknifed(whole: PooledFit, left: Sequence[PooledFit], k: int = 0) -> Interval:
    """Interval of the k-th coefficient."""
    return interval(float(whole.beta[k]), np.array([fit.beta[k] for fit in left]))
