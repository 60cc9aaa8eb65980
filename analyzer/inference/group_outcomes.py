"""Compare outcomes within each group of a breakdown: marked work against the same people's other work in it.

The comparison is the one within quarters (`matching`), on the rows of the group. It is reported only where six
people or more have both kinds of work in the group, so that it describes none of them, and where its placebos pass.
q adjusts p over all comparisons of a breakdown (false discovery rate).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import pandas as pd

from analyzer.inference.matching import MIN_CLUSTERS, MIN_MARKED, compare_matched
from analyzer.inference.multiplicity import benjamini_hochberg
from analyzer.share.breakdowns.shares import changes_by_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analyzer.inference.matching import MatchedComparison
    from analyzer.outcomes.base import OutcomeDefinition
    from analyzer.share.breakdowns.base import BreakdownInputs, Grouping
    from analyzer.share.breakdowns.shares import ShareBreakdown

# Outcomes that are compared by group: two of changes, one of lines, and one of functions.
CHANGE_OUTCOMES, LINE_OUTCOME, LINE_OUTCOME_DAYS = ("follow_ups_90d", "reverts_35d"), "churn_21d", 21
FUNCTION_OUTCOME = "complexity_growth"

Reason = Literal["", "no rows", "too few marked", "too few people", "nothing varies", "placebo failed"]


class GroupableOutcome(NamedTuple):
    """An outcome and its rows: table `outcome_rows`, with a column path where rows are lines of a file."""

    measure: OutcomeDefinition
    rows: pd.DataFrame | None


class GroupOutcome(NamedTuple):
    """An outcome in one group; `matched` is None where it is not reported, for the `reason`."""

    measure: OutcomeDefinition
    matched: MatchedComparison | None
    reason: Reason
    q: float | None = None


def compare_groups(
    breakdown: ShareBreakdown, inputs: BreakdownInputs, outcomes: Sequence[GroupableOutcome]
) -> dict[str, list[GroupOutcome]]:
    """Return the outcomes of every group of a breakdown that has a name, in the order of `outcomes`."""
    grouping = breakdown.grouping
    if grouping is None or breakdown.groups is None:
        return {}
    names = [group.name for group in breakdown.groups if not group.merged_groups]
    changes = changes_by_group(inputs, grouping)[["merged_change", "group"]].dropna()
    of_changes = changes.rename(columns={"merged_change": "key"}).astype({"group": "str"})
    tables = [_rows_by_group(outcome, grouping, of_changes) for outcome in outcomes]
    by_group_name = {
        name: [
            _compare(outcome.measure, by_group.get(name)) for outcome, by_group in zip(outcomes, tables, strict=True)
        ]
        for name in names
    }
    return _with_q_values(by_group_name)


def _rows_by_group(
    outcome: GroupableOutcome, grouping: Grouping, of_changes: pd.DataFrame
) -> dict[object, pd.DataFrame]:
    """Return the rows of an outcome by group; a group of marked work also has all unmarked rows.

    `of_changes`: the groups of each merged change, columns key and group.
    """
    rows = outcome.rows
    if rows is None:
        return {}
    if "path" not in rows:
        grouped = _with_groups(rows, of_changes, "key")
    elif grouping.key == "path":
        grouped = _with_groups(rows, grouping.groups, "path")
    else:
        grouped = _with_groups(rows, grouping.groups.rename(columns={"sha": "key"}), "key")
    if "path" in rows:
        identifiers = ["group", "key", "cell", "person", "when", "ai"]
        grouped = grouped.groupby(identifiers, sort=False)[["events", "denominator"]].sum().reset_index()
    by_group: dict[object, pd.DataFrame] = dict(list(grouped.groupby("group")))
    if grouping.key == "path":
        return by_group
    unmarked = rows[rows["ai"] == 0]
    return {name: pd.concat([table, unmarked], ignore_index=True) for name, table in by_group.items()}


def _with_groups(rows: pd.DataFrame, groups: pd.DataFrame, key: str) -> pd.DataFrame:
    """Join rows with their groups by a coded column of the rows; groups of other keys drop out."""
    code = rows[key].cat.categories.get_indexer(pd.Index(groups[key]))
    coded = pd.Categorical.from_codes(code[code >= 0], dtype=rows[key].dtype)  # type: ignore[call-overload]  # stubs
    return rows.merge(groups[code >= 0].assign(**{key: coded}), on=key)


def _compare(measure: OutcomeDefinition, rows: pd.DataFrame | None) -> GroupOutcome:
    if rows is None:
        return GroupOutcome(measure, None, "no rows")
    rows = _rows_of_people_with_both(rows)
    # Decided here where it can be: most groups are small, and the comparison takes time.
    if rows.loc[rows["ai"] > 0, "key"].nunique() < MIN_MARKED:
        return GroupOutcome(measure, None, "too few marked")
    if rows["person"].nunique() < MIN_CLUSTERS:
        return GroupOutcome(measure, None, "too few people")
    matched = compare_matched(rows)
    reason: Reason = ""
    if matched.reason == "too few marked":
        reason = "too few marked"
    elif matched.reason == "too few people and weeks" or matched.cluster_kind != "people":
        reason = "too few people"
    elif matched.difference is None:
        reason = "nothing varies"
    elif matched.failed:
        reason = "placebo failed"
    return GroupOutcome(measure, None if reason else matched, reason)


def _rows_of_people_with_both(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of people who have marked and other work among them; nobody else's are compared."""
    by_person = rows.groupby("person")["ai"]
    both = (by_person.max() > 0) & (by_person.min() < 1)
    return rows[rows["person"].isin(both.index[both])]


def _with_q_values(by_group_name: dict[str, list[GroupOutcome]]) -> dict[str, list[GroupOutcome]]:
    p_values = [p for outcome in _every(by_group_name) if (p := _p_value(outcome)) is not None]
    q_values = iter(benjamini_hochberg(p_values))
    return {
        name: [o if _p_value(o) is None else o._replace(q=next(q_values)) for o in outcomes]
        for name, outcomes in by_group_name.items()
    }


def _every(by_group_name: dict[str, list[GroupOutcome]]) -> Iterable[GroupOutcome]:
    return (outcome for outcomes in by_group_name.values() for outcome in outcomes)


def _p_value(outcome: GroupOutcome) -> float | None:
    return None if outcome.matched is None else outcome.matched.p
