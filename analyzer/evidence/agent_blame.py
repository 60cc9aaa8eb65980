"""Read the notes of Agent Blame (`refs/notes/agentblame`): JSON with the ranges that an agent wrote, and no others.

Source: mesa-dot-dev/agentblame, `packages/cli/src/lib/types.ts` and `git/gitNotes.ts`. Version 2 spells `startLine`,
version 1 `start_line`; the tool's own notes of January 2026 have both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct

from analyzer.evidence.line_notes import MAX_BYTES, MAX_RANGES
from analyzer.evidence.model_names import model_in
from analyzer.evidence.note_store import NoteStore, notes_at
from analyzer.evidence.record import LineRange, LineRecord, Note

if TYPE_CHECKING:
    from collections.abc import Iterator

_REF = "refs/notes/agentblame"
_CATEGORY = "ai_generated"
_TOOLS = {"claude_code": "claude-code", "claudeCode": "claude-code", "cursor": "cursor", "opencode": "opencode"}

Line = Annotated[int, Meta(ge=1, le=999_999_999)]


class _BlamedRange(Struct):
    path: str
    category: str
    provider: str | None = None
    model: str | None = None
    startLine: Line | None = None  # noqa: N815 - the format's name
    endLine: Line | None = None  # noqa: N815 - the format's name
    start_line: Line | None = None
    end_line: Line | None = None

    @property
    def lines(self) -> tuple[int, int] | None:
        """First and last line, None if one is missing."""
        first, last = self.startLine or self.start_line, self.endLine or self.end_line
        return None if first is None or last is None else (first, max(first, last))


class _BlameNote(Struct):
    version: int
    attributions: list[_BlamedRange]


def parse_attributions(contents: bytes) -> Note:
    """Parse one note; anything else gives a note without ranges."""
    if len(contents) > MAX_BYTES:
        return Note()
    try:
        decoded = msgspec.json.decode(contents, type=_BlameNote)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return Note()
    if decoded.version not in (1, 2) or len(decoded.attributions) > MAX_RANGES:
        return Note()
    ranges = list(_ranges(decoded.attributions))
    return Note(ranges, unknown_keys=len(decoded.attributions) - len(ranges))


def _ranges(attributions: list[_BlamedRange]) -> Iterator[LineRange]:
    for row in attributions:
        if row.category == _CATEGORY and row.path and row.lines is not None:
            yield LineRange(row.path, *row.lines, "ai", _TOOLS.get(row.provider or ""), model_in(row.model or ""))


_STORE = NoteStore(notes_at(_REF), lambda contents, _authors: parse_attributions(contents))

AGENT_BLAME_NOTES = LineRecord(
    id="agentblame",
    title=f"Agent Blame notes ({_REF})",
    says="Which lines of a commit an agent wrote, by file and line number.",
    limits="Lines are matched by their text, in older notes also in part. Nothing is said of other lines.",
    source="mesa-dot-dev/agentblame, packages/cli/src/lib/types.ts and git/gitNotes.ts",
    place=_REF,
    locate=lambda repository: repository.record_tree(_REF),
    read=_STORE.read,
    names_lines=True,
    refspecs=("refs/notes/*:refs/notes/*",),
    objects=lambda repository: list(filter(None, [repository.record_tree(_REF)])),
    noted=_STORE.noted,
    note_of=_STORE.note_of,
)
