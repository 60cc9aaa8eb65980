"""Permutation test: whole share trajectories are permuted among people, and the model is refitted.

Under the null that the recorded share has no association beyond person and period effects, a person's trajectory could
as well have been another's. Whole trajectories are permuted, never blocks of them, so that their drift stays intact.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.models import PPML, Fitter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.core.arrays import Floats, Ints, Mask

MIN_OVERLAP = 0.8
MAX_ENUMERATED = 7
# Refits per batch: fewer for a large panel, whose arrays would leave the CPU cache and take hundreds of megabytes.
_BATCH, _CELLS_PER_BATCH = 200, 400_000
_STEPS = 3
# Above this many rows one Newton step from the null fit replaces three; tests hold its p within 0.01 of theirs.
MANY_ROWS = 2_000


def spans_of_people(span: Mask, people: Ints) -> Mask:
    """Return spans per person (people, P) from those of rows (A, P), of which a person may have several."""
    span_by_person = np.zeros((int(people.max(initial=-1)) + 1, span.shape[1]), dtype=np.bool_)
    np.logical_or.at(span_by_person, people, span)
    return span_by_person


def exchangeable_people(span: Mask) -> NDArray[np.intp]:
    """Return the largest set of people whose spans pairwise share 80 % of the longer one; of several, the first."""
    lengths = span.sum(axis=1).astype(float)
    shared = (span[:, None] & span[None]).sum(axis=2)
    is_like = shared >= MIN_OVERLAP * np.maximum(lengths[:, None], lengths[None])
    np.fill_diagonal(is_like, val=False)
    people = [int(person) for person in np.flatnonzero(lengths > 0)]
    clique = _largest_clique({person: {other for other in people if is_like[person, other]} for person in people})
    return np.array(sorted(clique), dtype=np.intp)


def _largest_clique(graph: dict[int, set[int]], patience: int = 20_000) -> set[int]:
    """Return the largest clique (Bron-Kerbosch with pivoting); after `patience` steps, the largest found so far."""
    best: set[int] = set()
    stack: list[tuple[set[int], set[int], set[int]]] = [(set(), set(graph), set())]
    while stack and patience:
        patience -= 1
        clique, open_, closed = stack.pop()
        if not open_ and not closed and len(clique) > len(best):
            best = clique
        if len(clique) + len(open_) <= len(best) or not open_:
            continue
        pivot = max(open_ | closed, key=lambda v: len(graph[v] & open_))
        for v in sorted(open_ - graph[pivot]):
            stack.append((clique | {v}, open_ & graph[v], closed & graph[v]))
            open_, closed = open_ - {v}, closed | {v}
    return best


def draw_permutations(
    exchangeable: NDArray[np.intp], n_people: int, n_permutations: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Return permutations (B, people) of the exchangeable people; everybody else keeps their place.

    All permutations of up to seven people are enumerated, without the identity; of more people, `n_permutations` are
    drawn.
    """
    if len(exchangeable) <= MAX_ENUMERATED:
        permuted = np.array(list(itertools.permutations(exchangeable))[1:], dtype=np.intp).reshape(
            -1, len(exchangeable)
        )
    else:
        permuted = rng.permuted(np.tile(exchangeable, (n_permutations, 1)), axis=1)
    permutations = np.tile(np.arange(n_people), (len(permuted), 1))
    permutations[:, exchangeable] = permuted
    return permutations


def permutation_p(
    y: Floats,
    span: Mask,
    x: Floats,
    exchangeable: NDArray[np.intp],
    n_permutations: int,
    rng: np.random.Generator,
    *,
    steps: int | None = None,
    fit: Fitter = PPML.fit,
    people: Ints | None = None,
    covariates: Floats | None = None,
) -> float:
    """Return the two-sided p of the studentised coefficient under permuted shares.

    Each permutation is refitted by Newton steps from the null fit. A cell enters a refit if the person whose share it
    borrows has one in that period.

    Parameters
    ----------
    y : (A, P) outcome.
    span : (A, P) cells of each row's span.
    x : (A, P) treatment, NaN where unknown.
    exchangeable : people whose shares may be permuted.
    n_permutations : permutations to draw; see `draw_permutations`.
    steps : Newton steps per refit; by default three, or one above `MANY_ROWS` rows.
    people : (A,) the person of each row; each of a person's rows has that person's whole share.
    covariates : (K, A, P) covariates, which are not permuted.
    """
    covariates = np.zeros((0, *y.shape)) if covariates is None else covariates
    span = span & np.isfinite(covariates).all(axis=0)
    owners = np.arange(len(y)) if people is None else people
    shares = x[np.unique(owners, return_index=True)[1]]
    observed = fit(y, (span & np.isfinite(x))[None], np.concatenate([x[None], covariates])[None])
    statistic = abs(observed.beta[0, 0]) / math.sqrt(observed.variance[0, 0])
    null = fit(y, (span & np.isfinite(x))[None], covariates[None])
    start = (null.period_effects[0], np.concatenate([np.zeros(1), np.nan_to_num(null.beta[0])]))
    permutations = draw_permutations(exchangeable, len(shares), n_permutations, rng)
    newton_steps = steps or (_STEPS if observed.rows.sum() <= MANY_ROWS else 1)
    at_least_as_extreme = 0
    batch_size = min(_BATCH, max(1, _CELLS_PER_BATCH // max(y.size, 1)))
    for first in range(0, len(permutations), batch_size):
        permuted = shares[permutations[first : first + batch_size]][:, owners]
        repeated_covariates = np.broadcast_to(covariates, (len(permuted), *covariates.shape))
        regressors = np.concatenate([permuted[:, None], repeated_covariates], axis=1)
        refit = fit(y, span[None] & np.isfinite(permuted), regressors, start=start, steps=newton_steps)
        with np.errstate(invalid="ignore"):
            t = np.abs(refit.beta[:, 0]) / np.sqrt(refit.variance[:, 0])
        # A permutation that cannot be fitted counts against the finding, not for it.
        at_least_as_extreme += int((~(t < statistic - 1e-9)).sum())
    return (1 + at_least_as_extreme) / (1 + len(permutations))
