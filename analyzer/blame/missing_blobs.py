"""Find blobs of a history that this clone lacks, because it is partial or because large files were left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from analyzer.history.git import Git


def find_missing_blobs(git: Git, head: str, starts: Sequence[str] = ()) -> frozenset[bytes]:
    """Return the hexadecimal ids of blobs (and trees) that the history names but the clone lacks.

    `starts`: only these commits and what came after them count; empty: the whole history.
    """
    command = ("rev-list", "--objects", "--quiet", "--missing=print", "--stdin")
    since = [head, *(f"^{sha}" for sha in starts)]
    missing: set[bytes] = set()
    for options, revisions in (((), since), (("--no-walk",), starts)):
        if revisions:
            with git.open_pipe(*command, *options, stdin="\n".join(revisions).encode() + b"\n") as stdout:
                missing.update(line[1:].rstrip() for line in stdout if line[:1] == b"?")
    return frozenset(missing)


def lacks_trees(git: Git, head: str) -> bool:
    """Return whether the clone lacks a tree of the history, so that nothing is known of the files in it."""
    options = ("--objects", "--quiet", "--filter=blob:none", "--missing=print")
    return b"?" in (git.run("rev-list", *options, head, "--") or b"")


def still_missing(git: Git, blobs: Collection[bytes]) -> frozenset[bytes]:
    """Return those of the blobs that the clone lacks."""
    if not blobs:
        return frozenset()
    answers = git.run("cat-file", "--batch-check=%(objectname)", stdin=b"\n".join(sorted(blobs)) + b"\n") or b""
    return frozenset(line.split()[0] for line in answers.splitlines() if line.endswith(b" missing"))
