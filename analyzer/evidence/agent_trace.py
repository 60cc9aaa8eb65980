"""Read the Agent Trace records (0.1) of the analysed commit's file `.agent-trace/traces.jsonl`, one JSON a line.

A record names a revision, and in `files[].conversations[].ranges[]` lines of its files, with a contributor per
conversation or per range. `mixed` is AI's output that a person edited or the reverse, and `unknown` is unknown: such
lines are left untracked. Source: cursor/agent-trace, README.md (schema and “Line Tracking”) and
reference/trace-store.ts (where the file is; its records call their version 1.0).

Lines are positions in the recorded revision. But the reference hooks write a record with every edit, and what they
record is the commit that is checked out then: the lines are of a file that no commit holds, and the fallback for text
that the hook does not find is line 1. Such a record comes after its revision. Only one that is as old as its revision
speaks of that commit.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from analyzer.core.rows import commit_dates, is_merge
from analyzer.evidence.agents import by_name
from analyzer.evidence.line_notes import MAX_RANGES, MAX_TOTAL_RANGES
from analyzer.evidence.model_names import model_in
from analyzer.evidence.record import LineRange, LineRecord, Note, RecordedLines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from analyzer.evidence.record import Source
    from analyzer.history.repository import Repository

TRACE_FILE = ".agent-trace/traces.jsonl"
_VERSION = re.compile(r"(?:0\.1(?:\.\d{1,9})?|1\.0)\Z")
_COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
_SOURCES: dict[str, Source] = {"ai": "ai", "human": "human"}
# A record of a whole commit takes kilobytes.
_MAX_RECORD_BYTES = 1_000_000
# A hook that runs after a commit writes within seconds of it; no agent edits a file that soon.
_MAX_SECONDS_AFTER = 5

Line = Annotated[int, Meta(ge=1, le=999_999_999)]
Name = Annotated[str, Meta(max_length=250)]


class _Contributor(Struct):
    type: Literal["human", "ai", "mixed", "unknown"]
    model_id: Name | None = None


class _TracedRange(Struct):
    start_line: Line
    end_line: Line
    contributor: _Contributor | None = None


class _Conversation(Struct):
    ranges: list[_TracedRange]
    contributor: _Contributor | None = None


class _TracedFile(Struct):
    path: str
    conversations: list[_Conversation]


class _TraceTool(Struct):
    name: Name | None = None


class _TracedRevision(Struct):
    type: str
    revision: str


class TraceRecord(Struct):
    """One record, as far as it is used here."""

    version: str
    timestamp: Annotated[datetime, Meta(tz=True)]
    files: list[_TracedFile]
    vcs: _TracedRevision | None = None
    tool: _TraceTool | None = None


def parse_records(contents: bytes) -> tuple[list[TraceRecord], int]:
    """Return the records of a trace file that name a commit of git, and how many lines are something else."""
    records: list[TraceRecord] = []
    others = 0
    for line in contents.split(b"\n"):
        if not line.strip():
            continue
        record = _parse(line)
        if record is None:
            others += 1
        else:
            records.append(record)
    return records, others


def _parse(line: bytes) -> TraceRecord | None:
    if len(line) > _MAX_RECORD_BYTES:
        return None
    try:
        record = msgspec.json.decode(line, type=TraceRecord)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    is_git = record.vcs is not None and record.vcs.type == "git" and _COMMIT.match(record.vcs.revision)
    return record if is_git and _VERSION.match(record.version) else None


def line_ranges(record: TraceRecord) -> Iterator[LineRange]:
    """Yield the ranges of a record that name an agent or a person."""
    agent = by_name(record.tool.name) if record.tool and record.tool.name else None
    for file in record.files:
        for conversation in file.conversations:
            for row in conversation.ranges:
                contributor = row.contributor or conversation.contributor
                source = _SOURCES.get(contributor.type) if contributor else None
                if contributor is None or source is None or not file.path:
                    continue
                tool = agent.tool if agent and source == "ai" else None
                model = model_in(contributor.model_id or "") if source == "ai" else None
                yield LineRange(file.path, row.start_line, max(row.start_line, row.end_line), source, tool, model)


def read_agent_traces(repository: Repository, commits: pd.DataFrame) -> RecordedLines:
    """Return the notes of the non-merge commits that records as old as these speak of."""
    records, others = parse_records(repository.read_file_at_head(TRACE_FILE) or b"")
    dates = commit_dates(commits)
    merges = frozenset(commits.loc[is_merge(commits), "sha"])
    by_commit: dict[str, list[TraceRecord]] = {}
    late = 0
    for record in records:
        sha = record.vcs.revision if record.vcs else ""
        if sha in dates.index and _is_late(record, dates[sha]):
            late += 1
        else:
            by_commit.setdefault(sha, []).append(record)
    history = [sha for sha in by_commit if sha in dates.index]
    notes = _notes((sha, by_commit[sha]) for sha in history if sha not in merges)
    return RecordedLines(
        notes=notes,
        carried=frozenset(notes),  # a path can be none of the commit's, such as the “.shell-history” of the hooks
        empty=sum(sha not in merges for sha in history) - len(notes),
        on_merges=sum(sha in merges for sha in history),
        outside=len(by_commit) - len(history),
        unknown_keys=others + late,
    )


def _is_late(record: TraceRecord, committed: pd.Timestamp) -> bool:
    """Return whether a record was made after its commit, or the commit has no date to tell by."""
    seconds = committed.timestamp() if committed == committed else None  # noqa: PLR0124 - NaT differs from itself
    return seconds is None or record.timestamp.timestamp() - seconds > _MAX_SECONDS_AFTER


def _notes(records: Iterable[tuple[str, list[TraceRecord]]]) -> dict[str, Note]:
    """Return the notes that have ranges; with more ranges than their limits allow, a commit's or all are left out."""
    notes: dict[str, Note] = {}
    capacity = MAX_TOTAL_RANGES
    for sha, commit_records in records:
        ranges = [line_range for record in commit_records for line_range in line_ranges(record)]
        capacity -= len(ranges)
        if 0 < len(ranges) <= MAX_RANGES and capacity >= 0:
            notes[sha] = Note(ranges)
    return notes


AGENT_TRACES = LineRecord(
    id="agent-trace",
    title=f"Agent Trace records ({TRACE_FILE})",
    says="Which lines of a commit an agent or a person wrote, by file and line number.",
    limits="Anybody who commits can write this file. Records that a hook made while editing name the commit before, at "
    "lines that no commit has; they are left out, as are mixed and unknown contributors.",
    source="cursor/agent-trace, README.md (0.1.0) and reference/trace-store.ts",
    place=TRACE_FILE,
    locate=lambda repository: repository.file_id_at_head(TRACE_FILE),
    read=read_agent_traces,
    names_lines=True,
    objects=lambda repository: list(filter(None, [repository.file_id_at_head(TRACE_FILE)])),
)
