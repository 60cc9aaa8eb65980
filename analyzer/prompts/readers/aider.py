"""Read aider's chat history, `.aider.chat.history.md` in the root of the repository.

Written by Aider-AI/aider, `aider/io.py` (`user_input`, `append_chat_history`, `confirm_ask`): a line of a prompt is
`#### text` with two trailing spaces, which headings in a model's answer lack; lines of aider itself begin with `> `.
Edit formats: `aider/coders/editblock_coder.py` and `wholefile_coder.py`; of other formats only the file's name is read.

The only time in the file is the local one at which a chat starts. Every timestamp is therefore None, and order replaces
it: there is one Session per stretch of a chat that ends with `> Commit`, and all its turns belong to the commits named
in it. A stretch begins with the first prompt after a commit, or with a chat; the last stretch of a chat may name no
commit. What aider commits between a prompt and its own first edit was changed before (`dirty_commit` in
`aider/coders/base_coder.py`), so such a commit does not belong to the stretch.
Prompts given by `--message` look the same as typed ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analyzer.prompts.readers.shared import decoded_lines, digest
from analyzer.prompts.session import Edit, Session, Turn, edited_lines, line_hashes
from analyzer.prompts.typed_text import RecentRecords, count_typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.prompts.session import SkippedCounts

SOURCE, TOOL = "aider", "aider"
_STARTED = "# aider chat started at "
_PROMPT_LINE = re.compile(r"####(?: (.*))?  $")
_COMMIT = re.compile(r"> Commit ([0-9a-f]{7,40}) ")
_APPLIED = "> Applied edit to "
# An answer given once for all questions is written again each time as if a person had typed it.
_REPEATED_ANSWER = re.compile(r"\? \(Y\)es/\(N\)o")
# Text after these commands asks for work; the other commands control the program.
_WORK_COMMAND = re.compile(r"/(?:ask|code|architect)\s+(.*)", re.DOTALL)
_FENCE = re.compile(r"`{3,}")
_SEARCH, _DIVIDER, _REPLACE = (re.compile(rf"{mark}\s*$") for mark in (r"<{5,9} SEARCH>?", "={5,9}", r">{5,9} REPLACE"))
# Characters per chunk of output that later prompts are compared with.
_CHUNK_CHARACTERS = 65_536
# Lines held of one prompt, and of one block.
_MOST_LINES = 100_000


@dataclass(slots=True)
class _Block:
    """A SEARCH/REPLACE block, or a complete file between fences, while it is read."""

    path: str
    fence: str = ""
    in_replacement: bool = False
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _AiderState:
    """One chat history while it is read."""

    name: str
    session: Session
    stretches: int = 0
    turns: int = 0
    corrected: bool = False
    written: bool = False
    recent: RecentRecords = field(default_factory=RecentRecords)
    chunk: list[str] = field(default_factory=list)
    chunk_size: int = 0
    prompt: list[str] = field(default_factory=list)
    preceding: list[str] = field(default_factory=list)
    block: _Block | None = None
    proposed: list[Edit] = field(default_factory=list)


def read(lines: Iterable[bytes], name: str, skipped: SkippedCounts) -> Iterator[Session]:
    """Yield the stretches of one history, in order.

    A stretch is identified by the start of its chat and its position there, and a turn also by its text, so that a
    copied or moved history counts once.
    """
    state = _AiderState(name, Session(SOURCE, TOOL, ""))
    state.session.key = _key(state)
    for line in decoded_lines(lines, skipped):
        prompt_line = _PROMPT_LINE.match(line)
        if prompt_line:
            _remember(state)
            state.block = None
            if len(state.prompt) < _MOST_LINES:
                state.prompt.append(prompt_line[1] or "")
            else:
                skipped.lines += 1
            continue
        if state.prompt:
            text = "\n".join(state.prompt)
            state.prompt = []
            yield from _add_prompt(state, text)
        if line.startswith(_STARTED):
            yield from _finish_stretch(state)
            state.name, state.stretches, state.turns = line, 0, 0
            state.session.key = _key(state)
            state.block, state.proposed, state.corrected, state.written = None, [], False, False
            continue
        _add_output(state, line)
    if state.prompt:
        yield from _add_prompt(state, "\n".join(state.prompt))
    yield from _finish_stretch(state)


def _key(state: _AiderState) -> str:
    return digest(state.name, str(state.stretches))


def _finish_stretch(state: _AiderState) -> Iterator[Session]:
    """Yield what was read since the last stretch, unless it is empty."""
    session = state.session
    if session.turns or session.commits or session.edits or session.automatic:
        state.stretches += 1
        state.session = Session(SOURCE, TOOL, _key(state))
        yield session


def _add_prompt(state: _AiderState, text: str) -> Iterator[Session]:
    """Add a prompt; first yield the stretch before it if that ended with a commit."""
    work_command = _WORK_COMMAND.match(text)
    request = text
    if work_command:
        request = work_command[1]
    elif text.startswith(("/", "!")) or _REPEATED_ANSWER.search(text) or text == "<blank>":
        request = ""
    if state.session.commits and request.strip():
        yield from _finish_stretch(state)
    if text.startswith("/undo"):
        state.corrected = True
    if not request.strip():
        state.session.automatic += 1
        return
    counts = count_typed(request, state.recent)
    turn_id = digest(state.name, str(state.turns), request)
    state.session.turns.append(Turn(turn_id, None, *counts, correction=state.corrected))
    state.turns += 1
    state.corrected, state.written, state.proposed = False, False, []


def _add_output(state: _AiderState, line: str) -> None:
    """Add a line that nobody typed."""
    state.chunk.append(line)
    state.chunk_size += len(line)
    if state.chunk_size > _CHUNK_CHARACTERS:
        _remember(state)
    if commit := _COMMIT.match(line):
        state.session.commits.append((None, commit[1]))
    elif line.startswith(_APPLIED):
        _add_applied_edit(state, line.removeprefix(_APPLIED).strip())
    elif line.startswith("> ^C"):
        state.corrected = True
    _read_block_line(state, line)


def _remember(state: _AiderState) -> None:
    """Remember the chunk: later prompts may quote it."""
    if state.chunk:
        state.recent.add(msgspec.json.encode("\n".join(state.chunk))[1:-1])
    state.chunk, state.chunk_size = [], 0


def _read_block_line(state: _AiderState, line: str) -> None:
    """Read a line of a proposed edit; the file's name is on the line before the block, or before its opening fence."""
    block, stripped = state.block, line.strip()
    fence = _FENCE.match(line)
    if _SEARCH.match(stripped):
        state.block = _Block(_preceding_path(state))
    elif block is None and fence:
        state.block = _Block(_preceding_path(state), fence[0], in_replacement=True)
    elif block is not None and ((stripped == block.fence) if block.fence else _REPLACE.match(stripped)):
        state.proposed.append(Edit(block.path, None, line_hashes("\n".join(block.lines))))
        state.block = None
    elif block is not None and not block.in_replacement and _DIVIDER.match(stripped):
        block.in_replacement = True
    elif block is not None and block.in_replacement and block.path and len(block.lines) < _MOST_LINES:
        block.lines.append(line)
    if stripped:
        state.preceding = [*state.preceding[-2:], line]


def _preceding_path(state: _AiderState) -> str:
    return next((path for path in map(_parse_path, reversed(state.preceding)) if path), "")


def _parse_path(line: str) -> str:
    path = line.strip().lstrip("`").rstrip(":").lstrip("#").strip().strip("`*")
    return path if "." in path or "/" in path else ""


def _add_applied_edit(state: _AiderState, path: str) -> None:
    """Add an edit of a file that was written, with the lines of the blocks that name it."""
    if not state.written:
        state.session.commits.clear()
        state.written = True
    matching = [edit for edit in state.proposed if edit.path and (path.endswith(edit.path) or edit.path.endswith(path))]
    state.session.edits.append(Edit(path, None, edited_lines(matching) if matching else np.empty(0, np.uint64)))
