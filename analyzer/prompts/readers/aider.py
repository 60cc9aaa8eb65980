"""aider's chat history, `.aider.chat.history.md` in the root of the repository.

Written by Aider-AI/aider, `aider/io.py` (`user_input`, `append_chat_history`, `confirm_ask`): a line of a prompt is
`#### text` with two spaces at its end, which headings in a model's answer lack; `> ` is what aider itself says. The
edits' forms: `aider/coders/editblock_coder.py` and `wholefile_coder.py`; other forms leave the file's name alone.

The file has no time but the local one at which a chat starts, so every `at` is None and order stands in for it: there
is one Session for each stretch of a chat that ends with `> Commit`, whose turns all belong to the commits named in it.
A stretch begins with the first prompt after a commit, or with a chat; the one that ends a chat may name no commit. What
aider commits between a prompt and its own first edit are changes that lay there before (`dirty_commit` in
`aider/coders/base_coder.py`), and no commit of the stretch.
Prompts given by `--message` look the same as typed ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analyzer.prompts.readers.shared import digest, whole_lines
from analyzer.prompts.session import Edit, Session, Turn, hashed, together
from analyzer.prompts.typed_text import Seen, typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.prompts.session import Skipped

SOURCE, TOOL = "aider", "aider"
_STARTED = "# aider chat started at "
_SAID = re.compile(r"####(?: (.*))?  $")
_COMMIT = re.compile(r"> Commit ([0-9a-f]{7,40}) ")
_APPLIED = "> Applied edit to "
# A question that was answered once for all is written again as if a person had typed it.
_ECHO = re.compile(r"\? \(Y\)es/\(N\)o")
# What follows these commands asks for work; the others steer the program.
_ASKS = re.compile(r"/(?:ask|code|architect)\s+(.*)", re.DOTALL)
_FENCE = re.compile(r"`{3,}")
_SEARCH, _DIVIDER, _REPLACE = (re.compile(rf"{mark}\s*$") for mark in (r"<{5,9} SEARCH>?", "={5,9}", r">{5,9} REPLACE"))
# Blocks are compared with later prompts in parts of so many characters.
_PART = 65_536
# As many lines are held of one prompt, and of one block.
_MOST_LINES = 100_000


@dataclass(slots=True)
class _Block:
    """A SEARCH/REPLACE block, or a whole file between fences, while it is read."""

    path: str
    fence: str = ""
    taking: bool = False
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _State:
    """One chat history while it is read."""

    name: str
    session: Session
    stretches: int = 0
    turns: int = 0
    corrected: bool = False
    written: bool = False
    seen: Seen = field(default_factory=Seen)
    part: list[str] = field(default_factory=list)
    size: int = 0
    prompt: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    block: _Block | None = None
    proposed: list[Edit] = field(default_factory=list)


def read(lines: Iterable[bytes], name: str, skipped: Skipped) -> Iterator[Session]:
    """Stretches of one history, in its order.

    A stretch is known by its chat's beginning and its place there, and a turn by its text as well: a history that was
    copied or moved is the same one.
    """
    state = _State(name, Session(SOURCE, TOOL, ""))
    state.session.key = _key(state)
    for line in whole_lines(lines, skipped):
        said = _SAID.match(line)
        if said:
            _remembered(state)
            state.block = None
            if len(state.prompt) < _MOST_LINES:
                state.prompt.append(said[1] or "")
            else:
                skipped.lines += 1
            continue
        if state.prompt:
            text = "\n".join(state.prompt)
            state.prompt = []
            yield from _prompt(state, text)
        if line.startswith(_STARTED):
            yield from _stretch(state)
            state.name, state.stretches, state.turns = line, 0, 0
            state.session.key = _key(state)
            state.block, state.proposed, state.corrected, state.written = None, [], False, False
            continue
        _other(state, line)
    if state.prompt:
        yield from _prompt(state, "\n".join(state.prompt))
    yield from _stretch(state)


def _key(state: _State) -> str:
    return digest(state.name, str(state.stretches))


def _stretch(state: _State) -> Iterator[Session]:
    """Hand on what was read since the last stretch, unless it is nothing."""
    session = state.session
    if session.turns or session.commits or session.edits or session.automatic:
        state.stretches += 1
        state.session = Session(SOURCE, TOOL, _key(state))
        yield session


def _prompt(state: _State, text: str) -> Iterator[Session]:
    """Take in a prompt; the stretch before it, where that ended with a commit."""
    asks = _ASKS.match(text)
    human = asks[1] if asks else "" if text.startswith(("/", "!")) or _ECHO.search(text) or text == "<blank>" else text
    if state.session.commits and human.strip():
        yield from _stretch(state)
    if text.startswith("/undo"):
        state.corrected = True
    if not human.strip():
        state.session.automatic += 1
        return
    found = typed(human, state.seen)
    own = digest(state.name, str(state.turns), human)
    state.session.turns.append(Turn(own, None, *found, correction=state.corrected))
    state.turns += 1
    state.corrected, state.written, state.proposed = False, False, []


def _other(state: _State, line: str) -> None:
    """Take in a line that nobody typed."""
    state.part.append(line)
    state.size += len(line)
    if state.size > _PART:
        _remembered(state)
    if commit := _COMMIT.match(line):
        state.session.commits.append((None, commit[1]))
    elif line.startswith(_APPLIED):
        _applied(state, line.removeprefix(_APPLIED).strip())
    elif line.startswith("> ^C"):
        state.corrected = True
    _blocks(state, line)


def _remembered(state: _State) -> None:
    """Later prompts may quote it."""
    if state.part:
        state.seen.add(msgspec.json.encode("\n".join(state.part))[1:-1])
    state.part, state.size = [], 0


def _blocks(state: _State, line: str) -> None:
    """Follow what is to be written; the file's name stands in the line before, or before the fence that opens it."""
    block, mark = state.block, line.strip()
    fence = _FENCE.match(line)
    if _SEARCH.match(mark):
        state.block = _Block(_named(state))
    elif block is None and fence:
        state.block = _Block(_named(state), fence[0], taking=True)
    elif block is not None and ((mark == block.fence) if block.fence else _REPLACE.match(mark)):
        state.proposed.append(Edit(block.path, None, hashed("\n".join(block.lines))))
        state.block = None
    elif block is not None and not block.taking and _DIVIDER.match(mark):
        block.taking = True
    elif block is not None and block.taking and block.path and len(block.lines) < _MOST_LINES:
        block.lines.append(line)
    if mark:
        state.before = [*state.before[-2:], line]


def _named(state: _State) -> str:
    return next((path for path in map(_path, reversed(state.before)) if path), "")


def _path(line: str) -> str:
    found = line.strip().lstrip("`").rstrip(":").lstrip("#").strip().strip("`*")
    return found if "." in found or "/" in found else ""


def _applied(state: _State, path: str) -> None:
    """A file that was written, with the blocks that name it."""
    if not state.written:
        state.session.commits.clear()
        state.written = True
    ends = [edit for edit in state.proposed if edit.path and (path.endswith(edit.path) or edit.path.endswith(path))]
    state.session.edits.append(Edit(path, None, together(ends) if ends else np.empty(0, np.uint64)))
