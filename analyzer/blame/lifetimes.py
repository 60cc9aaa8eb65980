"""lifetimes → survival, churn, rework and R-SZZ: joins of tables, without a second look at git."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core import tables

if TYPE_CHECKING:
    from collections.abc import Collection

_DAY = 86_400.0


def spans(lifetimes: pd.DataFrame, committed: pd.Series, clock: pd.Timestamp) -> pd.DataFrame:
    """Table `spans`: how long lines lived until they died or, censored, until the clock.

    `committed`: committer dates by commit id. Lines born at the clock or later are left out, and so are lines born
    or removed at a time nobody knows. A removal before the birth, by the dates, counts as 0 days.
    """
    born = _dates(lifetimes["born_sha"], committed)
    gone = _dates(lifetimes["died_sha"], committed)
    placed = (born < clock) & (gone.notna() | lifetimes["died_sha"].isna())
    died = gone < clock
    end = gone.where(died, clock)
    table = lifetimes[["born_sha", "path", "lines", "died_sha"]].assign(
        days=((end - born).dt.total_seconds() / _DAY).clip(lower=0).astype("Float64"), died=died.astype(bool)
    )
    return tables.conform(table[placed].reset_index(drop=True), tables.SPANS)


def at_age(lived: pd.DataFrame, days: float) -> pd.DataFrame:
    """Columns born_sha, path, lines, alive: of lines whose fate at that age is known, those alive then.

    A line that died before the age is dead then; one that lived as long is alive; one whose clock stopped earlier is
    in neither. So a share of `alive` in `lines` weighs young lines by their deaths alone: take births of one age.
    """
    known = lived[lived["died"] | (lived["days"] >= days)]
    alive = known["lines"].where(known["days"] >= days, 0)
    sums = known.assign(alive=alive).groupby(["born_sha", "path"], observed=True, sort=False)[["lines", "alive"]].sum()
    return sums.reset_index()


def rework(lifetimes: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    """Columns born_by, died_by, lines: who removed whose lines. `group`: a commit's group, by id; without one, NA."""
    dead = lifetimes[lifetimes["died_sha"].notna()]
    table = pd.DataFrame(
        {
            "born_by": _looked_up(dead["born_sha"], group),
            "died_by": _looked_up(dead["died_sha"], group),
            "lines": dead["lines"],
        }
    )
    return table.groupby(["born_by", "died_by"], dropna=False)["lines"].sum().reset_index()


def introducers(lifetimes: pd.DataFrame, fixes: Collection[str], committed: pd.Series) -> pd.DataFrame:
    """Columns fix, sha, lines, latest: commits whose lines each fix removed; R-SZZ names the `latest` of them.

    `committed`: committer dates by commit id, in topological order, which decides between equal dates. Source:
    da Costa et al., A Framework for Evaluating the Results of the SZZ Approach, TSE 2017 (R-SZZ: the most recent
    candidate). A fix that only adds lines has no row: SZZ cannot tell where its defect came from.
    """
    removed = lifetimes[lifetimes["died_sha"].isin(list(fixes))]
    pairs = removed.groupby(["died_sha", "born_sha"], observed=True, sort=False)["lines"].sum().reset_index()
    pairs = pairs.rename(columns={"died_sha": "fix", "born_sha": "sha"}).astype({"fix": "str", "sha": "str"})
    place = pd.Series(np.arange(len(committed)), index=committed.index)
    pairs = pairs.assign(when=pairs["sha"].map(committed), place=pairs["sha"].map(place))
    pairs = pairs.sort_values(["fix", "when", "place"], na_position="first", ignore_index=True)
    return pairs.assign(latest=~pairs.duplicated("fix", keep="last"))[["fix", "sha", "lines", "latest"]]


def _dates(shas: pd.Series, committed: pd.Series) -> pd.Series:
    return pd.Series(committed.reindex(shas.astype("str")).array, index=shas.index)


def _looked_up(shas: pd.Series, group: pd.Series) -> pd.Series:
    return shas.astype("str").map(group)
