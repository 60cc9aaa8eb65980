"""The verdict's estimates over many repositories: `throughput.estimate`, with repository × period effects."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.checks.placebos import Ran, influence
from analyzer.inference.jackknife import Interval, interval
from analyzer.inference.linalg.demeaning import within_each
from analyzer.inference.models import PPML, Model
from analyzer.inference.multilevel import (
    FEWEST_REPOSITORIES,
    MOST_GROUPS,
    PooledFit,
    Spread,
    Stack,
    fit,
    jackknifed,
    refits,
    spread,
)
from analyzer.inference.reliability import SPLITS, correlation, halves, moments, whole_of_halves
from analyzer.inference.resampling.permutation import spans_of_people, swappable
from analyzer.inference.resampling.score_test import linear_null, lookup, poisson_null, swapped
from analyzer.inference.throughput import (
    FEWEST_VARYING,
    LEAST_RELIABLE,
    NOTHING,
    Figure,
    Information,
    Throughput,
    Timing,
    figure,
    recorded_interval,
    squared,
    working_outcome,
)
from analyzer.panel import Panel, filled, lagged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analyzer.core.arrays import Floats, Mask

# A repository needs so many authors for an estimate of its own.
_FEWEST_AUTHORS = 8


@dataclass(frozen=True, slots=True)
class Fleet:
    """The pooled estimates, how repositories differ, and whom the jackknife leaves out.

    alone: by the panel's number, repositories with eight authors or more, each estimated by itself.
    """

    throughput: Throughput
    spread: Spread | None
    alone: dict[int, Interval]
    repositories: int
    left_out: str


def estimate_fleet(
    panels: Sequence[Panel], persons: Sequence[Sequence[str]], *, swaps: int, seed: int, model: Model = PPML
) -> Fleet | None:
    """Estimate over repositories (panels on one period axis); None where it has no interval.

    As of one: the share of fewer than three people varies, or one person or repository alone identifies it.

    `persons`: who each panel's rows are, over all repositories.
    """
    stack = Stack.of(panels, persons)
    recorded = stack.padded([p.recorded for p in panels])
    x, rows = _with_covariates(stack, recorded)
    base = fit(stack.y, rows, x, model)
    if not base.converged or _varying(recorded, base, stack) < FEWEST_VARYING:
        return None
    rng = np.random.default_rng(seed)
    left = refits(stack, rows, x, base, model)
    beta = jackknifed(base, left)
    if not math.isfinite(beta.se):
        return None
    among = swappable_in(panels)
    use, lambda_ = _use(stack, rng, model)
    ran = (_other_author(stack, among, model), influence(beta, left[:, 0]))
    used = base.rows
    found = Throughput(
        recorded=figure(beta),
        p=swap_p(stack, among, swaps, rng, model),
        use=use,
        reliability=lambda_,
        information=_information(stack, base, recorded, beta, model),
        timing=_timing(stack, model),
        habit=None,
        durable=None,
        placebos=tuple(r for r in ran if r is not None),
        tipping=None,
        halves_agree=None,
        forecast=None,
        robustness=None,
        ranks=None,
        coupled=(),
        authors=len(np.unique(stack.person[used.any(axis=2)])),
        swappable=sum(len(a) for a in among if len(a) > 1),
        periods=int(used.any(axis=(0, 1)).sum()),
        rows=int(used.sum()),
    )
    alone = _alone(panels, model)
    differ = spread([b.point for b in alone.values()], [b.se for b in alone.values()])
    return Fleet(found, differ, alone, len(panels), _left_out(len(panels)))


def _left_out(repositories: int) -> str:
    if repositories < FEWEST_REPOSITORIES:
        return "people"
    return "repositories" if repositories <= MOST_GROUPS else "groups of repositories"


def _with_covariates(stack: Stack, *shares: Floats) -> tuple[Floats, Mask]:
    """Exposures (R, K, A, P), shares first, and the rows on which all are known."""
    beside = [p.beside for p in stack.panels]
    covariates = []
    if beside[0] is not None:
        covariates = [stack.padded([b[k] for b in beside if b is not None]) for k in range(len(beside[0]))]
    x = np.stack([*shares, *covariates], axis=1)
    return x, stack.span & np.isfinite(x).all(axis=1)


def _varying(x: Floats, base: PooledFit, stack: Stack) -> int:
    """People whose share varies once author and period effects are out."""
    left = within_each(np.nan_to_num(x)[:, None], base.mean)[:, 0]
    own = (np.where(base.rows, left, 0.0) ** 2).sum(axis=2)
    return len(np.unique(stack.person[own > NOTHING * own.sum()]))


def swappable_in(panels: Sequence[Panel]) -> list[NDArray[np.intp]]:
    """Whose shares may change hands, in each repository."""
    return [swappable(spans_of_people(p.span, p.people)) for p in panels]


def swap_p(stack: Stack, among: list[NDArray[np.intp]], swaps: int, rng: np.random.Generator, model: Model) -> float:
    """Swap p of the studentised score, shares changing hands inside each repository."""
    if not swaps or not any(len(a) > 1 for a in among):
        return math.nan
    observed, drawn = [], []
    for panel, a in zip(stack.panels, among, strict=True):
        rows, shares = panel.known(panel.recorded), filled(panel.recorded)
        if not rows.any():
            continue
        null = poisson_null(panel.y, rows) if model.counts else linear_null(np.log1p(panel.y), rows)
        whose = np.arange(len(shares))
        known = lookup(null, shares)
        observed.append(swapped(known, whose[None], whose).scores)
        if len(a) < 2:
            drawn.append(np.broadcast_to(observed[-1], (swaps, len(shares))))
            continue
        orders = np.tile(whose, (swaps, 1))
        orders[:, a] = rng.permuted(np.tile(a, (swaps, 1)), axis=1)
        drawn.append(swapped(known, orders, whose).scores)
    statistic, others = (_studentised(scores) for scores in (observed, drawn))
    beaten = int((~(others < statistic[0] - 1e-9)).sum())
    return (1 + beaten) / (1 + swaps)


def _studentised(scores: list[Floats]) -> Floats:
    """|t| (B,) of the scores (B, A) of each repository; clusters are repositories, of few of them people."""
    by = [s.sum(axis=1, keepdims=True) for s in scores] if len(scores) >= FEWEST_REPOSITORIES else scores
    whole = np.concatenate(by, axis=1)
    error = np.sqrt((whole**2).sum(axis=1))
    found: Floats = np.divide(np.abs(whole.sum(axis=1)), error, out=np.full(len(whole), np.nan), where=error > 0)
    return found


def _use(stack: Stack, rng: np.random.Generator, model: Model) -> tuple[Figure | None, float | None]:
    """The pooled share's coefficient divided by its reliability over all repositories."""
    share = stack.padded([p.pooled for p in stack.panels])
    x, rows = _with_covariates(stack, share)
    if not rows.any():
        return None, None
    base = fit(stack.y, rows, x, model)
    if not base.converged:
        return None, None
    dealt = [[halves(p.ai, p.n, rng) for p in stack.panels] for _ in range(SPLITS)]
    splits = [np.stack([stack.padded([half[k] for half in one]) for k in (0, 1)], axis=1) for one in dealt]
    whole, without = _reliability(splits, base, stack.left_out())
    if not whole >= LEAST_RELIABLE:
        return None, None if math.isnan(whole) else whole
    parts = refits(stack, rows, x, base, model)[:, 0] / np.maximum(without, LEAST_RELIABLE / 2)
    beta = interval(float(base.beta[0]) / whole, parts)
    return figure(beta) if math.isfinite(beta.se) else None, whole


def _reliability(splits: Sequence[Floats], base: PooledFit, left_out: Sequence[Mask]) -> tuple[float, Floats]:
    """Spearman-Brown reliability within authors and each repository's periods, and without each of `left_out`.

    The weights of the whole fit stay: refits change the error by less than 2 %, and would cost a thousand systems.
    """
    found = np.array([moments(halved, base.rows, base.mean, within_each) for halved in splits])
    without = np.stack([_moments_without(kept, splits, found, base) for kept in left_out], axis=1)
    of_whole, of_parts = (correlation(sums).mean(axis=0) for sums in (found.sum(axis=1), without))
    return float(whole_of_halves(of_whole)), whole_of_halves(of_parts)


def _moments_without(kept: Mask, splits: Sequence[Floats], found: Floats, base: PooledFit) -> Floats:
    """Sums (splits, 3) over repositories of the rows (R, A) that stay: those that lose somebody are demeaned anew."""
    whole = kept.all(axis=1)
    cut = ~whole & (kept[:, :, None] & base.rows).any(axis=(1, 2))
    sums: Floats = found[:, whole].sum(axis=1)
    if cut.any():
        rows = base.rows[cut] & kept[cut][:, :, None]
        anew = [moments(halved[cut], rows, base.mean[cut], within_each).sum(axis=0) for halved in splits]
        sums = sums + np.array(anew)
    return sums


def _information(stack: Stack, base: PooledFit, x: Floats, beta: Interval, model: Model) -> Information:
    mean, rows, y = base.mean, base.rows, stack.y
    working = working_outcome(y, mean, rows, model)
    left = within_each(np.stack([working, np.where(rows, np.nan_to_num(x), 0.0)], axis=1), mean)
    mass = max(float(mean.sum()), 1e-300)
    outcome, share = (float((left[:, k] ** 2 * mean).sum()) / mass for k in (0, 1))
    cells = rows.any(axis=2).sum() + rows.any(axis=1).sum() - rows.any(axis=(1, 2)).sum()
    noise = (rows.sum() - cells) / max(mass * outcome, 1e-300)
    at_most = min(max(1.0 - float(noise), 0.0), 1.0) if model.counts else None
    return squared(beta, share / outcome if outcome > 0 else 0.0, at_most)


def _timing(stack: Stack, model: Model) -> Timing | None:
    own = [p.own for p in stack.panels]
    same = stack.padded([np.where(np.isfinite(o), o, lagged(o, 1)) for o in own])
    x, rows = _with_covariates(stack, same, stack.padded([p.recorded for p in stack.panels]))
    base = fit(stack.y, rows, x, model)
    if not base.converged:
        return None
    left = refits(stack, rows, x, base, model)
    gap = interval(float(abs(base.beta[0]) - abs(base.beta[1])), np.abs(left[:, 0]) - np.abs(left[:, 1]))
    return Timing(gap.point, gap.low, gap.high, gap.low > 0) if math.isfinite(gap.low) else None


def _other_author(stack: Stack, among: list[NDArray[np.intp]], model: Model) -> Ran | None:
    """The share of the next swappable person of the same repository."""
    lent = []
    for panel, a in zip(stack.panels, among, strict=True):
        share = np.full_like(panel.recorded, np.nan)
        if len(a) > 1:
            share[a] = panel.recorded[np.roll(a, -1)]
        lent.append(share)
    x, rows = _with_covariates(stack, stack.padded(lent))
    base = fit(stack.y, rows, x, model) if rows.any() else None
    if base is None or not base.converged:
        return None
    found = jackknifed(base, refits(stack, rows, x, base, model))
    return Ran("other_author", found, found.settled) if math.isfinite(found.se) else None


def _alone(panels: Sequence[Panel], model: Model) -> dict[int, Interval]:
    found = {k: recorded_interval(p, model) for k, p in enumerate(panels) if len(p.authors) >= _FEWEST_AUTHORS}
    return {k: b for k, b in found.items() if b is not None and math.isfinite(b.se)}
