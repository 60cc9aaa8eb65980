"""Compare an outcome by a regression of its events on a change's own mark (`defects`), for a verdict and the table.

Rates, difference, interval and p are those of the verdict, so the table cannot contradict it. Where fewer than six
people have both kinds of changes and events, the matched comparison (`matching`) describes them instead.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.checks.permuted_labels import percentile_placebo, permuted_differences, pre_ai_differences
from analyzer.inference.defects import (
    dated_table,
    estimate_event_ratio,
    estimate_from_fit,
    event_data,
    fit_rows,
    has_events,
    rows_by_kind,
    with_both_kinds,
)
from analyzer.inference.matching import MatchedComparison, borrowed_marks, compare_matched
from analyzer.inference.models.event_rates import ScoreTest, beta_of_rows, leave_one_row_out_betas
from analyzer.inference.results import Placebo
from analyzer.inference.share_rows import share_rows, with_share_nearby
from analyzer.inference.strata import pooled_difference

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from analyzer.core.arrays import Mask
    from analyzer.inference.checks.permuted_labels import DifferenceOfMarks
    from analyzer.inference.defects import FittedRows
    from analyzer.inference.models.event_rates import EventData
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
    fitted = fit_rows(rows)
    if fitted is None:
        return None
    estimate = estimate_from_fit(fitted)
    both = rows.select(with_both_kinds(rows))
    marks = both.marked[np.unique(both.key, return_index=True)[1]]
    pooled = pooled_difference(rows)
    difference = estimate.difference
    placebos = (
        percentile_placebo("permuted_marks", permuted_differences(rows, partial(_score_differences, data=fitted.data))),
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
        decisive_commit=_decisive_change(fitted, keys),
        placebos=tuple(placebo for placebo in placebos if placebo is not None),
        people=estimate.people,
        ratio=estimate,
    )


def _score_differences(rows: OutcomeRows, changing: Mask, data: EventData | None = None) -> DifferenceOfMarks:
    """Return a function of other marks of the changing rows: the difference of rates, by a one-step estimate.

    `data`: the rows as input of the model, where it is at hand.
    """
    data = event_data(rows) if data is None else data
    if not len(data.starts):
        return lambda _: np.nan
    with_events = has_events(rows)
    test, among_changing = ScoreTest(data, changing[with_events]), with_events[changing]
    rate = float(rows.events.sum() / rows.denominator.sum())
    # The minimum of numpy, as that of Python takes NaN for 1.
    return lambda marks: float(np.minimum(1.0, rate * np.exp(test.beta(marks[among_changing])))) - rate


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


def _decisive_change(fitted: FittedRows, keys: NDArray[np.object_]) -> str | None:
    """Return the change without which the ratio is on the other side of 1; of several, the one that moves it most.

    Parameters
    ----------
    keys : (N,) id of each row's change.
    """
    data, with_events = fitted.data, has_events(fitted.rows)
    theta = fitted.fit.theta
    beta = float(theta[0])
    keys = keys[with_events]
    _, first, change = np.unique(fitted.rows.key[with_events], return_index=True, return_inverse=True)
    moves = np.bincount(change, weights=leave_one_row_out_betas(data, fitted.fit) - beta)
    candidates = np.argsort(moves * np.sign(beta), kind="stable")[:_REFITTED_CHANGES]
    refits = np.array([beta_of_rows(data, change != candidate, theta) for candidate in candidates])
    reversing = refits * beta < 0
    if not reversing.any():
        return None
    decisive = candidates[np.argmax(np.where(reversing, np.abs(refits - beta), -1.0))]
    return str(keys[first[decisive]])
