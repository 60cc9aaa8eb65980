"""Any table of (person, day, amount), (commit, AI lines, other lines) or (repository, day, amount).

The layout is ours, so its documentation is docs/usage.md. `columns` in `[[usage]]` names other columns.

Missing days: nothing is known of who made the table, so a day without a row for a person is missing. A row with amount
0 is a day without use. `complete = true` says that the table lists every day with use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.usage import values
from analyzer.usage.formats.base import AttributedLines, PersonDay, Record, RepositoryDay, UsageFormat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.config import UsageField, UsageGrain, UsageSource
    from analyzer.usage.formats.base import UsageRow

_FIELDS: dict[UsageGrain, tuple[UsageField, ...]] = {
    "person-day": ("person", "day", "amount"),
    "commit": ("commit", "ai_lines", "other_lines"),
    "repository-day": ("repository", "day", "amount"),
}


def column_names(source: UsageSource, per: UsageGrain) -> dict[UsageField, str]:
    """Return the column of each field, as `snake_case`."""
    return {field: values.snake(source.columns.get(field, field)) for field in _FIELDS[per]}


def _reader(per: UsageGrain) -> UsageFormat:
    def read(records: Iterable[Record], source: UsageSource) -> Iterator[UsageRow | None]:
        names = column_names(source, per)
        for record in records:
            try:
                yield _row(per, _fields(record, names))
            except (ValueError, OverflowError):
                yield None

    required = frozenset(name for name in _FIELDS[per] if name != "amount")
    return UsageFormat(
        f"table-{per}", f"a table per {per.replace('-', ' and ')}", "docs/usage.md", per, (required,), read
    )


def _fields(record: Record, names: dict[UsageField, str]) -> dict[UsageField, object]:
    """Return the value of each field; a table without a column of amounts lists days with use, which count as 1."""
    fields: dict[UsageField, object] = {field: values.get(record, name) for field, name in names.items()}
    if "amount" in names and names["amount"].partition(".")[0] not in record:
        fields["amount"] = 1
    return fields


def _row(per: UsageGrain, fields: dict[UsageField, object]) -> UsageRow:
    if per == "commit":
        lines = values.amount(fields["ai_lines"]), values.amount(fields["other_lines"])
        return AttributedLines(values.commit(fields["commit"]), *lines)
    number = values.amount(fields["amount"])
    if per == "person-day":
        return PersonDay(values.person(fields["person"]), values.day(fields["day"]), number, "amount")
    return RepositoryDay(values.repository(fields["repository"]), values.day(fields["day"]), number, "amount")


PERSON_TABLE, COMMIT_TABLE, REPOSITORY_TABLE = (_reader(per) for per in _FIELDS)
