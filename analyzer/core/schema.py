"""Declare table schemas, and check that tables conform to them at the borders of stages.

A schema states its grain, that is what one row stands for. Missing values are NA, never 0. Times are UTC. Text is
decoded once, with invalid bytes shown as `\\xNN`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# We iterate over, look up and join texts, for which Arrow would create every string anew each time.
pd.options.mode.string_storage = "python"

Kind = Literal["text", "coded", "int", "bool", "float", "time"]

DTYPES: dict[Kind, str] = {
    "text": "str",
    "coded": "category",
    "int": "Int64",
    "bool": "bool",
    "float": "Float64",
    "time": "datetime64[s, UTC]",
}


class SchemaError(Exception):
    """A stage returned a table that breaks its schema: a defect in this package, never in the user's input."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `required` forbids NA."""

    name: str
    kind: Kind
    says: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Schema:
    """A table's name, grain, key columns (unique together; empty = a log) and columns."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    def frame(self, rows: Iterable[Sequence[object]]) -> pd.DataFrame:
        """Return a conforming table from rows in column order."""
        table = pd.DataFrame(list(rows), columns=self.names)
        for column in self.columns:
            values = table[column.name]
            # A column that is all NA has no time zone yet, and astype would refuse to add one.
            timed = pd.to_datetime(values, utc=True) if column.kind == "time" else values
            table[column.name] = timed.astype(DTYPES[column.kind])  # type: ignore[call-overload]  # a dtype by name
        return conform(table, self)


def conform(table: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Return `table` with the schema's columns first, or raise `SchemaError` that names the violation."""
    missing = [name for name in schema.names if name not in table.columns]
    if missing:
        raise SchemaError(f"{schema.name}: no column {', '.join(missing)}")
    for column in schema.columns:
        dtype = str(table[column.name].dtype)
        if dtype != DTYPES[column.kind]:
            raise SchemaError(f"{schema.name}.{column.name}: {dtype}, not {DTYPES[column.kind]}")
        if column.required and table[column.name].isna().any():
            raise SchemaError(f"{schema.name}.{column.name}: missing values in a required column")
    if schema.key and table.duplicated(list(schema.key)).any():
        raise SchemaError(f"{schema.name}: rows repeat the key {', '.join(schema.key)}")
    return table[schema.names + [name for name in table.columns if name not in schema.names]]
