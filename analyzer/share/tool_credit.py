"""labels → credits: declared commits and lines by tool, and by model, kept apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analyzer.core import tables

if TYPE_CHECKING:
    from analyzer.share.definition import Known
    from analyzer.share.time_window import Window

UNKNOWN = "unknown"


def credits_by(known: Known, field: str, window: Window) -> pd.DataFrame:
    """Table `credits` for `field` ("tool" or "model") over the declared commits in the window, most credited first.

    A commit that names two tools counts under both, so rows may add up to more than the total.
    """
    plain = known.plain
    shas = plain.loc[window.holds(plain["when"]) & plain["ai"], "sha"]
    declared = known.labels.loc[known.labels["sha"].isin(shas), ["sha", field]]
    names = declared[field].str.split(" ").explode().replace("", UNKNOWN)
    table = pd.DataFrame({"sha": declared["sha"].reindex(names.index), "name": names.astype("str")})
    for column, lines, source in (
        ("lines_added", known.lines, "lines_added"),
        ("lines_surviving", known.surviving, "lines"),
    ):
        table[column] = _lines(table["sha"], lines, source)
    sums = (
        table.groupby("name")
        .agg(
            commits=("sha", "size"),
            lines_added=("lines_added", _sum),
            lines_surviving=("lines_surviving", _sum),
        )
        .reset_index()
    )
    sums = sums.astype({c.name: tables.DTYPES[c.kind] for c in tables.CREDITS.columns})
    return tables.conform(
        sums.sort_values(["commits", "name"], ascending=[False, True], ignore_index=True), tables.CREDITS
    )


def _lines(shas: pd.Series, lines: pd.DataFrame | None, column: str) -> pd.Series:
    """Lines of each commit, 0 where the table has none of it, NA without a table."""
    if lines is None:
        return pd.Series(pd.NA, index=shas.index, dtype="Int64")
    return shas.map(lines.set_index("sha")[column]).fillna(0).astype("Int64")


def _sum(lines: pd.Series) -> object:
    return lines.sum(min_count=1)
