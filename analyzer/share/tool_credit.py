"""Count marked commits and lines by tool or by model: the table `credits`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analyzer.core import tables

if TYPE_CHECKING:
    from analyzer.share.definition import ShareInputs
    from analyzer.share.time_window import TimeWindow

UNKNOWN = "unknown"


def credits_by(inputs: ShareInputs, field: str, window: TimeWindow) -> pd.DataFrame:
    """Return table `credits` for `field` ("tool" or "model") over marked commits in the window, most credited first.

    A commit that names two tools counts for both, so rows may add up to more than the total. A merge adds the lines
    that it wrote itself, and is not counted as a commit.
    """
    commits = inputs.line_commits
    shas = commits.loc[window.contains(commits["when"]) & commits["ai"], "sha"]
    marked_commits = inputs.labels.loc[inputs.labels["sha"].isin(shas), ["sha", field]]
    names = marked_commits[field].str.split(" ").explode().replace("", UNKNOWN)
    table = pd.DataFrame({"sha": marked_commits["sha"].reindex(names.index), "name": names.astype("str")})
    table["commits"] = table["sha"].isin(inputs.counted_commits["sha"]).astype("int64")
    for column, lines, line_column in (
        ("lines_added", inputs.lines, "lines_added"),
        ("lines_surviving", inputs.surviving, "lines"),
    ):
        table[column] = _lines_of_commits(table["sha"], lines, line_column)
    sums = (
        table.groupby("name")
        .agg(
            commits=("commits", "sum"),
            lines_added=("lines_added", _sum_or_missing),
            lines_surviving=("lines_surviving", _sum_or_missing),
        )
        .reset_index()
    )
    sums = sums[sums[["commits", "lines_added", "lines_surviving"]].fillna(0).gt(0).any(axis=1)]
    sums = sums.astype({c.name: tables.DTYPES[c.kind] for c in tables.CREDITS.columns})
    return tables.conform(
        sums.sort_values(["commits", "name"], ascending=[False, True], ignore_index=True), tables.CREDITS
    )


def _lines_of_commits(shas: pd.Series, lines: pd.DataFrame | None, column: str) -> pd.Series:
    """Return the lines of each commit: 0 if the table does not list it, NA without a table."""
    if lines is None:
        return pd.Series(pd.NA, index=shas.index, dtype="Int64")
    return shas.map(lines.set_index("sha")[column]).fillna(0).astype("Int64")


def _sum_or_missing(lines: pd.Series) -> object:
    return lines.sum(min_count=1)
