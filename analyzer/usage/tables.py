"""Records of a usage file → one table of a declared schema (`core.usage_tables`), with counts of what was left out."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.core.usage_tables import USAGE_COMMITS, USAGE_PERSON_DAYS, USAGE_REPOSITORY_DAYS
from analyzer.usage.files import unusable
from analyzer.usage.formats import USAGE_FORMATS
from analyzer.usage.formats.base import AttributedLines, PersonDay, RepositoryDay
from analyzer.usage.formats.table import column_names
from analyzer.usage.records import read_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.config import UsageGrain, UsageSource
    from analyzer.core.schema import Schema
    from analyzer.usage.files import UsageFile
    from analyzer.usage.formats.base import Record, UsageFormat, UsageRow

_SCHEMAS: dict[UsageGrain, Schema] = {
    "person-day": USAGE_PERSON_DAYS,
    "commit": USAGE_COMMITS,
    "repository-day": USAGE_REPOSITORY_DAYS,
}
# So many records are looked at to recognise the format: a field that is 0 may be left out of a record.
_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class UsageTable:
    """One usage file as a table.

    Attributes
    ----------
    name : name of the file, printable.
    table : of the schema that `format.per` stands for.
    records : records in the file.
    invalid : records that are none of the format.
    repeated : records that repeat another one in every column; they count once.
    conflicting : commits left out because their rows contradict each other.
    lists_days_with_use : whether a day without a row for a person means no use, on days that the file has at all.
    """

    name: str
    source: UsageSource
    format: UsageFormat
    table: pd.DataFrame
    records: int
    invalid: int
    repeated: int
    conflicting: int

    @property
    def lists_days_with_use(self) -> bool:
        """Whether the format documents it, or the user says so."""
        return self.format.lists_days_with_use or self.source.complete

    @property
    def first_day(self) -> str | None:
        """First day of the file as YYYY-MM-DD; None for commits, and without rows."""
        return self._day("min")

    @property
    def last_day(self) -> str | None:
        """Last day of the file as YYYY-MM-DD; None for commits, and without rows."""
        return self._day("max")

    def _day(self, end: str) -> str | None:
        if "day" not in self.table or self.table.empty:
            return None
        day: str = self.table["day"].agg(end).strftime("%Y-%m-%d")
        return day


def read_table(file: UsageFile) -> UsageTable:
    """Return the table of a file.

    Raises `UsageError("bad-usage")` if the file cannot be read, no format knows its columns, or no record is valid.
    """
    records = read_records(file.contents, file.name)
    head = list(itertools.islice(records, _LOOKED_AT))
    format_ = _format_of(file, head)
    counts = {"records": 0, "invalid": 0, "repeated": 0}
    rows = format_.read(_distinct(itertools.chain(head, records), counts), file.source)
    valid = list(_valid(rows, counts))
    if counts["records"] and not valid:
        raise unusable(
            file.name,
            f"none of its {counts['records']} records is {format_.title}.",
            "Check format and columns in [[usage]]; docs/usage.md shows an example of every format.",
        )
    table, conflicting = _table(format_.per, valid)
    return UsageTable(file.name, file.source, format_, table, conflicting=conflicting, **counts)


def _format_of(file: UsageFile, head: list[Record | None]) -> UsageFormat:
    """Return the format that the settings name, or the first one whose columns the file has."""
    source = file.source
    if source.format is not None:
        chosen = [f for f in USAGE_FORMATS if f.id == source.format and source.per in {None, f.per}]
        if not chosen:
            names = ", ".join(f.id for f in USAGE_FORMATS)
            raise unusable(file.name, "its [[usage]] names no known format.", f"Set format to one of {names}.")
        return chosen[0]
    keys = {key for record in head if record is not None for key in record}
    for format_ in USAGE_FORMATS:
        is_table = format_.id.startswith("table-")
        needed = [frozenset(column_names(source, format_.per).values()) - {"amount"}] if is_table else format_.columns
        if source.per in {None, format_.per} and any(columns <= keys for columns in needed):
            return format_
    raise unusable(
        file.name,
        "its columns are of no known format.",
        "Name its columns in [[usage]], as in docs/usage.md; a CSV file needs a first line with names.",
    )


def _distinct(records: Iterable[Record | None], counts: dict[str, int]) -> Iterator[Record]:
    """Yield the records that are one, each once."""
    seen_before: set[int] = set()
    for record in records:
        counts["records"] += 1
        if record is None:
            counts["invalid"] += 1
            continue
        digest = hash(repr(record))
        if digest in seen_before:
            counts["repeated"] += 1
            continue
        seen_before.add(digest)
        yield record


def _valid(rows: Iterable[UsageRow | None], counts: dict[str, int]) -> Iterator[UsageRow]:
    for row in rows:
        if row is None:
            counts["invalid"] += 1
        else:
            yield row


def _table(per: UsageGrain, rows: Iterable[UsageRow]) -> tuple[pd.DataFrame, int]:
    """Return the rows as a table, and how many commits were left out for rows that contradict each other.

    Rows of the same person or repository, day and unit add up: a day has one row per terminal, tool or page.
    """
    schema, conflicting = _SCHEMAS[per], 0
    totals: defaultdict[tuple[str, dt.date, str], float] = defaultdict(float)
    commits: dict[str, set[tuple[float, float]]] = defaultdict(set)
    for row in rows:
        if isinstance(row, AttributedLines):
            commits[row.commit].add((row.ai_lines, row.other_lines))
        elif isinstance(row, PersonDay):
            totals[row.person, row.day, row.unit] += row.amount
        elif isinstance(row, RepositoryDay):
            totals[row.repository, row.day, row.unit] += row.amount
    if per == "commit":
        conflicting = sum(len(lines) > 1 for lines in commits.values())
        return schema.frame((c, *next(iter(lines))) for c, lines in commits.items() if len(lines) == 1), conflicting
    midnight = ((name, pd.Timestamp(day, tz="UTC"), total, unit) for (name, day, unit), total in totals.items())
    return schema.frame(midnight), conflicting
