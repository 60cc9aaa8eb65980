"""Adapters for public formats of usage data. To add one: a module here, and a line in `USAGE_FORMATS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.usage.formats.claude_code import CLAUDE_CODE_ANALYTICS
from analyzer.usage.formats.copilot import COPILOT_REPOSITORIES, COPILOT_USERS
from analyzer.usage.formats.cursor import CURSOR_COMMITS
from analyzer.usage.formats.dx import DX_COMMITS, DX_DAYS
from analyzer.usage.formats.table import COMMIT_TABLE, PERSON_TABLE, REPOSITORY_TABLE
from analyzer.usage.formats.telemetry import CLAUDE_CODE_TELEMETRY

if TYPE_CHECKING:
    from analyzer.usage.formats.base import UsageFormat

# The first one whose columns are all there reads the file; our own tables are the last.
USAGE_FORMATS: tuple[UsageFormat, ...] = (
    COPILOT_USERS,
    COPILOT_REPOSITORIES,
    CLAUDE_CODE_ANALYTICS,
    CLAUDE_CODE_TELEMETRY,
    CURSOR_COMMITS,
    DX_COMMITS,
    DX_DAYS,
    PERSON_TABLE,
    COMMIT_TABLE,
    REPOSITORY_TABLE,
)
