"""Gemini CLI's chats: `~/.gemini/tmp/<project>/chats/session-<time>-<id>.json`, or `.jsonl` in newer versions.

Written by google-gemini/gemini-cli, `packages/core/src/services/chatRecordingService.ts` and `chatRecordingTypes.ts`;
what its own list of chats passes over: `packages/core/src/utils/sessionUtils.ts` (`isIgnoredUserContent`). The old form
is one object with `messages`; the new one has a record a line: messages (a later one with the same `id` replaces it),
`{"$set": {…}}`, and `{"$rewindTo": id}`, which takes back that message and all after it: the program puts its text
before the person again, so only what is sent again counts. `$set` of `messages` repeats the history as the model has
it: a message that it lacks was typed all the same, and one that only it has is a summary. `displayContent` is what one
typed, where that differs from what was sent (there, files named with @ are spelled out).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.prompts.readers.claude_code import moment
from analyzer.prompts.readers.shared import COMMITTED, LARGEST_RECORD
from analyzer.prompts.session import Edit, Session, Turn, hashed
from analyzer.prompts.typed_text import Seen, typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.prompts.session import Skipped

SOURCE, TOOL = "gemini_cli", "gemini-cli"
_AUTOMATIC = ("/", "?", "<session_context>", "<hook_context>", "<state_snapshot>")
_WRITES = {"replace": "new_string", "write_file": "content"}
_PRINTED = 20_000


@dataclass(slots=True)
class _Message:
    """What one message comes to."""

    turn: Turn | None = None
    automatic: bool = False
    edits: list[Edit] = field(default_factory=list)
    commits: list[tuple[float | None, str]] = field(default_factory=list)


@dataclass(slots=True)
class _State:
    """One chat while it is read."""

    session: Session
    known: bool = False
    seen: Seen = field(default_factory=Seen)
    messages: dict[str, _Message] = field(default_factory=dict)
    corrected: bool = False


def read(lines: Iterable[bytes], name: str, skipped: Skipped) -> Iterator[Session]:
    """The chat of one file; none where the file is another program's."""
    state = _State(Session(SOURCE, TOOL, name.rsplit("/", 1)[-1]))
    for record in _records(lines, skipped):
        _taken(state, record)
    if not state.known:
        return
    session = state.session
    for message in state.messages.values():
        session.turns += [message.turn] if message.turn is not None else []
        session.automatic += message.automatic
        session.edits += message.edits
        session.commits += message.commits
    yield session


def _records(lines: Iterable[bytes], skipped: Skipped) -> Iterator[dict[str, Any]]:
    """Objects of a file: one a line, or one in all, which is written on many lines with its brace on the first."""
    whole: list[bytes] | None = None
    size, first = 0, True
    for line in lines:
        if first and line.strip():
            whole = [] if line.strip() == b"{" else None
            first = False
        size += len(line)
        if whole is None and line.strip():
            yield from _decoded(line, skipped)
        elif whole is not None and size <= LARGEST_RECORD:
            whole.append(line)
    if whole is not None:
        yield from _decoded(b"\n".join(whole) if size <= LARGEST_RECORD else b"", skipped)


def _decoded(line: bytes, skipped: Skipped) -> Iterator[dict[str, Any]]:
    try:
        record = msgspec.json.decode(line if len(line) <= LARGEST_RECORD else b"")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        record = None
    if isinstance(record, dict):
        yield record
    else:
        skipped.lines += 1


def _taken(state: _State, record: dict[str, Any]) -> None:
    """Take in a record: a rewind, a change of what is known of the chat, the whole chat, or a message."""
    change, back = record.get("$set"), record.get("$rewindTo")
    if isinstance(back, str):
        names = list(state.messages)
        for name in names[names.index(back) if back in state.messages else 0 :]:
            del state.messages[name]
    elif isinstance(change, dict):
        _about(state, change, summary=bool(state.messages))
    elif isinstance(record.get("sessionId"), str) and "type" not in record:
        _about(state, record)
    else:
        _message(state, record)


def _about(state: _State, record: dict[str, Any], *, summary: bool = False) -> None:
    """What is known of the chat, with messages or without; `summary`: those that are new among them are no person's."""
    key, messages, folders = record.get("sessionId"), record.get("messages"), record.get("directories")
    if isinstance(key, str) and key:
        state.session.key, state.known = key, True
    if record.get("kind") == "subagent":
        state.session.interactive = False
    if isinstance(folders, list) and folders and isinstance(folders[0], str):
        state.session.folder = folders[0]
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, dict) and not (summary and _known(state, message.get("id"))):
            _message(state, message, summary=summary)


def _known(state: _State, name: object) -> bool:
    return isinstance(name, str) and name in state.messages


def _message(state: _State, record: dict[str, Any], *, summary: bool = False) -> None:
    name, kind, at = record.get("id"), record.get("type"), moment(record.get("timestamp"))
    if not isinstance(name, str) or not isinstance(kind, str):
        return
    message = state.messages.setdefault(name, _Message())
    if kind != "user":
        _agent(state, message, record, at)
        state.seen.add(msgspec.json.encode(record))
        return
    text = _text(record.get("displayContent")) or _text(record.get("content"))
    message.automatic = summary or not text or text.startswith(_AUTOMATIC)
    if message.automatic:
        state.seen.add(msgspec.json.encode(record))
        return
    # A record that is written again is no new act, and follows no new refusal.
    corrected = message.turn.correction if message.turn is not None else state.corrected
    found = typed(text, state.seen)
    message.turn = Turn(f"{state.session.key}:{name}", at, *found, correction=corrected)
    state.corrected = False


def _agent(state: _State, message: _Message, record: dict[str, Any], at: float | None) -> None:
    """Files that the agent wrote, commit ids that its shell printed, and whether a person refused a call."""
    message.edits, message.commits = [], []
    calls = record.get("toolCalls")
    for call in calls if isinstance(calls, list) else ():
        if not isinstance(call, dict):
            continue
        if call.get("status") == "cancelled":
            state.corrected = True
        if call.get("status") not in (None, "success"):
            continue
        when = moment(call.get("timestamp")) or at
        given, printed, name = call.get("args"), call.get("resultDisplay"), call.get("name")
        if isinstance(printed, str) and name == "run_shell_command":
            message.commits += [(when, match[1]) for match in COMMITTED.finditer(printed[:_PRINTED])]
        key = _WRITES.get(name) if isinstance(name, str) else None
        if key and isinstance(given, dict) and isinstance(given.get("file_path"), str):
            text = given.get(key)
            message.edits.append(Edit(given["file_path"], when, hashed(text if isinstance(text, str) else "")))


def _text(content: object) -> str:
    """The text of a message; empty where its parts are what tools answered."""
    if isinstance(content, dict):
        content = [content]
    if isinstance(content, list):
        if any(isinstance(part, dict) and "functionResponse" in part for part in content):
            return ""
        texts = [part.get("text") if isinstance(part, dict) else part for part in content]
        content = "\n".join(text for text in texts if isinstance(text, str))
    return content.strip() if isinstance(content, str) else ""
