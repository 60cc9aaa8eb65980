"""Claude Code analytics: the report of the Admin API, one record per person, day and kind of terminal.

Fields: https://platform.claude.com/docs/en/api/admin-api/claude-code/get-claude-code-usage-report
Concepts: https://platform.claude.com/docs/en/build-with-claude/claude-code-analytics-api

Pages as the API returns them (`{"data": […], "has_more": …}`), one record per line, and tables whose columns are named
by their path (`actor.email_address`, `core_metrics.num_sessions`) are read. A person used Claude Code on a day with a
session, a line, a commit or a pull request. Records of API keys name nobody, so nobody is matched.

Missing days: a call returns every record of one UTC day, each of one user's activity on that day. So a day of the file
without a record of somebody whom it lists elsewhere is a day without use.
"""

from __future__ import annotations

from analyzer.usage import values
from analyzer.usage.formats.base import PersonDay, Record, UsageFormat, by_record

_COUNTERS = (
    "core_metrics.num_sessions",
    "core_metrics.lines_of_code.added",
    "core_metrics.commits_by_claude_code",
    "core_metrics.pull_requests_by_claude_code",
)


def _person_day(record: Record) -> PersonDay:
    counted = sum(values.amount_or_zero(values.get(record, name)) for name in _COUNTERS)
    actor = values.get(record, "actor.email_address") or values.get(record, "actor.api_key_name")
    who = values.person(actor.replace(" ", "-") if isinstance(actor, str) else actor)
    return PersonDay(who, values.day(record["date"]), counted, "activity")


CLAUDE_CODE_ANALYTICS = UsageFormat(
    "claude-code",
    "Claude Code analytics per person and day",
    "https://platform.claude.com/docs/en/api/admin-api/claude-code/get-claude-code-usage-report",
    "person-day",
    (frozenset({"actor", "date", "core_metrics"}), frozenset({"actor.email_address", "date"})),
    by_record(_person_day),
    lists_days_with_use=True,
)
