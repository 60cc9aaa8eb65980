"""Read SpecStory's chat histories, `.specstory/history/*.md`: Markdown made from other agents' logs.

Written by specstoryai/getspecstory, `specstory-cli/pkg/session/markdown.go` (v2.1.0; `session.go` names the files). The
older format has no times, no session name, and `Assistant` instead of `Agent`. The Markdown keeps everything in a
person's role from the agent's log, but not the marks of automatic records (`isMeta`): a block with the time of a slash
command is that command's expansion. Tool output may quote this format: headers between `<tool-use>` tags are ignored.

Renaming a session leaves several files, each with all of it. `Session.key` is the session's own name where the file
gives it, else the file's. `Turn.id` combines the key, the time and a digest of the text, so that a caller counts each
turn once. Without a time, a repeated text is another turn.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from analyzer.prompts.readers import shared
from analyzer.prompts.readers.claude_code import parse_timestamp
from analyzer.prompts.session import Session, Turn
from analyzer.prompts.typed_text import RecentRecords, count_typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.prompts.session import SkippedCounts

# The tool where a file does not say which agent's log it was made from.
SOURCE, TOOL = "specstory", "specstory"
_TOOLS = {
    "Antigravity": "antigravity",
    "Claude Code": "claude-code",
    "Codex CLI": "codex",
    "Cursor CLI": "cursor",
    "Cursor IDE": "cursor",
    "Factory Droid CLI": "factory-droid",
    "Gemini CLI": "gemini-cli",
}
_HEADER = re.compile(r"_\*\*(User|Agent|Assistant)( - sidechain)?(?: \(([^)]*)\))?\*\*_\s*$")
_SESSION = re.compile(r"<!-- (.{1,60}?) Session ([\w-]{1,100}) \(")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)$")
_OPENED, _CLOSED = "<tool-use ", "</tool-use>"
# Lines held of one block.
_MOST_LINES = 100_000
# Characters per chunk of a block that later prompts are compared with.
_CHUNK_CHARACTERS = 65_536


@dataclass(slots=True)
class _SpecStoryState:
    """One file while it is read."""

    session: Session
    headers: int = 0
    by_user: bool = False
    sidechain: bool = False
    in_tool: bool = False
    time: str = ""
    # The time of the latest slash command; its expansion has the same time.
    command_time: str = ""
    body: list[str] = field(default_factory=list)
    body_size: int = 0
    corrected: bool = False
    recent: RecentRecords = field(default_factory=RecentRecords)
    repetitions: Counter[str] = field(default_factory=Counter)


def read(lines: Iterable[bytes], name: str, skipped: SkippedCounts) -> Iterator[Session]:
    """Yield the session of one file; none if it has no header of a turn."""
    state = _SpecStoryState(Session(SOURCE, TOOL, name.rsplit("/", 1)[-1]))
    for line in shared.decoded_lines(lines, skipped):
        if not state.by_user:
            state.in_tool = (state.in_tool or line.startswith(_OPENED)) and _CLOSED not in line
        header = None if state.in_tool else _HEADER.match(line)
        if header:
            _finish_block(state)
            time = _TIME.search(header[3] or "")
            state.headers += 1
            state.by_user, state.sidechain, state.time = header[1] == "User", bool(header[2]), time[0] if time else ""
        elif not state.headers:
            _read_session_line(state.session, line)
        elif state.by_user and len(state.body) >= _MOST_LINES:
            skipped.lines += 1
        else:
            _add_line(state, line)
    _finish_block(state)
    if state.headers:
        yield state.session


def _read_session_line(session: Session, line: str) -> None:
    """Read the session's own name and tool, which are above the first turn."""
    if match := _SESSION.match(line):
        session.tool, session.key = _TOOLS.get(match[1], TOOL), match[2]


def _add_line(state: _SpecStoryState, line: str) -> None:
    state.body.append(line)
    if state.by_user:
        return
    state.body_size += len(line)
    if state.body_size > _CHUNK_CHARACTERS:
        _remember(state)
    state.corrected = state.corrected or line.startswith(shared.REFUSED)
    if match := shared.COMMITTED.match(line):
        state.session.commits.append((parse_timestamp(state.time), match[1]))


def _remember(state: _SpecStoryState) -> None:
    """Remember the block: later prompts may quote it."""
    state.recent.add(msgspec.json.encode("\n".join(state.body))[1:-1])
    state.body, state.body_size = [], 0


def _finish_block(state: _SpecStoryState) -> None:
    """Add the block that ends at a header or at the end of the file."""
    if not state.by_user:
        _remember(state)
        return
    text = "\n".join(state.body).strip().removesuffix("\n---").rstrip()
    state.body = []
    human_text = "" if state.sidechain else _human_text(state, text)
    if not human_text:
        state.session.automatic += 1
        state.recent.add(msgspec.json.encode(text)[1:-1])
        return
    text_digest = shared.digest(human_text)
    state.repetitions[text_digest] += 1
    timestamp = parse_timestamp(state.time)
    # Some files of a session have the time in milliseconds, others in seconds.
    position = state.repetitions[text_digest] if timestamp is None else int(timestamp)
    counts = count_typed(human_text, state.recent)
    turn = Turn(f"{state.session.key}:{position}:{text_digest}", timestamp, *counts, correction=state.corrected)
    state.session.turns.append(turn)
    state.corrected = False


def _human_text(state: _SpecStoryState, text: str) -> str:
    """Return the part of a block that a person wrote; empty if there is none."""
    text = shared.BLOCKS.sub("", text).strip()
    if text.startswith(shared.INTERRUPT):
        state.corrected = True
        text = text.partition("]")[2].strip()
    if shared.COMMAND.match(text):
        state.command_time = state.time
        return shared.command_arguments(text)
    expanded = bool(state.time) and state.time == state.command_time
    return "" if expanded or text.startswith((*shared.AUTOMATIC, *shared.INJECTED)) or text == "---" else text
