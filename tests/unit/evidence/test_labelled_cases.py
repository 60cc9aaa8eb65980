"""Labelled commits that were written without sight of the rules, the torture table, and properties of the reader."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.cli import run
from analyzer.evidence.classify import classify_lines
from analyzer.evidence.labels import find_matches
from analyzer.evidence.rejected import rejected_matches
from analyzer.evidence.signal import CommitText
from analyzer.evidence.strongest import strongest_claim
from tests.conftest import FIXTURES

if TYPE_CHECKING:
    from pathlib import Path


Captured = pytest.CaptureFixture[str]


FIELDS = ("ai", "tool", "model", "bot")


def wrong(name: str) -> dict[str, list[str]]:
    """Field → ids of cases that read otherwise than they are labelled."""
    lines = (FIXTURES / name).read_bytes().splitlines()
    cases, said = [json.loads(line) for line in lines], [json.loads(line) for line in classify_lines(lines)]
    assert [case["id"] for case in cases] == [answer["id"] for answer in said]
    both = list(zip(cases, said, strict=True))
    return {field: [c["id"] for c, s in both if c["expected"][field] != s[field]] for field in FIELDS}


def test_independently_written_commits_are_labelled_as_expected() -> None:
    """420 commits in the style of public histories (fixtures/commits.jsonl)."""
    assert wrong("commits.jsonl") == {field: [] for field in FIELDS}


def test_torture_table() -> None:
    """Fifteen commits that other tools read wrong, each in its own way."""
    assert wrong("torture.jsonl") == {field: [] for field in FIELDS}


MARK = "Co-authored-by: Claude Opus 4.5 <noreply@anthropic.com>"


ASSERTED = st.sampled_from(
    [
        MARK,
        "Assisted-by: Codex:gpt-5.6",
        "🤖 Generated with [Claude Code](https://claude.com/claude-code)",
        "Claude-Session: https://claude.ai/code/session_1",
        "Signed-off-by: Qwen Code <noreply@alibaba.com>",
        "This was mostly written by Claude Code.",
        "Generated-by: Cursor",
        "Co-Authored-By: Copilot <198982749+Copilot@users.noreply.github.com>",
    ]
)


QUOTED = st.sampled_from(["> {}", ">> {}", "```\n{}\n```", "~~~ text\n{}\n~~~", "    {}", "\t{}"])


PROSE = st.text("abc XYZ.,\n", max_size=40)


@given(PROSE, ASSERTED, QUOTED, PROSE)
def test_quoting_never_labels(before: str, mark: str, quote: str, after: str) -> None:
    """The same line labels a commit when it is said, and not when it is shown; the guard says so."""
    message = f"Subject\n\n{before}\n\n{quote.format(mark)}\n\n{after}"
    assert strongest_claim(find_matches(CommitText("Ada", "ada@x.org", message))).ai == "none"
    said = CommitText("Ada", "ada@x.org", f"Subject\n\n{mark}\n")
    assert strongest_claim(find_matches(said)).ai == "assisted"
    assert any("quoted" in reason for reason, _ in rejected_matches(CommitText("Ada", "ada@x.org", message)))


@given(st.text(max_size=300), st.text(max_size=30), st.text(max_size=30), st.text(max_size=30), st.text(max_size=12))
def test_no_commit_breaks_the_reader(message: str, name: str, address: str, committer: str, day: str) -> None:
    """Any text in any field gives a conclusion, and the guards an explanation."""
    commit = CommitText(name, address, f"{message}\nclaude ai {message}", committer, address, day)
    assert strongest_claim(find_matches(commit)).ai in {"authored", "assisted", "unknown", "none"}
    assert all(reason for reason, _ in rejected_matches(commit))


FILLERS = ("a ", "AI: ", "with the help of ", "* ", "<a@b>", "written by ", "[", "this ", "claude and ", "-by: ")


@pytest.mark.parametrize("filler", [text * (3000 // len(text)) for text in FILLERS])
def test_no_message_costs_more_than_its_length(filler: str) -> None:
    """Long lines of what patterns look for are read in no time: a thousand-fold length would show."""
    import time

    message = "Subject\n\n" + "\n".join([f"claude {filler}", filler[:390], f"Co-authored-by: {filler}"] * 5)
    started = time.perf_counter()
    find_matches(CommitText("Ada", "ada@x.org", message))
    assert time.perf_counter() - started < 2


def test_vs_code_default_mark_is_weak_while_it_was_on() -> None:
    """From mid April to June 2026 the mark stood on commits without AI: told, and outside the floor."""
    message = "Work\n\nCo-authored-by: Copilot <copilot@github.com>"
    for day, counted in (("2026-04-14", True), ("2026-04-15", False), ("2026-06", False), ("2026-07-01", True)):
        said = strongest_claim(find_matches(CommitText("Ada", "ada@x.org", message, day=day)))
        assert (said.ai, said.marked) == ("assisted", counted), day


def test_classify_reads_lines_and_names_a_bad_one(tmp_path: Path, capsys: Captured) -> None:
    """One verdict a line in order; unknown keys are ignored; a line that is no object of texts is named."""
    rows: list[Any] = [{"id": 1, "subject": "x", "body": MARK, "other": [1]}, {"id": "two", "author_name": "Ada"}]
    (tmp_path / "good").write_text("\n".join(map(json.dumps, rows)))
    assert run(["classify", str(tmp_path / "good")]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["id"], first["ai"], first["model"], first["strength"]) == (1, "assisted", "claude-opus-4.5", "B")
    assert second == {
        "id": "two",
        "ai": "none",
        "tool": None,
        "model": None,
        "bot": False,
        "strength": None,
        "rules": [],
    }
    for bad in ('{"id": 1}\n[]', '{"id": 1}\nnot json', '{"id": 1}\n{"subject": 5}', '{"id": 1}\n\xff'):
        (tmp_path / "bad").write_bytes(bad.encode("latin-1"))
        assert run(["classify", str(tmp_path / "bad")]) == 2
        assert "Line 2" in capsys.readouterr().err
