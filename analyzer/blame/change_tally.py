"""Count what each commit changes per file: a column per fact, one element per (commit, file)."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

from analyzer.blame.diff import SUBMODULE
from analyzer.blame.line_hashes import added_section, count_functions_and_decisions

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from analyzer.blame.diff import FilePatch, FileRecord

TEXT, BINARY, LINK, UNKNOWN, UNFOLLOWED = range(5)
LINE_KINDS = (TEXT, UNFOLLOWED)
LINK_MODES = (b"120000", SUBMODULE)


class OwnFile(NamedTuple):
    """What a merge itself wrote in one file: lines that no parent has.

    old_path: its path in the first parent that has it, empty if none does. kind: TEXT, BINARY, LINK or UNKNOWN.
    texts: the lines.
    """

    old_path: bytes
    kind: int
    texts: list[bytes]


class ChangeTally:
    """File changes as columns, one element per (commit, file): commit and path numbers, status, kind, line counts.

    `net_hash` stands for the added and removed lines of a file that is not followed (`FilePatch.net_hash`); else 0.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.commit, self.path, self.old_path = array("I"), array("I"), array("I")
        self.status, self.kind = array("b"), array("b")
        self.added, self.deleted = array("I"), array("I")
        self.functions, self.decisions = array("I"), array("I")
        self.net_hash = array("Q")

    def add_file(
        self,
        commit: int,
        paths: tuple[int, int],
        record: FileRecord,
        kind: int,
        patches: Sequence[FilePatch],
    ) -> None:
        """Add the change of one file.

        Parameters
        ----------
        commit : number of the commit.
        paths : numbers of the file's path and its old path.
        record : the file's raw record.
        kind : TEXT, BINARY, LINK, UNKNOWN or UNFOLLOWED; only text has line counts.
        patches : patches of the file; a change of its type has two.
        """
        added = deleted = functions = decisions = net_hash = 0
        for patch in patches if kind in LINE_KINDS else ():
            added += sum([hunk[3] for hunk in patch.hunks])
            deleted += sum([hunk[1] for hunk in patch.hunks])
            if kind == UNFOLLOWED:
                net_hash = patch.net_hash()
            else:
                patch_functions, patch_decisions = count_functions_and_decisions(patch.section)
                functions += patch_functions
                decisions += patch_decisions
        self.commit.append(commit)
        self.path.append(paths[0])
        self.old_path.append(paths[1])
        self.status.append(record.status[0])
        self.kind.append(kind)
        self.added.append(added)
        self.deleted.append(deleted)
        self.functions.append(functions)
        self.decisions.append(decisions)
        self.net_hash.append(net_hash)

    def add_own_file(self, merge: int, paths: tuple[int, int], status: bytes, own_file: OwnFile) -> None:
        """Add a file in which a merge wrote or dropped lines; how many it dropped follows from the ledger later.

        Parameters
        ----------
        merge : number of the merge.
        paths : numbers of the file's path and its old path.
        status : A if no parent has the file, D if the result lacks it, R if it was renamed, else M.
        own_file : what the merge wrote.
        """
        texts = own_file.texts if own_file.kind == TEXT else []
        functions, decisions = count_functions_and_decisions(added_section(texts))
        self.commit.append(merge)
        self.path.append(paths[0])
        self.old_path.append(paths[1])
        self.status.append(status[0])
        self.kind.append(own_file.kind)
        self.added.append(len(texts))
        self.deleted.append(0)
        self.functions.append(functions)
        self.decisions.append(decisions)
        self.net_hash.append(0)


def content_kind(
    record: FileRecord, patches: Sequence[FilePatch], missing: Collection[bytes], unfollowed: Collection[bytes]
) -> int:
    """Return the kind of a changed file, as numstat treats it; a file with a `missing` blob is unknown.

    `unfollowed`: paths whose lines are counted and not followed.
    """
    if record.new_mode in LINK_MODES or (record.old_mode in LINK_MODES and record.status == b"D"):
        return LINK
    if record.new_blob in missing or record.old_blob in missing:
        return UNKNOWN
    if any(patch.is_binary for patch in patches):
        return BINARY
    return UNFOLLOWED if record.path in unfollowed else TEXT
