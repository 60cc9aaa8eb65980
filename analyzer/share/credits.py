"""labels → credits: declared commits and lines by tool, and by model, kept apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analyzer import tables
from analyzer.share.definitions import plain_commits

if TYPE_CHECKING:
    from analyzer.share.definitions import Known
    from analyzer.share.window import Window

UNKNOWN = "unknown"


def credits_by(known: Known, field: str, window: Window) -> pd.DataFrame:
    """Table `credits` for `field` ("tool" or "model") over the declared commits in the window, most credited first.

    A commit that names two tools counts under both, so rows may add up to more than the total.
    """
    plain = plain_commits(known)
    shas = plain.loc[window.holds(plain["when"]) & plain["ai"], "sha"]
    declared = known.labels.loc[known.labels["sha"].isin(shas), ["sha", field]]
    names = declared[field].str.split(" ").explode().replace("", UNKNOWN)
    table = pd.DataFrame({"sha": declared["sha"].reindex(names.index), "name": names.astype("str")})
    if known.lines is not None:
        table = table.merge(known.lines[["sha", "lines_added"]], on="sha", how="left")
        table["lines_added"] = table["lines_added"].fillna(0)
    else:
        table["lines_added"] = pd.array([pd.NA] * len(table), dtype="Int64")
    sums = (
        table.groupby("name")
        .agg(commits=("sha", "size"), lines_added=("lines_added", lambda s: s.sum(min_count=1)))
        .reset_index()
    )
    sums = sums.astype({c.name: tables.DTYPES[c.kind] for c in tables.CREDITS.columns})
    return tables.conform(
        sums.sort_values(["commits", "name"], ascending=[False, True], ignore_index=True), tables.CREDITS
    )
