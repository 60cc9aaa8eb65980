"""Files that were split: several files of one commit, each like one file that went.

`git log -M` gives a file that went to one successor alone; git blame looks for the best source of each path by itself.
So where a commit has both renamed and new files, it is asked again with copies, and copies of renamed files count. (A
new file that is like a deleted one, which nothing else took, would have been called its rename already.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.blame.diff import Record, parsed
from analyzer.history.git import COPIES, DIFF_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analyzer.history.batch import Dialogue

ASK = ("diff-tree", "--stdin", "-r", COPIES, "-p", "-U0", "--raw", "--full-index", *DIFF_OPTIONS)
_END = b"=END\n"


class Splits:
    """Splits by way of one `git diff-tree`."""

    def __init__(self, asked: Dialogue, patchless: Callable[[Record], bool]) -> None:
        """`asked`: a dialogue with `ASK`; `patchless`: whether git shows no patch of a record."""
        self._asked, self._patchless = asked, patchless

    def found(self, sha: bytes, records: Sequence[Record]) -> dict[bytes, tuple[Record, bytes]]:
        """New path → record with its source as old path, and the patch against that source."""
        gone = {record.old_path for record in records if record.status == b"R"}
        new = {record.path for record in records if record.status == b"A"}
        if not gone or not new:
            return {}
        _, told, sections = parsed(self._asked.until(sha + b"\n" + _END, _END))
        pairs, at = {}, 0
        for record in told:
            if self._patchless(record):
                continue
            section = sections[at]
            at += 2 if record.status == b"T" else 1
            if record.path in new and record.old_path in gone:
                pairs[record.path] = (record._replace(status=b"C"), section)
        return pairs
