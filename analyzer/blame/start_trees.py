"""Read the trees that a replay starts from (`history.start`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.blame.diff import NO_FILE, SUBMODULE, parse_commit
from analyzer.history.batch import END_OF_COMMIT
from analyzer.history.git_options import DIFF_OPTIONS, NO_RENAMES

if TYPE_CHECKING:
    from analyzer.history.batch import BatchProcess
    from analyzer.history.git import Git

DIFF_TREE = ("diff-tree", "--stdin", "-r", NO_RENAMES, "--raw", "--full-index", *DIFF_OPTIONS)


def blobs_at(git: Git, sha: bytes) -> dict[bytes, bytes]:
    """Return the blob of every file of a commit by path; raises `NoShareError` if git cannot read its tree."""
    blobs: dict[bytes, bytes] = {}
    for entry in git.tree_entries(sha.decode()):
        facts, path = entry.split(b"\t", 1)
        mode, _, blob = facts.split()
        if mode != SUBMODULE:
            blobs[path] = blob
    return blobs


def differences(diff_tree: BatchProcess, sha: bytes, parent: bytes) -> tuple[dict[bytes, bytes], list[bytes]]:
    """Return the blobs of the files that differ between two commits, by path, and the paths that only `parent` has.

    It does not matter what the commits' own parents are. `diff_tree`: a batch process started with `DIFF_TREE`.
    """
    request = sha + b" " + parent + b"\n" + END_OF_COMMIT
    _, records, _ = parse_commit(diff_tree.read_until(request, END_OF_COMMIT))
    is_gone = {record.path: record.new_mode in (NO_FILE, SUBMODULE) for record in records}
    changed = {record.path: record.new_blob for record in records if not is_gone[record.path]}
    return changed, [path for path, gone in is_gone.items() if gone]
