"""Derive survival, churn, rework and R-SZZ from table `lifetimes`, without reading git again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core import tables
from analyzer.core.constants import SECONDS_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Collection


def life_spans(lifetimes: pd.DataFrame, committed: pd.Series, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return table `spans`: how long lines lived until their removal or, censored, until the as-of date.

    Lines born on the as-of date or later are left out, as are lines born or removed at an unknown time. If the removal
    is dated before the birth, the line lived 0 days.

    Parameters
    ----------
    lifetimes : table `lifetimes`.
    committed : committer dates by commit id.
    as_of : the as-of date.
    """
    born_at = _commit_dates(lifetimes["born_sha"], committed)
    died_at = _commit_dates(lifetimes["died_sha"], committed)
    dated = (born_at < as_of) & (died_at.notna() | lifetimes["died_sha"].isna())
    died = died_at < as_of
    end = died_at.where(died, as_of)
    table = lifetimes[["born_sha", "path", "lines", "died_sha"]].assign(
        days=((end - born_at).dt.total_seconds() / SECONDS_PER_DAY).clip(lower=0).astype("Float64"),
        died=died.astype(bool),
    )
    return tables.conform(table[dated].reset_index(drop=True), tables.SPANS)


def survivors_at_age(spans: pd.DataFrame, days: float) -> pd.DataFrame:
    """Return columns born_sha, path, lines, alive: lines whose fate at age `days` is known, and those alive then.

    A line removed before that age is dead, a line that lived at least as long is alive, and a line censored earlier is
    in neither column. So `alive` / `lines` would count young lines only if they died: compare births of one age.
    """
    decided = spans[spans["died"] | (spans["days"] >= days)]
    alive = decided["lines"].where(decided["days"] >= days, 0)
    sums = (
        decided.assign(alive=alive).groupby(["born_sha", "path"], observed=True, sort=False)[["lines", "alive"]].sum()
    )
    return sums.reset_index()


def rework_matrix(lifetimes: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    """Return columns born_by, died_by, lines: how many lines of each group which group removed.

    `group`: group by commit id; lines of commits without a group get NA.
    """
    removed = lifetimes[lifetimes["died_sha"].notna()]
    table = pd.DataFrame(
        {
            "born_by": _map_groups(removed["born_sha"], group),
            "died_by": _map_groups(removed["died_sha"], group),
            "lines": removed["lines"],
        }
    )
    return table.groupby(["born_by", "died_by"], dropna=False)["lines"].sum().reset_index()


def fix_introducers(lifetimes: pd.DataFrame, fixes: Collection[str], committed: pd.Series) -> pd.DataFrame:
    """Return columns fix, sha, lines, latest: the commits whose lines each fix removed; R-SZZ picks the `latest`.

    Source: da Costa et al., A Framework for Evaluating the Results of the SZZ Approach, TSE 2017 (R-SZZ: the most
    recent candidate). A fix that only adds lines has no row: SZZ cannot tell where its defect came from.

    Parameters
    ----------
    lifetimes : table `lifetimes`.
    fixes : commit ids of the fixes.
    committed : committer dates by commit id, in topological order, which breaks ties between equal dates.
    """
    removed = lifetimes[lifetimes["died_sha"].isin(list(fixes))]
    pairs = removed.groupby(["died_sha", "born_sha"], observed=True, sort=False)["lines"].sum().reset_index()
    pairs = pairs.rename(columns={"died_sha": "fix", "born_sha": "sha"}).astype({"fix": "str", "sha": "str"})
    position = pd.Series(np.arange(len(committed)), index=committed.index)
    pairs = pairs.assign(when=pairs["sha"].map(committed), place=pairs["sha"].map(position))
    pairs = pairs.sort_values(["fix", "when", "place"], na_position="first", ignore_index=True)
    return pairs.assign(latest=~pairs.duplicated("fix", keep="last"))[["fix", "sha", "lines", "latest"]]


def _commit_dates(commit_ids: pd.Series, committed: pd.Series) -> pd.Series:
    """Return the date of each commit; each id is looked up once, however many lines it wrote or removed."""
    ids = commit_ids.astype("category").array
    dates = committed.reindex(ids.categories.astype("str")).array
    return pd.Series(dates.take(ids.codes, allow_fill=True), index=commit_ids.index)


def _map_groups(commit_ids: pd.Series, group: pd.Series) -> pd.Series:
    return commit_ids.astype("str").map(group)
