"""What an adapter of usage data is: how it recognises its columns, and how it reads a record into a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from analyzer.config import UsageGrain, UsageSource


class PersonDay(NamedTuple):
    """What one person did with a tool on one day."""

    person: str
    day: dt.date
    amount: float
    unit: str


class AttributedLines(NamedTuple):
    """Added lines of one commit, by whether the tool attributes them to AI."""

    commit: str
    ai_lines: float
    other_lines: float


class RepositoryDay(NamedTuple):
    """What a tool did in one repository on one day."""

    repository: str
    day: dt.date
    amount: float
    unit: str


UsageRow = PersonDay | AttributedLines | RepositoryDay
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UsageFormat:
    """An adapter for one public format.

    Attributes
    ----------
    id : its slug in `[[usage]]`.
    title : for sentences.
    source : address of the page that documents the columns.
    per : what its rows stand for.
    columns : sets of columns (`snake_case`), any of which tells the format.
    read : records → rows; None stands for a record that is not one of this format. An empty result for a record that
        says nothing is fine.
    lists_days_with_use : whether the page documents that a day's report has a row for everybody who used the tool that
        day. If so, a day in the file without a row for a person is a day without use; otherwise it is missing.
    """

    id: str
    title: str
    source: str
    per: UsageGrain
    columns: tuple[frozenset[str], ...]
    read: Callable[[Iterable[Record], UsageSource], Iterator[UsageRow | None]]
    lists_days_with_use: bool = False


def by_record(
    row: Callable[[Record], UsageRow | None],
) -> Callable[[Iterable[Record], UsageSource], Iterator[UsageRow | None]]:
    """Return a reader of formats in which each record is one row on its own."""

    def read(records: Iterable[Record], _: UsageSource) -> Iterator[UsageRow | None]:
        for record in records:
            try:
                yield row(record)
            except (ValueError, TypeError, KeyError, OverflowError):
                yield None

    return read
