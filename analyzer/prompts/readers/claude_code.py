"""Claude Code's session logs: `~/.claude/projects/<folder>/<session>.jsonl`, one record a line.

The program is closed; the format is read as two open readers of it describe it: d-kimuson/claude-code-viewer,
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
    arguments,
    digest,
)
from analyzer.prompts.session import Edit, Session, Turn, hashed
from analyzer.prompts.typed_text import Seen, Typed, typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.prompts.session import Skipped

SOURCE, TOOL = "claude_code", "claude-code"
_WRITES = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})


class _Message(Struct):
    role: str = ""
    content: Any = None


class _Origin(Struct):
    kind: str = ""


class _Record(Struct, rename="camel"):
    type: str = ""
    uuid: str = ""
    session_id: str = ""
    timestamp: str = ""
    cwd: str | None = None
    message: _Message | None = None
    is_sidechain: bool = False
    is_meta: bool | None = None
    is_compact_summary: bool | None = None
    origin: _Origin | None = None
    operation: str = ""
    content: Any = None


@dataclass(slots=True)
class _State:
    """One session while its file is read."""

    session: Session
    seen: Seen = field(default_factory=Seen)
    corrected: bool = False
    queued: dict[str, tuple[float | None, Typed]] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)


def read(lines: Iterable[bytes], name: str, skipped: Skipped) -> Iterator[Session]:
    """Sessions of one log; a fork holds records of the session it came from, told by their ids."""
    states: dict[str, _State] = {}
    alone = name.rsplit("/", 1)[-1].startswith("agent-") or "/subagents/" in name
    decoder = msgspec.json.Decoder(_Record)
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
            state = states[key] = _State(Session(SOURCE, TOOL, key, record.cwd, interactive=not alone))
        if not _by_person(state, record):
            state.seen.add(line)
    for state in states.values():
        _absorbed(state)
        yield state.session


def _by_person(state: _State, record: _Record) -> bool:
    """Take in a record; whether it repeats what a person said, which a person may say again."""
    if record.type == "user" and record.message is not None:
        return _user(state, record)
    if record.type == "assistant" and record.message is not None:
        _agent(state, record)
        return False
    if record.type == "queue-operation":
        _queued(state, record)
    return True


def _queued(state: _State, record: _Record) -> None:
    """A prompt that waits while the agent works; one that is taken back, or all of them, waits no more."""
    text = record.content if isinstance(record.content, str) else ""
    if record.operation == "enqueue" and text and not text.startswith((*AUTOMATIC, "/", "{")):
        state.queued[text] = (moment(record.timestamp), typed(text, state.seen))
    elif record.operation.startswith("pop"):
        state.queued.clear()


def _user(state: _State, record: _Record) -> bool:
    session, content = state.session, record.message.content if record.message else None
    texts = [content] if isinstance(content, str) else list(_texts(content))
    if _results(state, content, moment(record.timestamp)):
        return False
    by_person = record.origin is None or record.origin.kind in {"", "human"}
    if record.is_sidechain or record.is_meta or record.is_compact_summary or not by_person:
        session.automatic += 1
        return False
    human = [said for text in texts if (said := _human(state, text))]
    if not human:
        session.automatic += 1
        return False
    whole = "\n".join(human)
    found = typed(whole, state.seen)
    state.said |= {*human, whole}
    own = record.uuid or digest(session.key, record.timestamp, whole)
    session.turns.append(Turn(own, moment(record.timestamp), *found, correction=state.corrected))
    state.corrected = False
    return True


def _human(state: _State, text: str) -> str:
    """The part of a text that a person said; empty where none is."""
    text = BLOCKS.sub("", text).strip()
    if text.startswith(INTERRUPT):
        state.corrected = True
        text = text.partition("]")[2].strip()
    if COMMAND.match(text):
        return arguments(text)
    return "" if text.startswith(AUTOMATIC) else text


def _results(state: _State, content: object, at: float | None) -> bool:
    """Whether the record is what tools answered; commit ids that a shell printed, and refusals, are taken from it."""
    found = [part for part in content if _kind(part) == "tool_result"] if isinstance(content, list) else []
    for part in found:
        for text in _texts(part.get("content")) if isinstance(part.get("content"), list) else [part.get("content")]:
            if isinstance(text, str):
                state.corrected = state.corrected or text.startswith(REFUSED)
                state.session.commits += [(at, match[1]) for match in COMMITTED.finditer(text[:20_000])]
    return bool(found)


def _agent(state: _State, record: _Record) -> None:
    """Files that the agent wrote."""
    content = record.message.content if record.message else None
    for part in content if isinstance(content, list) else []:
        name = part.get("name") if _kind(part) == "tool_use" else None
        if not isinstance(name, str) or name not in _WRITES or not isinstance(part.get("input"), dict):
            continue
        given = part["input"]
        path = given.get("file_path") or given.get("notebook_path")
        parts = given.get("edits") if isinstance(given.get("edits"), list) else [given]
        keys = ("new_string", "content", "new_source")
        texts = [one[key] for one in parts if isinstance(one, dict) for key in keys if isinstance(one.get(key), str)]
        if isinstance(path, str):
            state.session.edits.append(Edit(path, moment(record.timestamp), hashed("\n".join(texts))))


def _absorbed(state: _State) -> None:
    """Prompts that were queued while the agent worked and stand in no record of their own."""
    for n, (text, (at, found)) in enumerate(state.queued.items()):
        if not any(text.strip() in said for said in state.said):
            state.session.turns.append(Turn(f"{state.session.key}:queued:{n}", at, *found))


def _texts(content: object) -> Iterator[str]:
    for part in content if isinstance(content, list) else []:
        if _kind(part) == "text" and isinstance(part.get("text"), str):
            yield part["text"]


def _kind(part: Any) -> str:
    kind = part.get("type") if isinstance(part, dict) else None
    return kind if isinstance(kind, str) else ""


def moment(text: object) -> float | None:
    """UTC seconds of an ISO time; None for anything else, or a time without a zone."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found.timestamp() if found is not None and found.tzinfo is not None else None
