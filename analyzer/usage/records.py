"""Bytes of a usage file → records: CSV, JSON, NDJSON, Parquet, and Prometheus's text format.

What the file is shows in its contents, whatever its name. The contents come from outside: lines, rows and nesting are
bounded, a line that is not a record is counted (None) and the rest is read, and no error quotes a value.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.usage.files import unusable
from analyzer.usage.values import snake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.usage.formats.base import Record

MAX_ROWS = 2_000_000
MAX_LINE = 1_000_000
_MAX_DOCUMENT = 64_000_000
_MAX_UNPACKED = 1_000_000_000
_MAX_COLUMNS = 1_000
_DELIMITERS = ",;\t"
# Keys under which vendors' pages hold their records.
_PAGES = ("data", "items", "commits")
_PROMETHEUS = re.compile(
    r"(?P<metric>[a-zA-Z_:][\w:]{0,200})\{(?P<labels>[^{}]{0,20000})\}\s+(?P<value>\S{1,40})(?:\s+(?P<milliseconds>-?\d{1,17}))?\s*\Z"
)
_LABEL = re.compile(r'(?P<name>[a-zA-Z_]\w{0,100})="(?P<value>(?:[^"\\]|\\.){0,1000})"')
_ENCODING_FIX = "Save it as UTF-8."


def read_records(contents: bytes, name: str) -> Iterator[Record | None]:
    """Yield each record with its keys in `snake_case`; None for a line that is none.

    Raises `UsageError("bad-usage")` where the file as such cannot be read, or holds more than `MAX_ROWS` records.
    """
    for count, record in enumerate(_any_format(contents, name), start=1):
        if count > MAX_ROWS:
            raise unusable(name, f"it holds more than {MAX_ROWS} records.", "Split it by time into several files.")
        yield record


def _any_format(contents: bytes, name: str) -> Iterator[Record | None]:
    if contents.startswith(b"PAR1"):
        yield from _parquet(contents, name)
        return
    text = _decode(contents, name)
    first = text.lstrip()[:20]
    if first.startswith(("{", "[")):
        yield from _json(text)
    elif first.startswith(("# HELP", "# TYPE", "claude_code_")):
        yield from map(_prometheus, _data_lines(text))
    else:
        yield from _csv(text, name)


def _decode(contents: bytes, name: str) -> str:
    encoding = "utf-16" if contents.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return contents.decode(encoding)
    except UnicodeDecodeError as reason:
        title = encoding.removesuffix("-sig").upper()
        raise unusable(name, f"byte {reason.start} is not {title} text.", _ENCODING_FIX) from None


def _keyed(record: object) -> Record | None:
    if not isinstance(record, dict) or len(record) > _MAX_COLUMNS:
        return None
    return {snake(str(key)): value for key, value in record.items()}


def _json(text: str) -> Iterator[Record | None]:
    """Yield the records of one document, or else of each line."""
    if len(text) <= _MAX_DOCUMENT:
        try:
            yield from _unpaged(msgspec.json.decode(text))
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            pass
        else:
            return
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            yield from _unpaged(msgspec.json.decode(line)) if len(line) <= MAX_LINE else [None]
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            yield None


def _unpaged(document: object) -> list[Record | None]:
    """Return the records of a document: those of its page, of a list, or itself."""
    if isinstance(document, dict):
        page = next((document[key] for key in _PAGES if isinstance(document.get(key), list)), None)
        return [_keyed(document)] if page is None else list(map(_keyed, page))
    if isinstance(document, list):
        return list(
            itertools.chain.from_iterable(_unpaged(item) if isinstance(item, dict) else [None] for item in document)
        )
    return [None]


def _csv(text: str, name: str) -> Iterator[Record | None]:
    header = text.split("\n", 1)[0]
    if len(header) > MAX_LINE:
        raise unusable(name, "its first line is too long for a header.", "Write a first line with the columns' names.")
    delimiter = max(_DELIMITERS, key=header.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names: list[str] | None = None
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            yield None
            continue
        if row is None:
            return
        if names is None:
            names = [snake(column) for column in row]
        elif row:
            fits = len(row) == len(names) <= _MAX_COLUMNS
            yield dict(zip(names, row, strict=True)) if fits else None


def _parquet(contents: bytes, name: str) -> Iterator[Record | None]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    fix = "Write it again, or as CSV."
    try:
        file = pq.ParquetFile(pa.BufferReader(contents))
        groups = [file.metadata.row_group(k) for k in range(file.metadata.num_row_groups)]
        if sum(group.total_byte_size for group in groups) > _MAX_UNPACKED or file.metadata.num_columns > _MAX_COLUMNS:
            raise unusable(name, "unpacked it is too large.", "Keep only the columns of docs/usage.md.")
        for batch in file.iter_batches(batch_size=10_000):
            yield from map(_keyed, batch.to_pylist())
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        raise unusable(name, "it is damaged Parquet.", fix) from None


def _data_lines(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if line.strip() and not line.startswith("#"))


def _prometheus(line: str) -> Record | None:
    """Return a sample as a record with metric, labels, value and milliseconds; None if it has no timestamp."""
    sample = _PROMETHEUS.match(line) if len(line) <= MAX_LINE else None
    if sample is None or sample["milliseconds"] is None:
        return None
    labels = {match["name"]: re.sub(r"\\(.)", r"\1", match["value"]) for match in _LABEL.finditer(sample["labels"])}
    record: dict[str, Any] = sample.groupdict()
    return record | {"labels": labels}
