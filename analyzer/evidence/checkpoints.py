"""Read the checkpoints of Entire, from its refs and from its branch, into the table `checkpoints`.

A checkpoint states how many of a commit's lines its recorder attributed to an agent. A commit names its checkpoint in
the trailer `Entire-Checkpoint:`. Since July 2026 a checkpoint has a ref of its own (`checkpoint_refs`). Before that it
was a folder of the branch `entire/checkpoints/v1`: `0123456789ab` is `01/23456789ab/`, with one
`<session>/metadata.json` per session. Both stores can hold checkpoints of one history, and of one commit, so they are
one record; as Entire does, we look for a checkpoint in the refs first. Source: entireio/cli, pull requests 1566, 1630
and 1648, `cmd/entire/cli/checkpoint/routing_store.go` and `api/checkpoint/metadata.go`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.core.rows import is_merge
from analyzer.evidence.checkpoint_counts import MAX_BYTES, CheckpointCount, parse_session
from analyzer.evidence.checkpoint_refs import CHECKPOINT_ID, checkpoint_refs, read_checkpoint_refs
from analyzer.evidence.message import trailers
from analyzer.evidence.note_store import digest_of
from analyzer.evidence.record import LineRecord, RecordedLines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    import pandas as pd

    from analyzer.history.git import Git
    from analyzer.history.repository import Repository

_RECORD = re.compile(rb"([0-9a-f]{2})/([0-9a-f]{10})/\d{1,6}/metadata\.json\Z")


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
    from analyzer.core import tables

    non_merges = commits[~is_merge(commits)]
    ids_by_commit = checkpoint_ids_by_commit(non_merges)
    uses = Counter(checkpoint_id for ids in ids_by_commit.values() for checkpoint_id in ids)
    unshared = {
        sha: ids for sha, ids in ids_by_commit.items() if all(uses[checkpoint_id] == 1 for checkpoint_id in ids)
    }
    counts_by_id = _read_counts(repository, {checkpoint_id for ids in unshared.values() for checkpoint_id in ids})
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
            if trailer.key == "entirecheckpoint" and CHECKPOINT_ID.match(trailer.name)
        )
    )


def _total(counts: list[CheckpointCount]) -> tuple[int, int, str | None]:
    """Add up the counts of all checkpoints that one commit (a squash) names: agent's lines, lines, tools."""
    tools = sorted({count.tool for count in counts if count.tool and count.agent_lines})
    return sum(count.agent_lines for count in counts), sum(count.lines for count in counts), " ".join(tools) or None


def _read_counts(repository: Repository, ids: Collection[str]) -> dict[str, CheckpointCount]:
    """Return the counts of those `ids` that have one, from the refs or else from the branch."""
    refs = checkpoint_refs(repository)
    counts = read_checkpoint_refs(repository.git, [(one, refs[one]) for one in sorted(ids) if one in refs])
    remaining = set(ids) - counts.keys()
    if remaining and repository.checkpoints is not None:
        counts |= read_checkpoints(repository.git, repository.checkpoints, remaining)
    return counts


def read_checkpoints(git: Git, tree: str, ids: Iterable[str]) -> dict[str, CheckpointCount]:
    """Return the counts of those `ids` that have one on the branch.

    The sessions of a checkpoint repeat its count; we take the session that counted most lines. Raises `NoShareError`
    if git fails half-way.
    """
    id_by_folder = {f"{checkpoint_id[:2]}/{checkpoint_id[2:]}".encode(): checkpoint_id for checkpoint_id in ids}
    counts: dict[str, CheckpointCount] = {}
    with git.start_batch("cat-file", "--batch") as batch:
        for folder, blob in _session_records(git, tree):
            if folder in id_by_folder:
                count = parse_session(batch.read_object(blob, MAX_BYTES) or b"")
                if count is not None and count.exceeds(counts.get(id_by_folder[folder])):
                    counts[id_by_folder[folder]] = count
    return counts


def _session_records(git: Git, tree: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield the checkpoint's folder and the blob id of every session record."""
    for entry in git.tree_entries(tree):
        fields, _, path = entry.partition(b"\t")
        if match := _RECORD.match(path):
            yield b"/".join(match.groups()), fields.split(b" ")[2]


def _places(repository: Repository) -> dict[str, str]:
    """Return the objects of the refs and the tree of the branch, by name."""
    branch = {} if repository.checkpoints is None else {"": repository.checkpoints}
    return branch | checkpoint_refs(repository)


ENTIRE_CHECKPOINTS = LineRecord(
    id="entire",
    title="Entire checkpoints (refs/entire/checkpoints/*, branch entire/checkpoints/v1)",
    says="How many lines of a commit an agent wrote, counted when the commit was made; not which ones.",
    limits="A checkpoint that several commits name cannot be divided among them and is left out.",
    source="entireio/cli, api/checkpoint/metadata.go (Attribution), cmd/entire/cli/checkpoint/refs_naming.go",
    place="refs/entire/checkpoints/* or entire/checkpoints/v1",
    locate=lambda repository: digest_of(_places(repository)),
    read=read_entire_checkpoints,
    names_lines=False,
    refspecs=(
        "refs/entire/checkpoints/*:refs/entire/checkpoints/*",
        "refs/heads/entire/checkpoints/*:refs/remotes/origin/entire/checkpoints/*",
    ),
    objects=lambda repository: list(_places(repository).values()),
)
