"""Adapters read files of each vendor's documented schema, and say which days and commits are missing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from analyzer.config import UsageSource
from analyzer.usage.files import UsageFile
from analyzer.usage.formats import USAGE_FORMATS
from analyzer.usage.tables import UsageTable, read_table
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SHA = "4f2c1a9e8b7d6c5f4e3d2c1b0a9f8e7d6c5b4a39"


def read(text: str | bytes, **source: Any) -> UsageTable:
    """Read a text as the file usage.csv."""
    contents = text if isinstance(text, bytes) else text.encode()
    return read_table(UsageFile(UsageSource(file="/x/usage.csv", **source), contents))


def rows(usage: UsageTable) -> list[tuple[Any, ...]]:
    """The rows of a table, days as text."""
    table = usage.table.copy()
    if "day" in table:
        table["day"] = table["day"].dt.strftime("%Y-%m-%d")
    return sorted(table.itertuples(index=False, name=None))


def examples() -> list[tuple[str, str]]:
    """Format and text of every example of docs/usage.md: blocks below a heading that names formats, in their order."""
    page = (ROOT / "docs" / "usage.md").read_text("utf-8")
    pairs = []
    for section in re.split(r"^### ", page.partition("## Formats")[2].partition("## Missing")[0], flags=re.MULTILINE)[
        1:
    ]:
        ids = re.findall(r"`([a-z-]+)`", section.splitlines()[0])
        blocks = re.findall(r"^```text\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
        pairs += [(ids[min(k, len(ids) - 1)], block) for k, block in enumerate(blocks)]
    return pairs


def test_every_format_has_an_example_in_the_docs() -> None:
    """docs/usage.md shows a file of every adapter."""
    assert {id_ for id_, _ in examples()} == {format_.id for format_ in USAGE_FORMATS}


@pytest.mark.parametrize(("id_", "text"), examples())
def test_the_examples_of_the_docs_are_read(id_: str, text: str) -> None:
    """Each example is recognised by its columns, and every record of it is valid."""
    usage = read(text)
    assert usage.format.id == id_
    assert usage.invalid == usage.repeated == usage.conflicting == 0
    assert len(usage.table) == usage.records > 0


def test_every_adapter_cites_its_source() -> None:
    """A vendor's format names the page that documents it."""
    assert all(f.source.startswith("https://") or f.id.startswith("table-") for f in USAGE_FORMATS)


def copilot(**fields: Any) -> str:
    """A line of users-1-day with every documented field."""
    record = {
        "day": "2025-10-01",
        "enterprise_id": "1",
        "user_id": 1,
        "user_login": "Octo-Cat",
        "user_initiated_interaction_count": 0,
        "code_generation_activity_count": 1,
        "code_acceptance_activity_count": 0,
        "loc_suggested_to_add_sum": 10,
        "loc_added_sum": 0,
        "totals_by_ide": [{"ide": "vscode", "loc_added_sum": 8}],
        "used_agent": False,
    }
    return json.dumps(record | fields) + "\n"


def test_copilot_users() -> None:
    """Prompts, acceptances, agent lines and the CLI are use; a suggestion that was only displayed is not."""
    usage = read(
        copilot()
        + copilot(user_login="grace", code_acceptance_activity_count=2, loc_added_sum=5)
        + copilot(user_login="ada", totals_by_cli={"prompt_count": 2, "session_count": 1})
    )
    assert usage.format.id == "copilot-users"
    assert usage.lists_days_with_use
    assert [(who, number) for who, _, number, _ in rows(usage)] == [("ada", 2.0), ("grace", 7.0), ("octo-cat", 0.0)]


def test_copilot_users_as_a_list() -> None:
    """The example schema is a JSON list; the download is one object per line."""
    one, two = copilot(), copilot(user_login="ada")
    assert rows(read(f"[{one},\n{two}]")) == rows(read(one + two))


def test_copilot_repositories() -> None:
    """Merged pull requests of the agent per repository and day; a day without the count is not valid."""
    line = '{"day": "2026-03-02", "repo_name": "acme/App", "pull_requests": {"total_merged_created_by_copilot": %s}}\n'
    usage = read(line % 2 + line % "null")
    assert rows(usage) == [("acme/app", "2026-03-02", 2.0, "agent PRs merged")]
    assert usage.invalid == 1


def claude(email: str = "ada@example.com", sessions: int = 1, **fields: Any) -> dict[str, Any]:
    """A record of the Admin API."""
    return {
        "date": "2025-08-08T00:00:00Z",
        "actor": {"type": "user_actor", "email_address": email},
        "core_metrics": {
            "num_sessions": sessions,
            "lines_of_code": {"added": 0, "removed": 12},
            "commits_by_claude_code": 0,
            "pull_requests_by_claude_code": 0,
        },
        "terminal_type": "vscode",
        "model_breakdown": [{"model": "claude-sonnet-4-20250514", "tokens": {"input": 1}}],
    } | fields


def test_claude_code_pages_lines_and_flat_columns_are_one() -> None:
    """Pages of the API, a record per line, and a table with columns named by their path give the same rows."""
    records = [claude(), claude("grace@example.com", 0), claude(terminal_type="tmux")]
    pages = json.dumps({"data": records[:2], "has_more": True}) + "\n" + json.dumps({"data": records[2:]})
    lines = "\n".join(map(json.dumps, records))
    flat = pd.json_normalize(records).drop(columns="model_breakdown").to_csv(index=False)
    expected = [
        ("ada@example.com", "2025-08-08", 2.0, "activity"),
        ("grace@example.com", "2025-08-08", 0.0, "activity"),
    ]
    assert [rows(read(text)) for text in (pages, lines, flat)] == [expected] * 3
    assert read(lines).format.lists_days_with_use


def test_claude_code_api_keys_are_rows_of_nobody() -> None:
    """A key's name is no address, and its row counts as one that matches nobody."""
    usage = read(json.dumps(claude(actor={"type": "api_actor", "api_key_name": "CI key"})))
    assert rows(usage)[0][0] == "ci-key"


def otlp(*points: tuple[str, object, str], temporality: int, kind: str | None = None, start: str = "1") -> str:
    """A line of OTLP metrics: points of (metric, value, nanoseconds) of ada."""
    metrics = [
        {
            "name": name,
            "sum": {
                "aggregationTemporality": temporality,
                "isMonotonic": True,
                "dataPoints": [
                    {
                        "attributes": [
                            {"key": "user.email", "value": {"stringValue": "ada@example.com"}},
                            {"key": "session.id", "value": {"stringValue": "s"}},
                            *([{"key": "type", "value": {"stringValue": kind}}] if kind else []),
                        ],
                        "startTimeUnixNano": start,
                        "timeUnixNano": when,
                        "asInt" if isinstance(value, str) else "asDouble": value,
                    }
                ],
            },
        }
        for name, value, when in points
    ]
    return json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]}) + "\n"


DAY_ONE, DAY_TWO = "1772445600000000000", "1772532000000000000"


def test_telemetry_deltas_add_up_and_sums_count_by_growth() -> None:
    """Cumulative sums of one series give what they grew by; after a reset they start at 0; deltas add up."""
    name = "claude_code.lines_of_code.count"
    samples = [("5", DAY_ONE, "1"), ("8", DAY_ONE, "1"), ("8", DAY_TWO, "1"), ("9", DAY_TWO, "1"), ("2", DAY_TWO, "7")]
    cumulative = [otlp((name, v, t), temporality=2, kind="added", start=s) for v, t, s in samples]
    delta = [otlp((name, v, t), temporality=1, kind="added") for v, t in (("8", DAY_ONE), ("3", DAY_TWO))]
    expected = [
        ("ada@example.com", "2026-03-02", 8.0, "lines"),
        ("ada@example.com", "2026-03-03", 3.0, "lines"),
    ]
    assert [rows(read("".join(lines))) for lines in (cumulative, delta)] == [expected] * 2


def test_telemetry_reads_four_counters_and_no_removed_lines() -> None:
    """Costs and tokens are no use, removed lines count 0, and a point without an address is not valid."""
    text = otlp(("claude_code.commit.count", "1", DAY_ONE), ("claude_code.cost.usage", 0.3, DAY_ONE), temporality=1)
    text += otlp(("claude_code.lines_of_code.count", "7", DAY_ONE), temporality=1, kind="removed")
    text += otlp(("claude_code.session.count", "1", DAY_ONE), temporality=1).replace("user.email", "user.id")
    usage = read(text)
    assert sorted((unit, number) for _, _, number, unit in rows(usage)) == [("commits", 1.0), ("lines", 0.0)]
    assert usage.invalid == 1
    assert not usage.lists_days_with_use


def test_prometheus_samples_need_their_time() -> None:
    """The text format gives growth per series; a sample without a timestamp is not valid."""
    line = 'claude_code_session_count_total{{user_email="ada@example.com",session_id="{}"}} {} {}\n'
    text = line.format("a", 1, "1772445600000") + line.format("a", 3, "1772532000000") + line.format("b", 1, "")
    usage = read("# TYPE claude_code_session_count_total counter\n" + text)
    assert [(day, number) for _, day, number, _ in rows(usage)] == [("2026-03-02", 1.0), ("2026-03-03", 2.0)]
    assert usage.invalid == 1


def test_cursor_json_csv_and_dx_columns_are_one() -> None:
    """Tab and Composer are AI lines; the API's JSON, its CSV and DX's copy give the same row."""
    record = {
        "commitHash": SHA,
        "userEmail": "ada@example.com",
        "totalLinesAdded": 120,
        "tabLinesAdded": 50,
        "composerLinesAdded": 40,
        "nonAiLinesAdded": 30,
        "commitTs": "2025-07-30T14:12:03.000Z",
    }
    as_csv = ",".join(record) + "\n" + ",".join(map(str, record.values()))
    snake = "commit_hash,tab_lines_added,composer_lines_added,non_ai_lines_added\n" + f"{SHA},50,40,30"
    for text in (json.dumps({"items": [record], "totalCount": 1}), json.dumps({"commits": [record]}), as_csv, snake):
        assert rows(read(text)) == [(SHA, 90.0, 30.0)]


def test_cursor_lists_a_commit_per_branch() -> None:
    """Rows that differ in the branch alone are one commit; rows with other lines are a contradiction."""
    header = "commit_hash,branch_name,tab_lines_added,composer_lines_added,non_ai_lines_added\n"
    assert rows(read(f"{header}{SHA},main,1,2,3\n{SHA},dev,1,2,3\n")) == [(SHA, 3.0, 3.0)]
    usage = read(f"{header}{SHA},main,1,2,3\n{SHA},dev,9,2,3\n{'a' * 40},main,0,0,1\n")
    assert (len(usage.table), usage.conflicting) == (1, 1)


def test_dx() -> None:
    """AI lines that remained against lines by people; a flag per person and day, of which false is no use."""
    commits = read(f"commit_sha,original_ai_loc,remaining_ai_loc,human_additions,git_email\n{SHA},100,80,20,a@b.c\n")
    assert rows(commits) == [(SHA, 80.0, 20.0)]
    days = read("email,date,is_active,tool\na@b.c,2026-03-02,true,x\na@b.c,2026-03-03,FALSE,x\na@b.c,2026-03-04,?,x\n")
    assert [number for _, _, number, _ in rows(days)] == [1.0, 0.0]
    assert (days.invalid, days.lists_days_with_use) == (1, False)


def test_tables_with_columns_of_other_names(tmp_path: Path) -> None:
    """CSV with semicolons, UTF-16 and Parquet are read; a table without an amount lists days with use."""
    columns = {"person": "Mail", "day": "Date"}
    text = "Mail;Date\nAda <ADA@example.com>;2026-03-02\n"
    expected = [("ada@example.com", "2026-03-02", 1.0, "amount")]
    assert rows(read(text, columns=columns)) == expected
    assert rows(read(text.encode("utf-16"), columns=columns)) == expected
    table = pd.DataFrame({"Mail": ["ada@example.com"], "Date": [pd.Timestamp("2026-03-02T23:00Z")]})
    table.to_parquet(tmp_path / "x")
    assert rows(read((tmp_path / "x").read_bytes(), columns=columns)) == expected
    assert read("person,day\na@b.c,2026-03-02\n", complete=True).lists_days_with_use


def test_times_count_in_utc() -> None:
    """A time with a zone is the day it is in UTC."""
    assert rows(read("person,day\na@b.c,2026-03-02T23:30:00-05:00\n"))[0][1] == "2026-03-03"
