"""Formats of line-level records besides git-ai's: who wrote which lines, and that no bytes break a parser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.evidence.agent_blame import parse_attributions
from analyzer.evidence.agent_trace import line_ranges, parse_records
from analyzer.evidence.checkpoint_refs import CHECKPOINT_ID
from analyzer.evidence.git_ai_refs import parse_authorship
from analyzer.evidence.line_notes import MAX_RANGES
from analyzer.evidence.record import LineRange, Note
from analyzer.evidence.whogitit import parse_attribution
from tests.notes import SESSION, agent, agent_blame, agent_trace, authorship, note, whogitit

if TYPE_CHECKING:
    from collections.abc import Callable

PEOPLE = frozenset({"Ada Lovelace"})
PARSERS: dict[str, Callable[[bytes], Note | None]] = {
    "authorship": lambda contents: parse_authorship(contents, PEOPLE),
    "whogitit": parse_attribution,
    "agent blame": parse_attributions,
    "agent trace": lambda contents: Note([row for record in parse_records(contents)[0] for row in line_ranges(record)]),
}


def test_authors_of_the_oldest_git_ai_records_are_told_apart() -> None:
    """An agent by metadata, by its name or a model's; a person who is an author of the history; others say nothing."""
    contents = authorship(
        ("Cursor", [2, [4, 6]], None),
        ("Ada Lovelace", [1], None),
        ("o3", [3], None),
        ("home-made", [7], {"model": "claude-sonnet-4-5-20250514", "human_author": "Ada Lovelace"}),
        ("Aidan", [8], None),
        ("unknown", [9], None),
    )
    parsed = parse_authorship(contents, PEOPLE)
    assert parsed.ranges == [
        LineRange("a.py", 2, 2, "ai", "cursor", None),
        LineRange("a.py", 4, 6, "ai", "cursor", None),
        LineRange("a.py", 1, 1, "human", None, None),
        LineRange("a.py", 3, 3, "ai", None, "o3"),
        LineRange("a.py", 7, 7, "ai", None, "claude-sonnet-4.5"),
    ]
    assert parsed.unknown_keys == 2


def test_later_git_ai_records_have_the_text_of_the_standard() -> None:
    """A ref of the later form is a note like those of refs/notes/ai; JSON of an unknown version is none."""
    text = note("a.py", f"  {SESSION}::t_1 1-4", sessions={SESSION: agent("codex", "gpt-5.6")})
    assert parse_authorship(text, PEOPLE).ranges == [LineRange("a.py", 1, 4, "ai", "codex", "gpt-5.6")]
    assert parse_authorship(authorship(("Cursor", [1], None), version="authorship/0.0.2"), PEOPLE).ranges == []


def test_impossible_lines_of_git_ai_records_are_left_out() -> None:
    """A line 0, a reversed or endless range and a triple: none of them reaches further than one line says."""
    lines: list[object] = [0, -3, [9, 5], [1, 10**18], [2, 3, 4], [], [7]]
    parsed = parse_authorship(authorship(("Cursor", lines, None)), PEOPLE)
    assert [(row.first, row.last) for row in parsed.ranges] == [(9, 9)]


def test_whogitit_lines_become_ranges() -> None:
    """Runs of lines with one source; lines from before the agent's edits and unknown ones are untracked."""
    sources = ["Original", "AI", "AIModified", "Human", "Human", "Unknown", "AI", "Alien", "AI"]
    parsed = parse_attribution(whogitit("a.py", sources))
    assert parsed.ranges == [
        LineRange("a.py", 2, 3, "ai", None, "claude-opus-4.5"),
        LineRange("a.py", 4, 5, "human", None, None),
        LineRange("a.py", 7, 7, "ai", None, "claude-opus-4.5"),
        LineRange("a.py", 9, 9, "ai", None, "claude-opus-4.5"),
    ]
    assert parsed.unknown_keys == 1
    assert parse_attribution(whogitit("a.py", ["AI"], version=4)).ranges == []


def test_both_spellings_of_agent_blame_are_read() -> None:
    """Versions 1 and 2 spell their keys differently, as the tool's own notes do; other categories are counted."""
    parsed = parse_attributions(
        agent_blame(
            {"path": "a.py", "startLine": 1, "endLine": 3, "provider": "claudeCode", "model": "claude"},
            {"path": "a.py", "start_line": 5, "end_line": 5, "provider": "cursor", "model": "gpt-5.6"},
            {"path": "a.py", "startLine": 7, "endLine": 9, "category": "human"},
            {"path": "a.py", "startLine": 7, "provider": "cursor"},
        )
    )
    assert parsed.ranges == [
        LineRange("a.py", 1, 3, "ai", "claude-code", None),
        LineRange("a.py", 5, 5, "ai", "cursor", "gpt-5.6"),
    ]
    assert parsed.unknown_keys == 2


def test_contributors_of_agent_trace() -> None:
    """A range's contributor overrides its conversation's; mixed, unknown and missing ones say nothing."""
    model = {"type": "ai", "model_id": "anthropic/claude-opus-4-5-20251101"}
    line = agent_trace(
        "a" * 40,
        ("a.py", model, [(1, 3, None), (4, 4, {"type": "human"}), (5, 5, {"type": "mixed"})]),
        ("b.py", {"type": "unknown"}, [(1, 1, None), (2, 2, {"type": "ai"})]),
        ("c.py", None, [(1, 9, None)]),
    )
    (record,), others = parse_records(line + b"\n\n" + line.replace(b'"0.1.0"', b'"2.0.0"') + b"\nnothing\n")
    assert list(line_ranges(record)) == [
        LineRange("a.py", 1, 3, "ai", "cursor", "claude-opus-4.5"),
        LineRange("a.py", 4, 4, "human", None, None),
        LineRange("b.py", 2, 2, "ai", "cursor", None),
    ]
    assert others == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"git"', b'"jj"'),
        (b"a" * 40, b"a" * 39),
        (b'"0.1.0"', b'"0.2.0"'),
        (b'"ai"', b'"both"'),
        (b'"end_line": 3', b'"end_line": 0'),
        (b"2026-01-23T14:30:00Z", b"2026-01-23T14:30:00"),
    ],
)
def test_other_trace_records_are_none(old: bytes, new: bytes) -> None:
    """Another version control system, revision, version, contributor, line or a time without zone: no record."""
    line = agent_trace("a" * 40, ("a.py", {"type": "ai"}, [(1, 3, None)]))
    assert old in line
    assert parse_records(line.replace(old, new)) == ([], 1)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("01KXEWS08ZG9WXQPFE4QDA4GA3", True),
        ("7ZZZZZZZZZZZZZZZZZZZZZZZZZ", True),
        ("a3b2c4d5e6f7", True),
        ("81KXEWS08ZG9WXQPFE4QDA4GA3", False),
        ("01KXEWS08ZG9WXQPFE4QDA4GAI", False),
        ("01kxews08zg9wxqpfe4qda4ga3", False),
        ("01KXEWS08ZG9WXQPFE4QDA4GA", False),
        ("a3b2c4d5e6f", False),
    ],
)
def test_checkpoint_ids(text: str, *, valid: bool) -> None:
    """12 hexadecimal digits or a ULID; one that overflows, is in lower case or has I, L, O or U is neither."""
    assert (CHECKPOINT_ID.match(text) is not None) == valid


@pytest.mark.parametrize("name", PARSERS)
def test_hostile_records_have_no_ranges(name: str) -> None:
    """Deep, endless, huge and wrong JSON gives no ranges, and more ranges than any note has give none at all."""
    parse = PARSERS[name]
    key = {"authorship": b'{"files":', "whogitit": b'{"version":3,"files":', "agent blame": b'{"attributions":'}
    many = range(1, 2 * MAX_RANGES + 2, 2)
    hostile = [
        b"[" * 100_000,
        key.get(name, b'{"files":') + b'{"a":' * 100_000,
        b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"{}",
        b"null",
        b'{"files":null}',
        b"\xff\xfe",
        b'{"files":{"\\ud800":1}}',
        b" " * 9_000_000,
        {
            "authorship": authorship(("Cursor", list(many), None)),
            "whogitit": whogitit("a.py", ["AI", "Human"] * (MAX_RANGES // 2 + 1)),
            "agent blame": agent_blame(*({"path": "a", "startLine": n, "endLine": n} for n in many)),
            "agent trace": agent_trace("a" * 40, ("a.py", {"type": "ai"}, [(n, n, None) for n in many])),
        }[name],
    ]
    for contents in hostile:
        parsed = parse(contents)
        assert parsed is not None
        assert parsed.ranges == []


@pytest.mark.parametrize("name", PARSERS)
@given(st.binary(max_size=300))
def test_no_bytes_break_a_reader(name: str, contents: bytes) -> None:
    """Any bytes give a note."""
    assert PARSERS[name](contents) is not None
