"""Targets: panels that somebody brings, and filled sheets."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.custom_panel.row_filter import row_mask
from analyzer.custom_panel.table import Columns, load_panel, read_table
from analyzer.errors import UsageError
from analyzer.survey.sheet import parse_filled_sheet
from tests.validation.fuzz.target import Target, file_of, held

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PLAIN = Columns("merged_change", "period", "y")
# What an option of `infer` may ask of a panel; the first byte of an input says which.
_ASKED = (
    _PLAIN,
    Columns("merged_change", "period", "y", treatment="share", size="n"),
    Columns("merged_change", "period", "y", event="since", cluster="team"),
    Columns("merged_change", "period", "y", treatment="share", controls=("x", "n"), logged=("x",)),
    Columns("merged_change", "period", "x+n", treatment="share", cluster="team"),
)
_HEADER = b"unit,period,y,share,n,since,team,x\n"


def _checked(path: str, columns: Columns, most: int) -> None:
    found = load_panel(path, columns).table
    held(0 < len(found) <= most, "a panel of no rows, or of more than there are lines")
    numbers = found[[*columns.numbers, columns.period]].to_numpy(dtype=float)
    held(not np.isinf(numbers).any(), "an infinite number")
    held(np.isfinite(found[columns.outcome]).all() and (found[columns.outcome] >= 0).all(), "an outcome that is none")
    held(np.isfinite(found[columns.period]).all(), "a period without a place")
    if columns.treatment is not None:
        held(found[columns.treatment].dropna().between(0, 1).all(), "a share outside 0 to 1")


def _csv(data: bytes) -> None:
    table = read_table(file_of(data, "panel.csv"))
    held(len(table) <= data.count(b"\n") + data.count(b"\r") + 1, "more rows than lines")
    held(all(type(name) is str for name in table.columns), "a column without a name")


def _panel(data: bytes) -> None:
    columns = _ASKED[data[0] % len(_ASKED)] if data else _PLAIN
    lines = data.count(b"\n") + data.count(b"\r") + 1
    _checked(file_of(data[1:], "asked.csv"), columns, lines)


def _parquet(data: bytes) -> None:
    table = read_table(file_of(data, "panel.parquet"))
    held(all(isinstance(name, str) for name in table.columns), "a column without a name")


def _rows(rows: Iterable[tuple[object, ...]]) -> bytes:
    return _HEADER + "".join(",".join(map(str, row)) + "\n" for row in rows).encode()


def _csv_seeds() -> Iterator[bytes]:
    yield from dict.fromkeys(seed[1:] for seed in _panel_seeds())


def _panel_seeds() -> Iterator[bytes]:
    months = [f"2026-{m:02d}" for m in range(1, 3)]
    rows = [(u, p, k, 0.5, 3, "2026-02" if u == "a" else "", "t", 1.5) for k, p in enumerate(months) for u in "ab"]
    dated = [(u, f"2026-01-0{d}", d, 0, 1, "2026-01-02", u, 0) for d in (1, 2) for u in "ab"]
    counted = [(u, d, d, 1, 1, 2, u, 0) for d in (1, 2) for u in (7, 8)]
    quarters = [(u, f"Q{d}", d, "", 1, "Q2", u, 0) for d in (1, 2) for u in "ab"]
    tables: tuple[Iterable[tuple[object, ...]], ...] = (rows, dated, counted, quarters)
    for table in tables:
        for asked in range(len(_ASKED)):
            yield bytes([asked]) + _rows(table)
    yield b"\x00\xef\xbb\xbf" + _rows(rows)
    yield b"\x00unit;period;y\na;1;2\n"
    yield b'\x00unit,period,y\n"a\nb",1,2\n'
    yield b"\x00unit,period,y,y\n1,1,1e308\n"
    yield b"\x01unit,period,y,share,n\na,1,inf,nan,1e999\n"


def _parquet_seeds() -> Iterator[bytes]:
    tables = (
        pd.DataFrame({"merged_change": ["a", "b"], "y": [1.0, None]}),
        pd.DataFrame({"d": pd.to_datetime(["2026-01-01"]), "c": pd.Categorical(["x"])}),
        pd.DataFrame({"l": [[1, 2]], "b": [b"\xff"]}),
    )
    for table in tables:
        for compression in (None, "snappy"):
            out = io.BytesIO()
            table.to_parquet(out, compression=compression)
            yield out.getvalue()


_TABLE = pd.DataFrame(
    {"stars": [1, 20, 300], "adopted": ["", "2024-08", None], "x": [0.5, None, -2.0], "flag": [True, False, True]}
)


def _where(data: bytes) -> None:
    expression = data.decode("utf-8", "replace")
    mask = row_mask(_TABLE, expression)
    held(mask.dtype == np.bool_ and mask.shape == (len(_TABLE),), "a mask that is none")
    if not set("#\n\r\\") & set(expression):
        held((row_mask(_TABLE, f"not ({expression.strip()})") == ~mask).all(), "a row is neither in nor out")


def _where_seeds() -> Iterator[bytes]:
    yield from (
        b"stars >= 10",
        b"stars >= 10 and (adopted == '' or '2024-08' <= adopted <= '2025-03')",
        b"not x < -1.5",
        b"x != x or flag == 1",
        b"1 < stars < 30",
        b"'a' != adopted",
    )


def _sheet(data: bytes) -> None:
    found = parse_filled_sheet(data, "sheet.csv")
    held(list(found.columns) == ["merged_change", "answer", "stratum", "changes", "sampled"], "other columns")
    held(found["answer"].dropna().between(0, 1).all(), "an answer outside 0 to 1")
    held((found["sampled"] <= found["changes"]).all(), "more were asked about than there are")
    held(not found["merged_change"].duplicated().any(), "a change that answers twice")
    held(len(found) <= len(data) + 1, "more rows than bytes")


def _sheet_seeds() -> Iterator[bytes]:
    head = "unit,commit,merged,title,answer,stratum,changes,asked\n"
    rows = [("a1", "person"), ("a2", "AI"), ("a3", "both"), ("a4", "37,5 %"), ("a5", "?")]
    body = "".join(f'{u},c,2026-01-01,"a, title","{answer}",marked,40,5\n' for u, answer in rows)
    yield (head + body).encode()
    yield (head + body).replace(",", ";").encode("utf-16")
    yield (head + body).replace("\n", "\r\n").encode("utf-8-sig")
    yield (head + body.replace("marked,40,5", "x,5,9")).encode()
    yield b"unit\tanswer\tstratum\tchanges\tasked\na\t1\ts\t1\t1\n"


_WORDS = (
    b"person",
    b"AI",
    b"both",
    b"50 %",
    b"unknown",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b'"',
    b'""',
    b"\r\n",
    b"\t",
    b";",
)
TARGETS = (
    Target(
        "panel_csv",
        "panels: CSV",
        ("analyzer.custom_panel.table",),
        _csv,
        _csv_seeds,
        (*_HEADER.strip().split(b","), b"\n", b'"', b",", b"nan", b"inf", b"1e308", b"2026-01", b"2026-01-02", b"Q10"),
        (UsageError,),
        400,
    ),
    Target(
        "panel_rows",
        "panels: columns and rows",
        ("analyzer.custom_panel.table",),
        _panel,
        _panel_seeds,
        (*_HEADER.strip().split(b","), b"\n", b'"', b",", b"nan", b"inf", b"1e308", b"2026-01", b"2026-01-02", b"Q10"),
        (UsageError,),
        400,
    ),
    Target(
        "panel_parquet",
        "panels: Parquet",
        ("analyzer.custom_panel.table",),
        _parquet,
        _parquet_seeds,
        (b"PAR1", b"pandas", b"ARROW:schema"),
        (UsageError,),
        3_000,
    ),
    Target(
        "panel_where",
        "panels: --where",
        ("analyzer.custom_panel.row_filter",),
        _where,
        _where_seeds,
        (b"stars", b"adopted", b"flag", b" and ", b" or ", b"not ", b"<=", b"==", b"''", b"x", b"1e999", b"lambda:"),
        (UsageError,),
        200,
    ),
    Target("sheet", "filled sheets", ("analyzer.survey.sheet",), _sheet, _sheet_seeds, _WORDS, (UsageError,), 800),
)
