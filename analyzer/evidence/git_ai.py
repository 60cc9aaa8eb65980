"""Read git-ai's line-level notes (`refs/notes/ai`) of a history's commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.evidence.line_notes import list_notes, parse_note
from analyzer.evidence.note_store import NoteStore
from analyzer.evidence.record import LineRecord

if TYPE_CHECKING:
    from analyzer.history.repository import Repository


def _blobs(repository: Repository) -> dict[str, bytes]:
    return {} if repository.ai_notes is None else list_notes(repository.git, repository.ai_notes)


_STORE = NoteStore(_blobs, lambda contents, _authors: parse_note(contents))

GIT_AI_NOTES = LineRecord(
    id="git-ai",
    title="git-ai notes (refs/notes/ai)",
    says="Which lines of a commit an agent or a person wrote, by file and line number.",
    limits="Notes are not fetched by a clone unless asked for; a squash on the server leaves them behind.",
    source="git-ai-project/git-ai, specs/git_ai_standard_v3.0.0.md",
    place="refs/notes/ai",
    locate=lambda repository: repository.ai_notes,
    read=_STORE.read,
    names_lines=True,
    refspecs=("refs/notes/*:refs/notes/*",),
    objects=lambda repository: [repository.ai_notes] if repository.ai_notes else [],
    noted=_STORE.noted,
    note_of=_STORE.note_of,
)
