"""Read Codex CLI's rollouts: `~/.codex/sessions/YYYY/MM/DD/rollout-<time>-<id>.jsonl`, one record per line.

Written by openai/codex, `codex-rs/rollout/src/recorder.rs`; its records: `codex-rs/protocol/src/protocol.rs`
(`RolloutItem`, `SessionMeta`, `UserMessageEvent`, `FileChange`), `items.rs` (`UserMessageItem`) and
`instruction_markers.rs`. Up to three kinds of record contain the same prompt, and the program's version does not say
which: we use the best kind that a file has (completed items, else message events, else messages to the model). A fork
begins with a copy of the history, all of it with new timestamps; we skip the copy. We also skip sub-agents' rollouts,
where an agent writes the prompts. Sessions of `codex exec` and of the MCP server are not interactive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from analyzer.prompts.readers.claude_code import parse_timestamp
from analyzer.prompts.readers.shared import COMMITTED, INJECTED, LARGEST_RECORD, digest
from analyzer.prompts.session import Edit, Session, Turn, line_hashes
from analyzer.prompts.typed_text import RecentRecords, count_typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.prompts.session import SkippedCounts

SOURCE, TOOL = "codex", "codex"
# Kinds of record that contain a prompt, the best first.
_ITEM, _EVENT, _MESSAGE = range(3)
# A fork's copied history is written within this many seconds of its first record.
_COPY_SECONDS = 2.0
_SEARCHED_OUTPUT = 20_000
_NOT_INTERACTIVE = ("exec", "mcp")
# The editor writes its own text on open files before this heading.
_REQUEST = "## My request for Codex:"
_PATCH = re.compile(r"^\*\*\* (?:(Add|Update) File|Move to): (.+)$")
_KINDS = frozenset({"session_meta", "response_item", "event_msg"})


class _CodexRecord(Struct):
    type: str = ""
    timestamp: str = ""
    payload: Any = None


@dataclass(slots=True)
class _CodexState:
    """One rollout while it is read; prompts are kept per kind of record, as counts."""

    session: Session
    meta: dict[str, Any] | None = None
    started: float | None = None
    recent: RecentRecords = field(default_factory=RecentRecords)
    turns: tuple[list[Turn], list[Turn], list[Turn]] = field(default_factory=lambda: ([], [], []))
    automatic: list[int] = field(default_factory=lambda: [0, 0, 0])
    corrected: list[bool] = field(default_factory=lambda: [False, False, False])
    requested_edits: list[Edit] = field(default_factory=list)
    recognized: bool = False


def read(lines: Iterable[bytes], name: str, skipped: SkippedCounts) -> Iterator[Session]:
    """Yield the session of one rollout; none if the file is another program's, or a sub-agent's."""
    state = _CodexState(Session(SOURCE, TOOL, name.rsplit("/", 1)[-1]))
    decoder = msgspec.json.Decoder(_CodexRecord)
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
        elif not _add_record(state, record, record.payload):
            state.recent.add(line)
    if state.recognized and not _is_subagent(state.meta or {}):
        yield _finish_session(state)


def _add_record(state: _CodexState, record: _CodexRecord, payload: dict[str, Any]) -> bool:
    """Add a record; return True to leave it out of `recent`: it is a person's, or describes the session."""
    kind, timestamp = payload.get("type"), parse_timestamp(record.timestamp)
    if record.type == "session_meta":
        # A fork copies the records of its original session below its own.
        if state.meta is None:
            state.meta, state.started = payload, timestamp
            key, folder = payload.get("id"), payload.get("cwd")
            state.session.key = key if isinstance(key, str) and key else state.session.key
            state.session.folder = folder if isinstance(folder, str) else None
        state.recognized = True
        return True
    state.recognized = state.recognized or isinstance(kind, str)
    if record.type == "response_item":
        return _add_response_item(state, record, payload)
    if kind == "user_message":
        return _add_prompt(
            state, _EVENT, record, [payload.get("message")], plain=payload.get("kind") in (None, "plain")
        )
    item = payload.get("item")
    if kind == "item_completed" and isinstance(item, dict):
        if item.get("type") == "UserMessage":
            return _add_prompt(state, _ITEM, record, _texts(item.get("content")))
        if item.get("type") == "FileChange":
            _add_applied_patch(state, item, timestamp)
    elif kind == "patch_apply_end":
        _add_applied_patch(state, payload, timestamp)
    elif kind == "turn_aborted":
        state.corrected = [True, True, True]
    return False


def _add_response_item(state: _CodexState, record: _CodexRecord, payload: dict[str, Any]) -> bool:
    kind = payload.get("type")
    if kind == "message" and payload.get("role") == "user":
        return _add_prompt(state, _MESSAGE, record, _human_parts(payload))
    if kind in ("function_call_output", "custom_tool_call_output"):
        timestamp = parse_timestamp(record.timestamp)
        for text in _tool_output(payload.get("output")):
            state.session.commits += [(timestamp, match[1]) for match in COMMITTED.finditer(text[:_SEARCHED_OUTPUT])]
    elif kind in ("function_call", "custom_tool_call", "local_shell_call"):
        for text in _argument_texts(payload.get("input") or payload.get("arguments") or payload.get("action")):
            if "*** Begin Patch" in text:
                state.requested_edits += _requested_edits(text, parse_timestamp(record.timestamp))
    return False


def _human_parts(payload: dict[str, Any]) -> list[Any]:
    """Return the texts of a message to the model that the record ascribes to a person; all, if it says nothing."""
    passthrough = payload.get("internal_chat_message_metadata_passthrough")
    kinds = passthrough.get("content_item_kinds") if isinstance(passthrough, dict) else None
    content = payload.get("content")
    if isinstance(kinds, list) and isinstance(content, list) and len(kinds) == len(content):
        content = [block for block, kind in zip(content, kinds, strict=True) if kind == "user.text"]
    return _texts(content)


def _add_prompt(state: _CodexState, kind: int, record: _CodexRecord, texts: list[Any], *, plain: bool = True) -> bool:
    """Add a prompt of one kind of record; return whether a person wrote it, who may write it again."""
    human_texts = [text for text in map(_human_text, texts) if text] if plain else []
    timestamp = parse_timestamp(record.timestamp)
    if not human_texts:
        state.automatic[kind] += 1
        return False
    if not _is_copied(state, timestamp):
        text = "\n".join(human_texts)
        counts = count_typed(text, state.recent)
        turn_id = f"{state.session.key}:{digest(record.timestamp, text)}"
        state.turns[kind].append(Turn(turn_id, timestamp, *counts, correction=state.corrected[kind]))
        state.corrected[kind] = False
    return True


def _human_text(text: object) -> str:
    if not isinstance(text, str) or text.lstrip().startswith(INJECTED):
        return ""
    before, marker, after = text.partition(_REQUEST)
    return (after if marker and before.startswith("# Context from my IDE setup") else text).strip()


def _is_copied(state: _CodexState, timestamp: float | None) -> bool:
    forked = state.meta is not None and isinstance(state.meta.get("forked_from_id"), str)
    return forked and timestamp is not None and state.started is not None and timestamp <= state.started + _COPY_SECONDS


def _is_subagent(meta: dict[str, Any]) -> bool:
    return not isinstance(meta.get("source", ""), str) or meta.get("thread_source") == "subagent"


def _finish_session(state: _CodexState) -> Session:
    """Return the session, with the prompts of the best kind of record that the file has."""
    session, meta = state.session, state.meta or {}
    session.interactive = meta.get("source") not in _NOT_INTERACTIVE and meta.get("originator") != "codex_exec"
    kind = next((kind for kind in (_ITEM, _EVENT) if state.turns[kind] or state.automatic[kind]), _MESSAGE)
    session.turns = state.turns[kind]
    # Injected text is only among the messages to the model, whichever kind the prompts are taken from.
    session.automatic = state.automatic[_MESSAGE] + (state.automatic[kind] if kind != _MESSAGE else 0)
    session.edits = session.edits or state.requested_edits
    return session


def _add_applied_patch(state: _CodexState, payload: dict[str, Any], timestamp: float | None) -> None:
    """Add the files that a patch changed, with the lines it added to each."""
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
        state.session.edits.append(Edit(moved if isinstance(moved, str) else path, timestamp, line_hashes(text)))


def _requested_edits(text: str, timestamp: float | None) -> Iterator[Edit]:
    """Yield the edits that a patch in the format of `apply_patch` asks for."""
    path: str | None = None
    added: list[str] = []
    for line in [*text.splitlines(), "*** Update File: end"]:
        if match := _PATCH.match(line):
            if match[1] is None:
                path = match[2].strip()
                continue
            if path is not None:
                yield Edit(path, timestamp, line_hashes("\n".join(added)))
            path, added = match[2].strip(), []
        elif line.startswith("+"):
            added.append(line[1:])


def _tool_output(output: object) -> Iterator[str]:
    """Yield what a tool printed: a text, a text in a JSON object in a string (older versions), or content items."""
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


def _argument_texts(arguments: object) -> Iterator[str]:
    """Yield the texts in a call's arguments, which are a JSON object in a string, or the text itself."""
    if isinstance(arguments, str) and arguments.startswith("{"):
        try:
            arguments = msgspec.json.decode(arguments)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return
    entries = list(arguments.values()) if isinstance(arguments, dict) else [arguments]
    for entry in entries:
        yield from (text for text in (entry if isinstance(entry, list) else [entry]) if isinstance(text, str))


def _texts(content: object) -> list[Any]:
    return [block.get("text") for block in content if isinstance(block, dict)] if isinstance(content, list) else []
