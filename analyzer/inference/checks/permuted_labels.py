"""Label-permutation placebos of a matched comparison.

The seed is fixed so that nobody can shop for a favourable permutation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core.arrays import Floats
from analyzer.core.constants import PRE_AI, SECONDS_PER_DAY
from analyzer.inference.results import Placebo
from analyzer.inference.strata import OutcomeRows, rates, rows_in_mixed_strata

if TYPE_CHECKING:
    from analyzer.core.arrays import Ints, Mask

# A difference of rates as a function of marks (N,), which replace those of a table of outcomes.
DifferenceOfMarks = Callable[[Floats], float]
PERMUTATIONS = 100
_SEED = 0
# Marked commits that a random labelling of pre-AI history must have on average; and size classes per person.
_MIN_MARKED, _CLASSES = 10, 3


def percentile_placebo(id_: str, differences: Floats) -> Placebo | None:
    """Return a placebo with the mean difference over the permutations and their central 95 %; None without any."""
    if not len(differences):
        return None
    low, high = np.quantile(differences, [0.025, 0.975])
    return Placebo.from_interval(id_, float(differences.mean()), float(low), float(high))


def matched_difference_of(rows: OutcomeRows) -> DifferenceOfMarks:
    """Return the function from marks (N,) to the matched difference of `rows`; NaN where no cell has both kinds."""

    def difference(marks: Floats) -> float:
        permuted = rows._replace(marked=marks)
        return float(rates(permuted)[2]) if rows_in_mixed_strata(permuted).any() else np.nan

    return difference


def permuted_differences(
    rows: OutcomeRows, difference_of: Callable[[OutcomeRows], DifferenceOfMarks] = matched_difference_of
) -> Floats:
    """Return the finite differences with each person's marks permuted among that person's commits."""
    difference = difference_of(rows)
    rng = np.random.default_rng(_SEED)
    keys, first, commit_of_row = np.unique(rows.key, return_index=True, return_inverse=True)
    owners, marks = rows.cluster[first], rows.marked[first]
    by_owner = np.argsort(owners, kind="stable")
    permuted = np.empty_like(marks)
    differences = np.empty(PERMUTATIONS)
    for n in range(PERMUTATIONS):
        permuted[np.argsort(owners + rng.random(len(keys)))] = marks[by_owner]
        differences[n] = difference(permuted[commit_of_row])
    finite: Floats = differences[np.isfinite(differences)]
    return finite


def pre_ai_differences(
    rows: OutcomeRows, difference_of: Callable[[OutcomeRows], DifferenceOfMarks] = matched_difference_of
) -> Floats:
    """Return the finite differences in what people wrote before AI tools existed, with randomly assigned marks.

    A commit is marked with the rate at which its author has marked commits of that size since. Marked work is larger,
    so this placebo fails where large work alone makes the difference. Empty where there is too little of either era.
    """
    _, first, commit_of_row = np.unique(rows.key, return_index=True, return_inverse=True)
    owners, marks = rows.cluster[first], rows.marked[first]
    early = rows.days[first] < PRE_AI.timestamp() / SECONDS_PER_DAY
    if not early.any() or early.all():
        return np.zeros(0)
    size = np.bincount(commit_of_row, weights=rows.denominator, minlength=len(first)).astype(np.float64)
    marking_rate = _marking_rates(owners, _size_classes(owners, size), marks, early)
    if marking_rate[early].sum() < _MIN_MARKED:
        return np.zeros(0)
    rng = np.random.default_rng(_SEED)
    difference, commit_of_early_row = (
        difference_of(rows.select(early[commit_of_row])),
        commit_of_row[early[commit_of_row]],
    )
    differences = np.empty(PERMUTATIONS)
    for n in range(PERMUTATIONS):
        random_marks = (rng.random(len(first)) < marking_rate).astype(float)
        differences[n] = difference(random_marks[commit_of_early_row])
    finite: Floats = differences[np.isfinite(differences)]
    return finite


def _size_classes(owners: Ints, size: Floats) -> Ints:
    """Return the third (0 to 2) of each commit's size among its author's commits."""
    frame = pd.DataFrame({"owner": owners, "size": size})
    rank = frame.groupby("owner")["size"].rank(pct=True, method="average").to_numpy()
    classes: Ints = np.minimum((rank * _CLASSES).astype(int), _CLASSES - 1)
    return classes


def _marking_rates(owners: Ints, size_class: Ints, marks: Floats, early: Mask) -> Floats:
    """Return how often each commit's author has marked commits of that size since AI; 0 where there are none."""
    cell = owners * _CLASSES + size_class
    size = int(cell.max()) + 1
    n = np.bincount(cell[~early], minlength=size)
    n_marked = np.bincount(cell[~early], weights=marks[~early], minlength=size)
    marking_rate: Floats = np.divide(n_marked, n, out=np.zeros(size), where=n > 0)[cell]
    return marking_rate
