"""Targets: line-level records of other tools than git-ai: JSON that names lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.evidence import agent_blame, agent_trace, git_ai_refs, whogitit
from analyzer.evidence.record import Note
from tests import notes
from tests.validation.fuzz.of_records import JSON_TOKENS
from tests.validation.fuzz.target import Target, encodable, held, twisted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PEOPLE = frozenset({"Ada Lovelace"})


def _property(parse: Callable[[bytes], Note]) -> Callable[[bytes], None]:
    def one(data: bytes) -> None:
        note = parse(data)
        held(len(note.ranges) + note.unknown_keys <= len(data), "more than the record says")
        for row in note.ranges:
            held(0 <= row.first <= row.last < 10**9 and row.source in {"ai", "human"} and row.path, "no range")
            held(row.source == "ai" or (row.tool, row.model) == (None, None), "a person with a tool")
            encodable(row.path, row.tool, row.model)

    return one


def _traced(data: bytes) -> Note:
    records, others = agent_trace.parse_records(data)
    return Note([row for record in records for row in agent_trace.line_ranges(record)], others)


def _authorships() -> Iterator[bytes]:
    metadata = {"model": "claude-opus-4-6", "human_author": None}
    authors: list[tuple[str, list[object], object]] = [
        ("Cursor", [1, [2, 3]], metadata),
        ("Ada Lovelace", [[9, 4]], None),
        ("o3", [7], None),
    ]
    yield from twisted(notes.authorship(*authors))
    yield notes.note("a.py", "  0123456 1-3")


def _whogitit() -> Iterator[bytes]:
    yield from twisted(notes.whogitit("a.py", ["Original", "AI", "AIModified", "Human", "Unknown"]))


def _agent_blame() -> Iterator[bytes]:
    row = {"path": "a.py", "startLine": 1, "endLine": 3, "provider": "claudeCode", "model": "claude-opus-4-6"}
    older = {"path": "b.py", "start_line": 1, "end_line": 3, "provider": "cursor", "model": None}
    yield from twisted(notes.agent_blame(row, older))


def _agent_traces() -> Iterator[bytes]:
    model = {"type": "ai", "model_id": "anthropic/claude-opus-4-6"}
    line = notes.agent_trace("a" * 40, ("a.py", model, [(1, 3, None), (4, 4, {"type": "mixed"})]))
    yield from twisted(line)
    yield line + b"\n\n" + line.replace(b'"ai"', b'"human"') + b"\n{"


TARGETS = (
    Target(
        "authorship",
        "git-ai's older records",
        ("analyzer.evidence.git_ai_refs",),
        _property(lambda data: git_ai_refs.parse_authorship(data, _PEOPLE)),
        _authorships,
        (b'"authors":[', b'"author":', b'"lines":[', b'"agent_metadata":', b"[1,2]", *JSON_TOKENS),
        (),
        500,
    ),
    Target(
        "whogitit",
        "notes of whogitit",
        ("analyzer.evidence.whogitit",),
        _property(whogitit.parse_attribution),
        _whogitit,
        (b'"line_number":', b'"source":{"type":', b'"AI"', b'"Human"', b'"files":[', *JSON_TOKENS),
        (),
        500,
    ),
    Target(
        "agent_blame",
        "notes of Agent Blame",
        ("analyzer.evidence.agent_blame",),
        _property(agent_blame.parse_attributions),
        _agent_blame,
        (b'"attributions":[', b'"startLine":', b'"end_line":', b'"ai_generated"', b'"provider":', *JSON_TOKENS),
        (),
        500,
    ),
    Target(
        "agent_trace",
        "Agent Trace files",
        ("analyzer.evidence.agent_trace",),
        _property(_traced),
        _agent_traces,
        (b'"conversations":[', b'"contributor":{"type":', b'"ranges":[', b'"start_line":', b"\n", *JSON_TOKENS),
        (),
        700,
    ),
)
