"""Read the checkpoints of Entire (branch `entire/checkpoints/v1`) into the table `checkpoints`.

A checkpoint states how many of a commit's lines its recorder attributed to an agent. A commit names its checkpoint in
the trailer `Entire-Checkpoint:`. The checkpoint `0123456789ab` is the folder `01/23456789ab/`, with one
`<session>/metadata.json` per session. Source: entireio/cli, `cmd/entire/cli/checkpoint/checkpoint.go`
(`InitialAttribution`).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.core import tables
from analyzer.core.rows import is_merge
from analyzer.evidence.agents import by_name
from analyzer.evidence.message import trailers
from analyzer.evidence.record import LineRecord, RecordedLines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from analyzer.history.git import Git
    from analyzer.history.repository import Repository

_ID = re.compile(r"[0-9a-f]{12}\Z")
_RECORD = re.compile(rb"([0-9a-f]{2})/([0-9a-f]{10})/\d{1,6}/metadata\.json\Z")
# A session's metadata take a few kilobytes, and no commit has a ten-digit number of lines.
_MAX_BYTES, _MAX_LINES = 1_000_000, 999_999_999


@dataclass(frozen=True, slots=True)
class CheckpointCount:
    """The lines that a commit added (`lines`) and the agent's among them, as the recorder counted at commit time."""

    agent_lines: int
    lines: int
    tool: str | None


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Table `checkpoints`, and how many commits are left out of it.

    counts : the table.
    shared : commits left out because other commits name the same checkpoint.
    uncounted : commits left out because the store holds no count for their checkpoint.
    """

    counts: pd.DataFrame
    shared: int
    uncounted: int


def read_entire_checkpoints(repository: Repository, commits: pd.DataFrame) -> RecordedLines:
    """Return the counts of the checkpoints that non-merge commits name, each checkpoint by one commit alone."""
    non_merges = commits[~is_merge(commits)]
    ids_by_commit = checkpoint_ids_by_commit(non_merges)
    uses = Counter(checkpoint_id for ids in ids_by_commit.values() for checkpoint_id in ids)
    unshared = {
        sha: ids for sha, ids in ids_by_commit.items() if all(uses[checkpoint_id] == 1 for checkpoint_id in ids)
    }
    counts_by_id = read_checkpoints(
        repository.git,
        repository.checkpoints or "",
        (checkpoint_id for ids in unshared.values() for checkpoint_id in ids),
    )
    rows = [
        (sha, *_total([counts_by_id[checkpoint_id] for checkpoint_id in ids]))
        for sha, ids in unshared.items()
        if counts_by_id.keys() >= set(ids)
    ]
    return RecordedLines(
        counts=tables.CHECKPOINTS.frame(rows),
        shared=len(ids_by_commit) - len(unshared),
        uncounted=len(unshared) - len(rows),
    )


def checkpoint_ids_by_commit(commits: pd.DataFrame) -> dict[str, list[str]]:
    """Return the checkpoints that each commit's message names, without commits that name none."""
    pairs = zip(commits["sha"], commits["message"], strict=True)
    return {sha: ids for sha, message in pairs if (ids := _checkpoint_ids(message))}


def _checkpoint_ids(message: str) -> list[str]:
    """Return the checkpoints that a message names, each once."""
    if "ntire-" not in message:
        return []
    return list(
        dict.fromkeys(
            trailer.name
            for trailer in trailers(message)
            if trailer.key == "entirecheckpoint" and _ID.match(trailer.name)
        )
    )


def _total(counts: list[CheckpointCount]) -> tuple[int, int, str | None]:
    """Add up the counts of all checkpoints that one commit (a squash) names: agent's lines, lines, tools."""
    tools = sorted({count.tool for count in counts if count.tool and count.agent_lines})
    return sum(count.agent_lines for count in counts), sum(count.lines for count in counts), " ".join(tools) or None


def read_checkpoints(git: Git, tree: str, ids: Iterable[str]) -> dict[str, CheckpointCount]:
    """Return the counts of those `ids` that have one in the store.

    The sessions of a checkpoint repeat its count; we take the session that counted most lines. Raises `NoShareError`
    if git fails half-way.
    """
    id_by_folder = {f"{checkpoint_id[:2]}/{checkpoint_id[2:]}".encode(): checkpoint_id for checkpoint_id in ids}
    counts: dict[str, CheckpointCount] = {}
    with git.start_batch("cat-file", "--batch") as batch:
        for folder, blob in _session_records(git, tree):
            if folder in id_by_folder:
                count = parse_session(batch.read_object(blob) or b"")
                previous = counts.get(id_by_folder[folder])
                if count and (
                    previous is None or (count.lines, count.agent_lines) > (previous.lines, previous.agent_lines)
                ):
                    counts[id_by_folder[folder]] = count
    return counts


def _session_records(git: Git, tree: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield the checkpoint's folder and the blob id of every session record."""
    for entry in git.tree_entries(tree):
        fields, _, path = entry.partition(b"\t")
        if match := _RECORD.match(path):
            yield b"/".join(match.groups()), fields.split(b" ")[2]


def parse_session(contents: bytes) -> CheckpointCount | None:
    """Parse one session's record; None if it holds no count or is something else."""
    if len(contents) > _MAX_BYTES:
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


ENTIRE_CHECKPOINTS = LineRecord(
    id="entire",
    title="Entire checkpoints (branch entire/checkpoints/v1)",
    says="How many lines of a commit an agent wrote, counted when the commit was made; not which ones.",
    limits="A checkpoint that several commits name cannot be divided among them and is left out.",
    source="entireio/cli, cmd/entire/cli/checkpoint/checkpoint.go (InitialAttribution)",
    place="entire/checkpoints/v1",
    locate=lambda repository: repository.checkpoints,
    read=read_entire_checkpoints,
    names_lines=False,
)
