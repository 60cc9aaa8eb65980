"""Figures that a team brings as CSV: read, checked row by row, and put into the fleet's periods."""

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
from analyzer.fleet.config import expanded
from analyzer.fleet.periods import LENGTHS, days_of, named
from analyzer.report.format import many, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analyzer.config import By
    from analyzer.fleet.config_types import Fleet, OutcomeEntry

_LARGEST = 200_000_000
_FEW = 5


@dataclass(frozen=True, slots=True)
class Brought:
    """One outcome: a row for each row of the file that counts, and what of the file does not.

    rows: columns unit (team or repository), day, value, exposure (NaN where the outcome has none). digest: of the file.
    """

    entry: OutcomeEntry
    rows: pd.DataFrame
    notes: tuple[str, ...]
    digest: str

    def by_period(self, every: By, first: str, as_of: str) -> pd.DataFrame:
        """Columns unit, period, value, exposure, in order; from period `first` on, days up to `as_of`.

        A period without a row is not there: missing is no zero. Only where each row is an event the periods between
        the file's first and last count as zero for every unit that the file names.
        """
        rows = self.rows.assign(period=named(self.rows["day"], every))
        rows = rows[(rows["period"] >= first) & (rows["day"] <= pd.Timestamp(as_of))]
        if rows.empty:
            return pd.DataFrame({name: [] for name in ("unit", "period", "value", "exposure")})
        known = rows.groupby(["unit", "period"], sort=True)
        sums = known[["value", "exposure"]].sum(min_count=1)
        if self.entry.kind == "rate":
            sums["value"] = known["value"].mean() if self.entry.exposure is None else _weighted(rows)
        if self.entry.value is None:
            days = pd.date_range(rows["day"].min(), rows["day"].max(), freq="D").to_series()
            every_cell = pd.MultiIndex.from_product([rows["unit"].unique(), named(days, every).unique()])
            sums = sums.reindex(every_cell.set_names(["unit", "period"]))
            sums["value"] = sums["value"].fillna(0.0)
        return sums.reset_index().sort_values(["unit", "period"], ignore_index=True)


def _weighted(rows: pd.DataFrame) -> pd.Series:
    """Means by unit and period, each row weighted by its exposure; NaN where that is 0 in all."""
    parts = rows.assign(total=rows["value"] * rows["exposure"]).groupby(["unit", "period"])[["total", "exposure"]].sum()
    mean: pd.Series = parts["total"] / parts["exposure"].where(parts["exposure"] > 0)
    return mean


def brought(fleet: Fleet, base: Path, repositories: Iterable[str]) -> tuple[Brought, ...]:
    """Every outcome of the configuration; raises `UsageError("bad-outcome")` naming file, row and column."""
    names = {"team": [team.name for team in fleet.teams], "repository": list(repositories)}
    return tuple(_one(entry, base / expanded(entry.csv), fleet.every, names) for entry in fleet.outcomes)


def _one(entry: OutcomeEntry, path: Path, every: By, names: Mapping[str, list[str]]) -> Brought:
    content = _content(path, entry)
    table = _table(content, entry)
    unit = table[entry.column or entry.join].str.strip()
    written = table[entry.period].str.strip()
    days = days_of(written)
    if days.day.isna().any():
        _bad(entry, f"{entry.period} is no date or period in row {_first(days.day.isna())}.", _AS)
    if LENGTHS.index(days.longest) > LENGTHS.index(every):
        _bad(
            entry,
            f"{entry.period} names a {days.longest}, and the fleet counts by {every}.",
            f'every = "{days.longest}"',
        )
    value = pd.Series(1.0, index=table.index) if entry.value is None else _numbers(table[entry.value], entry)
    exposure = pd.Series(np.nan, index=table.index)
    if entry.exposure is not None:
        exposure = _numbers(table[entry.exposure], entry)
    rows = pd.DataFrame({"unit": unit, "day": days.day, "value": value, "exposure": exposure})
    repeated = pd.DataFrame({"unit": unit, "period": written}).duplicated()
    if entry.value is not None and repeated.any():
        _bad(
            entry, f"Row {_first(repeated)} repeats a {entry.join} and {entry.period}.", "One row each, or dates apart."
        )
    used, notes = _used(rows, entry, names[entry.join])
    return Brought(entry, used, notes, hashlib.sha256(content).hexdigest())


_AS = "Write 2026-01-31, 2026-W05, 2026-01 or 2026-Q1, all rows alike."


def _content(path: Path, entry: OutcomeEntry) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except (OSError, ValueError) as reason:
        _bad(entry, f"It cannot be read: {getattr(reason, 'strerror', None) or reason}.", "Name a CSV file.")
    if len(content) > _LARGEST:
        _bad(entry, f"It is larger than {_LARGEST // 1_000_000} MB.", "Sum it up by period first.")
    return content


def _table(content: bytes, entry: OutcomeEntry) -> pd.DataFrame:
    """All cells as text; the columns that are named."""
    try:
        table = pd.read_csv(BytesIO(content), encoding="utf-8-sig", dtype=str, na_filter=False)
    except (ValueError, UnicodeError, OverflowError) as reason:
        _bad(entry, f"It is no CSV file: {str(reason).splitlines()[0]}.", "UTF-8, commas, a line of names first.")
    asked = [entry.column or entry.join, entry.period, entry.value, entry.exposure]
    columns = [name for name in asked if name is not None]
    for name in columns:
        if name not in table.columns:
            there = ", ".join(map(str, table.columns[:12]))
            _bad(entry, f"It has no column {name}.", f"It has: {there}.")
        if columns.count(name) > 1:
            _bad(entry, f"Column {name} is asked to be two things.", "Name a column of its own for each.")
    table = table[columns]
    if table.empty:
        _bad(entry, "It has no rows.", f"One row a {entry.join} and period, or one an event.")
    return table


def _numbers(cells: pd.Series, entry: OutcomeEntry) -> pd.Series:
    """Numbers, NaN where the cell is empty; no other text, no infinity, nothing below 0."""
    text = cells.str.strip()
    found = pd.to_numeric(text.where(text != "", None), errors="coerce").astype(float)
    wrong = ((found.isna() | np.isinf(found)) & (text != "")) | (found < 0)
    if wrong.any():
        said = plain(str(text[wrong].iloc[0]), 40)
        _bad(
            entry,
            f"{cells.name} is {said} in row {_first(wrong)}.",
            "A number from 0 on with a point; unknown values stay empty.",
        )
    return found


def _used(rows: pd.DataFrame, entry: OutcomeEntry, known: list[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Rows that have a value and are of the fleet, and how many have not or are not."""
    ours = rows["unit"].isin(known)
    if not ours.any():
        has = ", ".join(plain(name, 30) for name in rows["unit"].unique()[:_FEW])
        _bad(entry, f"None of its rows names a {entry.join} of the fleet; they name {has}.", "Names as in the fleet.")
    lacks = rows["value"].isna() if entry.exposure is None else rows[["value", "exposure"]].isna().any(axis=1)
    notes = []
    if strangers := int((~ours).sum()):
        notes.append(f"Rows of {entry.name} that are of no {entry.join} of the fleet: {number(strangers)}.")
    if empty := int((ours & lacks).sum()):
        notes.append(f"Rows of {entry.name} without a value, which is not 0: {number(empty)}.")
    missing = len(set(known) - set(rows.loc[ours, "unit"]))
    if missing:
        each = "team" if entry.join == "team" else "repository"
        several = "teams" if entry.join == "team" else "repositories"
        notes.append(f"{entry.name} has no row of {many(missing, each, several)}.")
    return rows[ours & ~lacks].reset_index(drop=True), tuple(notes)


def _first(mask: pd.Series) -> int:
    """Line of the first such row in a file whose first line holds the names."""
    return int(np.flatnonzero(mask.to_numpy())[0]) + 2


def _bad(entry: OutcomeEntry, message: str, fix: str) -> NoReturn:
    raise UsageError("bad-outcome", plain(f"{entry.name} ({entry.csv}): {message}", 300), plain(fix, 300)) from None
