"""Count a breakdown: people, merged changes and lines of each published group, and the marked share of both.

A change that touches several groups counts in each, with all of its marks. Groups of fewer than `SMALLEST_GROUP` people
are merged into one row, and so are more groups until no sum or difference of rows and totals covers fewer people. Tools
and models of fewer people are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analyzer.core.constants import SMALLEST_GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from analyzer.share.breakdowns.base import BreakdownDefinition, BreakdownInputs, Grouping

# Groups of fewer changes are listed after the others: a standard error of their share may exceed nine points.
MIN_CHANGES = 30
TOO_FEW_PEOPLE, NOTHING_TO_GROUP = "breakdown-too-few-people", "breakdown-empty"
# Name of the merged groups while they are counted; no group of a file or mark is called so.
_MERGED = "\0merged"


@dataclass(frozen=True, slots=True)
class GroupShare:
    """One row of a breakdown.

    Attributes
    ----------
    name : the group; "" for the merged groups.
    people : people with a merged change in it.
    changes : merged changes in it.
    marked : marked share of these changes, or the share of all merged changes that they are.
    difference : marked share minus the repository's; None where the share is of the repository.
    lines_added, lines_marked : lines added to its files and their marked share; None without contents or lines.
    merged_groups : how many groups the row stands for; 0 for a group of its own.
    """

    name: str
    people: int
    changes: int
    marked: float
    difference: float | None
    lines_added: int | None
    lines_marked: float | None
    merged_groups: int = 0


@dataclass(frozen=True, slots=True)
class ShareBreakdown:
    """A counted breakdown.

    Attributes
    ----------
    groups : rows, largest difference first and the merged groups last; None if there are none to publish.
    missing : slug that says why `groups` is None; "" otherwise.
    grouping : groups by their published names, the merged ones left out; None without rows.
    """

    definition: BreakdownDefinition
    groups: list[GroupShare] | None
    missing: str = ""
    grouping: Grouping | None = None


def break_down_share(definition: BreakdownDefinition, inputs: BreakdownInputs) -> ShareBreakdown:
    """Return the marked share by the groups of a breakdown."""
    grouping = definition.grouping(inputs)
    if isinstance(grouping, str):
        return ShareBreakdown(definition, None, grouping)
    changes, lines = changes_by_group(inputs, grouping), lines_by_group(inputs, grouping)
    names = {*changes["group"].dropna(), *(() if lines is None else lines["group"].dropna())}
    if not names:
        return ShareBreakdown(definition, None, NOTHING_TO_GROUP)
    merged = _small_credits(changes) if definition.of_repository else _groups_to_merge(changes, lines)
    if merged is None or merged == names:
        return ShareBreakdown(definition, None, TOO_FEW_PEOPLE)
    if definition.of_repository:
        names, merged = names - merged, set()
    published = {name: _MERGED if name in merged else name for name in names}
    rows = _count_groups(
        definition,
        inputs,
        _renamed(changes, "change", published),
        None if lines is None else _renamed(lines, "file", published),
    )
    groups = [
        replace(row, name="", merged_groups=len(merged)) if row.name == _MERGED else row for row in _in_order(rows)
    ]
    return ShareBreakdown(
        definition, groups, grouping=grouping.renamed({name: name for name in names if name not in merged})
    )


def changes_by_group(inputs: BreakdownInputs, grouping: Grouping) -> pd.DataFrame:
    """Return columns change, merged_change, person, ai, group: one row per change of the range and group of it.

    A change in no group has one row, with the remainder or else NA for its group.
    """
    records = inputs.files if grouping.key == "path" else inputs.marked_commits
    if records is None:
        raise ValueError("a grouping of paths needs the files")
    changes = inputs.changes.rename_axis("change").reset_index()
    by_group = changes.merge(_in_groups(inputs, grouping, records, ["change"]), on="change", how="left")
    if grouping.remainder is None:
        return by_group
    return by_group.assign(group=by_group["group"].astype("str").fillna(grouping.remainder))


def lines_by_group(inputs: BreakdownInputs, grouping: Grouping) -> pd.DataFrame | None:
    """Return columns file, commit, person, ai, added, group: one row per changed file of the range and group of it.

    A file in no group has one row, with group NA. None without contents.
    """
    if inputs.files is None:
        return None
    files = inputs.files.rename_axis("file").reset_index()
    files = files[(files["added"].fillna(0) > 0) & (files["commit"] >= 0)]
    pairs = _in_groups(inputs, grouping, files, ["file"])
    files = files[["file", "commit", "added"]].merge(
        inputs.commits[["person", "ai"]], left_on="commit", right_index=True
    )
    return files.merge(pairs, on="file", how="left")


def _in_groups(inputs: BreakdownInputs, grouping: Grouping, records: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return the distinct pairs of the numbers in `columns`, those below 0 left out, and a group of the record."""
    groups = grouping.groups.astype({"group": "category"})
    if grouping.key == "path" and inputs.files is not None:
        groups = groups.astype({"path": inputs.files["path"].dtype})
    distinct = records.loc[(records[columns] >= 0).all(axis=1), [grouping.key, *columns]].drop_duplicates()
    return distinct.merge(groups, on=grouping.key)[[*columns, "group"]].drop_duplicates()


def _small_credits(changes: pd.DataFrame) -> set[str]:
    """Return the tools or models that fewer than `SMALLEST_GROUP` people's changes credit.

    They are left out and not merged: every report gives the commits that credit each tool, so nothing protects them
    from subtraction but that their people and outcomes are not published.
    """
    people = changes.groupby("group", observed=True)["person"].nunique()
    return {str(name) for name in people.index[people < SMALLEST_GROUP]}


def _groups_to_merge(changes: pd.DataFrame, lines: pd.DataFrame | None) -> set[str] | None:
    """Return the groups to merge, by changes and by lines together."""
    from analyzer.core.suppression.overlaps import groups_to_merge  # it needs numpy and pandas

    tables = [changes.assign(record=changes["change"])]
    if lines is not None:
        tables.append(lines.assign(record=lines["file"]))
    return groups_to_merge(tables, SMALLEST_GROUP)


def _renamed(table: pd.DataFrame, record: str, names: Mapping[str, str]) -> pd.DataFrame:
    """Rename the groups of records; groups that get one name become one, those without a name NA."""
    renamed = table.assign(group=table["group"].astype("str").map(names).astype("category"))
    return renamed.drop_duplicates([record, "group"])


def _count_groups(
    definition: BreakdownDefinition, inputs: BreakdownInputs, changes: pd.DataFrame, lines: pd.DataFrame | None
) -> list[GroupShare]:
    """Return the rows of the published groups of changes and lines, in the order of their names."""
    repository_share = float(inputs.changes["ai"].mean())
    counts = changes.groupby("group", observed=True).agg(
        people=("person", "nunique"), changes=("ai", "size"), marked=("ai", "mean")
    )
    sums, total = None, 0
    if lines is not None:
        total = int(lines.drop_duplicates("file")["added"].sum())
        marked_lines = lines["added"].where(lines["ai"], 0)
        sums = lines.assign(marked=marked_lines).groupby("group", observed=True)[["added", "marked"]].sum()
        sums = sums.reindex(counts.index, fill_value=0)
    rows = []
    for name, people, n, marked in counts.itertuples():
        added, of_marked = (None, None) if sums is None else (int(v) for v in sums.loc[name])
        line_base = total if definition.of_repository else added
        rows.append(
            GroupShare(
                name=name,
                people=int(people),
                changes=int(n),
                marked=int(n) / len(inputs.changes) if definition.of_repository else float(marked),
                difference=None if definition.of_repository else float(marked) - repository_share,
                lines_added=added,
                lines_marked=of_marked / line_base if of_marked is not None and line_base else None,
            )
        )
    return rows


def _in_order(rows: Sequence[GroupShare]) -> list[GroupShare]:
    """Return groups with enough changes, largest difference first, then the others by size, then the merged ones.

    Where the share is of the repository, the largest share is first.
    """

    def rank(row: GroupShare) -> tuple[bool, bool, float, int, str]:
        small = row.changes < MIN_CHANGES
        size = row.marked if row.difference is None else abs(row.difference)
        return row.name == _MERGED, small, 0.0 if small else -size, -row.changes, row.name

    return sorted(rows, key=rank)
