"""Tables → CSV and Parquet bytes, and Parquet bytes → tables."""

from __future__ import annotations

import io

import pandas as pd

from analyzer.core.sanitize import spreadsheet_safe

# Texts longer than 2 GB in all are one column still.
_ARROW = pd.StringDtype("pyarrow", na_value=float("nan"))


def csv_bytes(frame: pd.DataFrame, *, exact: bool = False) -> bytes:
    """RFC 4180, UTF-8; unless `exact`, cells that a spreadsheet would evaluate get a quote in front."""
    table = frame.copy()
    for name in table.select_dtypes("datetimetz").columns:
        table[name] = table[name].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    if not exact:
        for name in table.select_dtypes("str").columns:
            table[name] = table[name].map(spreadsheet_safe, na_action="ignore")
        for name in table.select_dtypes("category").columns:
            names = table[name].cat.categories.astype("str")
            safe = pd.Series([spreadsheet_safe(text) for text in names], dtype="str")
            table[name] = safe.reindex(table[name].cat.codes).to_numpy()
    return table.to_csv(index=False, lineterminator="\r\n").encode("utf-8")


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """Parquet with zstd; exact."""
    out = io.BytesIO()
    table = pd.DataFrame({name: _in_arrow(frame[name]) for name in frame.columns})
    table.to_parquet(out, index=False, compression="zstd")
    return out.getvalue()


def parquet_table(data: bytes) -> pd.DataFrame:
    """A table of Parquet bytes, as `pandas.read_parquet` has it; raises what arrow raises where they are none.

    Not by pandas, nor from a file: threads that read are taken down with Python, and sometimes abort it, when all work
    is done (apache/arrow#34314). And arrow takes a file's name for UTF-8, whatever the locale.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(pa.BufferReader(data))
    table: pd.DataFrame = file.read(use_threads=False, use_pandas_metadata=True).to_pandas(use_threads=False)
    return table


def _in_arrow(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.astype(pd.CategoricalDtype(column.cat.categories.astype(_ARROW)))
    return column.astype(_ARROW) if str(column.dtype) == "str" else column
