"""Author-swap permutation test: whole share trajectories change hands, and the model is refitted.

Under the null that the recorded share says nothing beyond who and when, an author's trajectory could as well
have been another's. Whole trajectories are swapped, never blocks of them: their drift stays intact.
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

OVERLAP = 0.8
ENUMERATED = 7
# Refits at once: fewer of a large panel, whose arrays would leave the cache and take hundreds of megabytes.
_BATCH, _CELLS_AT_ONCE = 200, 400_000
_STEPS = 3
# Above this many rows one step from the null fit stands in for three; tests hold its p within 0.01 of theirs.
MANY_ROWS = 2_000


def spans_of_people(span: Mask, people: Ints) -> Mask:
    """Spans (people, P) from those of rows (A, P), where a person may have several."""
    whole = np.zeros((int(people.max(initial=-1)) + 1, span.shape[1]), dtype=np.bool_)
    np.logical_or.at(whole, people, span)
    return whole


def swappable(span: Mask) -> NDArray[np.intp]:
    """Largest set of authors whose spans pairwise share 80 % of the longer one; of several, the first found."""
    length = span.sum(axis=1).astype(float)
    shared = (span[:, None] & span[None]).sum(axis=2)
    friends = shared >= OVERLAP * np.maximum(length[:, None], length[None])
    np.fill_diagonal(friends, val=False)
    authors = [int(a) for a in np.flatnonzero(length > 0)]
    best = _largest_clique({a: {b for b in authors if friends[a, b]} for a in authors})
    return np.array(sorted(best), dtype=np.intp)


def _largest_clique(graph: dict[int, set[int]], patience: int = 20_000) -> set[int]:
    """Bron-Kerbosch with pivoting, stopped after `patience` steps: then the largest found so far."""
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


def permutations(among: NDArray[np.intp], authors: int, draws: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """(B, A) orders of authors; those outside `among` stay. Up to seven are enumerated, without identity."""
    if len(among) <= ENUMERATED:
        orders = np.array(list(itertools.permutations(among))[1:], dtype=np.intp).reshape(-1, len(among))
    else:
        orders = rng.permuted(np.tile(among, (draws, 1)), axis=1)
    whole = np.tile(np.arange(authors), (len(orders), 1))
    whole[:, among] = orders
    return whole


def swap_p(
    y: Floats,
    span: Mask,
    x: Floats,
    among: NDArray[np.intp],
    draws: int,
    rng: np.random.Generator,
    *,
    steps: int | None = None,
    fit: Fitter = PPML.fit,
    people: Ints | None = None,
    beside: Floats | None = None,
) -> float:
    """Two-sided p of the studentised coefficient against its swaps, each refitted by Newton steps from the null.

    y (A, P), span (A, P), x (A, P) with NaN where unknown. A swapped row needs the other's share in that period.
    `people` (A,): whose rows they are, all with that person's whole share; `among` are people. `beside` (K, A, P):
    covariates, which stay where they are.
    """
    covariates = np.zeros((0, *y.shape)) if beside is None else beside
    span = span & np.isfinite(covariates).all(axis=0)
    whose = np.arange(len(y)) if people is None else people
    shares = x[np.unique(whose, return_index=True)[1]]
    observed = fit(y, (span & np.isfinite(x))[None], np.concatenate([x[None], covariates])[None])
    statistic = abs(observed.beta[0, 0]) / math.sqrt(observed.variance[0, 0])
    null = fit(y, (span & np.isfinite(x))[None], covariates[None])
    start = (null.period[0], np.concatenate([np.zeros(1), np.nan_to_num(null.beta[0])]))
    orders = permutations(among, len(shares), draws, rng)
    newton = steps or (_STEPS if observed.rows.sum() <= MANY_ROWS else 1)
    beaten = 0
    size = min(_BATCH, max(1, _CELLS_AT_ONCE // max(y.size, 1)))
    for begin in range(0, len(orders), size):
        swapped = shares[orders[begin : begin + size]][:, whose]
        around = np.broadcast_to(covariates, (len(swapped), *covariates.shape))
        exposures = np.concatenate([swapped[:, None], around], axis=1)
        refit = fit(y, span[None] & np.isfinite(swapped), exposures, start=start, steps=newton)
        with np.errstate(invalid="ignore"):
            t = np.abs(refit.beta[:, 0]) / np.sqrt(refit.variance[:, 0])
        # A swap that cannot be fitted counts against the finding, not for it.
        beaten += int((~(t < statistic - 1e-9)).sum())
    return (1 + beaten) / (1 + len(orders))
