"""Idioms on the tables that every stage uses: which rows are merges or people's work, and when commits were made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

AUTOMATION = "automation"


def is_merge(commits: pd.DataFrame) -> pd.Series:
    """Return which rows of table `commits` are merges: more than one parent."""
    merges: pd.Series = commits["parents"].str.contains(" ", regex=False)
    return merges


def by_people(table: pd.DataFrame) -> pd.Series:
    """Return which rows of a table with labels are the work of people or AI, not of automation."""
    rows: pd.Series = table["label"] != AUTOMATION
    return rows


def commit_dates(commits: pd.DataFrame) -> pd.Series:
    """Return the committer date by commit id."""
    dates: pd.Series = commits.set_index("sha")["committed"]
    return dates


def iter_rows(table: pd.DataFrame, *names: str) -> Iterator[tuple[Any, ...]]:
    """Return an iterator over rows of the named columns; iterating over the series takes ten times as long."""
    return zip(*(table[name].to_numpy(object).tolist() for name in names), strict=True)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as dictionaries, for the few places that must iterate over whole rows."""
    return table.to_dict("records")  # type: ignore[return-value]  # column names are strings here
