"""Label-permutation placebos of a matched comparison.

The seed is fixed so that nobody can shop for a favourable permutation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core.arrays import Floats, Mask
from analyzer.core.constants import PRE_AI, SECONDS_PER_DAY
from analyzer.inference.results import Placebo
from analyzer.inference.strata import OutcomeRows, rates

if TYPE_CHECKING:
    from analyzer.core.arrays import Ints

# A difference of rates as a function of marks, which replace those of some rows of a table of outcomes.
DifferenceOfMarks = Callable[[Floats], float]
# Returns that function for the rows of a mask (N,): all rows of the people who have two kinds of work.
DifferenceOfRows = Callable[[OutcomeRows, Mask], DifferenceOfMarks]
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


def matched_difference_of(rows: OutcomeRows, changing: Mask) -> DifferenceOfMarks:
    """Return the function from the marks of the changing rows to the matched difference; NaN without a mixed cell."""
    changing_rows = rows.select(changing)
    changing_rows = changing_rows._replace(cell=np.unique(changing_rows.cell, return_inverse=True)[1])

    def difference(marks: Floats) -> float:
        return float(rates(changing_rows._replace(marked=marks))[2]) if len(marks) else np.nan

    return difference


def permuted_differences(rows: OutcomeRows, difference_of: DifferenceOfRows = matched_difference_of) -> Floats:
    """Return the finite differences with each person's marks permuted among that person's commits."""
    rng = np.random.default_rng(_SEED)
    keys, first, commit_of_row = np.unique(rows.key, return_index=True, return_inverse=True)
    owners, marks = rows.cluster[first], rows.marked[first]
    # Most people in a long history have marked nothing, and permuting their marks moves nothing.
    changing = _of_people_with_both(owners, marks)
    difference = difference_of(rows, changing[commit_of_row])
    commit_of_changing_row = (np.cumsum(changing) - 1)[commit_of_row[changing[commit_of_row]]]
    owners, marks = owners[changing], marks[changing]
    marks_by_owner = marks[np.argsort(owners, kind="stable")]
    permuted = np.empty_like(marks)
    differences = np.empty(PERMUTATIONS)
    for n in range(PERMUTATIONS):
        permuted[np.argsort(owners + rng.random(len(keys))[changing])] = marks_by_owner
        differences[n] = difference(permuted[commit_of_changing_row])
    finite: Floats = differences[np.isfinite(differences)]
    return finite


def _of_people_with_both(owners: Ints, marks: Floats) -> Mask:
    """Return which commits are of people who have marked and other work, given the owner and mark of each."""
    marked, other = (np.bincount(owners, weights=side) for side in (marks, 1 - marks))
    both: Mask = ((marked > 0) & (other > 0))[owners]
    return both


def pre_ai_differences(rows: OutcomeRows, difference_of: DifferenceOfRows = matched_difference_of) -> Floats:
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
    is_early_row = early[commit_of_row]
    # Nobody else's early commits can be marked.
    marking_people = np.bincount(owners[early], weights=marking_rate[early], minlength=int(owners.max()) + 1) > 0
    is_changing_row = marking_people[rows.cluster] & is_early_row
    difference = difference_of(rows.select(is_early_row), is_changing_row[is_early_row])
    commit_of_changing_row = commit_of_row[is_changing_row]
    differences = np.empty(PERMUTATIONS)
    for n in range(PERMUTATIONS):
        random_marks = (rng.random(len(first)) < marking_rate).astype(float)
        differences[n] = difference(random_marks[commit_of_changing_row])
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
