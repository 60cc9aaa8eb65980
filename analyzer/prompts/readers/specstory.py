"""SpecStory's histories of chats, `.specstory/history/*.md`: Markdown out of other agents' logs.

Written by specstoryai/getspecstory, `specstory-cli/pkg/session/markdown.go` (v2.1.0; `session.go` names the files); the
older form has no times, no session's name, and `Assistant` for `Agent`. The Markdown keeps what the agent's log holds
in a person's role, but not the marks that tell what nobody said (`isMeta`): a block with the time of a slash command is
that command's expansion. Tool output may quote this very form, so headers between `<tool-use>` tags are none.

A session stands in as many files as its name had forms, and each holds all of it: `Session.key` is the session's own
name where the file gives it, else the file's, and `Turn.id` is made of it, the time and a digest of the text, so that a
caller counts each turn once. Where there is no time, the same text said again is another turn.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from analyzer.prompts.readers import shared
from analyzer.prompts.readers.claude_code import moment
from analyzer.prompts.session import Session, Turn
from analyzer.prompts.typed_text import Seen, typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.prompts.session import Skipped

# The tool where a file does not say whose log it was made of.
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
# Of one block as many lines are held.
_MOST_LINES = 100_000
# Blocks are compared with later prompts in parts of so many characters.
_PART = 65_536


@dataclass(slots=True)
class _State:
    """One file while it is read."""

    session: Session
    headers: int = 0
    by_user: bool = False
    aside: bool = False
    in_tool: bool = False
    time: str = ""
    # The time of the latest slash command, whose expansion has it too.
    command: str = ""
    body: list[str] = field(default_factory=list)
    size: int = 0
    corrected: bool = False
    seen: Seen = field(default_factory=Seen)
    said: Counter[str] = field(default_factory=Counter)


def read(lines: Iterable[bytes], name: str, skipped: Skipped) -> Iterator[Session]:
    """The session of one file; none where it holds no header of a turn."""
    state = _State(Session(SOURCE, TOOL, name.rsplit("/", 1)[-1]))
    for line in shared.whole_lines(lines, skipped):
        if not state.by_user:
            state.in_tool = (state.in_tool or line.startswith(_OPENED)) and _CLOSED not in line
        header = None if state.in_tool else _HEADER.match(line)
        if header:
            _ended(state)
            time = _TIME.search(header[3] or "")
            state.headers += 1
            state.by_user, state.aside, state.time = header[1] == "User", bool(header[2]), time[0] if time else ""
        elif not state.headers:
            _named(state.session, line)
        elif state.by_user and len(state.body) >= _MOST_LINES:
            skipped.lines += 1
        else:
            _line(state, line)
    _ended(state)
    if state.headers:
        yield state.session


def _named(session: Session, line: str) -> None:
    """The session's own name and tool, which stand above the first turn."""
    if found := _SESSION.match(line):
        session.tool, session.key = _TOOLS.get(found[1], TOOL), found[2]


def _line(state: _State, line: str) -> None:
    state.body.append(line)
    if state.by_user:
        return
    state.size += len(line)
    if state.size > _PART:
        _remembered(state)
    state.corrected = state.corrected or line.startswith(shared.REFUSED)
    if found := shared.COMMITTED.match(line):
        state.session.commits.append((moment(state.time), found[1]))


def _remembered(state: _State) -> None:
    """Later prompts may quote it."""
    state.seen.add(msgspec.json.encode("\n".join(state.body))[1:-1])
    state.body, state.size = [], 0


def _ended(state: _State) -> None:
    """Take in the block that a header, or the file's end, has ended."""
    if not state.by_user:
        _remembered(state)
        return
    text = "\n".join(state.body).strip().removesuffix("\n---").rstrip()
    state.body = []
    human = "" if state.aside else _human(state, text)
    if not human:
        state.session.automatic += 1
        state.seen.add(msgspec.json.encode(text)[1:-1])
        return
    name = shared.digest(human)
    state.said[name] += 1
    at = moment(state.time)
    # Of one session some files have the time in milliseconds and others in seconds.
    place = state.said[name] if at is None else int(at)
    found = typed(human, state.seen)
    turn = Turn(f"{state.session.key}:{place}:{name}", at, *found, correction=state.corrected)
    state.session.turns.append(turn)
    state.corrected = False


def _human(state: _State, text: str) -> str:
    """The part of a block that a person said; empty where none is."""
    text = shared.BLOCKS.sub("", text).strip()
    if text.startswith(shared.INTERRUPT):
        state.corrected = True
        text = text.partition("]")[2].strip()
    if shared.COMMAND.match(text):
        state.command = state.time
        return shared.arguments(text)
    expanded = bool(state.time) and state.time == state.command
    return "" if expanded or text.startswith((*shared.AUTOMATIC, *shared.INJECTED)) or text == "---" else text
