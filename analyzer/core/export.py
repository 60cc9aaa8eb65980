"""Convert tables to CSV and Parquet bytes, and Parquet bytes to tables."""

from __future__ import annotations

import io

import pandas as pd

from analyzer.core.sanitize import spreadsheet_safe

# With pyarrow strings a column can hold more than 2 GB of text.
_ARROW = pd.StringDtype("pyarrow", na_value=float("nan"))


def csv_bytes(table: pd.DataFrame, *, exact: bool = False) -> bytes:
    """Return a table as CSV (RFC 4180, UTF-8).

    Unless `exact`, cells that a spreadsheet would evaluate get a leading quote.
    """
    exported = table.copy()
    for name in exported.select_dtypes("datetimetz").columns:
        exported[name] = exported[name].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    if not exact:
        for name in exported.select_dtypes("str").columns:
            exported[name] = exported[name].map(spreadsheet_safe, na_action="ignore")
        for name in exported.select_dtypes("category").columns:
            names = exported[name].cat.categories.astype("str")
            safe = pd.Series([spreadsheet_safe(text) for text in names], dtype="str")
            exported[name] = safe.reindex(exported[name].cat.codes).to_numpy()
    return exported.to_csv(index=False, lineterminator="\r\n").encode("utf-8")


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """Return a table as Parquet with zstd compression; values are exact."""
    out = io.BytesIO()
    table = pd.DataFrame({name: _arrow_typed(frame[name]) for name in frame.columns})
    table.to_parquet(out, index=False, compression="zstd")
    return out.getvalue()


def read_parquet(data: bytes) -> pd.DataFrame:
    """Return the table in Parquet bytes, like `pandas.read_parquet`; raises arrow's errors for invalid bytes.

    We do not use pandas or read from a file: arrow's reader threads can abort Python at its exit
    (apache/arrow#34314), and arrow assumes that file names are UTF-8 in any locale.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(pa.BufferReader(data))
    table: pd.DataFrame = file.read(use_threads=False, use_pandas_metadata=True).to_pandas(use_threads=False)
    return table


def _arrow_typed(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.astype(pd.CategoricalDtype(column.cat.categories.astype(_ARROW)))
    return column.astype(_ARROW) if str(column.dtype) == "str" else column
