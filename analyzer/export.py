"""Tables → CSV and Parquet bytes."""

from __future__ import annotations

import io

import pandas as pd

from analyzer.text import spreadsheet_safe

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
    texts: dict[str, pd.StringDtype] = dict.fromkeys(frame.select_dtypes("str").columns, _ARROW)
    coded = {
        name: frame[name].cat.rename_categories(frame[name].cat.categories.astype(_ARROW))
        for name in frame.select_dtypes("category").columns
    }
    frame.astype(texts).assign(**coded).to_parquet(out, index=False, compression="zstd")
    return out.getvalue()
