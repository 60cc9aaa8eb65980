"""Targets: logs and kept prompts of every store. No text is handed on, and nothing counts more than there is."""

from __future__ import annotations

import io
import json
import math
from functools import partial
from typing import TYPE_CHECKING

from analyzer.prompts.discovery import bounded_lines
from analyzer.prompts.formats import FORMATS, detect_format
from analyzer.prompts.session import SkippedCounts
from analyzer.prompts.typed_text import RecentRecords, count_typed
from tests import prompt_logs as planted
from tests.validation.fuzz.target import Target, held, twisted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analyzer.prompts.session import Reader

_NAMES = {
    "claude_code": "s.jsonl",
    "codex": "rollout-1.jsonl",
    "gemini_cli": "session-1.json",
    "aider": ".aider.chat.history.md",
}
_NAMES |= {"specstory": ".specstory/history/a.md", "spec_kit": "specs/001-a/spec.md"}


def _log(read: Reader, name: str, data: bytes) -> None:
    detect_format(name, data[:200])
    skipped = SkippedCounts()
    sessions = list(read(bounded_lines(io.BytesIO(data), skipped), name, skipped))
    turns = [turn for session in sessions for turn in session.turns]
    held(
        all(0 <= turn.low <= turn.high and 0 <= turn.words <= turn.low and turn.pasted >= 0 for turn in turns), "a turn"
    )
    held(all(turn.timestamp is None or math.isfinite(turn.timestamp) for turn in turns), "a time that is none")
    held(sum(turn.high + turn.pasted for turn in turns) <= len(data), "more was typed than there is")
    held(skipped.lines <= data.count(b"\n") + 1, "more was skipped than there is")
    for session in sessions:
        held(isinstance(session.key, str) and session.automatic >= 0, "a session without a name")
        for edit in session.edits:
            held(isinstance(edit.path, str) and len(edit.lines) <= len(data), "an edit of more lines than there are")
            held(edit.timestamp is None or math.isfinite(edit.timestamp), "an edit at no time")
        held(
            all(4 < len(sha) <= 40 and set(sha) <= set("0123456789abcdef") for _, sha in session.commits),
            "no commit's id",
        )


def _typed(data: bytes) -> None:
    before, _, after = data.rpartition(b"\x1e")
    seen = RecentRecords()
    for line in before.split(b"\n"):
        seen.add(line)
    text = after.decode("utf-8", "replace")
    alone, told = count_typed(text), count_typed(text, seen)
    for found in (alone, told):
        held(0 <= found.low <= found.high and 0 <= found.words <= found.low and found.pasted >= 0, "less than nothing")
        held(found.high + found.pasted <= len(text), "more than the text")
    held(told.high <= alone.high and told.pasted >= alone.pasted, "more was typed for having been said before")


def _claude() -> list[bytes]:
    record = {"sessionId": "s", "uuid": "u1", "timestamp": planted.at(1), "cwd": "/home/ada/app", "type": "user"}
    said = record | {"message": {"role": "user", "content": planted.ASKED}}
    text = {
        "role": "user",
        "content": [{"type": "text", "text": f"<system-reminder>x</system-reminder>{planted.REFUSED}"}],
    }
    command = {"role": "user", "content": "<command-name>/go</command-name><command-args>on</command-args>"}
    edit = {"type": "tool_use", "name": "Edit", "input": {"file_path": "a.py", "new_string": planted.WROTE}}
    answer = {"type": "tool_result", "content": [{"type": "text", "text": planted.SAYS}]}
    queued = record | {"type": "queue-operation", "operation": "enqueue", "content": "and the footer"}
    rest = [
        record | {"uuid": "u2", "message": text},
        record | {"uuid": "u3", "message": command, "isMeta": False, "origin": {"kind": "human"}},
        record | {"type": "assistant", "message": {"role": "assistant", "content": [edit]}},
        record | {"message": {"role": "user", "content": [answer]}},
        queued,
        record | {"isSidechain": True, "message": text},
    ]
    odd = [other + b"\n" for one in (said, *rest) for other in twisted(json.dumps(one).encode())]
    return [planted.lined(said), planted.lined(said, *rest), *(planted.lined(said) + one for one in odd)]


def _cut(*whole: bytes) -> list[bytes]:
    """Files, and each of their lines with the first one."""
    parts = [one for data in whole for one in data.splitlines(keepends=True)]
    first = whole[0].splitlines(keepends=True)[0]
    odd = [first + other + b"\n" for one in parts if len(one) < 900 for other in twisted(one)]
    return [*whole, *dict.fromkeys(first + one for one in parts if len(one) < 900), *dict.fromkeys(odd)]


def _pieces(*whole: bytes) -> list[bytes]:
    """Markdown in pieces of twenty lines."""
    lines = [data.splitlines(keepends=True) for data in whole]
    return [b"".join(own[n : n + 20]) for own in lines for n in range(0, len(own), 10)]


_SEEDS: dict[str, Callable[[], Iterable[bytes]]] = {
    "claude_code": _claude,
    "codex": lambda: _cut(planted.CODEX, planted.lined(planted.meta(), planted.item(1, planted.ASKED)))[1:],
    "gemini_cli": lambda: [
        json.dumps(planted.ABOUT | {"messages": planted.GEMINI_MESSAGES[1:3]}, indent=1).encode(),
        *_cut(planted.GEMINI)[1:],
    ],
    "aider": lambda: _pieces(planted.AIDER),
    "specstory": lambda: _pieces(planted.SPECSTORY, planted.SPECSTORY_OLD),
    "spec_kit": lambda: [planted.SPEC],
}
_JSON = (
    b'"',
    b"\\u00e9",
    b"\\ud83d\\ude00",
    b"null",
    b"[",
    b"{",
    b"true",
    b"-1",
    b"\\n",
    b"9" * 30,
    b"\n",
    planted.at(3).encode(),
)
_WORDS: dict[str, tuple[bytes, ...]] = {
    "claude_code": (
        b'"sessionId":"s"',
        b'"type":"user"',
        b'"content":',
        b'"text":',
        b'"tool_result"',
        b'"isMeta":',
        b"<command-name>",
        *_JSON,
    ),
    "codex": (
        b'"payload":{"type":',
        b'"session_meta"',
        b'"user_message"',
        b'"message":',
        b'"input":',
        b"*** Update File: a\\n+x",
        *_JSON,
    ),
    "gemini_cli": (
        b'"sessionId":"g"',
        b'"$set":{',
        b'"$rewindTo":',
        b'"type":"user"',
        b'"id":',
        b'"content":',
        b'"toolCalls":[',
        *_JSON,
    ),
    "aider": (
        b"#### ",
        b"  \n",
        b"> Commit abc1234 x",
        b"> Applied edit to ",
        b"<<<<<<< SEARCH\n",
        b"=======\n",
        b">>>>>>> REPLACE\n",
        b"```\n",
        b"# aider chat started at ",
    ),
    "specstory": (
        b"_**User**_\n",
        b"_**Agent (2026-02-03 10:00:01Z)**_\n",
        b"<tool-use ",
        b"</tool-use>",
        b"\n---\n",
        b"<command-name>",
        b"[Request interrupted by user]",
    ),
    "spec_kit": (
        b'**Input**: User description: "',
        b'"\n',
        b"## ",
        b"$ARGUMENTS",
        b"[",
        b"]",
        b"\xe2\x80\x9d",
        b"\r\n",
    ),
}
_TYPED = (
    b"```\n",
    b"~~~\n",
    b"\x1e",
    b"\n    ",
    b"[Pasted text #1]",
    b"Traceback (most recent",
    b"- ",
    b"\n\n",
    b'{"a": 1}',
    b"if (x) {",
    b"\xe2\x94\x80",
)
TARGETS = (
    *(
        Target(
            f.id,
            f"transcripts: {f.title}",
            (f.read.__module__, *(() if f.pathspec is None else ("analyzer.prompts.readers.shared",))),
            partial(_log, f.read, _NAMES[f.id]),
            _SEEDS[f.id],
            _WORDS[f.id],
            (),
            900,
        )
        for f in FORMATS
    ),
    Target(
        "typed",
        "prompts",
        ("analyzer.prompts.typed_text",),
        _typed,
        lambda: [
            planted.REFUSED.encode(),
            *(
                b"seen before and long enough\x1eseen before and long enough\n" + piece
                for piece in _pieces(planted.AIDER)
            ),
        ],
        _TYPED,
        (),
        400,
    ),
)
