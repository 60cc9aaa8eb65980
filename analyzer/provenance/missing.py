"""Which blobs of a history are not in this clone: a partial clone, or files left out for their size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.history.git import DIFF_OPTIONS, NO_RENAMES
from analyzer.provenance.patch import NOTHING, SUBMODULE, blocks, parsed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from analyzer.history.git import Git

_RAW = ("log", "-m", "--raw", NO_RENAMES, "--no-notes", "--format=%x01%H")


def missing_blobs(git: Git, head: str, limits: Sequence[str] = ()) -> frozenset[bytes]:
    """Blobs that a commit of the history names and the clone lacks, as hexadecimal ids."""
    blobs: set[bytes] = set()
    with git.pipe(*_RAW, "--diff-merges=first-parent", *DIFF_OPTIONS, head, *limits, "--") as pipe:
        for block in blocks(pipe):
            for record in parsed(block)[1]:
                if record.new_mode not in (NOTHING, SUBMODULE):
                    blobs.add(record.new_blob)
    return absent(git, blobs)


def absent(git: Git, blobs: Collection[bytes]) -> frozenset[bytes]:
    """Those of the blobs that the clone lacks."""
    if not blobs:
        return frozenset()
    answers = git.ask("cat-file", "--batch-check=%(objectname)", stdin=b"\n".join(sorted(blobs)) + b"\n") or b""
    return frozenset(line.split()[0] for line in answers.splitlines() if line.endswith(b" missing"))
