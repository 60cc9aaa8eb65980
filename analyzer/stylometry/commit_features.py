"""Compute the features that a function takes from its commit: size, kinds of files, and the author's pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core.constants import SECONDS_PER_DAY
from analyzer.core.rows import is_merge

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats

_MAX_HOURS = 10_000.0
_WEEK = 7 * SECONDS_PER_DAY
_DOC_SUFFIXES = (".md", ".rst", ".txt")


def commit_features(commits: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Return sha and the `c_…` features except c_new_funcs, one row per non-merge commit that changes a file."""
    paths = changes["path"].str.lower()
    files = changes.assign(test=paths.str.contains("test", regex=False), doc=paths.str.endswith(_DOC_SUFFIXES), file=1)
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
    return table.join(_commit_pace(commits), how="inner").reset_index(names="sha")


def _commit_pace(commits: pd.DataFrame) -> pd.DataFrame:
    """Return hours since the author's previous commit, and their commits in the seven days before.

    Authors are e-mail addresses, times are author times.
    """
    dated = commits[~is_merge(commits) & commits["authored"].notna()]
    dated = dated.assign(seconds=dated["authored"].dt.as_unit("s").astype("int64").astype(float))
    paces = [
        _person_pace(person_commits)
        for _, person_commits in dated.groupby(dated["author_email"].str.lower(), sort=False)
    ]
    return pd.concat(paces) if paces else pd.DataFrame(columns=["c_hours_prev", "c_author_7d"])


def _person_pace(commits: pd.DataFrame) -> pd.DataFrame:
    ordered = commits.sort_values("seconds", kind="stable")
    seconds: Floats = ordered["seconds"].to_numpy()
    hours = np.concatenate([[_MAX_HOURS], np.minimum(np.diff(seconds) / 3_600, _MAX_HOURS)])
    recent = np.arange(len(seconds)) - np.searchsorted(seconds, seconds - _WEEK)
    return pd.DataFrame({"c_hours_prev": hours, "c_author_7d": recent.astype(float)}, index=ordered["sha"].to_numpy())
