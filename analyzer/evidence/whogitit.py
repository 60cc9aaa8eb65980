"""Read the notes of whogitit (`refs/notes/whogitit`, older ones in `refs/notes/ai-blame`): JSON, line by line.

`files[].lines[]` gives each line of a file in the commit a `source.type`. `AI` and `AIModified` are an agent's: so the
tool counts itself. `Human` was added by a person after the agent's edits. `Original` was there before these, written by
whom is not known, and `Unknown` is not known either; both are left untracked. Source: dotsetlabs/whogitit,
`src/core/attribution.rs` and `src/capture/snapshot.rs` (schemas 2 and 3).
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct

from analyzer.evidence.line_notes import MAX_BYTES, MAX_RANGES
from analyzer.evidence.model_names import model_in
from analyzer.evidence.note_store import NoteStore, digest_of, notes_at
from analyzer.evidence.record import LineRange, LineRecord, Note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.evidence.record import Source
    from analyzer.history.repository import Repository

_REF, _OLDER_REF = "refs/notes/whogitit", "refs/notes/ai-blame"
_VERSIONS = (2, 3)
_SOURCES: dict[str, Source] = {"AI": "ai", "AIModified": "ai", "Human": "human"}
_KNOWN_TYPES = frozenset({*_SOURCES, "Original", "Unknown"})


class _LineOrigin(Struct):
    type: str


class _AttributedLine(Struct):
    line_number: Annotated[int, Meta(ge=1, le=999_999_999)]
    source: _LineOrigin


class _AttributedFile(Struct):
    path: str
    lines: list[_AttributedLine]


class _SessionModel(Struct):
    id: str


class _AgentSession(Struct):
    model: _SessionModel


class _FileAttributions(Struct):
    version: int
    session: _AgentSession
    files: list[_AttributedFile]


def parse_attribution(contents: bytes) -> Note:
    """Parse one note; anything else gives a note without ranges."""
    if len(contents) > MAX_BYTES:
        return Note()
    try:
        attribution = msgspec.json.decode(contents, type=_FileAttributions)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return Note()
    note = Note()
    if attribution.version not in _VERSIONS:
        return note
    model = model_in(attribution.session.model.id)
    for file in attribution.files:
        note.unknown_keys += sum(line.source.type not in _KNOWN_TYPES for line in file.lines)
        if file.path:
            note.ranges += islice(_ranges(file, model), MAX_RANGES + 1 - len(note.ranges))
    return note if len(note.ranges) <= MAX_RANGES else Note()


def _ranges(file: _AttributedFile, model: str | None) -> Iterator[LineRange]:
    """Yield the runs of lines with one source."""
    run: LineRange | None = None
    for line in file.lines:
        source = _SOURCES.get(line.source.type)
        if run is not None and source == run.source and line.line_number == run.last + 1:
            run = run._replace(last=line.line_number)
            continue
        if run is not None:
            yield run
        run = None
        if source is not None:
            number = line.line_number
            run = LineRange(file.path, number, number, source, None, model if source == "ai" else None)
    if run is not None:
        yield run


def _blobs(repository: Repository) -> dict[str, bytes]:
    return {**notes_at(_OLDER_REF)(repository), **notes_at(_REF)(repository)}


def _trees(repository: Repository) -> dict[str, str]:
    return {ref: tree for ref in (_REF, _OLDER_REF) if (tree := repository.record_tree(ref)) is not None}


_STORE = NoteStore(_blobs, lambda contents, _authors: parse_attribution(contents))

WHOGITIT_NOTES = LineRecord(
    id="whogitit",
    title=f"whogitit notes ({_REF}, older {_OLDER_REF})",
    says="Which lines of a commit an agent or a person wrote, by file and line number.",
    limits="A line of the agent's that a person changed counts as the agent's. Lines from before the agent's edits are "
    "untracked.",
    source="dotsetlabs/whogitit, src/core/attribution.rs and src/capture/snapshot.rs",
    place=_REF,
    locate=lambda repository: digest_of(_trees(repository)),
    read=_STORE.read,
    names_lines=True,
    refspecs=("refs/notes/*:refs/notes/*",),
    objects=lambda repository: list(_trees(repository).values()),
    noted=_STORE.noted,
    note_of=_STORE.note_of,
)
