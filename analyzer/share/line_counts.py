"""Tables of lines → lines by commit, over code and test files: what the definitions weigh commits with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.blame.lifetimes import at_age, spans
from analyzer.history.file_classes import COUNTED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

# Days after which a line counts as one that lasts.
LASTING = 90


def lines_by_commit(changes: pd.DataFrame) -> pd.DataFrame:
    """Columns sha, lines_added, lines_deleted, lines_effective: over code and test files only."""
    counted = changes[changes["path_class"].isin(COUNTED)]
    sums = counted.groupby("sha", sort=False)[["added", "deleted", "effective"]].sum().reset_index()
    return sums.rename(columns={name: f"lines_{name}" for name in ("added", "deleted", "effective")})


def lines_by_unit(changes: pd.DataFrame, unit_of: Mapping[str, str]) -> pd.Series:
    """Lines that each merged change added, by unit."""
    lines = lines_by_commit(changes)
    found: pd.Series = lines.groupby(lines["sha"].map(unit_of))["lines_added"].sum()
    return found


def surviving_by_commit(surviving: pd.DataFrame) -> pd.DataFrame:
    """Columns sha, lines: of code and test files at head, by the commit they come from."""
    counted = surviving[surviving["path_class"].isin(COUNTED)]
    return _summed(counted, "sha", "lines")


def lasting_by_commit(lifetimes: pd.DataFrame, committed: pd.Series, clock: pd.Timestamp) -> pd.DataFrame:
    """Columns sha, lines: of code and tests, alive `LASTING` days after they were written; so they are of that age."""
    counted = lifetimes[lifetimes["path_class"].isin(COUNTED)]
    return _summed(at_age(spans(counted, committed, clock), LASTING), "born_sha", "alive")


def noted_by_commit(changes: pd.DataFrame, truth: pd.DataFrame, noted: Collection[str]) -> pd.DataFrame:
    """Columns sha, lines, ai_lines: added to code and tests by the commits with notes, and of these an agent's."""
    counted = changes[changes["path_class"].isin(COUNTED) & changes["sha"].isin(list(noted))]
    by_ai = truth[truth["source"] == "ai"].groupby(["sha", "path"])["lines"].sum().rename("ai_lines").reset_index()
    both = counted[["sha", "path", "added"]].merge(by_ai, on=["sha", "path"], how="left").fillna({"ai_lines": 0})
    return both.groupby("sha")[["added", "ai_lines"]].sum().reset_index().rename(columns={"added": "lines"})


def _summed(table: pd.DataFrame, sha: str, lines: str) -> pd.DataFrame:
    sums = table.groupby(sha, observed=True, sort=False)[lines].sum().reset_index()
    return sums.rename(columns={sha: "sha", lines: "lines"}).astype({"sha": "str"})
