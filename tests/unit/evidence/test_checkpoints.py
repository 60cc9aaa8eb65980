"""Checkpoint records: what they may say, and that no record breaks the reader."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from analyzer.evidence.checkpoint_counts import CheckpointCount, parse_session


def record(agent: object, total: object, tool: str = "Claude Code") -> bytes:
    """A session's record."""
    return json.dumps({"agent": tool, "initial_attribution": {"agent_lines": agent, "total_committed": total}}).encode()


def test_checkpoint_counts_must_be_consistent() -> None:
    """Counts that hold together are read; what adds nothing or contradicts itself is not."""
    assert parse_session(record(32, 33)) == CheckpointCount(32, 33, "claude-code")
    assert parse_session(record(0, 5, "Somebody's own")) == CheckpointCount(0, 5, None)
    for agent, total in ((0, 0), (6, 5), (-1, 5), (1.5, 5), (True, 5), ("1", 5), (1, None), (1, 10**12)):
        assert parse_session(record(agent, total)) is None
    assert parse_session(b'{"initial_attribution": null}') is parse_session(b"[]") is parse_session(b"[" * 5000) is None


@given(st.binary(max_size=200))
def test_any_bytes_give_a_record_or_none(contents: bytes) -> None:
    """Any bytes are a record or none."""
    assert parse_session(contents) is None
