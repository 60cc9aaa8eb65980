"""Tables → CSV and Parquet bytes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from analyzer.text import spreadsheet_safe

if TYPE_CHECKING:
    import pandas as pd


def csv_bytes(frame: pd.DataFrame, *, exact: bool = False) -> bytes:
    """RFC 4180, UTF-8; unless `exact`, cells that a spreadsheet would evaluate get a quote in front."""
    table = frame.copy()
    for name in table.select_dtypes("datetimetz").columns:
        table[name] = table[name].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    if not exact:
        for name in table.select_dtypes("str").columns:
            table[name] = table[name].map(spreadsheet_safe, na_action="ignore")
    return table.to_csv(index=False, lineterminator="\r\n").encode("utf-8")


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """Parquet with zstd; exact."""
    out = io.BytesIO()
    frame.to_parquet(out, index=False, compression="zstd")
    return out.getvalue()
