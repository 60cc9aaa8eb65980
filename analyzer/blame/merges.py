"""Merges, file by file: a blob that a parent has is that parent's file; only what is left needs a combined diff.

The order of the rules is git blame's: an identical blob in any parent first, then line by line parent 1, 2, … What no
parent has stays with the merge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.blame import combined_diff
from analyzer.blame.diff import NOTHING, SUBMODULE
from analyzer.blame.tree import REMEMBERED, UNKNOWABLE, Entry, Files
from analyzer.history.git import DIFF_OPTIONS, NO_RENAMES, RENAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.blame.diff import Record
    from analyzer.blame.ledger import Ledger
    from analyzer.blame.tree import Lineage, Tree
    from analyzer.history.batch import Dialogue

_ASK = ("diff-tree", "--stdin", "-r", "-c", "-p", "-U1", "--raw", "--full-index", "--combined-all-paths", *DIFF_OPTIONS)
ASK_PLAIN, ASK_RENAMED = (*_ASK, NO_RENAMES), (*_ASK, RENAMES)
_END = b"=END\n"


class Merges:
    """Resolves merges."""

    def __init__(self, ledger: Ledger, missing: frozenset[bytes], plain: Dialogue, renamed: Dialogue) -> None:
        """`missing`: blobs that are not there; what rests on one is opaque. Dialogues with ASK_PLAIN, ASK_RENAMED."""
        self._ledger, self._missing = ledger, missing
        self._asked = {False: plain, True: renamed}

    def apply(self, number: int, sha: bytes, tree: Tree, others: Sequence[Tree], records: Sequence[Record]) -> None:
        """Turn the first parent's `tree` into the merge's; `records`: what differs from that parent."""
        files = tree.files
        before = {record.path: files.get(record.path) for record in records}
        open_: list[Record] = []
        for record in records:
            entry = None if record.status == b"D" else self._shared(record, others)
            if record.new_mode in (NOTHING, SUBMODULE):
                files.pop(record.path, None)
                graves = (other.graves.get(record.path) for other in others)
                grave = next((grave for grave in graves if grave is not None), None)
                if grave is not None:
                    tree.graves.put(record.path, grave)
            elif entry is not None:
                files[record.path] = entry
            else:
                open_.append(record)
        if open_:
            files.update(self._resolved(number, sha, before, others, open_, files))
        tree.lineage.paths.update(before)
        self._lost(number, files, before, tree.lineage, others)

    def _shared(self, record: Record, others: Sequence[Tree]) -> Entry | None:
        """The file of the first parent that has this very blob at this path."""
        for other in others:
            entry = other.files.get(record.path)
            if entry is not None and entry.blob == record.new_blob:
                return entry
        return None

    def _resolved(
        self,
        number: int,
        sha: bytes,
        before: dict[bytes, Entry | None],
        others: Sequence[Tree],
        open_: Sequence[Record],
        files: Files,
    ) -> Files:
        """Files that no parent has as they are."""
        found: Files = {}
        first = files | {path: entry for path, entry in before.items() if entry is not None}
        parents = [first, *(other.files for other in others)]
        everywhere = [all(record.path in parent for parent in parents) for record in open_]
        answers = {renames: self._answer(sha, renames=renames) for renames in {not known for known in everywhere}}
        for record, known in zip(open_, everywhere, strict=True):
            elsewhere = None if known else self._same_blob(record.new_blob, parents, files)
            if elsewhere is not None:
                found[record.path] = elsewhere
            else:
                found[record.path] = self._combined(number, record, answers[not known].get(record.path), parents)
        return found

    @staticmethod
    def _same_blob(blob: bytes, parents: Sequence[Files], files: Files) -> Entry | None:
        """A file of some parent with this very blob at a path that the merge took away: it was renamed there."""
        for parent in parents:
            for path, entry in parent.items():
                if entry.blob == blob and path not in files:
                    return entry
        return None

    def _combined(
        self, number: int, record: Record, said: combined_diff.Combined | None, parents: Sequence[Files]
    ) -> Entry:
        names = (record.path,) * len(parents) if said is None else said.parents
        entries = [parent.get(name) for name, parent in zip(names, parents, strict=False)]
        source = next((entry for entry in entries if entry is not None), None)
        older = () if source is None else source.past()[:REMEMBERED]
        if record.new_blob in self._missing or any(e is not None and e.born == UNKNOWABLE for e in entries):
            return Entry(record.new_blob, None, older, UNKNOWABLE)
        if said is None or b"\nBinary files differ" in said.section:
            return Entry(record.new_blob, None, older, number)
        path = self._ledger.path(record.path)
        ids = combined_diff.resolved(
            said.section,
            [None if entry is None else entry.ids for entry in entries],
            lambda line, count: self._ledger.born(number, path, line, count),
        )
        return Entry(record.new_blob, ids, older)

    def _answer(self, sha: bytes, *, renames: bool) -> dict[bytes, combined_diff.Combined]:
        """Combined diffs of a merge by resulting path."""
        answer = self._asked[renames].until(sha + b"\n" + _END, _END)
        return {said.path: said for said in combined_diff.files(answer)}

    def _lost(
        self,
        number: int,
        files: Files,
        before: dict[bytes, Entry | None],
        lineage: Lineage,
        others: Sequence[Tree],
    ) -> None:
        """Note the lines that some parent had, the result has not, and nobody removed: the merge dropped them."""
        had: dict[bytes, list[bytes]] = {}
        first = {path: entry for path, entry in before.items() if entry is not None}
        for path in before:
            self._differing(had, path, first, files)
        for other in others:
            for path in other.lineage.since(lineage):
                self._differing(had, path, other.files, files)
        if not had:
            return
        # A file that one side renamed stands elsewhere in the result: then all that either side changed is looked at.
        places = set(had)
        if any(path not in files for path in had):
            places.update(*(lineage.since(other.lineage) for other in others))
        after = b"".join(files[path].ids or b"" for path in places if path in files)
        ids = b"".join(part for parts in had.values() for part in parts)
        self._ledger.remove(number, self._ledger.dropped(ids, after), merge=True)

    @staticmethod
    def _differing(had: dict[bytes, list[bytes]], path: bytes, parent: Files, files: Files) -> None:
        """Add a parent's version of a file where the result's is another."""
        entry, result = parent.get(path), files.get(path)
        if entry is not None and entry is not result and entry.ids and (result is None or result.ids != entry.ids):
            had.setdefault(path, []).append(entry.ids)
