"""Codex CLI's rollouts: `~/.codex/sessions/YYYY/MM/DD/rollout-<time>-<id>.jsonl`, one record a line.

Written by openai/codex, `codex-rs/rollout/src/recorder.rs`; its records: `codex-rs/protocol/src/protocol.rs`
(`RolloutItem`, `SessionMeta`, `UserMessageEvent`, `FileChange`), `items.rs` (`UserMessageItem`) and
`instruction_markers.rs`. A prompt stands in up to three kinds of record, and which of them a version writes is no safe
guide: the best kind that a file has is taken (completed items, else message events, else messages to the model). A
fork begins with a copy of the history, stamped anew and in one go; it is not taken. Nor are sub-agents' rollouts, where
the one who asks is an agent; those of `codex exec` and of the MCP server are not interactive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from analyzer.prompts.readers.claude_code import moment
from analyzer.prompts.readers.shared import COMMITTED, INJECTED, LARGEST_RECORD, digest
from analyzer.prompts.session import Edit, Session, Turn, hashed
from analyzer.prompts.typed_text import Seen, typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.prompts.session import Skipped

SOURCE, TOOL = "codex", "codex"
# Kinds of record that hold a prompt, the best first.
_ITEM, _EVENT, _MESSAGE = range(3)
# A fork's copied history is written within as many seconds of its first record.
_COPIED = 2.0
_PRINTED = 20_000
_NOT_INTERACTIVE = ("exec", "mcp")
# Before it stands what the editor adds of open files.
_REQUEST = "## My request for Codex:"
_PATCH = re.compile(r"^\*\*\* (?:(Add|Update) File|Move to): (.+)$")
_KINDS = frozenset({"session_meta", "response_item", "event_msg"})


class _Record(Struct):
    type: str = ""
    timestamp: str = ""
    payload: Any = None


@dataclass(slots=True)
class _State:
    """One rollout while it is read; candidates by the kind of their record."""

    session: Session
    meta: dict[str, Any] | None = None
    started: float | None = None
    seen: Seen = field(default_factory=Seen)
    turns: tuple[list[Turn], list[Turn], list[Turn]] = field(default_factory=lambda: ([], [], []))
    automatic: list[int] = field(default_factory=lambda: [0, 0, 0])
    corrected: list[bool] = field(default_factory=lambda: [False, False, False])
    asked: list[Edit] = field(default_factory=list)
    known: bool = False


def read(lines: Iterable[bytes], name: str, skipped: Skipped) -> Iterator[Session]:
    """The session of one rollout; none where the file is another program's, or a sub-agent's."""
    state = _State(Session(SOURCE, TOOL, name.rsplit("/", 1)[-1]))
    decoder = msgspec.json.Decoder(_Record)
    for line in lines:
        if not line.strip():
            continue
        try:
            record = decoder.decode(line if len(line) <= LARGEST_RECORD else b"")
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            skipped.lines += 1
            continue
        if record.type not in _KINDS:
            continue
        if not isinstance(record.payload, dict):
            skipped.lines += 1
        elif not _taken(state, record, record.payload):
            state.seen.add(line)
    if state.known and not _by_agent(state.meta or {}):
        yield _decided(state)


def _taken(state: _State, record: _Record, payload: dict[str, Any]) -> bool:
    """Take in a record; whether later prompts are not compared with it: it is a person's, or about the session."""
    kind, at = payload.get("type"), moment(record.timestamp)
    if record.type == "session_meta":
        # A fork copies those of the session it came from, below its own.
        if state.meta is None:
            state.meta, state.started = payload, at
            key, folder = payload.get("id"), payload.get("cwd")
            state.session.key = key if isinstance(key, str) and key else state.session.key
            state.session.folder = folder if isinstance(folder, str) else None
        state.known = True
        return True
    state.known = state.known or isinstance(kind, str)
    if record.type == "response_item":
        return _response(state, record, payload)
    if kind == "user_message":
        return _said(state, _EVENT, record, [payload.get("message")], plain=payload.get("kind") in (None, "plain"))
    item = payload.get("item")
    if kind == "item_completed" and isinstance(item, dict):
        if item.get("type") == "UserMessage":
            return _said(state, _ITEM, record, _texts(item.get("content")))
        if item.get("type") == "FileChange":
            _applied(state, item, at)
    elif kind == "patch_apply_end":
        _applied(state, payload, at)
    elif kind == "turn_aborted":
        state.corrected = [True, True, True]
    return False


def _response(state: _State, record: _Record, payload: dict[str, Any]) -> bool:
    kind = payload.get("type")
    if kind == "message" and payload.get("role") == "user":
        return _said(state, _MESSAGE, record, _by_person(payload))
    if kind in ("function_call_output", "custom_tool_call_output"):
        at = moment(record.timestamp)
        for text in _printed(payload.get("output")):
            state.session.commits += [(at, match[1]) for match in COMMITTED.finditer(text[:_PRINTED])]
    elif kind in ("function_call", "custom_tool_call", "local_shell_call"):
        for text in _strings(payload.get("input") or payload.get("arguments") or payload.get("action")):
            if "*** Begin Patch" in text:
                state.asked += _patched(text, moment(record.timestamp))
    return False


def _by_person(payload: dict[str, Any]) -> list[Any]:
    """Texts of a message to the model that the record says a person gave, or, where it says nothing, all."""
    passed = payload.get("internal_chat_message_metadata_passthrough")
    kinds = passed.get("content_item_kinds") if isinstance(passed, dict) else None
    content = payload.get("content")
    if isinstance(kinds, list) and isinstance(content, list) and len(kinds) == len(content):
        content = [part for part, kind in zip(content, kinds, strict=True) if kind == "user.text"]
    return _texts(content)


def _said(state: _State, kind: int, record: _Record, texts: list[Any], *, plain: bool = True) -> bool:
    """A candidate; whether a person said it, who may say it again."""
    human = [text for text in map(_human, texts) if text] if plain else []
    at = moment(record.timestamp)
    if not human:
        state.automatic[kind] += 1
        return False
    if not _copied(state, at):
        text = "\n".join(human)
        found = typed(text, state.seen)
        name = f"{state.session.key}:{digest(record.timestamp, text)}"
        state.turns[kind].append(Turn(name, at, *found, correction=state.corrected[kind]))
        state.corrected[kind] = False
    return True


def _human(text: object) -> str:
    if not isinstance(text, str) or text.lstrip().startswith(INJECTED):
        return ""
    before, found, after = text.partition(_REQUEST)
    return (after if found and before.startswith("# Context from my IDE setup") else text).strip()


def _copied(state: _State, at: float | None) -> bool:
    forked = state.meta is not None and isinstance(state.meta.get("forked_from_id"), str)
    return forked and at is not None and state.started is not None and at <= state.started + _COPIED


def _by_agent(meta: dict[str, Any]) -> bool:
    return not isinstance(meta.get("source", ""), str) or meta.get("thread_source") == "subagent"


def _decided(state: _State) -> Session:
    """The session, with the best kind of record that the file has."""
    session, meta = state.session, state.meta or {}
    session.interactive = meta.get("source") not in _NOT_INTERACTIVE and meta.get("originator") != "codex_exec"
    kind = next((kind for kind in (_ITEM, _EVENT) if state.turns[kind] or state.automatic[kind]), _MESSAGE)
    session.turns = state.turns[kind]
    # What is put in stands among the messages to the model only, whatever kind the prompts are taken from.
    session.automatic = state.automatic[_MESSAGE] + (state.automatic[kind] if kind != _MESSAGE else 0)
    session.edits = session.edits or state.asked
    return session


def _applied(state: _State, payload: dict[str, Any], at: float | None) -> None:
    """Files that a patch changed, with what it added to each."""
    changes = payload.get("changes")
    if payload.get("success") is False or payload.get("status") in ("failed", "declined"):
        return
    for path, change in changes.items() if isinstance(changes, dict) else ():
        if not isinstance(change, dict):
            continue
        difference, content, moved = change.get("unified_diff"), change.get("content"), change.get("move_path")
        if isinstance(difference, str):
            text = "\n".join(line[1:] for line in difference.splitlines() if line.startswith("+"))
        elif isinstance(content, str) and change.get("type") != "delete":
            text = content
        else:
            continue
        state.session.edits.append(Edit(moved if isinstance(moved, str) else path, at, hashed(text)))


def _patched(text: str, at: float | None) -> Iterator[Edit]:
    """Edits that a patch in `apply_patch`'s own form asks for."""
    path: str | None = None
    added: list[str] = []
    for line in [*text.splitlines(), "*** Update File: end"]:
        if match := _PATCH.match(line):
            if match[1] is None:
                path = match[2].strip()
                continue
            if path is not None:
                yield Edit(path, at, hashed("\n".join(added)))
            path, added = match[2].strip(), []
        elif line.startswith("+"):
            added.append(line[1:])


def _printed(output: object) -> Iterator[str]:
    """What a tool printed: a text, a text in an object written as text (older versions), or parts."""
    if isinstance(output, str) and output.startswith("{"):
        try:
            output = msgspec.json.decode(output)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            yield str(output)
            return
    if isinstance(output, dict):
        output = output.get("output") or output.get("content")
    if isinstance(output, str):
        yield output
    yield from (text for text in _texts(output) if isinstance(text, str))


def _strings(given: object) -> Iterator[str]:
    """Texts in a call's arguments, which are an object written as text, or the text itself."""
    if isinstance(given, str) and given.startswith("{"):
        try:
            given = msgspec.json.decode(given)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return
    parts = list(given.values()) if isinstance(given, dict) else [given]
    for part in parts:
        yield from (one for one in (part if isinstance(part, list) else [part]) if isinstance(one, str))


def _texts(content: object) -> list[Any]:
    return [part.get("text") for part in content if isinstance(part, dict)] if isinstance(content, list) else []
