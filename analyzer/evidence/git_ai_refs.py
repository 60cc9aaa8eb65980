"""Read git-ai's older records: one ref `refs/ai/authorship/<commit>` per commit, whose blob is the note.

Two formats are on these refs: the text of git-ai's standard (`line_notes`), and before it JSON, `authorship/0.0.1`, of
the form `{"files": {path: {"authors": [{"author", "lines": [n | [first, last]], "agent_metadata"}]}}}`. Source:
git-ai-project/git-ai, `src/log_fmt/authorship_log.rs` and `working_log.rs` before commit e1fec9c65; until commit
3dc1694a3 (2025-10-05) the tool wrote such refs.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct

from analyzer.evidence.agents import by_name
from analyzer.evidence.line_notes import MAX_BYTES, MAX_RANGES, parse_note
from analyzer.evidence.model_names import is_model_name, model_in
from analyzer.evidence.note_store import NoteStore, digest_of
from analyzer.evidence.record import LineRange, LineRecord, Note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.evidence.record import Source
    from analyzer.history.repository import Repository

    Credit = tuple[Source, str | None, str | None]

_FOLDER = "refs/ai/authorship/"
_COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
_VERSIONS = (None, "authorship/0.0.1")

_MAX_LINE = 999_999_999
# Longer texts are no names; they would stay in the caches of names.
Name = Annotated[str, Meta(max_length=250)]


class _AgentMetadata(Struct):
    model: Name | None = None


class _AuthorEntry(Struct):
    author: Name
    lines: list[int | list[int]]  # not of constrained integers and pairs: msgspec 0.22 crashes on that union
    agent_metadata: _AgentMetadata | None = None


class _AuthoredFile(Struct):
    authors: list[_AuthorEntry]


class _AuthorshipLog(Struct):
    files: dict[str, _AuthoredFile]
    schema_version: str | None = None


def parse_authorship(contents: bytes, people: frozenset[str]) -> Note:
    """Parse one record of either format; anything else gives a note without ranges.

    The JSON names its authors as they were typed: an author is an agent if the entry has an agent's metadata or the
    name is an agent's or a model's, and a person if it is one of `people`. Others are counted as unknown.
    """
    if contents.lstrip()[:1] != b"{":
        return parse_note(contents)
    if len(contents) > MAX_BYTES:
        return Note()
    try:
        log = msgspec.json.decode(contents, type=_AuthorshipLog)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return Note()
    note = Note()
    if log.schema_version not in _VERSIONS:
        return note
    for path, file in log.files.items():
        for author in file.authors:
            credit = _credit_of(author, people)
            if credit is None:
                note.unknown_keys += 1
            elif path:
                note.ranges += islice(_ranges(path, author, credit), MAX_RANGES + 1 - len(note.ranges))
    return note if len(note.ranges) <= MAX_RANGES else Note()


def _credit_of(author: _AuthorEntry, people: frozenset[str]) -> Credit | None:
    agent = by_name(author.author)
    if author.agent_metadata is not None or agent is not None or is_model_name(author.author):
        model = (author.agent_metadata and author.agent_metadata.model) or author.author
        return "ai", agent.tool if agent else None, model_in(model)
    return ("human", None, None) if author.author in people else None


def _ranges(path: str, author: _AuthorEntry, credit: Credit) -> Iterator[LineRange]:
    for line in author.lines:
        first, last = (line, line) if isinstance(line, int) else line if len(line) == 2 else (0, 0)
        if 1 <= first <= _MAX_LINE and last <= _MAX_LINE:
            yield LineRange(path, first, max(first, last), *credit)


def _ids(repository: Repository) -> dict[str, str]:
    """Return the object id of each record by commit id."""
    return {name: id_ for name, id_ in repository.record_ids(_FOLDER).items() if _COMMIT.match(name)}


_STORE = NoteStore(
    lambda repository: {sha: id_.encode() for sha, id_ in _ids(repository).items()},
    parse_authorship,
)

GIT_AI_REFS = LineRecord(
    id="git-ai-refs",
    title="older git-ai records (refs/ai/authorship/*)",
    says="Which lines of a commit an agent or a person wrote, by file and line number.",
    limits="Written until October 2025. Their oldest form names authors as they were typed; a name that is no known "
    "agent's and no author's of this history says nothing.",
    source="git-ai-project/git-ai, src/log_fmt/authorship_log.rs before commit e1fec9c65",
    place="refs/ai/authorship/*",
    locate=lambda repository: digest_of(_ids(repository)),
    read=_STORE.read,
    names_lines=True,
    refspecs=("refs/ai/authorship/*:refs/ai/authorship/*",),
    objects=lambda repository: list(_ids(repository).values()),
    noted=_STORE.noted,
    note_of=_STORE.note_of,
)
