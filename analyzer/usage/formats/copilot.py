"""GitHub Copilot usage metrics: the daily reports per user (`users-1-day`) and per repository (`repos-1-day`).

Fields: https://docs.github.com/en/copilot/reference/copilot-usage-metrics/copilot-usage-metrics
Example: https://docs.github.com/en/copilot/reference/copilot-usage-metrics/example-schema

A person used Copilot on a day with a prompt (`user_initiated_interaction_count`), an accepted suggestion
(`code_acceptance_activity_count`), lines written by agent or edit mode (`loc_added_sum`) or a prompt in the CLI
(`totals_by_cli.prompt_count`). Suggestions that were only displayed are no use.

Missing days: "each record represents a single day per user", and people without telemetry in their editor are in no
report (…/reconciling-usage-metrics). So a day of the report without a row for somebody whom the file lists elsewhere is
a day without use; somebody who is in no row is missing. GitHub completes a day within three full UTC days, so export
later than that.
"""

from __future__ import annotations

from analyzer.usage import values
from analyzer.usage.formats.base import PersonDay, Record, RepositoryDay, UsageFormat, by_record

_FIELDS = "https://docs.github.com/en/copilot/reference/copilot-usage-metrics/copilot-usage-metrics"
_COUNTERS = (
    "user_initiated_interaction_count",
    "code_acceptance_activity_count",
    "loc_added_sum",
    "totals_by_cli.prompt_count",
)


def _user_day(record: Record) -> PersonDay:
    counted = sum(values.amount_or_zero(values.get(record, name)) for name in _COUNTERS)
    return PersonDay(values.person(record["user_login"]), values.day(record["day"]), counted, "interactions")


def _repository_day(record: Record) -> RepositoryDay:
    """Return the pull requests of Copilot's agent that were merged in a repository on a day."""
    merged = values.get(record, "pull_requests.total_merged_created_by_copilot")
    name = record.get("repo_name") or record.get("repository_name") or record["repository"]
    return RepositoryDay(values.repository(name), values.day(record["day"]), values.amount(merged), "agent PRs merged")


COPILOT_USERS = UsageFormat(
    "copilot-users",
    "GitHub Copilot usage metrics per user and day",
    _FIELDS,
    "person-day",
    (frozenset({"user_login", "day", "code_acceptance_activity_count"}),),
    by_record(_user_day),
    lists_days_with_use=True,
)

COPILOT_REPOSITORIES = UsageFormat(
    "copilot-repos",
    "GitHub Copilot usage metrics per repository and day",
    _FIELDS,
    "repository-day",
    tuple(
        frozenset({name, "day", pulls})
        for name in ("repo_name", "repository_name")
        for pulls in ("pull_requests", "pull_requests.total_merged_created_by_copilot")
    ),
    by_record(_repository_day),
)
