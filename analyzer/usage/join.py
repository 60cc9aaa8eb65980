"""Join usage data with a history: people by the identity rules of commits, commits by their id.

A day counts for a person where they committed that day (UTC) and the usage data say whether they used a tool. What they
do not say is missing, never "no use". What could not be joined is counted.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.usage.people import PersonLookup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analyzer.history.authors import PeopleDirectory
    from analyzer.usage.tables import UsageTable


@dataclass(frozen=True, slots=True)
class JoinedFile:
    """A usage file and how much of it belongs to this history.

    Attributes
    ----------
    matched, unmatched : rows of people, commits or repositories that are this history's, and of others.
    subjects : how many of the people or commits the matched rows are about.
    amount : what a file per repository and day says of this repository, in its unit; 0 for other files.
    """

    usage: UsageTable
    matched: int
    unmatched: int
    subjects: int
    amount: float = 0.0


@dataclass(frozen=True, slots=True)
class Usage:
    """What the usage data say of a history.

    Attributes
    ----------
    files : each file, and how much of it could be joined.
    days : one row per (person, day with a commit of theirs) that the data say something of: columns person, day
        (midnight UTC) and used.
    commits : one row per commit of the history that a file lists: columns sha, ai_lines, other_lines.
    """

    files: tuple[JoinedFile, ...] = ()
    days: pd.DataFrame = field(default_factory=lambda: _days_frame([]))
    commits: pd.DataFrame = field(default_factory=lambda: _commits_frame({}))

    @property
    def open_files(self) -> list[str]:
        """Names of files per person and day that list no day without use, so that they cannot tell how often."""
        return [
            file.usage.name
            for file in self.files
            if file.usage.format.per == "person-day"
            and not file.usage.lists_days_with_use
            and bool((file.usage.table["amount"] > 0).all())
        ]


def join_usage(
    usage_tables: Sequence[UsageTable],
    commits: pd.DataFrame,
    labels: pd.DataFrame,
    directory: PeopleDirectory,
    repository_name: str,
) -> Usage:
    """Join usage tables with the tables `commits` and `labels` of a history."""
    lookup = PersonLookup(directory, commits)
    active = _active_days(commits, labels)
    statements: list[pd.DataFrame] = []
    lines: dict[str, tuple[float, float]] = {}
    contradicted: set[str] = set()
    files = []
    for usage in usage_tables:
        if usage.format.per == "person-day":
            joined, known_days = _join_days(usage, lookup, active)
            statements.append(known_days)
        elif usage.format.per == "commit":
            joined, found_lines = _join_commits(usage, commits["sha"])
            contradicted |= {sha for sha, pair in found_lines.items() if lines.setdefault(sha, pair) != pair}
        else:
            joined = _join_repository(usage, repository_name)
        files.append(joined)
    return Usage(
        tuple(files), _combine(statements), _commits_frame({s: p for s, p in lines.items() if s not in contradicted})
    )


def change_shares(usage: Usage, merged_change_of: dict[str, str]) -> pd.Series:
    """Return AI lines ÷ added lines by merged change (`merged_change`), of changes whose commits are all listed.

    A change with an unlisted commit, or without added lines, has no share: it is unknown, not 0.
    """
    members = pd.Series(merged_change_of, dtype="object").rename("change").rename_axis("sha").reset_index()
    listed = members.merge(usage.commits, on="sha", how="left")
    by_change = listed.groupby("change")
    complete = by_change["ai_lines"].apply(lambda lines: lines.notna().all()).astype(bool)
    sums = by_change[["ai_lines", "other_lines"]].sum()
    total = sums.sum(axis=1)
    known = complete & (total > 0)
    shares: pd.Series = (sums["ai_lines"] / total.where(total > 0)).where(known).dropna().astype(float)
    return shares


def _active_days(commits: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Return the days (UTC, author date) on which each person committed: columns person, day."""
    dated = commits[["sha", "authored"]].merge(labels[["sha", "person"]], on="sha").dropna()
    days = dated.assign(day=dated["authored"].dt.floor("D"))
    return days[["person", "day"]].drop_duplicates().reset_index(drop=True)


def _join_days(usage: UsageTable, lookup: PersonLookup, active: pd.DataFrame) -> tuple[JoinedFile, pd.DataFrame]:
    """Return what a file says of people's active days: columns person, day, used (NA where it says nothing)."""
    logins = {key.strip().lower(): value.strip().lower() for key, value in usage.source.logins.items()}
    keys = {text: lookup.find(text, logins) for text in usage.table["person"].unique()}
    rows = usage.table.assign(key=usage.table["person"].map(keys))
    matched = rows[rows["key"].notna()]
    used = matched.groupby(["key", "day"])["amount"].max() > 0
    listed = used.rename("used").rename_axis(["person", "day"]).reset_index()
    universe = active[active["person"].isin(set(matched["key"]))]
    statements = universe.merge(listed, on=["person", "day"], how="left")
    statements["used"] = statements["used"].astype("boolean")
    if usage.lists_days_with_use:
        silent = statements["used"].isna() & _covered(usage, statements["day"])
        statements.loc[silent, "used"] = False
    joined = JoinedFile(usage, len(matched), len(rows) - len(matched), int(matched["key"].nunique()))
    return joined, statements


def _covered(usage: UsageTable, days: pd.Series) -> pd.Series:
    """Return which days a file covers: those on which it has a row, or all up to its ends if it is complete.

    A day on which nobody has a row may be a report that nobody exported.
    """
    listed = usage.table["day"]
    if usage.source.complete and len(listed):
        return days.between(listed.min(), listed.max())
    return days.isin(set(listed))


def _combine(statements: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return one statement per person and day: used by any file, else not used if every file with them says so."""
    stacked = [table for table in statements if len(table)]
    if not stacked:
        return _days_frame([])
    every = pd.concat(stacked)
    grouped = every.assign(yes=every["used"].fillna(value=False).astype(bool), unknown=every["used"].isna()).groupby(
        ["person", "day"]
    )
    flags = grouped[["yes", "unknown"]].any().reset_index()
    told_of = flags[flags["yes"] | ~flags["unknown"]]
    return pd.DataFrame({"person": told_of["person"], "day": told_of["day"], "used": told_of["yes"]}).reset_index(
        drop=True
    )


def _join_commits(usage: UsageTable, shas: pd.Series) -> tuple[JoinedFile, dict[str, tuple[float, float]]]:
    """Return the lines of this history's commits; an abbreviated id counts if it is one commit's alone."""
    ordered = sorted(shas)
    lines: dict[str, tuple[float, float]] = {}
    contradicted, matched = set(), 0
    columns = (usage.table[name] for name in ("commit", "ai_lines", "other_lines"))
    for text, ai_lines, other_lines in zip(*columns, strict=True):
        sha = _resolve(text, ordered)
        if sha is None:
            continue
        matched += 1
        if lines.setdefault(sha, (ai_lines, other_lines)) != (ai_lines, other_lines):
            contradicted.add(sha)
    for sha in contradicted:
        del lines[sha]
    return JoinedFile(usage, matched, len(usage.table) - matched, len(lines)), lines


def _resolve(text: str, ordered: list[str]) -> str | None:
    """Return the only commit whose id begins with `text`; None if there is none or more than one."""
    start = bisect.bisect_left(ordered, text)
    matches = [sha for sha in ordered[start : start + 2] if sha.startswith(text)]
    return matches[0] if len(matches) == 1 else None


def _join_repository(usage: UsageTable, name: str) -> JoinedFile:
    """Return how much of a file per repository is about the one called `name`."""
    last_parts = usage.table["repository"].str.rpartition("/")[2]
    mine = usage.table[last_parts == name.lower().removesuffix(".git")]
    return JoinedFile(usage, len(mine), len(usage.table) - len(mine), int(len(mine) > 0), float(mine["amount"].sum()))


def _days_frame(rows: Iterable[tuple[str, pd.Timestamp, bool]]) -> pd.DataFrame:
    table = pd.DataFrame(list(rows), columns=["person", "day", "used"])
    return table.astype({"person": "str", "day": "datetime64[s, UTC]", "used": bool})


def _commits_frame(lines: dict[str, tuple[float, float]]) -> pd.DataFrame:
    pairs = np.array(list(lines.values()), dtype=float).reshape(-1, 2)
    return pd.DataFrame(
        {"sha": pd.Series(list(lines), dtype="str"), "ai_lines": pairs[:, 0], "other_lines": pairs[:, 1]}
    )
