"""A panel as somebody brings it: read, checked, and every way in which it can be malformed said plainly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analyzer.core.export import parquet_table
from analyzer.core.sanitize import plain
from analyzer.custom_panel.row_filter import chosen
from analyzer.errors import UsageError

_LONGEST = 5_000
_DATE = r"\d{4}-\d{2}-\d{2}"


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the panel's columns.

    size: units behind each share. event: period of adoption, empty for never. cluster: the repository or team of a
    unit. controls: covariates; logged: those that enter as log(1 + x).
    """

    unit: str
    period: str
    outcome: str
    exposure: str | None = None
    size: str | None = None
    event: str | None = None
    cluster: str | None = None
    controls: tuple[str, ...] = ()
    logged: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Columns that are names, never empty."""
        return [c for c in (self.unit, self.period, self.cluster) if c is not None]

    @property
    def numbers(self) -> list[str]:
        """Columns that are numbers."""
        return [c for c in (self.outcome, self.exposure, self.size, *self.controls) if c is not None]


@dataclass(frozen=True, slots=True)
class Brought:
    """The checked table: named columns alone, periods as numbers, and what was left out of it."""

    table: pd.DataFrame
    columns: Columns
    notes: tuple[str, ...]


def brought(path: str, columns: Columns, where: str | None = None) -> Brought:
    """Read and check a panel; raises `UsageError("bad-panel")` naming column and row."""
    table = read_table(path)
    if where is not None:
        table = table[chosen(table, where)]
        if table.empty:
            raise _bad("--where keeps no row.", "Widen it, or leave it out.")
    return checked(_summed(table, columns.outcome), columns)


def read_table(path: str) -> pd.DataFrame:
    """A CSV or Parquet file as a table; never from a network."""
    file = Path(path)
    try:
        parquet = path.endswith((".parquet", ".pq"))
        found = parquet_table(file.read_bytes()) if parquet else _read_csv(file)
    except Exception as reason:  # noqa: BLE001 - of a damaged file libraries say all kinds of things
        why = getattr(reason, "strerror", None) or str(reason).split("\n")[0] or type(reason).__name__
        raise _bad(f"{path} cannot be read: {why}", "Name a CSV file with a header line, or a Parquet file.") from None
    return found.set_axis([str(name) for name in found.columns], axis="columns").reset_index(drop=True)


def _read_csv(file: Path) -> pd.DataFrame:
    table = pd.read_csv(file, encoding="utf-8-sig", low_memory=False)
    if len(table.columns) == 1 and re.search(r"[;\t|]", str(table.columns[0])):
        raise ValueError("its columns are not separated by commas")
    return table


def _summed(table: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """The table with a column for an outcome written as a sum of columns, `a+b`."""
    parts = [part.strip() for part in outcome.split("+")]
    if outcome in table.columns or len(parts) < 2 or not set(parts) <= set(table.columns):
        return table
    numbers = [pd.to_numeric(table[part], errors="coerce").to_numpy(dtype=float) for part in parts]
    return table.assign(**{outcome: np.sum(numbers, axis=0)})


def checked(table: pd.DataFrame, columns: Columns) -> Brought:
    """The named columns, numeric where they must be, one row a unit and period, periods in order."""
    named = [*columns.names, *columns.numbers, *([columns.event] if columns.event else [])]
    _present(table, columns, named)
    table = table[list(dict.fromkeys(named))].copy()
    if table.empty:
        raise _bad("The panel has no rows.", "One row a unit and period.")
    for name in columns.names:
        if table[name].isna().any():
            raise _bad(f"Column {name} is empty in row {_first(table[name].isna())}.", f"Fill in every {name}.")
    for name in columns.numbers:
        table[name] = _numeric(table[name], name)
    _within(table, columns)
    table, notes = _with_controls(table, columns)
    table = _whose(table, columns)
    repeated = table.duplicated([columns.unit, columns.period])
    if repeated.any():
        if columns.exposure is not None:
            raise _bad(f"Row {_first(repeated)} repeats a unit and period.", "One row a unit and period.")
        notes = (*notes, f"{int(repeated.sum())} rows repeat a unit and period; each counts.")
    return Brought(_dated(table, columns), columns, notes)


def _present(table: pd.DataFrame, columns: Columns, named: list[str]) -> None:
    missing = [name for name in named if name not in table.columns]
    if missing:
        there = ", ".join(map(str, table.columns[:12]))
        raise _bad(f"There is no column {missing[0]}.", f"The file has: {there}.")
    unknown = [name for name in columns.logged if name not in columns.controls]
    if unknown:
        raise _bad(f"--log names {unknown[0]}, which is no control.", "Name it in --controls as well.")
    one_use = [columns.unit, columns.period, *columns.numbers]
    twice = [name for name in one_use if one_use.count(name) > 1]
    if twice:
        raise _bad(f"Column {twice[0]} is asked to be two things.", "Give each option a column of its own.")


def _numeric(column: pd.Series, name: str) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    wrong = numbers.isna() & column.notna() | np.isinf(numbers)
    if wrong.any():
        raise _bad(f"Column {name} is no number in row {_first(wrong)}.", "Numbers only; leave unknown values empty.")
    return numbers


def _within(table: pd.DataFrame, columns: Columns) -> None:
    count = table[columns.outcome]
    if columns.exposure is not None:
        share = table[columns.exposure]
        wrong = (share < 0) | (share > 1)
        if wrong.any():
            raise _bad(f"{columns.exposure} is outside 0 to 1 in row {_first(wrong)}.", "A share: 0.5 is 50 %.")
    wrong = count.isna() | (count < 0)
    if wrong.any():
        raise _bad(
            f"{columns.outcome} is negative or empty in row {_first(wrong)}.",
            "A count or an amount, 0 where nothing happened; rows without one can be left out: "
            f'--where "{columns.outcome} >= 0".',
        )
    if columns.size is not None and (table[columns.size].isna() | (table[columns.size] < 0)).any():
        raise _bad(
            f"{columns.size} is negative or empty.", "The number of units behind each share; 0 where there were none."
        )


def _with_controls(table: pd.DataFrame, columns: Columns) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Rows with every control, each on its scale; what was left out is said."""
    if not columns.controls:
        return table, ()
    for name in columns.logged:
        if (table[name] < 0).any():
            raise _bad(f"{name} is negative in row {_first(table[name] < 0)}.", "Leave it out of --log.")
        table[name] = np.log1p(table[name])
    whole = table[list(columns.controls)].notna().all(axis=1)
    if not whole.any():
        raise _bad("No row has every control.", "Leave out the control that is empty.")
    left_out = int((~whole).sum())
    notes = (f"{left_out:,} of {len(table):,} rows lack a control and are left out.".replace(",", " "),)
    return table[whole], notes if left_out else ()


def _whose(table: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """A unit of two clusters is two units: its rows in each have an effect of their own."""
    if columns.cluster is None or columns.cluster == columns.unit:
        return table
    # Not a sum of columns: where texts are held as Python has them, pandas drops a NUL at the end of an operand.
    pairs = zip(table[columns.cluster].astype(str), table[columns.unit].astype(str), strict=True)
    unit = [f"{cluster}\x00{name}" for cluster, name in pairs]
    return table.assign(**{columns.unit: pd.Series(unit, index=table.index, dtype="str")})


def _dated(table: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Periods, and those of adoption, as numbers on one scale."""
    names = sorted(table[columns.period].astype(str).unique())
    ordered = _ordered(table[columns.period], table[columns.period], names, columns.period).astype(float)
    steps = np.diff(np.sort(ordered.unique()))
    if len(steps) and (ordered.max() - ordered.min()) / steps.min() > _LONGEST:
        raise _bad(f"{columns.period} spans more than {_LONGEST} periods.", "Number the periods 1, 2, 3 …")
    if columns.event is None:
        return table.assign(**{columns.period: ordered})
    event = table[columns.event]
    event = event.where(event.astype("string").fillna("").str.strip() != "")
    adopted = pd.Series(np.nan, index=table.index)
    some = event.notna()
    if some.any():
        adopted[some] = _ordered(event[some], table[columns.period], names, columns.event).astype(float)
    by_unit = adopted.fillna(-np.inf).groupby(table[columns.unit])
    if (by_unit.max() != by_unit.min()).any():
        raise _bad(
            f"{columns.event} is not the same in all rows of a unit.", "A unit adopts once; leave never-adopters empty."
        )
    return table.assign(**{columns.period: ordered, columns.event: adopted})


def _ordered(values: pd.Series, periods: pd.Series, names: list[str], column: str) -> pd.Series:
    """Periods as positions: months (2026-01), dates and numbers keep their gaps, other names follow their order."""
    text = values.astype(str).str.strip()
    if periods.astype(str).str.strip().str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])").all():
        if not text.str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])").all():
            raise _bad(f"Column {column} is no month like 2026-01.", "Write it as the periods are written.")
        return text.str[:4].astype(int) * 12 + text.str[5:].astype(int)
    if periods.astype(str).str.strip().str.fullmatch(_DATE).all():
        days = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
        if days.isna().any():
            raise _bad(f"Column {column} is no date like 2026-01-31.", "Write it as the periods are written.")
        return days.astype("datetime64[s]").astype("int64") // 86_400  # a difference of days would end in 2262
    if pd.api.types.is_numeric_dtype(periods):
        return _numeric(values, column)
    if names != sorted(names, key=_natural):
        raise _bad("The order of the periods is unclear: Q10 sorts before Q2.", "Number them, or pad with zeros.")
    place = text.map({name: k for k, name in enumerate(names)})
    if place.isna().any():
        raise _bad(f"Column {column} names a period that the panel has not.", "Number the periods 1, 2, 3 …")
    return place


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", name)]


def _first(mask: pd.Series) -> int:
    """Line of the first offending row in a CSV with a header."""
    return int(mask.index[np.flatnonzero(mask.to_numpy())[0]]) + 2


def _bad(message: str, fix: str) -> UsageError:
    return UsageError("bad-panel", plain(message, 300), plain(fix, 300))
