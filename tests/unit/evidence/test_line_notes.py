"""Line-level notes: their keys, and their intersection with what a commit added."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from analyzer.evidence.line_notes import parse_note
from analyzer.evidence.line_truth import line_truth_table
from analyzer.evidence.recall import wilson_interval
from analyzer.evidence.record import LineRange, Note
from tests.notes import HUMAN, PROMPT, SESSION, agent, note


def test_note_keys_of_every_kind_are_read() -> None:
    """Sessions, prompts and bare words; people are people; what nothing explains is counted, not guessed."""
    contents = note(
        '"a file.py"',
        f"  {SESSION}::t_01 1-3,7",
        f"  {HUMAN} 4",
        "b.py",
        f"  {PROMPT} 2",
        "  ai_agent 5",
        "  human 6",
        "  who-knows 8",
        sessions={SESSION: agent("claude", "claude-opus-4-6")},
        prompts={PROMPT: agent("cursor", "unknown")},
    )
    found = parse_note(contents)
    assert found.ranges == [
        LineRange("a file.py", 1, 3, "ai", "claude-code", "claude-opus-4.6"),
        LineRange("a file.py", 7, 7, "ai", "claude-code", "claude-opus-4.6"),
        LineRange("a file.py", 4, 4, "human", None, None),
        LineRange("b.py", 2, 2, "ai", "cursor", None),
        LineRange("b.py", 5, 5, "ai", None, None),
        LineRange("b.py", 6, 6, "human", None, None),
    ]
    assert found.unknown_keys == 1


def test_test_tools_and_empty_notes_are_left_out() -> None:
    """Fake tools are left out, a synthetic model is no model, an empty note says nothing."""
    fakes = {"s_01ab": agent("mock_ai", "x"), "s_02ab": agent("claude", "<synthetic>")}
    found = parse_note(note("a.py", "  s_01ab::t_1 1", "  s_02ab::t_1 2", sessions=fakes))
    assert found.ranges == [LineRange("a.py", 2, 2, "ai", "claude-code", None)]
    assert parse_note(b"") == parse_note(note()) == Note()


@given(st.binary(max_size=300))
def test_no_note_breaks_the_reader(contents: bytes) -> None:
    """Any bytes give ranges or none."""
    for extra in (b"", b"a.py\n  ai_agent 1-99999999999\n---\n"):
        assert all(r.first <= r.last for r in parse_note(extra + contents).ranges)


SPAN = st.tuples(st.integers(1, 30), st.integers(0, 8))


@given(st.lists(SPAN, max_size=6), st.lists(st.tuples(SPAN, st.sampled_from(["claude-code", "codex"])), max_size=6))
def test_line_truth_is_limited_to_added_lines(
    runs: list[tuple[int, int]], ranges: list[tuple[tuple[int, int], str]]
) -> None:
    """Range by range and line by line: lines that the commit added, each once, by the first range that names it."""
    added = sorted({line for first, more in runs for line in range(first, first + more + 1)})
    births = pd.DataFrame({"born_sha": "c", "path": "p", "line": added, "lines": 1})
    births = births.astype({"line": "Int64", "lines": "Int64"})
    notes = {"c": Note([LineRange("p", first, first + more, "ai", tool, None) for (first, more), tool in ranges])}
    truth: dict[str, int] = {}
    for line in added:
        owner = next((tool for (first, more), tool in ranges if first <= line <= first + more), None)
        if owner:
            truth[owner] = truth.get(owner, 0) + 1
    found = line_truth_table(notes, births)
    assert dict(zip(found["tool"], found["lines"], strict=True)) == truth


@given(st.integers(1, 200), st.data())
def test_wilson_interval_equals_scipy(n: int, data: st.DataObject) -> None:
    """The score interval, to twelve digits."""
    hits = data.draw(st.integers(0, n))
    expected = binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson_interval(hits, n) == pytest.approx((expected.low, expected.high), abs=1e-12)
