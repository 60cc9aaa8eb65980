"""Line-level notes as recorders write them."""

from __future__ import annotations

import json
from collections.abc import Sequence

SESSION, HUMAN, PROMPT = "s_00112233445566", "h_aabbccddeeff00", "0123456789abcdef"


def note(*entries: str, **tables: object) -> bytes:
    """A note's bytes."""
    return ("\n".join(entries) + "\n---\n" + json.dumps({"schema_version": "authorship/3.0.0", **tables})).encode()


def agent(tool: str, model: str) -> dict[str, object]:
    """An entry of a note's sessions or prompts."""
    return {"agent_id": {"tool": tool, "id": "x", "model": model}}


def authorship(*authors: tuple[str, Sequence[object], object], version: str = "authorship/0.0.1") -> bytes:
    """git-ai's oldest record, of the file a.py: name, lines and metadata of each author."""
    rows = [{"author": name, "lines": lines, "agent_metadata": metadata} for name, lines, metadata in authors]
    return json.dumps({"files": {"a.py": {"file": "a.py", "authors": rows}}, "schema_version": version}).encode()


def whogitit(path: str, sources: list[str], version: int = 3) -> bytes:
    """A note of whogitit with the source of each line of a file."""
    lines = [
        {"line_number": n, "content": "x", "source": {"type": source, "edit_id": "e"}, "confidence": 1.0}
        for n, source in enumerate(sources, 1)
    ]
    model = {"id": "claude-opus-4-5-20251101", "provider": "anthropic"}
    session = {"session_id": "x", "model": model, "started_at": "2026-01-30T10:00:00Z", "prompt_count": 1}
    files = [{"path": path, "lines": lines, "summary": {"total_lines": len(lines)}}]
    return json.dumps({"version": version, "session": session, "prompts": [], "files": files}).encode()


def agent_blame(*rows: dict[str, object], version: int = 2) -> bytes:
    """A note of Agent Blame."""
    attributions = [{"category": "ai_generated", "confidence": 1, "contentHash": "sha256:0"} | row for row in rows]
    return json.dumps({"version": version, "timestamp": "x", "attributions": attributions}).encode()


Trace = tuple[str, object, list[tuple[int, int, object]]]


def agent_trace(revision: str, *files: Trace, timestamp: str = "2026-01-23T14:30:00Z") -> bytes:
    """A line of an Agent Trace file: of each file its path, its contributor, and ranges with theirs."""
    record = {
        "version": "0.1.0",
        "id": "550e8400-e29b-41d4-a716-446655440000",
        "timestamp": timestamp,
        "vcs": {"type": "git", "revision": revision},
        "tool": {"name": "cursor", "version": "2.4.0"},
        "files": [
            {
                "path": path,
                "conversations": [
                    _with_contributor(
                        {"ranges": [_with_contributor({"start_line": a, "end_line": z}, one) for a, z, one in ranges]},
                        contributor,
                    )
                ],
            }
            for path, contributor, ranges in files
        ],
    }
    return json.dumps(record).encode()


def _with_contributor(entry: dict[str, object], contributor: object) -> dict[str, object]:
    return entry if contributor is None else {**entry, "contributor": contributor}
