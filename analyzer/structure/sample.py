"""Choose the commits whose functions are compared: marked ones, and others to compare them with.

Parsing takes a multiple of the time in which git shows a patch, so a long history is sampled. Marked work is compared
with the same person's other work of the same quarter: commits that have such a counterpart come first, one of each
person and quarter, then the second of each, and so on; within that they are drawn by a hash of their ids. Which commits
are drawn does not depend on what they did.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from analyzer.core.constants import PRE_AI
from analyzer.history.file_classes import COUNTED_CLASSES
from analyzer.languages import language_of

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.core.arrays import Mask

# Commits that change more files are generated, moved or merged by hand, and would be most of the sample.
MAX_FILES_PER_COMMIT = 25
# Part of the files of unmarked commits that are read of the time before AI tools, for a placebo.
_EARLY = 0.2
# Three would make intervals 4 % narrower than two do.
_UNMARKED_PER_MARKED = 2


def parsed_changes(file_changes: pd.DataFrame, commits: pd.DataFrame) -> pd.DataFrame:
    """Return the changes of code and test files in a language that we parse, by commits that change not too many.

    Parameters
    ----------
    file_changes : table `file_changes`.
    commits : column sha of the commits of the range, without merges.
    """
    has_language = {path: language_of(path) is not None for path in file_changes["path"].unique()}
    is_parsed = (
        file_changes["path_class"].isin(COUNTED_CLASSES)
        & file_changes["path"].map(has_language).astype(bool)
        & file_changes["added"].notna()
        & file_changes["sha"].isin(commits["sha"])
    )
    changes = file_changes[is_parsed]
    of_commit = changes.groupby("sha")
    few, has_code = of_commit["path"].transform("size") <= MAX_FILES_PER_COMMIT, changes["path_class"] == "code"
    return changes[few & changes["sha"].isin(changes.loc[has_code, "sha"])]


def draw_commits(
    changes: pd.DataFrame, commits: pd.DataFrame, most_files: int, *, compared_only: bool = True
) -> list[str]:
    """Return the ids of the drawn commits, in the order in which they are drawn.

    At most half of the files are of marked commits, and twice as many as these are of unmarked ones, a fifth of them
    from before AI tools. What people did who never mark is compared with nothing.

    Parameters
    ----------
    changes : as `parsed_changes` returns them.
    commits : sha, person, when, ai of the commits of the range.
    most_files : changed files of production code that are read at most; test files come on top.
    compared_only : leave out unmarked commits that no marked one is compared with; else they fill the sample up.
    """
    files = changes[changes["path_class"] == "code"].groupby("sha").size()
    candidates = _in_drawing_order(commits[commits["sha"].isin(files.index)])
    candidates["files"] = candidates["sha"].map(files)
    marked = candidates["ai"].astype(bool)
    marks = candidates["person"].isin(candidates.loc[marked, "person"].dropna())
    drawn = _first(candidates, marked, most_files // 2)
    of_marked = int(candidates.loc[drawn, "files"].sum())
    remaining = (
        min(most_files - of_marked, _UNMARKED_PER_MARKED * of_marked) if compared_only else most_files - of_marked
    )
    early = ~marked & marks & (candidates["when"] < PRE_AI)
    groups = [(early, _EARLY), (~marked & marks, 1.0), (~marked, 0.0 if compared_only else 1.0)]
    for group, part in groups:
        chosen = _first(candidates, group & ~drawn, int(part * remaining))
        remaining -= int(candidates.loc[chosen, "files"].sum())
        drawn = drawn | chosen
    return candidates.loc[drawn, "sha"].to_list()


def _in_drawing_order(commits: pd.DataFrame) -> pd.DataFrame:
    """Return the commits in the order in which they are drawn: those that can be compared first, cell by cell."""
    by_hash = sorted(range(len(commits)), key=lambda row: blake2b(commits["sha"].iloc[row].encode()).digest())
    in_order = commits.iloc[by_hash]
    quarter = in_order["when"].dt.year * 4 + in_order["when"].dt.quarter
    cell = [in_order["person"], quarter]
    marks = in_order["ai"].astype(int).groupby(cell)
    is_mixed = (marks.transform("max") > marks.transform("min")).fillna(value=False)
    rank = in_order.groupby([*cell, in_order["ai"]], dropna=False).cumcount()
    order = np.lexsort((np.arange(len(in_order)), rank.to_numpy(), ~is_mixed.to_numpy(np.bool_)))
    drawn: pd.DataFrame = in_order.iloc[order].reset_index(drop=True)
    return drawn


def _first(candidates: pd.DataFrame, group: pd.Series, most: int) -> Mask:
    """Return which are the first commits of a group that together change no more files than `most`."""
    files = candidates["files"].where(group, 0).cumsum()
    return (group & (files <= most)).to_numpy(np.bool_)
