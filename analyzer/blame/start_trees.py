"""Read the trees that a replay starts from (`history.start`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.blame.diff import SUBMODULE, parse_commit
from analyzer.history.batch import END_OF_COMMIT
from analyzer.history.git_options import DIFF_OPTIONS, RENAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.blame.diff import FileRecord
    from analyzer.history.batch import BatchProcess
    from analyzer.history.git import Git

DIFF_TREE = ("diff-tree", "--stdin", "-r", RENAMES, "--raw", "--full-index", *DIFF_OPTIONS)
PATCHES = ("-p", "-U0")


def blobs_at(git: Git, sha: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield path and blob of every file of a commit; raises `NoShareError` if git cannot read its tree."""
    for entry in git.tree_entries(sha.decode()):
        facts, path = entry.split(b"\t", 1)
        mode, _, blob = facts.split()
        if mode != SUBMODULE:
            yield path, blob


def differences(diff_tree: BatchProcess, sha: bytes, parent: bytes) -> tuple[list[FileRecord], list[bytes]]:
    """Return the raw records and patches of what differs between two commits, whatever their own parents are.

    `diff_tree`: a batch process started with `DIFF_TREE`; only with `PATCHES` there are patches.
    """
    request = sha + b" " + parent + b"\n" + END_OF_COMMIT
    _, records, sections = parse_commit(diff_tree.read_until(request, END_OF_COMMIT))
    return records, sections
