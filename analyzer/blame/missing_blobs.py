"""Which blobs of a history are not in this clone: a partial clone, or files left out for their size."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from analyzer.history.git import Git


def missing_blobs(git: Git, head: str) -> frozenset[bytes]:
    """Blobs that the history names and the clone lacks, as hexadecimal ids; trees that it lacks are among them."""
    with git.pipe("rev-list", "--objects", "--quiet", "--missing=print", head, "--") as said:
        return frozenset(line[1:].rstrip() for line in said if line[:1] == b"?")


def absent(git: Git, blobs: Collection[bytes]) -> frozenset[bytes]:
    """Those of the blobs that the clone lacks."""
    if not blobs:
        return frozenset()
    answers = git.ask("cat-file", "--batch-check=%(objectname)", stdin=b"\n".join(sorted(blobs)) + b"\n") or b""
    return frozenset(line.split()[0] for line in answers.splitlines() if line.endswith(b" missing"))
