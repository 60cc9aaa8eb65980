"""commits, changes → what a function's commit gives it: size, kinds of files, and the author's pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats

_MOST_HOURS = 10_000.0
_WEEK = 7 * 86_400
_DOCS = (".md", ".rst", ".txt")


def behaviour(commits: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Columns sha and the `c_…` features but c_new_funcs, one row a non-merge commit that changes a file."""
    path = changes["path"].str.lower()
    files = changes.assign(test=path.str.contains("test", regex=False), doc=path.str.endswith(_DOCS), file=1)
    sums = files.groupby("sha")[["file", "added", "deleted", "test", "doc"]].sum()
    total = (sums["added"] + sums["deleted"]).astype(float)
    table = pd.DataFrame(
        {
            "c_files": sums["file"].astype(float),
            "c_added": sums["added"].astype(float),
            "c_deleted": sums["deleted"].astype(float),
            "c_test_frac": sums["test"] / sums["file"],
            "c_doc_frac": sums["doc"] / sums["file"],
            "c_add_frac": (sums["added"].astype(float) / total).where(total > 0, 0.0),
        }
    )
    return table.join(_pace(commits), how="inner").reset_index(names="sha")


def _pace(commits: pd.DataFrame) -> pd.DataFrame:
    """Hours since the author's previous commit and commits in the seven days before, by author time and address."""
    plain = commits[~commits["parents"].str.contains(" ", regex=False) & commits["authored"].notna()]
    plain = plain.assign(seconds=plain["authored"].dt.as_unit("s").astype("int64").astype(float))
    parts = [_paced(part) for _, part in plain.groupby(plain["author_email"].str.lower(), sort=False)]
    return pd.concat(parts) if parts else pd.DataFrame(columns=["c_hours_prev", "c_author_7d"])


def _paced(part: pd.DataFrame) -> pd.DataFrame:
    ordered = part.sort_values("seconds", kind="stable")
    when: Floats = ordered["seconds"].to_numpy()
    hours = np.concatenate([[_MOST_HOURS], np.minimum(np.diff(when) / 3_600, _MOST_HOURS)])
    before = np.arange(len(when)) - np.searchsorted(when, when - _WEEK)
    return pd.DataFrame({"c_hours_prev": hours, "c_author_7d": before.astype(float)}, index=ordered["sha"].to_numpy())
