"""Read Gemini CLI's chats: `~/.gemini/tmp/<project>/chats/session-<time>-<id>.json`, or `.jsonl` in newer versions.

Written by google-gemini/gemini-cli, `packages/core/src/services/chatRecordingService.ts` and `chatRecordingTypes.ts`;
content that its own list of chats ignores: `packages/core/src/utils/sessionUtils.ts` (`isIgnoredUserContent`).

The old format is one object with `messages`. The new one has one record per line:

- a message; a later one with the same `id` replaces it;
- `{"$set": {…}}`; its `messages` repeat the history as the model has it. A message missing there was typed all the
  same, and one that occurs only there is a summary;
- `{"$rewindTo": id}`, which takes back that message and all after it. The program offers its text to the person again,
  so only what is sent again counts.

`displayContent` is what the person typed, where that differs from what was sent (which includes files named with @).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.prompts.readers.claude_code import parse_timestamp
from analyzer.prompts.readers.shared import COMMITTED, LARGEST_RECORD
from analyzer.prompts.session import Edit, Session, Turn, line_hashes
from analyzer.prompts.typed_text import RecentRecords, count_typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.prompts.session import SkippedCounts

SOURCE, TOOL = "gemini_cli", "gemini-cli"
_AUTOMATIC = ("/", "?", "<session_context>", "<hook_context>", "<state_snapshot>")
_WRITES = {"replace": "new_string", "write_file": "content"}
_SEARCHED_OUTPUT = 20_000


@dataclass(slots=True)
class _GeminiMessage:
    """What one message contributes to the session."""

    turn: Turn | None = None
    automatic: bool = False
    edits: list[Edit] = field(default_factory=list)
    commits: list[tuple[float | None, str]] = field(default_factory=list)


@dataclass(slots=True)
class _GeminiState:
    """One chat while it is read."""

    session: Session
    recognized: bool = False
    recent: RecentRecords = field(default_factory=RecentRecords)
    messages: dict[str, _GeminiMessage] = field(default_factory=dict)
    corrected: bool = False


def read(lines: Iterable[bytes], name: str, skipped: SkippedCounts) -> Iterator[Session]:
    """Yield the session of one file; none if the file is another program's."""
    state = _GeminiState(Session(SOURCE, TOOL, name.rsplit("/", 1)[-1]))
    for record in _records(lines, skipped):
        _add_record(state, record)
    if not state.recognized:
        return
    session = state.session
    for message in state.messages.values():
        session.turns += [message.turn] if message.turn is not None else []
        session.automatic += message.automatic
        session.edits += message.edits
        session.commits += message.commits
    yield session


def _records(lines: Iterable[bytes], skipped: SkippedCounts) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file: one per line, or a single one over many lines, whose first line is its brace."""
    object_lines: list[bytes] | None = None
    size, first = 0, True
    for line in lines:
        if first and line.strip():
            object_lines = [] if line.strip() == b"{" else None
            first = False
        size += len(line)
        if object_lines is None and line.strip():
            yield from _decode(line, skipped)
        elif object_lines is not None and size <= LARGEST_RECORD:
            object_lines.append(line)
    if object_lines is not None:
        yield from _decode(b"\n".join(object_lines) if size <= LARGEST_RECORD else b"", skipped)


def _decode(line: bytes, skipped: SkippedCounts) -> Iterator[dict[str, Any]]:
    try:
        record = msgspec.json.decode(line if len(line) <= LARGEST_RECORD else b"")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        record = None
    if isinstance(record, dict):
        yield record
    else:
        skipped.lines += 1


def _add_record(state: _GeminiState, record: dict[str, Any]) -> None:
    """Add a record: a rewind, an update of the chat, the complete chat, or a message."""
    change, rewind_to = record.get("$set"), record.get("$rewindTo")
    if isinstance(rewind_to, str):
        names = list(state.messages)
        for name in names[names.index(rewind_to) if rewind_to in state.messages else 0 :]:
            del state.messages[name]
    elif isinstance(change, dict):
        _update_chat(state, change, summary=bool(state.messages))
    elif isinstance(record.get("sessionId"), str) and "type" not in record:
        _update_chat(state, record)
    else:
        _add_message(state, record)


def _update_chat(state: _GeminiState, record: dict[str, Any], *, summary: bool = False) -> None:
    """Update the chat's key, folder and messages; with `summary`, new messages among them are not a person's."""
    key, messages, folders = record.get("sessionId"), record.get("messages"), record.get("directories")
    if isinstance(key, str) and key:
        state.session.key, state.recognized = key, True
    if record.get("kind") == "subagent":
        state.session.interactive = False
    if isinstance(folders, list) and folders and isinstance(folders[0], str):
        state.session.folder = folders[0]
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, dict) and not (summary and _has_message(state, message.get("id"))):
            _add_message(state, message, summary=summary)


def _has_message(state: _GeminiState, message_id: object) -> bool:
    return isinstance(message_id, str) and message_id in state.messages


def _add_message(state: _GeminiState, record: dict[str, Any], *, summary: bool = False) -> None:
    message_id, kind, timestamp = record.get("id"), record.get("type"), parse_timestamp(record.get("timestamp"))
    if not isinstance(message_id, str) or not isinstance(kind, str):
        return
    message = state.messages.setdefault(message_id, _GeminiMessage())
    if kind != "user":
        _add_agent_message(state, message, record, timestamp)
        state.recent.add(msgspec.json.encode(record))
        return
    text = _text(record.get("displayContent")) or _text(record.get("content"))
    message.automatic = summary or not text or text.startswith(_AUTOMATIC)
    if message.automatic:
        state.recent.add(msgspec.json.encode(record))
        return
    # A rewritten record is not a new turn, and does not follow a new refusal.
    corrected = message.turn.correction if message.turn is not None else state.corrected
    counts = count_typed(text, state.recent)
    message.turn = Turn(f"{state.session.key}:{message_id}", timestamp, *counts, correction=corrected)
    state.corrected = False


def _add_agent_message(
    state: _GeminiState, message: _GeminiMessage, record: dict[str, Any], timestamp: float | None
) -> None:
    """Read the files that the agent wrote, commit ids that its shell printed, and whether a person refused a call."""
    message.edits, message.commits = [], []
    calls = record.get("toolCalls")
    for call in calls if isinstance(calls, list) else ():
        if not isinstance(call, dict):
            continue
        if call.get("status") == "cancelled":
            state.corrected = True
        if call.get("status") not in (None, "success"):
            continue
        call_time = parse_timestamp(call.get("timestamp")) or timestamp
        arguments, printed, name = call.get("args"), call.get("resultDisplay"), call.get("name")
        if isinstance(printed, str) and name == "run_shell_command":
            message.commits += [(call_time, match[1]) for match in COMMITTED.finditer(printed[:_SEARCHED_OUTPUT])]
        key = _WRITES.get(name) if isinstance(name, str) else None
        if key and isinstance(arguments, dict) and isinstance(arguments.get("file_path"), str):
            text = arguments.get(key)
            message.edits.append(
                Edit(arguments["file_path"], call_time, line_hashes(text if isinstance(text, str) else ""))
            )


def _text(content: object) -> str:
    """Return the text of a message; empty if it holds tool results."""
    if isinstance(content, dict):
        content = [content]
    if isinstance(content, list):
        if any(isinstance(block, dict) and "functionResponse" in block for block in content):
            return ""
        texts = [block.get("text") if isinstance(block, dict) else block for block in content]
        content = "\n".join(text for text in texts if isinstance(text, str))
    return content.strip() if isinstance(content, str) else ""
