"""Read Entire's checkpoints that have a ref each, `refs/entire/checkpoints/<last two characters>/<id>`.

Such a ref names a commit whose tree is what the folder of the checkpoint is on the branch: one
`<session>/metadata.json` per session. Source: entireio/cli, `cmd/entire/cli/checkpoint/refs_naming.go`, `id/id.go` and
docs/architecture/ref-checkpoint-backend.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analyzer.evidence.checkpoint_counts import MAX_BYTES, parse_session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.evidence.checkpoint_counts import CheckpointCount
    from analyzer.history.git import Git
    from analyzer.history.repository import Repository

_FOLDER = "refs/entire/checkpoints/"
# 12 hexadecimal digits, or a ULID: 26 Crockford characters, the first of which is at most 7 (128 bits).
CHECKPOINT_ID = re.compile(r"(?:[0-9a-f]{12}|[0-7][0-9A-HJKMNP-TV-Z]{25})\Z")
_MAX_SESSIONS = 1_000


def checkpoint_refs(repository: Repository) -> dict[str, str]:
    """Return the object of each checkpoint's ref by checkpoint; a ref in another's folder is none."""
    names = ((name.partition("/"), id_) for name, id_ in repository.record_ids(_FOLDER).items())
    return {one: id_ for (folder, _, one), id_ in names if CHECKPOINT_ID.match(one) and one[-2:] == folder}


def read_checkpoint_refs(git: Git, refs: Iterable[tuple[str, str]]) -> dict[str, CheckpointCount]:
    """Return the counts of those checkpoints, pairs of id and object, that have one.

    Sessions count from 0, in older checkpoints from 1. Raises `NoShareError` if git fails half-way.
    """
    counts: dict[str, CheckpointCount] = {}
    with git.start_batch("cat-file", "--batch") as batch:
        for checkpoint_id, object_id in refs:
            for session in range(_MAX_SESSIONS):
                contents = batch.read_object(f"{object_id}:{session}/metadata.json".encode(), MAX_BYTES)
                if contents is None and session:
                    break
                count = parse_session(contents or b"")
                if count is not None and count.exceeds(counts.get(checkpoint_id)):
                    counts[checkpoint_id] = count
    return counts
