"""One stage over many repositories: one coefficient, period effects of each repository's own, author effects in each.

The jackknife leaves out repositories, in groups where there are more than 64; below eight of them it leaves out people,
who may work in several. Swaps stay inside a repository. Estimates of single repositories, combined as Hartung and Knapp
do (Stat. Med. 2001), show how much they differ: as a headline they would find effects where there are none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from analyzer.inference.jackknife import Interval, interval
from analyzer.inference.linalg.demeaning import within_each
from analyzer.inference.linalg.identification import identified, left_of_each
from analyzer.inference.models import PPML, ppml
from analyzer.inference.models.newton import Block, blocks, eliminated, solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.core.arrays import Floats, Ints, Mask
    from analyzer.inference.models import Model
    from analyzer.panel import Panel

FEWEST_REPOSITORIES = 8
# With so many left out one by one, t is all but normal; more of them are left out in groups.
MOST_GROUPS = 64


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

    def left_out(self) -> list[Mask]:
        """Masks (R, A) of the rows that stay without each repository, or group of them; below eight, each person.

        Groups are dealt by how much there is of each repository, so that they are of like sizes (delete-a-group
        jackknife: Kott, J. Official Statistics 2001). Refits without each of many would cost their number squared.
        """
        if len(self.panels) < FEWEST_REPOSITORIES:
            return [self.person != k for k in range(int(self.person.max()) + 1)]
        group = np.arange(len(self.panels))
        if len(group) > MOST_GROUPS:
            largest_first = np.argsort(-self.span.sum(axis=(1, 2)), kind="stable")
            group[largest_first] = group % MOST_GROUPS
        return [np.broadcast_to((group != g)[:, None], self.person.shape) for g in range(int(group.max()) + 1)]


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
    left = within_each(np.concatenate([np.nan_to_num(x), np.log1p(np.nan_to_num(y))[:, None]], axis=1), weight)
    inner = np.einsum("rkap,rlap->kl", left[:, :-1], left[:, :-1])
    x, n = np.where(rows[:, None], np.nan_to_num(x), 0.0), np.array(weight.sum())
    mean, square = (part.sum(axis=(0, 2, 3)) / max(float(n), 1.0) for part in (x, x**2))
    known = bool(identified(left_of_each(inner), n, mean, square).all())
    beta = np.linalg.pinv(inner, hermitian=True) @ np.einsum("rkap,rap->k", left[:, :-1], left[:, -1])
    return PooledFit(
        beta if known else np.full(len(beta), math.nan), np.zeros((len(y), y.shape[2])), weight, rows, known
    )


def _poisson(y: Floats, rows: Mask, x: Floats, start: tuple[Floats, Floats] | None) -> PooledFit:
    rows = ppml.supported(y, rows)
    parts = blocks(y, rows, x)
    beta = np.zeros(x.shape[1]) if start is None else start[0]
    begin = [b.first_guess() if start is None else start[1][b.repository, b.place[1][0]] for b in parts]
    found = solve(parts, beta, begin)
    period, mean = np.zeros((len(y), y.shape[2])), np.full(y.shape, 0.0 if found.converged else math.nan)
    for block, effects in zip(parts, found.periods, strict=True):
        period[block.repository, block.place[1][0]] = effects
        mean[block.repository][block.place] = block.derivatives(found.beta, effects)[0]
    return PooledFit(found.beta, period, mean, rows, found.converged)


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


def refits(stack: Stack, rows: Mask, x: Floats, whole: PooledFit, model: Model) -> Floats:
    """Coefficients (n, K) of the full refits without each of `Stack.left_out`; NaN where not identified."""
    if not model.counts:
        return np.array([fit(stack.y, rows & kept[:, :, None], x, model).beta for kept in stack.left_out()])
    parts = blocks(stack.y, whole.rows, x)
    periods = [whole.period[b.repository, b.place[1][0]] for b in parts]
    known = [eliminated(block, whole.beta, period) for block, period in zip(parts, periods, strict=True)]
    found = []
    for kept in stack.left_out():
        touched = {int(r) for r in np.flatnonzero(~kept.all(axis=1))}
        same = [k for k, block in enumerate(parts) if block.repository not in touched]
        anew = _anew(stack, rows & kept[:, :, None], x, touched)
        begin = [whole.period[b.repository, b.place[1][0]] for b in anew]
        at = [known[k] for k in same]
        at += [eliminated(block, whole.beta, period) for block, period in zip(anew, begin, strict=True)]
        found.append(
            solve([*(parts[k] for k in same), *anew], whole.beta, [*(periods[k] for k in same), *begin], at).beta
        )
    return np.array(found)


def _anew(stack: Stack, rows: Mask, x: Floats, touched: set[int]) -> list[Block]:
    """Blocks of what is left of the repositories that somebody was taken out of."""
    chosen = np.array(sorted(touched), dtype=np.intp)
    left = ppml.supported(stack.y[chosen], rows[chosen])
    found = blocks(stack.y[chosen], left, x[chosen])
    return [replace(block, repository=int(chosen[block.repository])) for block in found]


def jackknifed(whole: PooledFit, left: Floats, k: int = 0) -> Interval:
    """Interval of the k-th coefficient from `refits`."""
    return interval(float(whole.beta[k]), left[:, k])
