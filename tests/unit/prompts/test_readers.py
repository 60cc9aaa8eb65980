"""What every reader promises: no text is handed on, nothing that it reads makes it fail, and less is never more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.prompts.readers import aider, codex, gemini_cli, spec_kit, specstory
from analyzer.prompts.session import Session, SkippedCounts
from tests import prompt_logs as planted

if TYPE_CHECKING:
    from analyzer.prompts.session import Reader

FILES: dict[str, tuple[Reader, bytes, str]] = {
    "codex": (codex.read, planted.CODEX, "rollout-1.jsonl"),
    "codex items": (codex.read, planted.lined(planted.meta(), planted.item(1, planted.ASKED)), "rollout-2.jsonl"),
    "gemini": (gemini_cli.read, planted.GEMINI, "session-1.jsonl"),
    "gemini whole": (gemini_cli.read, planted.GEMINI_WHOLE, "session-1.json"),
    "aider": (aider.read, planted.AIDER, ".aider.chat.history.md"),
    "specstory": (specstory.read, planted.SPECSTORY, ".specstory/history/a.md"),
    "specstory old": (specstory.read, planted.SPECSTORY_OLD, ".specstory/history/b.md"),
    "spec_kit": (spec_kit.read, planted.SPEC, "specs/001-header/spec.md"),
}
READERS = [codex.read, gemini_cli.read, aider.read, specstory.read, spec_kit.read]
each_file = pytest.mark.parametrize("file", FILES)
# Keys and values that the readers look at, in every place where they may not belong.
WORDS = sorted(
    {
        *("type", "timestamp", "payload", "message", "content", "text", "role", "user", "item", "changes", "output"),
        *("session_meta", "response_item", "event_msg", "user_message", "item_completed", "UserMessage", "FileChange"),
        *("patch_apply_end", "turn_aborted", "function_call", "function_call_output", "arguments", "input", "source"),
        *("internal_chat_message_metadata_passthrough", "content_item_kinds", "unified_diff", "move_path", "id", "cwd"),
        *("sessionId", "messages", "$set", "$rewindTo", "displayContent", "toolCalls", "args", "file_path", "name"),
        *("gemini", "replace", "new_string", "status", "directories", "kind", "resultDisplay", "run_shell_command"),
        *(
            "2026-02-03T10:00:00Z",
            "*** Begin Patch\n+x\n*** Add File: a\n+y",
            '{"a":',
            '{"input": ["x"]}',
            "\ud83d\ude00",
        ),
    }
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=20,
)


def read(reader: Reader, data: bytes, name: str = "a/b.md") -> tuple[list[Session], SkippedCounts]:
    """Sessions of a file, and what was skipped."""
    skipped = SkippedCounts()
    return list(reader(data.splitlines(keepends=True), name, skipped)), skipped


def typed(sessions: list[Session]) -> tuple[int, int]:
    """Characters that were typed at least and at most."""
    turns = [turn for session in sessions for turn in session.turns]
    return sum(turn.low for turn in turns), sum(turn.high for turn in turns)


@each_file
def test_sessions_hold_no_text(file: str) -> None:
    """What stands in prompts, answers, pastes, edits and commits is nowhere in a session."""
    reader, data, name = FILES[file]
    sessions, skipped = read(reader, data, name)
    assert sum(len(session.turns) for session in sessions)
    assert planted.MARK.encode() in data
    assert planted.MARK not in repr(sessions)
    assert skipped == SkippedCounts()


@each_file
def test_truncated_file_counts_fewer_characters(file: str) -> None:
    """Cut at any byte, a file is read without an error, and fewer characters were typed in it."""
    reader, data, name = FILES[file]
    low, high = typed(read(reader, data, name)[0])
    for end in range(len(data)):
        cut = typed(read(reader, data[:end], name)[0])
        assert (cut[0] <= low, cut[1] <= high) == (True, True), data[:end][-80:]


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=60)
@given(data=st.binary(max_size=400))
def test_any_bytes_are_read_without_error(reader: Reader, data: bytes) -> None:
    """Whatever a file holds, nothing is raised."""
    read(reader, data)


@pytest.mark.parametrize("file", FILES)
@settings(max_examples=60)
@given(order=st.data())
def test_any_order_of_lines_is_read_without_error(file: str, order: st.DataObject) -> None:
    """Lines of a file in any order, some with other bytes, raise nothing, and what is no line of it is counted."""
    reader, data, name = FILES[file]
    known = data.splitlines(keepends=True)
    lines = order.draw(st.lists(st.sampled_from([*known, b"\xff\xfe\n"]) | st.binary(max_size=30), max_size=40))
    skipped = SkippedCounts()
    sessions = list(reader(lines, name, skipped))
    assert planted.MARK not in repr(sessions)
    assert skipped.lines >= (lines.count(b"\xff\xfe\n") if "gemini" not in file and "spec_kit" not in file else 0)


@pytest.mark.parametrize("reader", [codex.read, gemini_cli.read])
@settings(max_examples=200)
@given(records=st.lists(st.dictionaries(st.sampled_from(WORDS), values, max_size=6), max_size=5))
def test_any_record_values_are_read_without_error(reader: Reader, records: list[dict[str, Any]]) -> None:
    """Known keys with unknown values raise nothing."""
    kinds = ("session_meta", "response_item", "event_msg")
    wrapped = [{"type": kinds[n % 3], "timestamp": "2026-02-03T10:00:00Z", "payload": r} for n, r in enumerate(records)]
    for some in (records, wrapped):
        read(reader, b"".join(json.dumps(record).encode() + b"\n" for record in some))


@pytest.mark.parametrize("reader", [codex.read, gemini_cli.read])
def test_lines_that_are_no_records_are_counted(reader: Reader) -> None:
    """Half records, lists, deep nesting and half characters are counted; blank lines are not."""
    broken = [
        b'{"type": "event_msg", "payl\n',
        b"[1]\n",
        b"[" * 5000 + b"\n",
        b'{"type": "\xc3"}\n',
        b'{"type": "\\ud800"}\n',
    ]
    _, skipped = read(reader, b"\n \n" + b"".join(broken))
    assert skipped.lines == len(broken)


def test_lines_too_long_to_be_a_persons_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no file fills the memory with one line."""
    monkeypatch.setattr("analyzer.prompts.readers.shared.LARGEST_LINE", 100)
    for module in (codex, gemini_cli):
        monkeypatch.setattr(module, "LARGEST_RECORD", 100)
    for reader in READERS:
        sessions, skipped = read(reader, b'{"sessionId": "' + b"x" * 100 + b'"}\n')
        assert (sessions, skipped.lines) == ([], 1) or reader is aider.read


@pytest.mark.parametrize("reader", READERS)
def test_file_of_another_program_is_no_session(reader: Reader) -> None:
    """Claude Code's log, a README, and nothing at all."""
    theirs = b'{"type":"user","uuid":"u","timestamp":"2026-02-03T10:00:00Z","message":{"role":"user","content":"hi"}}\n'
    for data in (theirs, b"# Title\n\nWords of a person.\n", b""):
        assert read(reader, data)[0] == []
