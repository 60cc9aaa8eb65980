"""Cursor's AI Code Tracking: added lines per commit from Tab, from Composer (agent), and not from AI.

Fields: https://cursor.com/docs/account/teams/ai-code-tracking-api (`/analytics/ai-code/commits`, as JSON or CSV)
The same columns in DX: https://docs.getdx.com/schema/cursor_commits

`nonAiLinesAdded` is what Cursor cannot attribute to itself, so lines of another assistant count as other lines.

Missing commits: Cursor scores commits that were made with Cursor. A commit without a row is unknown, never 0.
"""

from __future__ import annotations

from analyzer.usage import values
from analyzer.usage.formats.base import AttributedLines, Record, UsageFormat, by_record


def _commit_lines(record: Record) -> AttributedLines:
    ai_lines = values.amount(record["tab_lines_added"]) + values.amount(record["composer_lines_added"])
    return AttributedLines(values.commit(record["commit_hash"]), ai_lines, values.amount(record["non_ai_lines_added"]))


CURSOR_COMMITS = UsageFormat(
    "cursor-commits",
    "Cursor AI code tracking per commit",
    "https://cursor.com/docs/account/teams/ai-code-tracking-api",
    "commit",
    (frozenset({"commit_hash", "tab_lines_added", "composer_lines_added", "non_ai_lines_added"}),),
    by_record(_commit_lines),
)
