"""DX: added lines per commit as its daemon attributes them, and daily use per person of any tool.

Commits: https://docs.getdx.com/schema/ai_code_commits (lines of AI that remain in the commit, lines added by people)
Days: https://docs.getdx.com/datacloudapi/methods/aitoolmetrics.push/ (table `bespoke_ai_tool_daily_metrics`)

Missing commits: a commit without a row is unknown, never 0.
Missing days: a row has a flag `is_active`, so a day without use has a row with false. A day without a row is missing.
"""

from __future__ import annotations

from analyzer.usage import values
from analyzer.usage.formats.base import AttributedLines, PersonDay, Record, UsageFormat, by_record

_FLAGS = {"true": 1.0, "t": 1.0, "1": 1.0, "false": 0.0, "f": 0.0, "0": 0.0}


def _commit_lines(record: Record) -> AttributedLines:
    remaining, by_people = values.amount(record["remaining_ai_loc"]), values.amount(record["human_additions"])
    return AttributedLines(values.commit(record["commit_sha"]), remaining, by_people)


def _person_day(record: Record) -> PersonDay:
    active = _FLAGS.get(str(record["is_active"]).strip().lower())
    if active is None:
        raise ValueError("not a flag")
    return PersonDay(values.person(record["email"]), values.day(record["date"]), active, "active days")


DX_COMMITS = UsageFormat(
    "dx-commits",
    "DX AI code commits",
    "https://docs.getdx.com/schema/ai_code_commits",
    "commit",
    (frozenset({"commit_sha", "remaining_ai_loc", "human_additions"}),),
    by_record(_commit_lines),
)

DX_DAYS = UsageFormat(
    "dx-days",
    "DX daily metrics of AI tools per person",
    "https://docs.getdx.com/datacloudapi/methods/aitoolmetrics.push/",
    "person-day",
    (frozenset({"email", "date", "is_active"}),),
    by_record(_person_day),
)
