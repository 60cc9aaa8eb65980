"""Assign merged changes to teams by code ownership, using the CODEOWNERS file of the analysed commit.

Owners may be logins and addresses of people, so the store and the site only hold keyed hashes; a configured owner is
matched by its hash. Today's rules are applied to the paths that files had when they were changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analyzer.history.authors import keyed_hash
from analyzer.history.codeowners import TooManyRulesError, read_code_owners

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analyzer.fleet.config_types import FleetConfig
    from analyzer.pipeline.load import History

COLUMNS = ("row", "owners", "lines")
# Stands for all owners that belong to no team; no team can have this name.
_UNOWNED = ""
# Tools write these files, so their lines do not show whose code a change is about.
_UNAUTHORED = ("lockfile", "generated", "vendored", "lfs")


def lines_by_owners(history: History, merged_changes: pd.DataFrame, salt: str) -> pd.DataFrame:
    """Return the changed lines of each merged change by set of owners.

    The table is empty, meaning that owners are unknown, if the clone has no contents, or if there is no CODEOWNERS file
    or evaluating its rules would take too long.

    Columns
    -------
    row : position in `merged_changes`, from 0.
    owners : keyed hashes, separated by blanks; empty without an owner.
    lines : number of changed lines.
    """
    file_changes, rules = history.file_changes, read_code_owners(history.repository)
    no_rows = _with_dtypes(pd.DataFrame({name: [] for name in COLUMNS}))
    if file_changes is None or rules is None:
        return no_rows
    row_of_unit = {unit: row for row, unit in enumerate(merged_changes["merged_change"])}
    rows = file_changes["sha"].map(history.change_of_lines).map(row_of_unit)
    in_range = file_changes[rows.notna()].assign(row=rows[rows.notna()].astype("int64"))
    try:
        owners_by_path = {
            path: " ".join(sorted(owner_hash(owner, salt) for owner in rules.owners(path)))
            for path in in_range["path"].unique()
        }
    except TooManyRulesError:
        return no_rows
    lines = in_range["added"].fillna(0).astype("int64") + in_range["deleted"].fillna(0).astype("int64")
    lines = lines.clip(lower=1).where(~in_range["path_class"].isin(_UNAUTHORED), 0)
    # A change of tool-written files only belongs to the owners of these files.
    has_authored = lines.groupby(in_range["row"]).transform("sum") > 0
    table = in_range.assign(owners=in_range["path"].map(owners_by_path), lines=lines.where(has_authored, 1))
    return _with_dtypes(table.groupby(["row", "owners"])["lines"].sum().reset_index())


def _with_dtypes(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype({"row": "int64", "owners": "str", "lines": "int64"})


def owner_hash(owner: str, salt: str) -> str:
    """Return the keyed hash under which the store holds an owner."""
    return keyed_hash(f"owner:{owner.lower()}", salt)


def with_code_teams(
    merged_changes: pd.DataFrame, tables: Mapping[str, pd.DataFrame], config: FleetConfig
) -> pd.DataFrame:
    """Add a column team: one row per merged change and team that owns most of its lines; NA if there is none.

    Code outside all teams counts like one more team, so a change mostly of such code has team NA. Lines owned by two
    teams count for both.

    `tables`: the results of `lines_by_owners`, by repository.
    """
    frames = [owned_lines.assign(repository=name) for name, owned_lines in tables.items() if len(owned_lines)]
    if not frames:
        return merged_changes.assign(team=pd.Series(pd.NA, index=merged_changes.index, dtype="str"))
    table = pd.concat(frames, ignore_index=True)
    team_of_owner = {owner_hash(owner, config.salt or ""): team.name for team in config.teams for owner in team.owners}
    teams_by_owners = {
        owners: sorted({team_of_owner[key] for key in owners.split() if key in team_of_owner}) or [_UNOWNED]
        for owners in table["owners"].unique()
    }
    by_team = table.assign(team=table["owners"].map(teams_by_owners)).explode("team")
    sums = by_team.groupby(["repository", "row", "team"], as_index=False)["lines"].sum()
    largest = sums.groupby(["repository", "row"])["lines"].transform("max")
    main_owners = sums[(sums["lines"] == largest) & (sums["team"] != _UNOWNED)]
    return merged_changes.merge(main_owners[["repository", "row", "team"]], on=["repository", "row"], how="left")


def majority_teams(changes_by_team: pd.DataFrame) -> pd.DataFrame:
    """Return columns person, team for people with more than half of their changes in the code of one team."""
    by_team = changes_by_team.groupby(["person", "team"]).size().rename("in_team").reset_index()
    totals = changes_by_team.groupby("person").size().rename("total")
    counts = by_team.merge(totals, left_on="person", right_index=True)
    return counts.loc[counts["in_team"] > counts["total"] / 2, ["person", "team"]].reset_index(drop=True)
