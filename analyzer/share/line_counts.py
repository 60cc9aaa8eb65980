"""Count lines per commit over code and test files: the weights that line-based definitions give to commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.blame.lifetimes import life_spans, survivors_at_age
from analyzer.history.file_classes import COUNTED_CLASSES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

# Age in days at which we check whether a line survived.
SURVIVAL_DAYS = 90


def lines_by_commit(changes: pd.DataFrame) -> pd.DataFrame:
    """Return columns sha, lines_added, lines_deleted, lines_effective."""
    code = changes[changes["path_class"].isin(COUNTED_CLASSES)]
    sums = code.groupby("sha", sort=False)[["added", "deleted", "effective"]].sum().reset_index()
    return sums.rename(columns={name: f"lines_{name}" for name in ("added", "deleted", "effective")})


def lines_by_change(changes: pd.DataFrame, change_of_lines: Mapping[str, str]) -> pd.Series:
    """Return the lines that each merged change added, indexed by merged change.

    `change_of_lines`: commit id → merged change, with the merges that belong to it (`History.change_of_lines`).
    """
    lines = lines_by_commit(changes)
    sums: pd.Series = lines.groupby(lines["sha"].map(change_of_lines))["lines_added"].sum()
    return sums


def surviving_by_commit(surviving: pd.DataFrame) -> pd.DataFrame:
    """Return columns sha, lines: lines alive at head, by the commit that wrote them."""
    code = surviving[surviving["path_class"].isin(COUNTED_CLASSES)]
    return _sum_by_commit(code, "sha", "lines")


def surviving_90d_by_commit(lifetimes: pd.DataFrame, committed: pd.Series, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return columns sha, lines: lines alive `SURVIVAL_DAYS` after they were written, of lines that are that old."""
    code = lifetimes[lifetimes["path_class"].isin(COUNTED_CLASSES)]
    return _sum_by_commit(survivors_at_age(life_spans(code, committed, as_of), SURVIVAL_DAYS), "born_sha", "alive")


def noted_lines_by_commit(changes: pd.DataFrame, truth: pd.DataFrame, noted_commits: Collection[str]) -> pd.DataFrame:
    """Return columns sha, lines, ai_lines: lines added by commits with notes, and those an agent wrote."""
    code = changes[changes["path_class"].isin(COUNTED_CLASSES) & changes["sha"].isin(list(noted_commits))]
    by_ai = truth[truth["source"] == "ai"].groupby(["sha", "path"])["lines"].sum().rename("ai_lines").reset_index()
    joined = code[["sha", "path", "added"]].merge(by_ai, on=["sha", "path"], how="left").fillna({"ai_lines": 0})
    return joined.groupby("sha")[["added", "ai_lines"]].sum().reset_index().rename(columns={"added": "lines"})


def _sum_by_commit(table: pd.DataFrame, sha: str, lines: str) -> pd.DataFrame:
    sums = table.groupby(sha, observed=True, sort=False)[lines].sum().reset_index()
    return sums.rename(columns={sha: "sha", lines: "lines"}).astype({"sha": "str"})
