"""Rules of the configuration, files of AI tools, squashes in the share, and what `explain` says of a commit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analyzer.cli import run
from analyzer.config import merge_settings, parse_file_settings
from analyzer.errors import UsageError
from analyzer.evidence.adoption import tool_adoption
from analyzer.evidence.labels import find_matches
from analyzer.evidence.signal import CommitText
from analyzer.evidence.strongest import strongest_claim
from tests.conftest import MakeRepo, git
from tests.planting import analyze_path

if TYPE_CHECKING:
    from pathlib import Path

Captured = pytest.CaptureFixture[str]
RULES = b"""
[[rules]]
tool = "house-agent"
addresses = ["Agent@Example.com"]
logins = ["house[bot]"]
trailers = ["House-Run"]
value = "https://agents.example.com/"
session = true
"""


def test_rules_of_the_configuration() -> None:
    """An own agent as author, co-author and by its session link; a like address, login or link is none."""
    rules = merge_settings({}, parse_file_settings(RULES, "aishare.toml")).rules

    def said(message: str, address: str = "ada@x.org") -> tuple[str, tuple[str, ...]]:
        found = strongest_claim(find_matches(CommitText("Somebody", address, message), rules))
        return found.ai, found.tools

    own = ("house-agent",)
    assert said("x", "agent@example.com") == ("authored", own)
    assert said("x", "7+house[bot]@users.noreply.github.com") == ("authored", own)
    assert said("x\n\nCo-authored-by: House <AGENT@example.com>") == ("assisted", own)
    assert said("x\n\nHouse-Run: https://agents.example.com/9") == ("assisted", own)
    assert said("x\n\nHouse-Run: https://example.com/9") == ("none", ())
    assert said("x\n\nCo-authored-by: House <agent@example.com.evil.org>") == ("none", ())
    assert said("x\n\n> House-Run: https://agents.example.com/9") == ("none", ())
    assert said("x", "house@users.noreply.github.com") == ("none", ())


@pytest.mark.parametrize("bad", ['tool = "A b"', 'tool = "x"\npattern = "(a+)+"', 'trailers = ["x"]', "tool = 5"])
def test_a_bad_rule_is_an_error_that_names_it(bad: str) -> None:
    """An unknown key (there are no patterns), a tool that is no slug, none at all."""
    with pytest.raises(UsageError, match="rules"):
        parse_file_settings(f"[[rules]]\n{bad}\n".encode(), "aishare.toml")


def test_rules_can_be_tested_without_a_repository(tmp_path: Path, capsys: Captured) -> None:
    """`classify --config` applies the file's rules, and only then."""
    (tmp_path / "aishare.toml").write_bytes(RULES)
    (tmp_path / "one.jsonl").write_text('{"author_name": "x", "author_email": "agent@example.com", "subject": "y"}\n')
    said = []
    for extra in ([], ["--config", str(tmp_path / "aishare.toml")]):
        assert run(["classify", str(tmp_path / "one.jsonl"), *extra]) == 0
        said.append(json.loads(capsys.readouterr().out)["tool"])
    assert said == [None, "house-agent"]


def test_rules_change_the_digest_and_the_share(make_repo: MakeRepo, tmp_path: Path) -> None:
    """The analysed commit's own rules count, and two reports can be told apart by them."""
    body = "work\n\nHouse-Run: https://agents.example.com/9"
    repo = make_repo((body, {"a.py": "x = 1\n"}), ("rules", {"aishare.toml": RULES.decode()}))
    empty = tmp_path / "empty.toml"
    empty.write_text("", "utf-8")
    plain, ruled = analyze_path(repo, config=str(empty)).result, analyze_path(repo).result
    assert [t.tool for t in ruled.share.by_tool] == ["house-agent"]
    assert plain.share.by_tool == []
    assert plain.command.config_digest != ruled.command.config_digest


def test_files_of_ai_tools_have_a_first_day() -> None:
    """The earliest file of each tool; a file of the same name below the top, or a deletion, is none."""
    rows = [
        ("c1", "A", "src/CLAUDE.md"),
        ("c2", "M", "CLAUDE.md"),
        ("c3", "A", ".claude/settings.json"),
        ("c4", "A", "CLAUDE.md"),
        ("c4", "D", ".cursorrules"),
        ("c5", "R", ".github/workflows/claude-review.yml"),
        ("c6", "A", ".cursorrulesx"),
        ("c6", "A", ".aider.conf.yml"),
    ]
    changes = pd.DataFrame(rows, columns=["sha", "status", "path"], dtype="str")
    days = pd.date_range("2025-01-01", periods=6, tz="UTC")
    found = tool_adoption(changes, pd.Series(days, index=[f"c{n}" for n in range(1, 7)]))
    assert list(zip(found["tool"], found["path"], found["first"].dt.day, strict=True)) == [
        ("claude-code", ".claude/settings.json", 3),
        ("aider", ".aider.conf.yml", 6),
    ]
    assert tool_adoption(changes.iloc[:0], pd.Series(days[:0], index=pd.Index([], dtype="str"))).empty


def test_a_listed_squash_is_declared_in_part(make_repo: MakeRepo) -> None:
    """One of four listed commits is marked: a quarter of the merged change."""
    mark = "Co-authored-by: Claude <noreply@anthropic.com>"
    body = f"Add it (#5)\n\n* one\n\n{mark}\n\n* two\n\n* three\n\n* four\n\n---------\n\n{mark}"
    result = analyze_path(str(make_repo((body, {"a.py": "x = 1\n"})))).result
    floors = {d.id: d.marked for d in result.share.definitions}
    assert (floors["merged_changes"], floors["commits"]) == (0.25, 1.0)


def test_explain_says_what_fired_and_what_was_left_out(make_repo: MakeRepo, capsys: Captured) -> None:
    """A commit with a mark, a quotation and a person of an agent's name."""
    message = (
        "Work\n\nCo-authored-by: Claude Monet <monet@example.fr>\n> Co-authored-by: Cursor <cursoragent@cursor.com>\n\n"
        "Claude-Session: https://claude.ai/code/session_1"
    )
    repo = make_repo((message, {"a.py": "x = 1\n"}))
    assert run(["explain", "HEAD", str(repo)]) == 0
    out = capsys.readouterr().out
    assert "session-link:claudesession (D, session)" in out
    assert "quoted, fenced or indented" in out
    assert "Claude Monet" in out.split("left out", 1)[1]


def test_other_stores_are_named(make_repo: MakeRepo) -> None:
    """Notes of other tools are detected, named, and not read."""
    repo = make_repo(("work", {"a.py": "x = 1\n"}))
    git("--git-dir", repo, "notes", "--ref=whogitit", "add", "-m", "{}", "main")
    git("--git-dir", repo, "notes", "--ref=agentblame", "add", "-m", "{}", "main")
    rows = {row.slug: row.message for row in analyze_path(str(repo)).result.data_quality}
    assert "agentblame, whogitit" in rows["other-line-stores"]
