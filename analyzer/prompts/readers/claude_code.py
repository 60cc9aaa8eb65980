"""Read Claude Code's session logs: `~/.claude/projects/<folder>/<session>.jsonl`, one record per line.

The program is closed source; the format follows two open readers of it: d-kimuson/claude-code-viewer,
`src/lib/conversation-schema/**` and `src/lib/claude-code/parseUserMessage.ts`; specstoryai/getspecstory,
`specstory-cli/pkg/providers/claudecode/jsonl_parser.go` and `pkg/spi/reconstruct.go` (`SyntheticCommandTags`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from analyzer.prompts.readers.shared import (
    AUTOMATIC,
    BLOCKS,
    COMMAND,
    COMMITTED,
    INTERRUPT,
    LARGEST_RECORD,
    REFUSED,
    command_arguments,
    digest,
)
from analyzer.prompts.session import Edit, Session, Turn, line_hashes
from analyzer.prompts.typed_text import RecentRecords, TypedCounts, count_typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.prompts.session import SkippedCounts

SOURCE, TOOL = "claude_code", "claude-code"
_WRITES = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})


class _ClaudeMessage(Struct):
    role: str = ""
    content: Any = None


class _Origin(Struct):
    kind: str = ""


class _ClaudeRecord(Struct, rename="camel"):
    type: str = ""
    uuid: str = ""
    session_id: str = ""
    timestamp: str = ""
    cwd: str | None = None
    message: _ClaudeMessage | None = None
    is_sidechain: bool = False
    is_meta: bool | None = None
    is_compact_summary: bool | None = None
    origin: _Origin | None = None
    operation: str = ""
    content: Any = None


@dataclass(slots=True)
class _ClaudeState:
    """One session while its file is read."""

    session: Session
    recent: RecentRecords = field(default_factory=RecentRecords)
    corrected: bool = False
    queued: dict[str, tuple[float | None, TypedCounts]] = field(default_factory=dict)
    human_texts: set[str] = field(default_factory=set)


def read(lines: Iterable[bytes], name: str, skipped: SkippedCounts) -> Iterator[Session]:
    """Yield the sessions of one log. A fork also contains records of its original session, recognised by their ids."""
    states: dict[str, _ClaudeState] = {}
    is_subagent = name.rsplit("/", 1)[-1].startswith("agent-") or "/subagents/" in name
    decoder = msgspec.json.Decoder(_ClaudeRecord)
    for line in lines:
        if not line.strip():
            continue
        try:
            record = decoder.decode(line if len(line) <= LARGEST_RECORD else b"")
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            skipped.lines += 1
            continue
        key = record.session_id
        if not key:
            continue
        state = states.get(key)
        if state is None:
            state = states[key] = _ClaudeState(Session(SOURCE, TOOL, key, record.cwd, interactive=not is_subagent))
        if not _add_record(state, record):
            state.recent.add(line)
    for state in states.values():
        _add_queued_turns(state)
        yield state.session


def _add_record(state: _ClaudeState, record: _ClaudeRecord) -> bool:
    """Add a record; return True to leave it out of `recent`: a person may repeat a person's own words."""
    if record.type == "user" and record.message is not None:
        return _add_user_record(state, record)
    if record.type == "assistant" and record.message is not None:
        _add_edits(state, record)
        return False
    if record.type == "queue-operation":
        _update_queue(state, record)
    return True


def _update_queue(state: _ClaudeState, record: _ClaudeRecord) -> None:
    """Add a prompt that waits while the agent works, or drop the waiting ones if a person takes them back."""
    text = record.content if isinstance(record.content, str) else ""
    if record.operation == "enqueue" and text and not text.startswith((*AUTOMATIC, "/", "{")):
        state.queued[text] = (parse_timestamp(record.timestamp), count_typed(text, state.recent))
    elif record.operation.startswith("pop"):
        state.queued.clear()


def _add_user_record(state: _ClaudeState, record: _ClaudeRecord) -> bool:
    session, content = state.session, record.message.content if record.message else None
    texts = [content] if isinstance(content, str) else list(_texts(content))
    if _add_tool_results(state, content, parse_timestamp(record.timestamp)):
        return False
    by_person = record.origin is None or record.origin.kind in {"", "human"}
    if record.is_sidechain or record.is_meta or record.is_compact_summary or not by_person:
        session.automatic += 1
        return False
    human_texts = [human for text in texts if (human := _human_text(state, text))]
    if not human_texts:
        session.automatic += 1
        return False
    prompt = "\n".join(human_texts)
    counts = count_typed(prompt, state.recent)
    state.human_texts |= {*human_texts, prompt}
    turn_id = record.uuid or digest(session.key, record.timestamp, prompt)
    session.turns.append(Turn(turn_id, parse_timestamp(record.timestamp), *counts, correction=state.corrected))
    state.corrected = False
    return True


def _human_text(state: _ClaudeState, text: str) -> str:
    """Return the part of a text that a person wrote; empty if there is none."""
    text = BLOCKS.sub("", text).strip()
    if text.startswith(INTERRUPT):
        state.corrected = True
        text = text.partition("]")[2].strip()
    if COMMAND.match(text):
        return command_arguments(text)
    return "" if text.startswith(AUTOMATIC) else text


def _add_tool_results(state: _ClaudeState, content: object, timestamp: float | None) -> bool:
    """Return whether the record holds tool results; commit ids that a shell printed, and refusals, are read from it."""
    results = [result for result in content if _kind(result) == "tool_result"] if isinstance(content, list) else []
    for result in results:
        for text in (
            _texts(result.get("content")) if isinstance(result.get("content"), list) else [result.get("content")]
        ):
            if isinstance(text, str):
                state.corrected = state.corrected or text.startswith(REFUSED)
                state.session.commits += [(timestamp, match[1]) for match in COMMITTED.finditer(text[:20_000])]
    return bool(results)


def _add_edits(state: _ClaudeState, record: _ClaudeRecord) -> None:
    """Add the files that the agent wrote."""
    content = record.message.content if record.message else None
    for block in content if isinstance(content, list) else []:
        name = block.get("name") if _kind(block) == "tool_use" else None
        if not isinstance(name, str) or name not in _WRITES or not isinstance(block.get("input"), dict):
            continue
        tool_input = block["input"]
        path = tool_input.get("file_path") or tool_input.get("notebook_path")
        edits = tool_input.get("edits") if isinstance(tool_input.get("edits"), list) else [tool_input]
        keys = ("new_string", "content", "new_source")
        texts = [
            edit[key] for edit in edits if isinstance(edit, dict) for key in keys if isinstance(edit.get(key), str)
        ]
        if isinstance(path, str):
            state.session.edits.append(Edit(path, parse_timestamp(record.timestamp), line_hashes("\n".join(texts))))


def _add_queued_turns(state: _ClaudeState) -> None:
    """Add queued prompts that have no record of their own."""
    for n, (text, (timestamp, counts)) in enumerate(state.queued.items()):
        if not any(text.strip() in human for human in state.human_texts):
            state.session.turns.append(Turn(f"{state.session.key}:queued:{n}", timestamp, *counts))


def _texts(content: object) -> Iterator[str]:
    for block in content if isinstance(content, list) else []:
        if _kind(block) == "text" and isinstance(block.get("text"), str):
            yield block["text"]


def _kind(block: Any) -> str:
    kind = block.get("type") if isinstance(block, dict) else None
    return kind if isinstance(kind, str) else ""


def parse_timestamp(text: object) -> float | None:
    """Return the UTC seconds of an ISO time; None for anything else, or a time without a zone."""
    try:
        time = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return time.timestamp() if time is not None and time.tzinfo is not None else None
