"""Read and check a user's panel, with a specific error for every way in which it can be malformed."""

from __future__ import annotations

import io
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from analyzer.core.constants import SECONDS_PER_DAY
from analyzer.core.export import read_parquet
from analyzer.core.sanitize import plain
from analyzer.custom_panel.row_filter import row_mask
from analyzer.errors import UsageError

_MAX_PERIODS = 5_000
# First bytes of a Parquet file.
_PARQUET = b"PAR1"
ELIGIBLE = "eligible"
_DATE = r"\d{4}-\d{2}-\d{2}"


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the panel's columns.

    Attributes
    ----------
    unit : the unit of observation, such as a person or a team.
    period : the period.
    outcome : the outcome, or columns to add up, `a+b`.
    treatment : the share, 0 to 1.
    size : number of changes behind each share.
    event : period of adoption, empty for never.
    cluster : the repository or team of a unit.
    controls : covariates.
    logged : controls that enter as log(1 + x).
    """

    unit: str
    period: str
    outcome: str
    treatment: str | None = None
    size: str | None = None
    event: str | None = None
    cluster: str | None = None
    controls: tuple[str, ...] = ()
    logged: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Columns of names, which are never empty."""
        return [c for c in (self.unit, self.period, self.cluster) if c is not None]

    @property
    def numbers(self) -> list[str]:
        """Columns of numbers."""
        return [c for c in (self.outcome, self.treatment, self.size, *self.controls) if c is not None]


@dataclass(frozen=True, slots=True)
class UserPanel:
    """The checked table: only the named columns, with periods as numbers, and notes on what was left out."""

    table: pd.DataFrame
    columns: Columns
    notes: tuple[str, ...]


def load_panel(path: str, columns: Columns, where: str | None = None, *, all_rows: bool = False) -> UserPanel:
    """Read and check a panel; raises `UsageError("bad-panel")` with the column and the row."""
    return user_panel(read_table(path), columns, where, all_rows=all_rows)


def user_panel(table: pd.DataFrame, columns: Columns, where: str | None, *, all_rows: bool) -> UserPanel:
    """Return the checked panel of the rows that `where` and the column `eligible` leave."""
    table, notes = filter_rows(table, columns, where, all_rows=all_rows)
    checked = check_panel(_with_summed_outcome(table, columns.outcome), columns)
    return replace(checked, notes=(*notes, *checked.notes))


def filter_rows(
    table: pd.DataFrame, columns: Columns, where: str | None, *, all_rows: bool
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the rows that `where` selects and, where the table has a column `eligible`, those that are; and notes.

    Raises `UsageError("bad-panel")` if none is left, or if the column holds anything but 0 and 1.
    """
    if where is not None:
        table = table[row_mask(table, where)]
        if table.empty:
            raise bad_panel("--where keeps no row.", "Widen it, or leave it out.")
    named = {*columns.names, *columns.numbers, columns.event}
    if all_rows or ELIGIBLE not in table.columns or ELIGIBLE in named:
        return table, ()
    eligible = number_column(table[ELIGIBLE], ELIGIBLE)
    if not eligible.isin([0.0, 1.0]).all():
        wrong = _first_line(~eligible.isin([0.0, 1.0]))
        raise bad_panel(f"Column {ELIGIBLE} is neither 0 nor 1 in row {wrong}.", "Correct it, or add --all-rows.")
    if len(table) and not eligible.any():
        raise bad_panel(f"Column {ELIGIBLE} is 0 in every row.", "Nobody is eligible; --all-rows keeps every row.")
    return table[eligible == 1], _eligible_note(len(table), int((eligible == 0).sum()))


def _eligible_note(rows: int, omitted: int) -> tuple[str, ...]:
    note = f"{omitted:,} of {rows:,} rows have eligible = 0 and are left out; --all-rows keeps them.".replace(",", " ")
    return (note,) if omitted else ()


def read_table(path: str) -> pd.DataFrame:
    """Return a CSV or Parquet file as a table, `-` for standard input; never reads from the network."""
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        table = read_parquet(data) if data.startswith(_PARQUET) or _named_parquet(path) else _read_csv(data)
    except Exception as reason:  # noqa: BLE001 - of a damaged file libraries say all kinds of things
        why = getattr(reason, "strerror", None) or str(reason).split("\n")[0] or type(reason).__name__
        raise bad_panel(
            f"{path} cannot be read: {why}", "Name a CSV file with a header line, or a Parquet file."
        ) from None
    return table.set_axis([str(name) for name in table.columns], axis="columns").reset_index(drop=True)


def _named_parquet(path: str) -> bool:
    return path.endswith((".parquet", ".pq"))


def _read_csv(data: bytes) -> pd.DataFrame:
    table = pd.read_csv(io.BytesIO(data), encoding="utf-8-sig", low_memory=False)
    if len(table.columns) == 1 and re.search(r"[;\t|]", str(table.columns[0])):
        raise ValueError("its columns are not separated by commas")
    return table


def _with_summed_outcome(table: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Return the table with a column for an outcome that is written as a sum of columns, `a+b`."""
    columns = [column.strip() for column in outcome.split("+")]
    if outcome in table.columns or len(columns) < 2 or not set(columns) <= set(table.columns):
        return table
    numbers = [pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float) for column in columns]
    return table.assign(**{outcome: np.sum(numbers, axis=0)})


def check_panel(table: pd.DataFrame, columns: Columns) -> UserPanel:
    """Return the panel of the named columns: numeric where needed, one row per unit and period, periods as numbers."""
    used = [*columns.names, *columns.numbers, *([columns.event] if columns.event else [])]
    _check_columns(table, columns, used)
    table = table[list(dict.fromkeys(used))].copy()
    if table.empty:
        raise bad_panel("The panel has no rows.", "One row a unit and period.")
    for name in columns.names:
        if table[name].isna().any():
            raise bad_panel(
                f"Column {name} is empty in row {_first_line(table[name].isna())}.", f"Fill in every {name}."
            )
    for name in columns.numbers:
        table[name] = number_column(table[name], name)
    _check_ranges(table, columns)
    table, notes = _with_controls(table, columns)
    table = _with_unique_units(table, columns)
    repeated = table.duplicated([columns.unit, columns.period])
    if repeated.any():
        if columns.treatment is not None:
            raise bad_panel(f"Row {_first_line(repeated)} repeats a unit and period.", "One row a unit and period.")
        notes = (*notes, f"{int(repeated.sum())} rows repeat a unit and period; each counts.")
    return UserPanel(_with_numeric_periods(table, columns), columns, notes)


def _check_columns(table: pd.DataFrame, columns: Columns, used: list[str]) -> None:
    missing = [name for name in used if name not in table.columns]
    if missing:
        available = ", ".join(map(str, table.columns[:12]))
        raise bad_panel(f"There is no column {missing[0]}.", f"The file has: {available}.")
    unknown = [name for name in columns.logged if name not in columns.controls]
    if unknown:
        raise bad_panel(f"--log names {unknown[0]}, which is no control.", "Name it in --controls as well.")
    # The changes that an outcome counts may well be the ones behind the share.
    numbers = columns.numbers if columns.size != columns.outcome else columns.numbers[1:]
    single_use = [columns.unit, columns.period, *numbers]
    twice = [name for name in single_use if single_use.count(name) > 1]
    if twice:
        raise bad_panel(f"Column {twice[0]} is asked to be two things.", "Give each option a column of its own.")


def number_column(column: pd.Series, name: str) -> pd.Series:
    """Return the column as floats, empty cells as NaN; raise `UsageError("bad-panel")` for anything else."""
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    wrong = numbers.isna() & column.notna() | np.isinf(numbers)
    if wrong.any():
        raise bad_panel(
            f"Column {name} is no number in row {_first_line(wrong)}.", "Numbers only; leave unknown values empty."
        )
    return numbers


def _check_ranges(table: pd.DataFrame, columns: Columns) -> None:
    count = table[columns.outcome]
    if columns.treatment is not None:
        share = table[columns.treatment]
        wrong = (share < 0) | (share > 1)
        if wrong.any():
            raise bad_panel(
                f"{columns.treatment} is outside 0 to 1 in row {_first_line(wrong)}.", "A share: 0.5 is 50 %."
            )
    wrong = count.isna() | (count < 0)
    if wrong.any():
        raise bad_panel(
            f"{columns.outcome} is negative or empty in row {_first_line(wrong)}.",
            "A count or an amount, 0 where nothing happened; rows without one can be left out: "
            f'--where "{columns.outcome} >= 0".',
        )
    if columns.size is not None and (table[columns.size].isna() | (table[columns.size] < 0)).any():
        raise bad_panel(
            f"{columns.size} is negative or empty.", "The number of units behind each share; 0 where there were none."
        )


def _with_controls(table: pd.DataFrame, columns: Columns) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the rows that have every control, with logged controls transformed, and a note on rows left out."""
    if not columns.controls:
        return table, ()
    for name in columns.logged:
        if (table[name] < 0).any():
            raise bad_panel(f"{name} is negative in row {_first_line(table[name] < 0)}.", "Leave it out of --log.")
        table[name] = np.log1p(table[name])
    complete = table[list(columns.controls)].notna().all(axis=1)
    if not complete.any():
        raise bad_panel("No row has every control.", "Leave out the control that is empty.")
    left_out = int((~complete).sum())
    notes = (f"{left_out:,} of {len(table):,} rows lack a control and are left out.".replace(",", " "),)
    return table[complete], notes if left_out else ()


def _with_unique_units(table: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Return the table with a unit in two clusters made two units, so that each has an effect of its own."""
    if columns.cluster is None or columns.cluster == columns.unit:
        return table
    # Not a sum of columns: where texts are held as Python has them, pandas drops a NUL at the end of an operand.
    pairs = zip(table[columns.cluster].astype(str), table[columns.unit].astype(str), strict=True)
    unit = [f"{cluster}\x00{name}" for cluster, name in pairs]
    return table.assign(**{columns.unit: pd.Series(unit, index=table.index, dtype="str")})


def _with_numeric_periods(table: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Return the table with periods, and periods of adoption, as numbers on one scale."""
    names = sorted(table[columns.period].astype(str).unique())
    ordered = _period_positions(table[columns.period], table[columns.period], names, columns.period).astype(float)
    steps = np.diff(np.sort(ordered.unique()))
    if len(steps) and (ordered.max() - ordered.min()) / steps.min() > _MAX_PERIODS:
        raise bad_panel(f"{columns.period} spans more than {_MAX_PERIODS} periods.", "Number the periods 1, 2, 3 …")
    if columns.event is None:
        return table.assign(**{columns.period: ordered})
    event = table[columns.event]
    event = event.where(event.astype("string").fillna("").str.strip() != "")
    adopted = pd.Series(np.nan, index=table.index)
    adopters = event.notna()
    if adopters.any():
        adopted[adopters] = _period_positions(event[adopters], table[columns.period], names, columns.event).astype(
            float
        )
    by_unit = adopted.fillna(-np.inf).groupby(table[columns.unit])
    if (by_unit.max() != by_unit.min()).any():
        raise bad_panel(
            f"{columns.event} is not the same in all rows of a unit.", "A unit adopts once; leave never-adopters empty."
        )
    return table.assign(**{columns.period: ordered, columns.event: adopted})


def _period_positions(values: pd.Series, periods: pd.Series, names: list[str], column: str) -> pd.Series:
    """Return periods as numbers: months (2026-01), dates and numbers keep their gaps, other names their order."""
    text = values.astype(str).str.strip()
    if periods.astype(str).str.strip().str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])").all():
        if not text.str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])").all():
            raise bad_panel(f"Column {column} is no month like 2026-01.", "Write it as the periods are written.")
        return text.str[:4].astype(int) * 12 + text.str[5:].astype(int)
    if periods.astype(str).str.strip().str.fullmatch(_DATE).all():
        days = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
        if days.isna().any():
            raise bad_panel(f"Column {column} is no date like 2026-01-31.", "Write it as the periods are written.")
        return days.astype("datetime64[s]").astype("int64") // SECONDS_PER_DAY  # a difference of days would end in 2262
    if pd.api.types.is_numeric_dtype(periods):
        return number_column(values, column)
    if names != sorted(names, key=_natural):
        raise bad_panel("The order of the periods is unclear: Q10 sorts before Q2.", "Number them, or pad with zeros.")
    positions = text.map({name: k for k, name in enumerate(names)})
    if positions.isna().any():
        raise bad_panel(f"Column {column} names a period that the panel has not.", "Number the periods 1, 2, 3 …")
    return positions


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(digits), "") if digits.isdecimal() else (0, digits) for digits in re.split(r"(\d+)", name)]


def _first_line(mask: pd.Series) -> int:
    """Return the line number of the first offending row, for a CSV file with a header."""
    return int(mask.index[np.flatnonzero(mask.to_numpy())[0]]) + 2


def bad_panel(message: str, fix: str) -> UsageError:
    """Return the error for a panel that cannot be used."""
    return UsageError("bad-panel", plain(message, 300), plain(fix, 300))
