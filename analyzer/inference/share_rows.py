"""Rows of an outcome that is a share, as input of the regression of events on a change's own mark (`defects`).

Strata are person × kind of file. Two things are added to what the regression reads:

Weights. Lines of one commit go together, so a commit of a thousand lines does not say a thousand times as much as a
line. A line of n has weight 1 / (1 + c (n - 1)), where c is their correlation within commits, estimated from the rows
(Williams, Appl. Stat. 1982). This halves intervals and leaves the ratio that is estimated the same.

The share marked nearby, of the person's commits within 45 days. It takes up what changed about all work of a person
while the person took AI up, so that the mark's own coefficient does not (Mundlak, Econometrica 1978). The commit itself
counts as well: without it the share would be too noisy to take up all of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.defects import dated_table, rows_by_kind

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.core.arrays import Floats
    from analyzer.inference.strata import OutcomeRows

# Commits further away than this are not nearby; as long as the quarters of the matched comparison.
_NEARBY_DAYS = 45.0
_ORDER = ("person", "cell", "when", "key")


def share_rows(outcome_rows: pd.DataFrame) -> tuple[pd.DataFrame, OutcomeRows]:
    """Return the rows of table `outcome_rows` that can be compared, in order, and the same rows as arrays."""
    table = dated_table(outcome_rows, _ORDER)
    rows = rows_by_kind(table)
    weight = 1 / (1 + correlation_within_commits(rows) * np.maximum(rows.denominator - 1, 0.0))
    return table, with_share_nearby(rows._replace(weight=weight))


def with_share_nearby(rows: OutcomeRows) -> OutcomeRows:
    """Return the rows with the share marked nearby, of their marks."""
    return rows._replace(nearby=share_nearby(rows))


def correlation_within_commits(rows: OutcomeRows) -> float:
    """Return the correlation (0 to 1) of two lines of a commit, given the rate of their stratum.

    From the second moment of residuals: a row of n lines with rate p has variance p (1 - p) (c + (1 - c) / n). It is 1
    where no row has two lines.
    """
    if not len(rows.cell):
        return 1.0
    events, lines = (np.bincount(rows.cell, weights=values) for values in (rows.events, rows.denominator))
    rate = np.divide(events, lines, out=np.zeros_like(lines), where=lines > 0)[rows.cell]
    by_chance = rate * (1 - rate)
    several = (by_chance > 0) & (rows.denominator > 1)
    if not several.any():
        return 1.0
    n = rows.denominator[several]
    squares = (rows.events[several] / n - rate[several]) ** 2
    excess = (squares - by_chance[several] / n).sum() / (by_chance[several] * (1 - 1 / n)).sum()
    return float(np.clip(excess, 0.0, 1.0))


def share_nearby(rows: OutcomeRows) -> Floats:
    """Return for each row (N,) the marked share of the person's commits within 45 days, the row's own included."""
    _, first, commit_of_row = np.unique(rows.key, return_index=True, return_inverse=True)
    if not len(first):
        return np.zeros(0)
    days, people, marks = (values[first] for values in (rows.days, rows.cluster, rows.marked))
    by_time = np.lexsort((days, people))
    # One axis for everybody: people lie so far apart that nobody's window reaches the next one's commits.
    stretch = float(np.ptp(days)) + 3 * _NEARBY_DAYS
    position = (days - days.min() + people * stretch)[by_time]
    sums = np.concatenate([[0.0], np.cumsum(marks[by_time])])
    start = np.searchsorted(position, position - _NEARBY_DAYS, side="left")
    end = np.searchsorted(position, position + _NEARBY_DAYS, side="right")
    nearby = np.empty(len(days))
    nearby[by_time] = np.clip((sums[end] - sums[start]) / (end - start), 0.0, 1.0)
    share: Floats = nearby[commit_of_row]
    return share
