"""Read the notes of Exceeds Ink (`refs/notes/exceeds-ink`), which follow the standard of git-ai.

Source: exceeds.ai/ink, whose log of the tool at work writes `refs/notes/exceeds-ink authorship/3.0.0`, the name of
git-ai's standard. The tool itself is closed: a note of any other form has no ranges.
"""

from __future__ import annotations

from analyzer.evidence.line_notes import parse_note
from analyzer.evidence.note_store import NoteStore, notes_at
from analyzer.evidence.record import LineRecord

_REF = "refs/notes/exceeds-ink"
_STORE = NoteStore(notes_at(_REF), lambda contents, _authors: parse_note(contents))

EXCEEDS_INK_NOTES = LineRecord(
    id="exceeds-ink",
    title=f"Exceeds Ink notes ({_REF})",
    says="Which lines of a commit an agent or a person wrote, by file and line number.",
    limits="The tool's source is not public: its notes are read as the git-ai standard that they name.",
    source="exceeds.ai/ink (authorship/3.0.0); git-ai-project/git-ai, specs/git_ai_standard_v3.0.0.md",
    place=_REF,
    locate=lambda repository: repository.record_tree(_REF),
    read=_STORE.read,
    names_lines=True,
    refspecs=("refs/notes/*:refs/notes/*",),
    objects=lambda repository: list(filter(None, [repository.record_tree(_REF)])),
    noted=_STORE.noted,
    note_of=_STORE.note_of,
)
