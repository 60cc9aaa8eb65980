"""Read a team's metrics from CSV files, check them row by row, and aggregate them to the periods of the fleet."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import pandas as pd

from analyzer.core.sanitize import plain
from analyzer.errors import UsageError
from analyzer.fleet.config import expand_path
from analyzer.fleet.periods import KINDS, parse_days, period_names
from analyzer.report.format import many, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analyzer.config import PeriodLength
    from analyzer.fleet.config_types import FleetConfig, OutcomeEntry

_MAX_BYTES = 200_000_000
_MAX_NAMES = 5
_PERIOD_FORMATS = "Write 2026-01-31, 2026-W05, 2026-01 or 2026-Q1, all rows alike."


@dataclass(frozen=True, slots=True)
class MetricFile:
    """The usable rows of one outcome's file.

    rows : columns unit (team or repository), day, value, denominator (NaN if the outcome has none).
    notes : sentences on rows that do not count.
    digest : SHA-256 of the file.
    """

    entry: OutcomeEntry
    rows: pd.DataFrame
    notes: tuple[str, ...]
    digest: str

    def by_period(self, every: PeriodLength, first_period: str, as_of: str) -> pd.DataFrame:
        """Aggregate to columns unit, period, value, denominator, sorted, from `first_period` to the day `as_of`.

        A period without rows is missing, not zero. The exception is a file of events: between its first and its last
        period, every unit in it has zero events in periods without rows.
        """
        rows = self.rows.assign(period=period_names(self.rows["day"], every))
        rows = rows[(rows["period"] >= first_period) & (rows["day"] <= pd.Timestamp(as_of))]
        if rows.empty:
            return pd.DataFrame({name: [] for name in ("unit", "period", "value", "denominator")})
        cells = rows.groupby(["unit", "period"], sort=True)
        sums = cells[["value", "denominator"]].sum(min_count=1)
        if self.entry.kind == "rate":
            sums["value"] = cells["value"].mean() if self.entry.denominator is None else _weighted_means(rows)
        if self.entry.value is None:
            days = pd.date_range(rows["day"].min(), rows["day"].max(), freq="D").to_series()
            every_cell = pd.MultiIndex.from_product([rows["unit"].unique(), period_names(days, every).unique()])
            sums = sums.reindex(every_cell.set_names(["unit", "period"]))
            sums["value"] = sums["value"].fillna(0.0)
        return sums.reset_index().sort_values(["unit", "period"], ignore_index=True)


def _weighted_means(rows: pd.DataFrame) -> pd.Series:
    """Return means by unit and period, weighted by denominator; NaN if that adds up to 0."""
    sums = (
        rows.assign(total=rows["value"] * rows["denominator"])
        .groupby(["unit", "period"])[["total", "denominator"]]
        .sum()
    )
    mean: pd.Series = sums["total"] / sums["denominator"].where(sums["denominator"] > 0)
    return mean


def load_metric_files(config: FleetConfig, base: Path, repositories: Iterable[str]) -> tuple[MetricFile, ...]:
    """Read the file of every configured outcome. Raises `UsageError("bad-outcome")` naming file, row and column."""
    names = {"team": [team.name for team in config.teams], "repository": list(repositories)}
    return tuple(
        _load_metric_file(entry, base / expand_path(entry.csv), config.every, names) for entry in config.outcomes
    )


def _load_metric_file(
    entry: OutcomeEntry, path: Path, every: PeriodLength, names: Mapping[str, list[str]]
) -> MetricFile:
    content = _content(path, entry)
    table = _table(content, entry)
    unit = table[entry.column or entry.join].str.strip()
    period_text = table[entry.period].str.strip()
    days = parse_days(period_text)
    if days.day.isna().any():
        _raise_bad_outcome(
            entry, f"{entry.period} is no date or period in row {_first_line(days.day.isna())}.", _PERIOD_FORMATS
        )
    if KINDS.index(days.longest) > KINDS.index(every):
        _raise_bad_outcome(
            entry,
            f"{entry.period} names a {days.longest}, and the fleet counts by {every}.",
            f'every = "{days.longest}"',
        )
    value = pd.Series(1.0, index=table.index) if entry.value is None else _numbers(table[entry.value], entry)
    denominator = pd.Series(np.nan, index=table.index)
    if entry.denominator is not None:
        denominator = _numbers(table[entry.denominator], entry)
    rows = pd.DataFrame({"unit": unit, "day": days.day, "value": value, "denominator": denominator})
    repeated = pd.DataFrame({"unit": unit, "period": period_text}).duplicated()
    if entry.value is not None and repeated.any():
        _raise_bad_outcome(
            entry,
            f"Row {_first_line(repeated)} repeats a {entry.join} and {entry.period}.",
            "One row each, or dates apart.",
        )
    usable, notes = _usable_rows(rows, entry, names[entry.join])
    return MetricFile(entry, usable, notes, hashlib.sha256(content).hexdigest())


def _content(path: Path, entry: OutcomeEntry) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        _raise_bad_outcome(
            entry, f"It cannot be read: {getattr(error, 'strerror', None) or error}.", "Name a CSV file."
        )
    if len(content) > _MAX_BYTES:
        _raise_bad_outcome(entry, f"It is larger than {_MAX_BYTES // 1_000_000} MB.", "Sum it up by period first.")
    return content


def _table(content: bytes, entry: OutcomeEntry) -> pd.DataFrame:
    """Return the configured columns, all cells as text."""
    try:
        table = pd.read_csv(BytesIO(content), encoding="utf-8-sig", dtype=str, na_filter=False)
    except (ValueError, UnicodeError, OverflowError) as error:
        _raise_bad_outcome(
            entry, f"It is no CSV file: {str(error).splitlines()[0]}.", "UTF-8, commas, a line of names first."
        )
    optional_names = [entry.column or entry.join, entry.period, entry.value, entry.denominator]
    columns = [name for name in optional_names if name is not None]
    for name in columns:
        if name not in table.columns:
            present = ", ".join(map(str, table.columns[:12]))
            _raise_bad_outcome(entry, f"It has no column {name}.", f"It has: {present}.")
        if columns.count(name) > 1:
            _raise_bad_outcome(entry, f"Column {name} is asked to be two things.", "Name a column of its own for each.")
    table = table[columns]
    if table.empty:
        _raise_bad_outcome(entry, "It has no rows.", f"One row a {entry.join} and period, or one an event.")
    return table


def _numbers(cells: pd.Series, entry: OutcomeEntry) -> pd.Series:
    """Parse finite numbers from 0 on; empty cells become NaN. Raises `UsageError` for any other text."""
    text = cells.str.strip()
    numbers = pd.to_numeric(text.where(text != "", None), errors="coerce").astype(float)
    invalid = ((numbers.isna() | np.isinf(numbers)) & (text != "")) | (numbers < 0)
    if invalid.any():
        cell = plain(str(text[invalid].iloc[0]), 40)
        _raise_bad_outcome(
            entry,
            f"{cells.name} is {cell} in row {_first_line(invalid)}.",
            "A number from 0 on with a point; unknown values stay empty.",
        )
    return numbers


def _usable_rows(rows: pd.DataFrame, entry: OutcomeEntry, names: list[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the rows that have a value and belong to the fleet, and notes that count the others."""
    in_fleet = rows["unit"].isin(names)
    if not in_fleet.any():
        present = ", ".join(plain(name, 30) for name in rows["unit"].unique()[:_MAX_NAMES])
        _raise_bad_outcome(
            entry, f"None of its rows names a {entry.join} of the fleet; they name {present}.", "Names as in the fleet."
        )
    incomplete = (
        rows["value"].isna() if entry.denominator is None else rows[["value", "denominator"]].isna().any(axis=1)
    )
    notes = []
    if unmatched := int((~in_fleet).sum()):
        notes.append(f"Rows of {entry.name} that are of no {entry.join} of the fleet: {number(unmatched)}.")
    if empty_count := int((in_fleet & incomplete).sum()):
        notes.append(f"Rows of {entry.name} without a value, which is not 0: {number(empty_count)}.")
    missing = len(set(names) - set(rows.loc[in_fleet, "unit"]))
    if missing:
        singular = "team" if entry.join == "team" else "repository"
        plural = "teams" if entry.join == "team" else "repositories"
        notes.append(f"{entry.name} has no row of {many(missing, singular, plural)}.")
    return rows[in_fleet & ~incomplete].reset_index(drop=True), tuple(notes)


def _first_line(mask: pd.Series) -> int:
    """Return the line number of the first row in the mask, given a header line."""
    return int(np.flatnonzero(mask.to_numpy())[0]) + 2


def _raise_bad_outcome(entry: OutcomeEntry, message: str, fix: str) -> NoReturn:
    raise UsageError("bad-outcome", plain(f"{entry.name} ({entry.csv}): {message}", 300), plain(fix, 300)) from None
