"""Rules of the configuration, files of AI tools, squashes in the share, and what `explain` says of a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analyzer.cli import run
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


def test_squash_that_lists_commits_counts_in_part(make_repo: MakeRepo) -> None:
    """A squash that lists four commits, one of them marked, counts as a quarter."""
    mark = "Co-authored-by: Claude <noreply@anthropic.com>"
    body = f"Add it (#5)\n\n* one\n\n{mark}\n\n* two\n\n* three\n\n* four\n\n---------\n\n{mark}"
    result = analyze_path(str(make_repo((body, {"a.py": "x = 1\n"})))).result
    floors = {d.id: d.marked for d in result.share.definitions}
    assert (floors["merged_changes"], floors["commits"]) == (0.25, 1.0)


def test_explain_names_matches_and_rejected_candidates(make_repo: MakeRepo, capsys: Captured) -> None:
    """`explain` of a commit shows its mark, a quotation that does not count and a person with an agent's name."""
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


def test_other_note_stores_are_named_and_not_read(make_repo: MakeRepo) -> None:
    """Notes of other tools are detected and named, and their contents are not read."""
    repo = make_repo(("work", {"a.py": "x = 1\n"}))
    git("--git-dir", repo, "notes", "--ref=refs/ai/authorship", "add", "-m", "{}", "main")
    rows = {row.slug: row.message for row in analyze_path(str(repo)).result.data_quality}
    assert "GitIntel" in rows["other-line-stores"]
