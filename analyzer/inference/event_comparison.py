"""Compare an outcome by a regression of its events on a change's own mark (`defects`), for a verdict and the table.

Rates, difference, interval and p are those of the verdict, so the table cannot contradict it. Where fewer than six
people have both kinds of changes and events, the matched comparison (`matching`) describes them instead.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.checks.permuted_labels import percentile_placebo, permuted_differences, pre_ai_differences
from analyzer.inference.defects import (
    dated_table,
    estimate_event_ratio,
    event_data,
    has_events,
    rows_by_kind,
    with_both_kinds,
)
from analyzer.inference.matching import MatchedComparison, borrowed_marks, compare_matched
from analyzer.inference.models.event_rates import ScoreTest, beta_of_rows, fit_events, leave_one_row_out_betas
from analyzer.inference.results import Placebo
from analyzer.inference.share_rows import share_rows, with_share_nearby
from analyzer.inference.strata import pooled_difference

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    from analyzer.core.arrays import Floats
    from analyzer.inference.strata import OutcomeRows

# Changes that are refitted exactly to see whether the ratio turns without one of them.
_REFITTED_CHANGES = 5


def compare_events(outcome_rows: pd.DataFrame) -> MatchedComparison:
    """Compare marked with unmarked changes of the same people; the order of the table does not matter."""
    table = dated_table(outcome_rows)
    rows = rows_by_kind(table)
    estimated = _compare(table["key"].to_numpy(object), rows._replace(cell=rows.cluster))
    return compare_matched(outcome_rows) if estimated is None else estimated


def compare_shares(outcome_rows: pd.DataFrame) -> MatchedComparison:
    """Compare marked with unmarked work of the same people and kinds of files, by the ratio of the two shares.

    The order of the table does not matter. See `share_rows` for weights and for what is adjusted for.
    """
    table, rows = share_rows(outcome_rows)
    estimated = _compare(table["key"].to_numpy(object), rows)
    return compare_matched(outcome_rows) if estimated is None else estimated


def _compare(keys: NDArray[np.object_], rows: OutcomeRows) -> MatchedComparison | None:
    """Compare by the ratio of events, with placebos; None with too little to compare.

    Parameters
    ----------
    keys : (N,) id of each row's commit or change.
    """
    estimate = estimate_event_ratio(rows)
    if estimate is None:
        return None
    both = rows.select(with_both_kinds(rows))
    marks = both.marked[np.unique(both.key, return_index=True)[1]]
    pooled = pooled_difference(rows)
    difference = estimate.difference
    placebos = (
        percentile_placebo("permuted_marks", permuted_differences(rows, _score_differences)),
        _other_author_placebo(rows),
        percentile_placebo("pre_ai", pre_ai_differences(rows, _score_differences)),
    )
    opposite = pooled is not None and pooled * difference.point < 0
    return MatchedComparison(
        pooled=pooled,
        n_ai=float(marks.sum()),
        n_other=float((1 - marks).sum()),
        clusters=estimate.people,
        cluster_kind="people",
        ai=estimate.marked_rate,
        other=estimate.unmarked,
        difference=difference,
        simpson=difference.excludes_zero and opposite,
        decisive_commit=_decisive_change(rows, keys, math.log(estimate.ratio)),
        placebos=tuple(placebo for placebo in placebos if placebo is not None),
        people=estimate.people,
        ratio=estimate,
    )


def _score_differences(rows: OutcomeRows) -> Callable[[Floats], float]:
    """Return a function of other marks (N,): the difference of rates by a one-step estimate of their ratio."""
    data = event_data(rows)
    if not len(data.starts):
        return lambda _: np.nan
    test, with_events = ScoreTest(data), has_events(rows)
    rate = float(rows.events.sum() / rows.denominator.sum())
    return lambda marks: min(1.0, rate * float(np.exp(test.beta(marks[with_events])))) - rate


def _other_author_placebo(rows: OutcomeRows) -> Placebo | None:
    """Estimate with the mark of another person's nearest change, which keeps the season and drops the change's mark."""
    borrowed = borrowed_marks(rows)
    has_mark = np.isfinite(borrowed)
    other_marks = rows._replace(marked=borrowed).select(has_mark)
    estimate = estimate_event_ratio(other_marks if rows.nearby is None else with_share_nearby(other_marks))
    if estimate is None:
        return None
    difference = estimate.difference
    return Placebo.from_interval("other_author", difference.point, difference.low, difference.high)


def _decisive_change(rows: OutcomeRows, keys: NDArray[np.object_], beta: float) -> str | None:
    """Return the change without which the ratio is on the other side of 1; of several, the one that moves it most.

    Parameters
    ----------
    keys : (N,) id of each row's change.
    beta : logarithm of the ratio.
    """
    data, with_events = event_data(rows), has_events(rows)
    keys = keys[with_events]
    _, first, change = np.unique(rows.key[with_events], return_index=True, return_inverse=True)
    moves = np.bincount(change, weights=leave_one_row_out_betas(data, fit_events(data)) - beta)
    candidates = np.argsort(moves * np.sign(beta), kind="stable")[:_REFITTED_CHANGES]
    refits = np.array([beta_of_rows(data, change != candidate) for candidate in candidates])
    reversing = refits * beta < 0
    if not reversing.any():
        return None
    decisive = candidates[np.argmax(np.where(reversing, np.abs(refits - beta), -1.0))]
    return str(keys[first[decisive]])
