"""Line-level notes as recorders write them."""

from __future__ import annotations

import json

SESSION, HUMAN, PROMPT = "s_00112233445566", "h_aabbccddeeff00", "0123456789abcdef"


def note(*entries: str, **tables: object) -> bytes:
    """A note's bytes."""
    return ("\n".join(entries) + "\n---\n" + json.dumps({"schema_version": "authorship/3.0.0", **tables})).encode()


def agent(tool: str, model: str) -> dict[str, object]:
    """An entry of a note's sessions or prompts."""
    return {"agent_id": {"tool": tool, "id": "x", "model": model}}
