"""Resolve merges file by file: take a blob that some parent has from that parent, and diff the others with all parents.

The rules apply in git blame's order: first an identical blob in any parent, then, line by line, parent 1, 2, … Lines
that no parent has belong to the merge, and so do removals of lines that no other commit removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from analyzer.blame import combined_diff
from analyzer.blame.change_tally import BINARY, LINK, LINK_MODES, TEXT, UNKNOWN, OwnFile
from analyzer.blame.diff import NO_FILE, SUBMODULE
from analyzer.blame.ledger import ID_BYTES, ID_DTYPE
from analyzer.blame.line_hashes import hash_lines
from analyzer.blame.lines import run_lengths
from analyzer.blame.tree import MAX_EARLIER_VERSIONS, UNKNOWABLE, Files, FileVersion
from analyzer.history.batch import END_OF_COMMIT
from analyzer.history.git_options import DIFF_OPTIONS, NO_RENAMES, RENAMES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from analyzer.blame.change_tally import ChangeTally
    from analyzer.blame.diff import FileRecord
    from analyzer.blame.ledger import Ledger
    from analyzer.blame.tree import Lineage, Tree
    from analyzer.history.batch import BatchProcess

_DIFF_TREE = (
    "diff-tree",
    "--stdin",
    "-r",
    "-c",
    "-p",
    "-U1",
    "--raw",
    "--full-index",
    "--combined-all-paths",
    *DIFF_OPTIONS,
)
DIFF_TREE_PLAIN, DIFF_TREE_RENAMES = (*_DIFF_TREE, NO_RENAMES), (*_DIFF_TREE, RENAMES)


class ReplayState(Protocol):
    """What merges need of a replay: `ids_of` returns the line ids of a file, given its path; see `replay.Replay`."""

    ledger: Ledger
    tally: ChangeTally
    missing: frozenset[bytes]
    unfollowed: frozenset[bytes]
    starts: int

    def ids_of(self, entry: FileVersion, path: bytes) -> bytes:
        """Return the ids of a file's lines; of an opaque file they are read now."""


class MergeResolver:
    """Turns the tree of a merge's first parent into the merge's tree."""

    def __init__(self, replay: ReplayState, plain: BatchProcess, renamed: BatchProcess) -> None:
        """Keep the state of the replay and two processes.

        Parameters
        ----------
        replay : its ledger receives lines that merges add or drop, its tally the files in which they do.
        plain, renamed : batch processes started with `DIFF_TREE_PLAIN` and `DIFF_TREE_RENAMES`.
        """
        self._ledger, self._tally, self._ids_of = replay.ledger, replay.tally, replay.ids_of
        self._missing, self._unfollowed, self._starts = replay.missing, replay.unfollowed, replay.starts
        self._diff_tree = {False: plain, True: renamed}
        self._own_files: dict[bytes, OwnFile] = {}

    def apply(self, number: int, sha: bytes, tree: Tree, others: Sequence[Tree], records: Sequence[FileRecord]) -> None:
        """Turn the first parent's tree into the merge's.

        Parameters
        ----------
        number, sha : the merge's number and id.
        tree : the first parent's tree, changed in place.
        others : trees of the other parents.
        records : files that differ from the first parent.
        """
        files = tree.files
        before = {record.path: files.get(record.path) for record in records}
        unresolved: list[FileRecord] = []
        self._own_files.clear()
        for record in records:
            entry = None if record.status == b"D" else self._identical_file(record, others)
            if record.new_mode in (NO_FILE, SUBMODULE):
                files.pop(record.path, None)
                deleted_files = (other.deleted.get(record.path) for other in others)
                deleted_file = next((deleted_file for deleted_file in deleted_files if deleted_file is not None), None)
                if deleted_file is not None:
                    tree.deleted.put(record.path, deleted_file)
            elif entry is not None:
                files[record.path] = entry
            elif record.path in self._unfollowed:
                files[record.path] = FileVersion(record.new_blob, None, born=number)
            else:
                unresolved.append(record)
        if unresolved:
            files.update(self._resolve_files(number, sha, before, others, unresolved, files))
        tree.lineage.paths.update(before)
        dropped = self._log_dropped_lines(number, files, before, tree.lineage, others)
        self._count_own_files(number, files, dropped)

    def _identical_file(self, record: FileRecord, others: Sequence[Tree]) -> FileVersion | None:
        """Return the file of the first parent that has this very blob at this path."""
        for other in others:
            entry = other.files.get(record.path)
            if entry is not None and entry.blob == record.new_blob:
                return entry
        return None

    def _resolve_files(
        self,
        number: int,
        sha: bytes,
        before: dict[bytes, FileVersion | None],
        others: Sequence[Tree],
        unresolved: Sequence[FileRecord],
        files: Files,
    ) -> Files:
        """Return the files that no parent has unchanged."""
        resolved: Files = {}
        first = files | {path: entry for path, entry in before.items() if entry is not None}
        parents = [first, *(other.files for other in others)]
        in_every = [all(record.path in parent for parent in parents) for record in unresolved]
        answers = {
            renames: self._combined_diffs(sha, renames=renames)
            for renames in {not in_every_parent for in_every_parent in in_every}
        }
        for record, in_every_parent in zip(unresolved, in_every, strict=True):
            elsewhere = None if in_every_parent else self._same_blob(record.new_blob, parents, files)
            if elsewhere is not None:
                resolved[record.path] = elsewhere
            else:
                resolved[record.path] = self._resolve_file(
                    number, record, answers[not in_every_parent].get(record.path), parents
                )
        return resolved

    @staticmethod
    def _same_blob(blob: bytes, parents: Sequence[Files], files: Files) -> FileVersion | None:
        """Return a parent's file with this very blob at a path that the merge removed: the file was renamed there."""
        for parent in parents:
            for path, entry in parent.items():
                if entry.blob == blob and path not in files:
                    return entry
        return None

    def _resolve_file(
        self, number: int, record: FileRecord, diff: combined_diff.CombinedFile | None, parents: Sequence[Files]
    ) -> FileVersion:
        names = (record.path,) * len(parents) if diff is None else diff.parents
        entries = [self._with_lines(parent.get(name), name) for name, parent in zip(names, parents, strict=False)]
        old_path, source = next(
            ((name, entry) for name, entry in zip(names, entries, strict=False) if entry is not None), (b"", None)
        )
        own_file = OwnFile(old_path, LINK if record.new_mode in LINK_MODES else TEXT, [])
        older = () if source is None else source.versions()[:MAX_EARLIER_VERSIONS]
        if record.new_blob in self._missing or any(e is not None and e.born == UNKNOWABLE for e in entries):
            self._own_files[record.path] = own_file._replace(kind=UNKNOWN)
            return FileVersion(record.new_blob, None, older, UNKNOWABLE)
        if diff is None or b"\nBinary files differ" in diff.section:
            self._own_files[record.path] = own_file._replace(kind=BINARY)
            return FileVersion(record.new_blob, None, older, number)
        self._own_files[record.path] = own_file
        ids = self._resolve_text(number, record.path, diff.section, entries, own_file.texts)
        return FileVersion(record.new_blob, ids, older)

    def _with_lines(self, entry: FileVersion | None, path: bytes) -> FileVersion | None:
        """Return the file with the lines it has had since the start of the history, if nobody has read them yet."""
        if entry is None or entry.ids is not None or not 0 <= entry.born < self._starts:
            return entry
        return entry._replace(ids=self._ids_of(entry, path))

    def _resolve_text(
        self, number: int, path: bytes, section: bytes, entries: Sequence[FileVersion | None], texts: list[bytes]
    ) -> bytes:
        """Return the line ids of a text file; `texts` receives the lines that no parent has."""
        first, path_number = self._ledger.lines, self._ledger.path(path)
        own_lines: list[int] = []

        def add_line(line: int, text: bytes) -> bytes:
            own_lines.append(line)
            texts.append(text)
            return self._ledger.add_lines(number, path_number, line, 1)

        ids = combined_diff.resolve_lines(
            section, [None if entry is None else entry.ids for entry in entries], add_line
        )
        if texts:
            _, hunks = run_lengths(np.array(own_lines) - np.arange(len(own_lines)))
            self._ledger.add_line_hashes(first, hash_lines(texts), hunks.tolist(), path)
        return ids

    def _combined_diffs(self, sha: bytes, *, renames: bool) -> dict[bytes, combined_diff.CombinedFile]:
        """Return the combined diffs of a merge by resulting path."""
        output = self._diff_tree[renames].read_until(sha + b"\n" + END_OF_COMMIT, END_OF_COMMIT)
        return {diff.path: diff for diff in combined_diff.parse_files(output)}

    def _log_dropped_lines(
        self,
        number: int,
        files: Files,
        before: dict[bytes, FileVersion | None],
        lineage: Lineage,
        others: Sequence[Tree],
    ) -> set[bytes]:
        """Log the lines that some parent had, that the result lacks and that nobody removed: the merge dropped them.

        Return the paths that they were dropped from.
        """
        lost_ids: dict[bytes, list[bytes]] = {}
        first = {path: entry for path, entry in before.items() if entry is not None}
        for path in before:
            self._collect_if_different(lost_ids, path, first, files)
        for other in others:
            for path in other.lineage.changed_since(lineage):
                self._collect_if_different(lost_ids, path, other.files, files)
        if not lost_ids:
            return set()
        # One side may have renamed the file, moving its lines: then check all paths that either side changed.
        paths = set(lost_ids)
        if any(path not in files for path in lost_ids):
            paths.update(*(lineage.changed_since(other.lineage) for other in others))
        after = b"".join(files[path].ids or b"" for path in paths if path in files)
        ids = b"".join(version for versions in lost_ids.values() for version in versions)
        dropped_ids = self._ledger.dropped_lines(ids, after)
        if not dropped_ids:
            return set()
        # One order in full and in resumed runs: paths of the result, then paths that differ from the first parent.
        order = sorted(lost_ids, key=lambda path: (path not in files, path not in before, path))
        return self._log_by_path(number, dropped_ids, {path: b"".join(lost_ids[path]) for path in order})

    def _log_by_path(self, number: int, dropped_ids: bytes, ids_by_path: dict[bytes, bytes]) -> set[bytes]:
        """Log each dropped line once, under the first path that has it, and return these paths."""
        ids = np.frombuffer(b"".join(ids_by_path.values()), ID_DTYPE)
        path_index = np.repeat(np.arange(len(ids_by_path)), [len(text) // ID_BYTES for text in ids_by_path.values()])
        is_dropped = np.isin(ids, np.frombuffer(dropped_ids, ID_DTYPE))
        distinct, first = np.unique(ids[is_dropped], return_index=True)
        path_of_id = path_index[is_dropped][first]
        paths = list(ids_by_path)
        dropped_from: set[bytes] = set()
        for index in np.unique(path_of_id).tolist():
            self._ledger.drop(number, self._ledger.path(paths[index]), distinct[path_of_id == index].tobytes())
            dropped_from.add(paths[index])
        return dropped_from

    def _count_own_files(self, number: int, files: Files, dropped_from: Collection[bytes]) -> None:
        """Add the files that the merge wrote lines in or dropped lines from, and those whose lines are unknown."""
        written = {path for path, own_file in self._own_files.items() if own_file.texts or own_file.kind != TEXT}
        for path in sorted(written.union(dropped_from)):
            own_file = self._own_files.get(path, OwnFile(path, TEXT, []))
            old_path = own_file.old_path or path
            status = (
                b"D" if path not in files else b"A" if not own_file.old_path else b"M" if old_path == path else b"R"
            )
            numbers = (self._ledger.path(path), self._ledger.path(old_path))
            self._tally.add_own_file(number, numbers, status, own_file)

    @staticmethod
    def _collect_if_different(lost_ids: dict[bytes, list[bytes]], path: bytes, parent: Files, files: Files) -> None:
        """Collect a parent's line ids of a file if the result's version differs."""
        entry, result = parent.get(path), files.get(path)
        if entry is not None and entry is not result and entry.ids and (result is None or result.ids != entry.ids):
            lost_ids.setdefault(path, []).append(entry.ids)
