"""Rules of the configuration, and files of AI tools, without a repository."""

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


def test_custom_rule_labels_its_agent() -> None:
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


def test_custom_rule_labels_lines_and_subjects() -> None:
    """A footer, a box and an emoji of a house's own, by their literal beginning; not where they are quoted."""
    file = """[[rules]]
tool = "house-agent"
lines = ["_Made in the `house`", "- [x] House (.*)"]
subjects = ["\U0001f916"]
"""
    rules = merge_settings({}, parse_file_settings(file.encode(), "aishare.toml")).rules

    def label(message: str) -> str:
        return strongest_claim(find_matches(CommitText("Ada", "ada@x.org", message), rules)).ai

    assert label("x\n\n_made in the `house` \u2022 9_") == "assisted"
    assert label("x\n\n- [x] House (.*) did it") == "assisted"
    assert label("x\n\n- [x] House of cards") == "none"
    assert label("x\n\n> _Made in the `house`_") == "none"
    assert label("x\n\nNot _Made in the `house`_") == "none"
    assert label("\U0001f389\U0001f916 feat: y") == "assisted"
    assert label("x\n\n\U0001f916") == "none"


@pytest.mark.parametrize(
    "bad",
    ['tool = "A b"', 'tool = "x"\nlines = [" "]', 'tool = "x"\npattern = "(a+)+"', 'trailers = ["x"]', "tool = 5"],
)
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


def test_adoption_is_the_first_file_of_a_tool() -> None:
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
