"""Parse the counts of one session's record in an Entire checkpoint.

Source: entireio/cli, `api/checkpoint/metadata.go` (`Attribution`), before that `InitialAttribution` of
`cmd/entire/cli/checkpoint/checkpoint.go`: `agent_lines` are the agent's of the lines that the commit adds,
`total_committed`. `metric_version` says what the record's percentage is of; the percentage is not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from analyzer.evidence.agents import by_name

# A session's metadata take a few kilobytes, and no commit has a ten-digit number of lines.
MAX_BYTES, _MAX_LINES = 1_000_000, 999_999_999


@dataclass(frozen=True, slots=True)
class CheckpointCount:
    """The lines that a commit added (`lines`) and the agent's among them, as the recorder counted at commit time."""

    agent_lines: int
    lines: int
    tool: str | None

    def exceeds(self, other: CheckpointCount | None) -> bool:
        """Return whether this session counted more lines than another one of the same checkpoint, or there is none."""
        return other is None or (self.lines, self.agent_lines) > (other.lines, other.agent_lines)


def parse_session(contents: bytes) -> CheckpointCount | None:
    """Parse one session's record; None if it holds no count or is something else."""
    if len(contents) > MAX_BYTES:
        return None
    try:
        data = msgspec.json.decode(contents)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    attribution = data.get("initial_attribution") if isinstance(data, dict) else None
    if not isinstance(attribution, dict):
        return None
    agent_lines, total_lines = (
        _line_count(attribution.get("agent_lines")),
        _line_count(attribution.get("total_committed")),
    )
    if agent_lines is None or not total_lines or agent_lines > total_lines:
        return None  # no lines were added, or the record contradicts itself
    agent = by_name(str(data.get("agent") or ""))
    return CheckpointCount(agent_lines, total_lines, agent.tool if agent else None)


def _line_count(value: Any) -> int | None:
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    return value if is_integer and 0 <= value <= _MAX_LINES else None
