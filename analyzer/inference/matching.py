"""Matched comparison of an outcome: marked work against the rest, within person × quarter × kind of file.

The interval is a jackknife over people, or over person × four weeks where there are too few people. Three placebos must
find nothing: marks permuted among each person's own commits; the mark of the other person's commit that is nearest in
time; and marks assigned at random, by size, to what was written before AI tools existed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import stdtr

from analyzer.core.constants import BLOCK_DAYS
from analyzer.inference.checks.permuted_labels import percentile_placebo, permuted_differences, pre_ai_differences
from analyzer.inference.jackknife import Interval, jackknife_interval
from analyzer.inference.results import Placebo
from analyzer.inference.strata import (
    OutcomeRows,
    codes,
    leave_one_out_rates,
    number_tuples,
    pooled_difference,
    rates,
    rows_in_mixed_strata,
)
from analyzer.panel import block_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.core.arrays import Floats, Ints
    from analyzer.inference.defects import Defects

# Clusters behind an interval, and marked commits in cells that contain both kinds.
MIN_CLUSTERS, MIN_MARKED = 6, 10
# With fewer people, clusters are their spells of four weeks.
MIN_PEOPLE = 6
# Maximum distance of the other person's commit whose mark is borrowed.
_MAX_DAYS_APART = 14


@dataclass(frozen=True, slots=True)
class MatchedComparison:
    """An outcome's rate for marked work and for the rest in the same cells, and their difference.

    Attributes
    ----------
    pooled : difference without matching.
    n_ai, n_other : commits or changes (their marked and other parts) in cells that contain both.
    clusters : number of clusters that the jackknife leaves out.
    cluster_kind : what a cluster is, in words.
    ai, other, difference : the two rates and their difference; None without an estimate.
    simpson : whether `pooled` has the other sign while the matched interval excludes 0.
    decisive_commit : the one commit without which the difference would change its sign.
    placebos : those that could run.
    reason : why there is no estimate.
    people : number of people in cells that contain both.
    ratio : the estimate of a regression (`event_comparison`), where it gives the figures.
    """

    pooled: float | None
    n_ai: float
    n_other: float
    clusters: int
    cluster_kind: str
    ai: Interval | None = None
    other: Interval | None = None
    difference: Interval | None = None
    simpson: bool = False
    decisive_commit: str | None = None
    placebos: tuple[Placebo, ...] = ()
    reason: str | None = None
    people: int = 0
    ratio: Defects | None = None

    @property
    def p(self) -> float | None:
        """Two-sided p of no difference, t over the clusters; None without an estimate or a standard error."""
        if self.ratio is not None:
            return self.ratio.p
        d = self.difference
        return None if d is None or not d.se > 0 else 2 * float(stdtr(d.df, -abs(d.point) / d.se))

    @property
    def failed(self) -> tuple[str, ...]:
        """Ids of the placebos that found something."""
        return tuple(placebo.id for placebo in self.placebos if placebo.passed is False)


def compare_matched(outcome_rows: pd.DataFrame) -> MatchedComparison:
    """Compare marked work with the rest within cells of a table of outcomes; its order does not matter."""
    dated = outcome_rows["person"].notna() & outcome_rows["when"].notna()
    table = outcome_rows[dated & (outcome_rows["denominator"] > 0)]
    table = table.sort_values(["key", "cell"], kind="stable")
    blocks = block_number(table["when"]) if len(table) else pd.Series(dtype=int)
    rows = OutcomeRows.from_table(table, blocks * BLOCK_DAYS // 91)
    person_blocks = number_tuples(rows.cluster, codes(blocks))
    comparison = _compare(rows, person_blocks, table["key"].to_numpy(object))
    if comparison.difference is None:
        return comparison
    permuted = permuted_differences(rows)
    difference = _widen(comparison.difference, permuted)
    has_sign = difference.low > 0 or difference.high < 0
    opposite = comparison.pooled is not None and comparison.pooled * difference.point < 0
    placebos = (
        percentile_placebo("permuted_marks", permuted),
        _other_author_placebo(rows, person_blocks, permuted),
        percentile_placebo("pre_ai", pre_ai_differences(rows)),
    )
    could_run = tuple(placebo for placebo in placebos if placebo is not None)
    return replace(comparison, difference=difference, simpson=has_sign and opposite, placebos=could_run)


def _compare(rows: OutcomeRows, person_blocks: Ints, keys: NDArray[np.object_]) -> MatchedComparison:
    """Compare under the marks of `rows`, without placebos.

    Parameters
    ----------
    rows : outcomes (N,), clustered by person.
    person_blocks : (N,) person × four weeks, the clusters where there are too few people.
    keys : (N,) id of each commit or change.
    """
    mixed = rows_in_mixed_strata(rows)
    matched_rows = rows.select(mixed)
    people = len(np.unique(matched_rows.cluster))
    if people < MIN_PEOPLE:
        matched_rows = matched_rows._replace(cluster=person_blocks[mixed])
    marked_by_key = pd.Series(matched_rows.marked).groupby(matched_rows.key).max()
    comparison = MatchedComparison(
        pooled=pooled_difference(rows),
        n_ai=float(marked_by_key.sum()),
        n_other=float((1 - marked_by_key).sum()),
        clusters=len(np.unique(matched_rows.cluster)),
        cluster_kind="people" if people >= MIN_PEOPLE else "people's spells of four weeks",
        people=people,
    )
    if comparison.n_ai < MIN_MARKED:
        return replace(comparison, reason="too few marked")
    if comparison.clusters < MIN_CLUSTERS:
        return replace(comparison, reason="too few people and weeks")
    if not matched_rows.events.any() or np.array_equal(matched_rows.events, matched_rows.denominator):
        return replace(comparison, reason="nothing varies")
    estimates = zip(rates(matched_rows), leave_one_out_rates(matched_rows, matched_rows.cluster), strict=True)
    ai, other, difference = (jackknife_interval(float(point), refits) for point, refits in estimates)
    decisive = _decisive_commit(matched_rows, keys[mixed], difference.point)
    return replace(comparison, ai=ai, other=other, difference=difference, decisive_commit=decisive)


def _decisive_commit(rows: OutcomeRows, keys: NDArray[np.object_], difference: float) -> str | None:
    """Return the commit without which the difference has the other sign; of several, the one that moves it most."""
    refits = leave_one_out_rates(rows, rows.key)[2]
    reversing = refits * difference < 0
    if not reversing.any():
        return None
    name_of_key = dict(zip(rows.key[::-1], keys[::-1], strict=True))
    key_numbers = np.unique(rows.key)
    return str(name_of_key[key_numbers[np.argmax(np.where(reversing, np.abs(refits - difference), -1.0))]])


def _widen(estimate: Interval, permuted: Floats) -> Interval:
    """Widen an interval to the larger of two standard errors: the jackknife's, and that of the permuted differences.

    Where clusters are few, a few huge commits make the jackknife's standard error too small. They also scatter the
    permuted differences.
    """
    se = max(estimate.se, float(permuted.std())) if len(permuted) else estimate.se
    half_width = (estimate.high - estimate.point) * (se / estimate.se) if estimate.se > 0 else 0.0
    return Interval(estimate.point, se, estimate.point - half_width, estimate.point + half_width, estimate.df)


def _other_author_placebo(rows: OutcomeRows, person_blocks: Ints, permuted: Floats) -> Placebo | None:
    """Compare with the mark of another person's nearest commit, which keeps the season and drops the commit's mark."""
    borrowed = borrowed_marks(rows)
    has_mark = np.isfinite(borrowed)
    no_keys = np.empty(int(has_mark.sum()), dtype=object)
    comparison = _compare(rows._replace(marked=borrowed).select(has_mark), person_blocks[has_mark], no_keys)
    if comparison.difference is None:
        return None
    difference = _widen(comparison.difference, permuted)
    return Placebo.from_interval("other_author", difference.point, difference.low, difference.high)


def borrowed_marks(rows: OutcomeRows) -> Floats:
    """Return for each row (N,) the mark of another person's nearest commit; NaN without one within two weeks."""
    _, first, commit_of_row = np.unique(rows.key, return_index=True, return_inverse=True)
    by_time = np.argsort(rows.days[first], kind="stable")
    times, owners, marks = (values[first][by_time] for values in (rows.days, rows.cluster, rows.marked))
    run_ends = np.append(np.flatnonzero(np.diff(owners)), len(owners) - 1)  # of runs of one person's commits
    run = np.repeat(np.arange(len(run_ends)), np.diff(run_ends, prepend=-1))
    previous, next_ = np.append(-1, run_ends[:-1])[run], np.append(run_ends[:-1] + 1, -1)[run]
    distances = [np.where(other >= 0, np.abs(times[other] - times), np.inf) for other in (previous, next_)]
    nearest = np.where(distances[1] < distances[0], next_, previous)
    by_commit = np.full(len(first), np.nan)
    by_commit[by_time] = np.where(np.minimum(*distances) <= _MAX_DAYS_APART, marks[nearest], np.nan)
    borrowed: Floats = by_commit[commit_of_row]
    return borrowed
