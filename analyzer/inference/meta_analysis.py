"""Throughput estimates over many repositories: as `throughput.estimate_throughput`, with repository × period effects.

One coefficient is fitted to all repositories. Estimates of single repositories show how much they differ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.checks.placebos import influence
from analyzer.inference.effect import effect_estimate
from analyzer.inference.jackknife import Interval, jackknife_interval
from analyzer.inference.linalg.demeaning import demean_by_repository
from analyzer.inference.models import PPML, Model
from analyzer.inference.multilevel import (
    MAX_GROUPS,
    MIN_REPOSITORIES,
    Heterogeneity,
    PooledFit,
    Stack,
    fit,
    heterogeneity,
    jackknife_coefficient,
    jackknife_refits,
)
from analyzer.inference.resampling.permutation import exchangeable_people, spans_of_people
from analyzer.inference.resampling.score_test import linear_null, permuted_scores, poisson_null, score_lookup
from analyzer.inference.results import Information, Placebo
from analyzer.inference.throughput import (
    MIN_VARYING_PEOPLE,
    NEGLIGIBLE_SHARE,
    Throughput,
    fit_within,
    weighted_slope,
    within_r2,
    working_outcome,
)
from analyzer.panel import Panel, fill_missing, lagged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analyzer.core.arrays import Floats, Mask

# People that a repository needs for an estimate of its own.
_MIN_PEOPLE = 8


@dataclass(frozen=True, slots=True)
class MetaAnalysis:
    """The pooled estimates and the heterogeneity of repositories.

    Attributes
    ----------
    throughput : estimates over all repositories.
    heterogeneity : how the single estimates differ; None below three of them.
    by_repository : single estimates of repositories with eight people or more, by position of the panel.
    repositories : number of panels.
    jackknife_unit : what the jackknife leaves out, in words.
    """

    throughput: Throughput
    heterogeneity: Heterogeneity | None
    by_repository: dict[int, Interval]
    repositories: int
    jackknife_unit: str


def estimate_meta_analysis(
    panels: Sequence[Panel], people: Sequence[Sequence[str]], *, n_permutations: int, seed: int, model: Model = PPML
) -> MetaAnalysis | None:
    """Estimate over many repositories; None where the pooled coefficient has no interval.

    As for a single repository, fewer than three people's share varies, or one person or repository alone identifies it.

    Parameters
    ----------
    panels : one panel per repository, on one period axis.
    people : name of the person of each panel's rows; one name is one person in all repositories.
    n_permutations : permutations of the pooled p.
    seed : of permutations and random halves.
    """
    stack = Stack.of(panels, people)
    share = stack.padded([p.treatment for p in panels])
    x, rows = _with_covariates(stack, share)
    base = fit(stack.y, rows, x, model)
    if not base.converged or _people_with_varying_share(share, base, stack) < MIN_VARYING_PEOPLE:
        return None
    rng = np.random.default_rng(seed)
    betas = jackknife_refits(stack, rows, x, base, model)
    beta = jackknife_coefficient(base, betas)
    if not math.isfinite(beta.se):
        return None
    exchangeable = exchangeable_by_panel(panels)
    permutation = permutation_p(stack, exchangeable, n_permutations, rng, model)
    placebos = (_other_person(stack, exchangeable, model), influence(beta, betas[:, 0]))
    rows_used = base.rows
    throughput = Throughput(
        within=effect_estimate(beta, _pass_through(stack, share, base)),
        p=permutation if math.isfinite(permutation) else beta.p,
        permutation_p=permutation if math.isfinite(permutation) else None,
        beyond_trends=None,
        recorded=None,
        information=_explained_variance(stack, base, share, beta, model),
        timing=_timing_placebo(stack, model),
        habit=None,
        durable=None,
        placebos=tuple(placebo for placebo in placebos if placebo is not None),
        tipping=None,
        halves_agree=None,
        forecast=None,
        robustness=None,
        ranks=None,
        coupled=(),
        people=len(np.unique(stack.person[rows_used.any(axis=2)])),
        exchangeable=sum(len(pool) for pool in exchangeable if len(pool) > 1),
        periods=int(rows_used.any(axis=(0, 1)).sum()),
        rows=int(rows_used.sum()),
    )
    singles = _single_estimates(panels, model)
    differences = heterogeneity([b.point for b in singles.values()], [b.se for b in singles.values()])
    return MetaAnalysis(throughput, differences, singles, len(panels), _jackknife_unit(len(panels)))


def _pass_through(stack: Stack, share: Floats, base: PooledFit) -> float:
    """Return by how many points today's share moves per point of the past one, as for a single repository."""
    marked, n = (
        np.nan_to_num(stack.padded(values)) for values in ([p.ai for p in stack.panels], [p.n for p in stack.panels])
    )
    n = np.where(base.rows, n, 0.0)
    current = np.divide(marked, n, out=np.zeros_like(n), where=n > 0)
    values = demean_by_repository(np.stack([np.nan_to_num(share), current], axis=1), n)
    return weighted_slope(np.moveaxis(values, 1, 0), n)


def _jackknife_unit(repositories: int) -> str:
    """Return what the jackknife leaves out."""
    if repositories < MIN_REPOSITORIES:
        return "people"
    return "repositories" if repositories <= MAX_GROUPS else "groups of repositories"


def _with_covariates(stack: Stack, *shares: Floats) -> tuple[Floats, Mask]:
    """Return the regressors (R, K, A, P), shares first, and the rows (R, A, P) on which all are known."""
    by_panel = [p.covariates for p in stack.panels]
    covariates = []
    if by_panel[0] is not None:
        covariates = [stack.padded([c[k] for c in by_panel if c is not None]) for k in range(len(by_panel[0]))]
    x = np.stack([*shares, *covariates], axis=1)
    return x, stack.span & np.isfinite(x).all(axis=1)


def _people_with_varying_share(x: Floats, base: PooledFit, stack: Stack) -> int:
    """Count the people whose share varies net of person and period effects."""
    residuals = demean_by_repository(np.nan_to_num(x)[:, None], base.fitted)[:, 0]
    squares = (np.where(base.rows, residuals, 0.0) ** 2).sum(axis=2)
    return len(np.unique(stack.person[squares > NEGLIGIBLE_SHARE * squares.sum()]))


def exchangeable_by_panel(panels: Sequence[Panel]) -> list[NDArray[np.intp]]:
    """Return the people whose shares may be permuted, per repository."""
    return [exchangeable_people(spans_of_people(p.span, p.person_index)) for p in panels]


def permutation_p(
    stack: Stack, exchangeable: list[NDArray[np.intp]], n_permutations: int, rng: np.random.Generator, model: Model
) -> float:
    """Return the permutation p of the studentised score; shares are permuted within each repository."""
    if not n_permutations or not any(len(pool) > 1 for pool in exchangeable):
        return math.nan
    observed, permuted = [], []
    for panel, pool in zip(stack.panels, exchangeable, strict=True):
        rows, shares = panel.observed(panel.treatment), fill_missing(panel.treatment)
        if not rows.any():
            continue
        null = poisson_null(panel.y, rows) if model.counts else linear_null(np.log1p(panel.y), rows)
        identity = np.arange(len(shares))
        scores_by_share = score_lookup(null, shares)
        observed.append(permuted_scores(scores_by_share, identity[None], identity).scores)
        if len(pool) < 2:
            permuted.append(np.broadcast_to(observed[-1], (n_permutations, len(shares))))
            continue
        permutations = np.tile(identity, (n_permutations, 1))
        permutations[:, pool] = rng.permuted(np.tile(pool, (n_permutations, 1)), axis=1)
        permuted.append(permuted_scores(scores_by_share, permutations, identity).scores)
    statistic, under_null = (_studentised(scores) for scores in (observed, permuted))
    at_least_as_extreme = int((~(under_null < statistic[0] - 1e-9)).sum())
    return (1 + at_least_as_extreme) / (1 + n_permutations)


def _studentised(scores: list[Floats]) -> Floats:
    """Return |t| (B,) of scores (B, A) per repository; clusters are repositories, or people where those are few."""
    by_cluster = [s.sum(axis=1, keepdims=True) for s in scores] if len(scores) >= MIN_REPOSITORIES else scores
    clusters = np.concatenate(by_cluster, axis=1)
    error = np.sqrt((clusters**2).sum(axis=1))
    t: Floats = np.divide(np.abs(clusters.sum(axis=1)), error, out=np.full(len(clusters), np.nan), where=error > 0)
    return t


def _explained_variance(stack: Stack, base: PooledFit, x: Floats, beta: Interval, model: Model) -> Information:
    """Return the share's within R², as `throughput` does for one repository."""
    fitted, rows, y = base.fitted, base.rows, stack.y
    working = working_outcome(y, fitted, rows, model)
    residuals = demean_by_repository(np.stack([working, np.where(rows, np.nan_to_num(x), 0.0)], axis=1), fitted)
    total_weight = max(float(fitted.sum()), 1e-300)
    outcome, share = (float((residuals[:, k] ** 2 * fitted).sum()) / total_weight for k in (0, 1))
    n_effects = rows.any(axis=2).sum() + rows.any(axis=1).sum() - rows.any(axis=(1, 2)).sum()
    noise = (rows.sum() - n_effects) / max(total_weight * outcome, 1e-300)
    at_most = min(max(1.0 - float(noise), 0.0), 1.0) if model.counts else None
    return within_r2(beta, share / outcome if outcome > 0 else 0.0, at_most)


def _timing_placebo(stack: Stack, model: Model) -> Placebo | None:
    """Compare the same period's share with the preceding period's, as `throughput.timing_placebo`."""
    current = [p.current_share for p in stack.panels]
    same = stack.padded([np.where(np.isfinite(share), share, lagged(share, 1)) for share in current])
    x, rows = _with_covariates(stack, same, stack.padded([p.recorded_share for p in stack.panels]))
    base = fit(stack.y, rows, x, model)
    if not base.converged:
        return None
    betas = jackknife_refits(stack, rows, x, base, model)
    point = float(abs(base.beta[0]) - abs(base.beta[1]))
    difference = jackknife_interval(point, np.abs(betas[:, 0]) - np.abs(betas[:, 1]))
    if not math.isfinite(difference.low):
        return None
    return Placebo("timing", difference.point, difference.low, difference.high, passed=difference.low <= 0)


def _other_person(stack: Stack, exchangeable: list[NDArray[np.intp]], model: Model) -> Placebo | None:
    """Replace each person's share by that of the next exchangeable person of the same repository."""
    borrowed = []
    for panel, pool in zip(stack.panels, exchangeable, strict=True):
        share = np.full_like(panel.treatment, np.nan)
        if len(pool) > 1:
            share[pool] = panel.treatment[np.roll(pool, -1)]
        borrowed.append(share)
    x, rows = _with_covariates(stack, stack.padded(borrowed))
    base = fit(stack.y, rows, x, model) if rows.any() else None
    if base is None or not base.converged:
        return None
    beta = jackknife_coefficient(base, jackknife_refits(stack, rows, x, base, model))
    if not math.isfinite(beta.se):
        return None
    return Placebo.from_interval("other_author", beta.point, beta.low, beta.high)


def _single_estimates(panels: Sequence[Panel], model: Model) -> dict[int, Interval]:
    """Return the coefficient of each repository with enough people, where it is identified."""
    fits = {k: fit_within(p, p.treatment, model) for k, p in enumerate(panels) if len(p.people) >= _MIN_PEOPLE}
    return {k: single.beta for k, single in fits.items() if single is not None and math.isfinite(single.beta.se)}
