"""Detect split files: several files of one commit that all resemble one file it removed.

`git log -M` assigns a removed file to a single successor, whereas git blame looks for the best source of each path.
So if a commit has both renamed and new files, we diff it again with copy detection and accept copies of renamed files.
(A new file that resembles a deleted one without a successor would already have been reported as its rename.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.blame.diff import FilePatch, FileRecord, parse_commit
from analyzer.history.batch import END_OF_COMMIT
from analyzer.history.git_options import COPIES, DIFF_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from analyzer.history.batch import BatchProcess

DIFF_TREE = ("diff-tree", "--stdin", "-r", COPIES, "--raw", "--full-index", *DIFF_OPTIONS)
PATCHES = ("-p", "-U0")


class SplitFinder:
    """Finds splits through two `git diff-tree --stdin` processes."""

    def __init__(
        self, records: BatchProcess, patches: BatchProcess, has_no_patch: Callable[[FileRecord], bool]
    ) -> None:
        """Keep the processes.

        Parameters
        ----------
        records : process started with `DIFF_TREE`.
        patches : process started with `DIFF_TREE` and `PATCHES`; it is asked only where there is a split.
        has_no_patch : returns whether git prints no patch for a record.
        """
        self._records, self._patches, self._has_no_patch = records, patches, has_no_patch

    def find(
        self, sha: bytes, records: Sequence[FileRecord], unfollowed: Collection[bytes]
    ) -> dict[bytes, tuple[FileRecord, FilePatch]]:
        """Return new path → (record with the source as its old path, patch against that source).

        `unfollowed`: paths whose lines are not followed, so that they have none to pass on.
        """
        renamed_paths = {r.old_path for r in records if r.status == b"R" and r.old_path not in unfollowed}
        added_paths = {r.path for r in records if r.status == b"A" and r.path not in unfollowed}
        if not renamed_paths or not added_paths:
            return {}
        _, copy_records, _ = _ask(self._records, sha)
        if not any(record.path in added_paths and record.old_path in renamed_paths for record in copy_records):
            return {}
        _, copy_records, sections = _ask(self._patches, sha)
        pairs, position = {}, 0
        for record in copy_records:
            if self._has_no_patch(record):
                continue
            section = sections[position]
            position += 2 if record.status == b"T" else 1
            if record.path in added_paths and record.old_path in renamed_paths:
                pairs[record.path] = (record._replace(status=b"C"), FilePatch(section))
        return pairs


def _ask(process: BatchProcess, sha: bytes) -> tuple[bytes, list[FileRecord], list[bytes]]:
    return parse_commit(process.read_until(sha + b"\n" + END_OF_COMMIT, END_OF_COMMIT))
