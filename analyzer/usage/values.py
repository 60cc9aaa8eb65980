"""Values of usage files: people, days, amounts and commit ids. Whatever is not one raises `ValueError`.

The files come from outside, so nothing is guessed: an amount is a finite number from 0 to `MAX_AMOUNT`, a day is a
calendar day in UTC between 2000 and 2099.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_AMOUNT = 1e9
MAX_PERSON = 320
_MAX_NUMBER = 40
_YEARS = range(2000, 2100)
_COMMIT = re.compile(r"[0-9a-f]{7,64}\Z")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NANOSECONDS = 1_000_000_000


def snake(name: str) -> str:
    """Return a key as `snake_case`: `commitHash`, `Commit Hash` and `commit_hash` are one column."""
    return _CAMEL.sub("_", name.strip()).replace(" ", "_").lower()


def get(record: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path, or in the flat column of that name; None if there is none."""
    if path in record:
        return record[path]
    value: Any = record
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def amount(value: object) -> float:
    """Return a finite number from 0 to `MAX_AMOUNT`; None and an empty cell are not 0 but an error."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        text = value.strip()
        if len(text) > _MAX_NUMBER or not _NUMBER.match(text):
            raise ValueError("not a number")
        value = float(text)
    if not isinstance(value, int | float):
        raise ValueError("not a number")  # noqa: TRY004 - one kind of error for whatever is wrong with a row
    if not 0 <= value <= MAX_AMOUNT or math.isnan(value):
        raise ValueError("out of range")
    return float(value)


def amount_or_zero(value: object) -> float:
    """Return 0 for a counter that the record does not have, else `amount`."""
    return 0.0 if value is None else amount(value)


def day(value: object) -> dt.date:
    """Return the UTC day of a date, a timestamp with a zone, or a timestamp without one (which is taken as UTC)."""
    if isinstance(value, str):
        text = value.strip()
        if _DAY.match(text):
            value = dt.date.fromisoformat(text)
        elif len(text) <= _MAX_NUMBER:
            value = dt.datetime.fromisoformat(text)
    if isinstance(value, dt.datetime):
        value = (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).astimezone(dt.UTC).date()
    if not isinstance(value, dt.date) or value.year not in _YEARS:
        raise ValueError("not a day")
    return value


def day_of_nanoseconds(value: object) -> dt.date:
    """Return the UTC day of nanoseconds since 1970, which OTLP writes as text or number."""
    text = str(value)
    if isinstance(value, bool) or len(text) > _MAX_NUMBER or not text.isdigit():
        raise ValueError("not a time")
    seconds = int(text) // _NANOSECONDS
    if seconds > 1 << 33:
        raise ValueError("not a time")
    return day(dt.datetime.fromtimestamp(seconds, dt.UTC))


def person(value: object) -> str:
    """Return an address or account, lower case; `Ada <ada@example.org>` is the address."""
    if not isinstance(value, str):
        raise ValueError("not a person")  # noqa: TRY004 - as above
    text = value.strip()
    if text.endswith(">") and "<" in text:
        text = text.rpartition("<")[2][:-1]
    text = text.strip().lower()
    if not text or len(text) > MAX_PERSON or not text.isprintable() or " " in text:
        raise ValueError("not a person")
    return text


def commit(value: object) -> str:
    """Return a full or abbreviated commit id, lower case."""
    text = str(value).strip().lower()
    if not _COMMIT.match(text):
        raise ValueError("not a commit id")
    return text


def repository(value: object) -> str:
    """Return a repository's name, lower case."""
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_PERSON:
        raise ValueError("not a repository")
    return value.strip().lower().removesuffix("/").removesuffix(".git")
