"""Hot spots: files of production code whose complexity marked changes raised most, and that were fixed after them.

A list of files to look at, never of people. Files are those at head; work on a file before it was renamed is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from analyzer.core.rows import commit_dates, iter_rows
from analyzer.outcomes.fix_messages import is_fix

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

    from analyzer.outcomes.history_view import OutcomeInputs

MAX_HOT_SPOTS = 10
FIX_DAYS = 90


class HotSpot(Struct, frozen=True):
    """A file whose complexity marked changes raised, largest points × (1 + fixes) first.

    changes : marked commits that touch its functions, of those that were compared.
    points : cognitive complexity that they added, less what they removed.
    fixes : commits called fixes that removed lines of marked commits there within 90 days.
    function, function_points : the function whose complexity they raised most, and by how much.
    """

    path: str
    language: str
    changes: int
    points: int
    fixes: int
    function: str
    function_points: int


def find_hot_spots(inputs: OutcomeInputs, paths_at_head: Collection[str]) -> list[HotSpot]:
    """Return at most ten files, by points × (1 + fixes); empty where no functions were read or none gained complexity.

    Parameters
    ----------
    paths_at_head : paths of the files of the analysed commit.
    """
    if inputs.structure is None:
        return []
    functions = inputs.structure.function_changes
    marked = inputs.commits.loc[inputs.commits["ai"].astype(bool), "sha"]
    functions = functions[functions["ai"] & functions["path"].isin(set(paths_at_head))]
    points = functions["cognitive"].fillna(0) - functions["cognitive_before"].fillna(0)
    functions = functions.assign(points=points.astype("int64"))
    files = functions.groupby(["path", "language"]).agg(changes=("sha", "nunique"), points=("points", "sum"))
    files = files[files["points"] > 0].reset_index()
    if files.empty:
        return []
    fixes = _fixes_by_file(inputs, marked)
    files["fixes"] = files["path"].map(fixes).fillna(0).astype("int64") if len(fixes) else 0
    files["score"] = files["points"] * (1 + files["fixes"])
    files = files.sort_values(["score", "path"], ascending=[False, True]).head(MAX_HOT_SPOTS)
    raised = functions.groupby(["path", "name"])["points"].sum().sort_values(ascending=False, kind="stable")
    most = (
        raised.reset_index().drop_duplicates("path").rename(columns={"name": "function", "points": "function_points"})
    )
    return [HotSpot(*row) for row in iter_rows(files.merge(most, on="path", how="left"), *HotSpot.__struct_fields__)]


def _fixes_by_file(inputs: OutcomeInputs, marked: pd.Series) -> pd.Series:
    """Return the number of fixes that removed lines of marked commits within 90 days, by path."""
    import pandas as pd

    if inputs.lifetimes is None:
        return pd.Series(dtype="int64")
    lines = inputs.lifetimes[inputs.lifetimes["died_sha"].notna() & (inputs.lifetimes["path_class"] == "code")]
    lines = lines[lines["born_sha"].isin(marked)].astype({"born_sha": "str", "died_sha": "str", "path": "str"})
    committed = commit_dates(inputs.all_commits)
    died = lines["died_sha"].map(committed)
    is_early = (died - lines["born_sha"].map(committed) < pd.Timedelta(days=FIX_DAYS)) & (died < inputs.as_of)
    removals = lines.loc[is_early, ["path", "died_sha"]].drop_duplicates()
    messages = inputs.all_commits.set_index("sha")["message"]
    fixes = {sha for sha in removals["died_sha"].unique() if is_fix(messages[sha])}
    counts: pd.Series = removals[removals["died_sha"].isin(fixes)].groupby("path").size()
    return counts
