"""Replay a whole history once: every commit's files as line ids, branch by branch, including merges.

git's patch log is the only expensive stream. Commits come in topological order, so few branches are open at a time,
and each file takes a slice and a join. Measurements: docs/performance.md.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from analyzer.blame import blobs, file_splits, merges, start_trees
from analyzer.blame.change_tally import ChangeTally, content_kind
from analyzer.blame.diff import (
    EMPTY_BLOBS,
    NO_FILE,
    SUBMODULE,
    FilePatch,
    FileRecord,
    Hunk,
    parse_commit,
)
from analyzer.blame.ledger import ID_BYTES, Ledger
from analyzer.blame.line_hashes import LineHashes, hash_lines
from analyzer.blame.patch_stream import open_patches
from analyzer.blame.recent_trees import RecentTrees
from analyzer.blame.tree import MAX_EARLIER_VERSIONS, UNKNOWABLE, DeletedFiles, Files, FileVersion, Lineage, Tree
from analyzer.core.memory import trim_heap
from analyzer.history.git_options import NO_RENAMES, RENAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from analyzer.blame.moves import Origins
    from analyzer.blame.recent_trees import TreeStep
    from analyzer.history.git import Git
    from analyzer.history.start import FollowedHistory


class ReplayError(Exception):
    """git's output and the replay disagree: a defect in this package, never the user's input."""


class NotIncrementalError(Exception):
    """A snapshot cannot be resumed, for example because a branch forked before its trees: read the whole history."""


_NO_LINES = LineHashes([], [], [], [])
# Byte strings of all sizes fragment the heap, so we return free memory to the system after this many commits.
_COMMITS_PER_TRIM = 1_000
# Number of trees in a snapshot: branches that are merged later fork from one of them.
MAX_RECENT_TREES = 1_000


class Replay:
    """One pass over commits in topological order, which fills `ledger` (lines) and `tally` (file changes)."""

    def __init__(
        self,
        git: Git,
        history: FollowedHistory,
        *,
        origins: Origins | None = None,
        missing: frozenset[bytes] = frozenset(),
        unfollowed: frozenset[bytes] = frozenset(),
        max_recent_trees: int = 0,
    ) -> None:
        """Prepare a replay.

        Parameters
        ----------
        git : the repository.
        history : the commits to replay, numbered in this order.
        origins : receives links to continued lines; None: do not look for them.
        missing : blobs that the clone lacks.
        unfollowed : paths whose lines are counted and not followed.
        max_recent_trees : number of trees of the last commits to store for a snapshot.
        """
        self.git, self.parents, self.starts, self.origins = git, history.parents, history.starts, origins
        self.missing, self.unfollowed = missing, unfollowed
        self.ledger, self.tally = Ledger(self.starts), ChangeTally()
        self.number = {sha: n for n, sha in enumerate(self.parents)}
        self.trees: dict[bytes, Tree] = {}
        self.recent_trees = RecentTrees(max_recent_trees)
        self.revealed: dict[tuple[int, bytes], bytes] = {}

    def resume(self, base: bytes, steps: Sequence[TreeStep], revisions: Sequence[bytes]) -> None:
        """Continue after commit `base` with `revisions`, from the trees in its snapshot."""
        self.recent_trees = RecentTrees(self.recent_trees.max_trees, steps)
        self.trees = self.recent_trees.trees({base, *(parent for sha in revisions for parent in self.parents[sha])})
        self.recent_trees.set_last(self.trees[base])

    def run(self, head: bytes, revisions: Sequence[bytes], progress: Callable[[int], None] = lambda _: None) -> Tree:
        """Replay `revisions` (all, or those since the base) and return the tree of `head`."""
        children = Counter(parent for sha in revisions for parent in self.parents[sha])
        children.update({head, *self.trees})
        first_recent = len(revisions) - self.recent_trees.max_trees
        self._children, self._forks = children, {sha for sha, n in children.items() if n > 1}
        starts = [sha for sha in revisions if self.number[sha] < self.starts]
        ordinary = [sha for sha in revisions[len(starts) :] if len(self.parents[sha]) < 2]
        merge_commits = [sha for sha in revisions if len(self.parents[sha]) > 1]
        with (
            self.git.start_batch(*blobs.CAT_FILE) as cat_file,
            self.git.start_batch(*file_splits.DIFF_TREE) as copies,
            self.git.start_batch(*file_splits.DIFF_TREE, *file_splits.PATCHES) as copy_patches,
            self.git.start_batch(*merges.DIFF_TREE_PLAIN) as plain,
            self.git.start_batch(*merges.DIFF_TREE_RENAMES) as renamed,
            open_patches(self.git, ordinary, "-p", "-U0", RENAMES) as patched,
            open_patches(
                self.git, merge_commits, "--diff-merges=first-parent", NO_RENAMES, with_contents=False
            ) as merged,
        ):
            self._blobs, self._splits = (
                blobs.BlobReader(cat_file),
                file_splits.SplitFinder(copies, copy_patches, self._has_no_patch),
            )
            self._merges = merges.MergeResolver(self, plain, renamed)
            self._start_at(starts)
            for index, sha in enumerate(revisions[len(starts) :], len(starts)):
                parents = self.parents[sha]
                commit_id, records, sections = parse_commit(next(merged if len(parents) > 1 else patched, b""))
                if commit_id != sha:
                    raise ReplayError(f"git sent {commit_id.decode()} where {sha.decode()} was next")
                self._replay_commit(sha, records, sections, recent=index >= first_recent)
                if index % 200 == 0:
                    progress(index)
                if index % _COMMITS_PER_TRIM == 0:
                    trim_heap()
            _check_exhausted(patched, merged)
        return self.trees[head]

    def _start_at(self, starts: Sequence[bytes]) -> None:
        """Read the trees of the starting commits: the first one whole, of the others what differs.

        Their lines are read only where a later commit touches a file, and at head.
        """
        with self.git.start_batch(*start_trees.DIFF_TREE) as diff_tree:
            for sha in starts:
                if parents := self.parents[sha]:
                    tree = self._start_from_parent(parents[0], new_lineage=False)
                    changed, removed = start_trees.differences(diff_tree, sha, parents[0])
                else:
                    tree = Tree({}, DeletedFiles(), Lineage(None))
                    changed, removed = start_trees.blobs_at(self.git, sha), []
                for path in removed:
                    tree.files.pop(path, None)
                for path, blob in changed.items():
                    born = UNKNOWABLE if blob in self.missing else self.number[sha]
                    tree.files[path] = FileVersion(blob, None, born=born)
                tree.lineage.paths.update(changed, removed)
                self.trees[sha] = tree

    def _replay_commit(self, sha: bytes, records: list[FileRecord], sections: list[bytes], *, recent: bool) -> None:
        parents = self.parents[sha]
        for parent in parents:
            if parent not in self.trees:
                raise NotIncrementalError("a branch forked before what the snapshot remembers")
        others = [self.trees[parent] for parent in parents[1:]]
        tree = (
            self._start_from_parent(parents[0], new_lineage=recent)
            if parents
            else Tree({}, DeletedFiles(), Lineage(None))
        )
        if others:
            self._merges.apply(self.number[sha], sha, tree, others, records)
            for parent in parents[1:]:
                self._release_parent(parent)
        else:
            self._apply_commit(sha, tree, records, sections)
        self.trees[sha] = tree
        if recent:
            self.recent_trees.add(sha, tree)

    def _start_from_parent(self, parent: bytes, *, new_lineage: bool) -> Tree:
        """Return the parent's tree to change: itself if nothing else needs it, else a copy that shares every file.

        `new_lineage`: give it its own lineage in either case.
        """
        tree = self.trees[parent]
        self._release_parent(parent)
        if parent not in self._forks and not new_lineage:
            return tree
        files = dict(tree.files) if parent in self.trees else tree.files
        return Tree(files, DeletedFiles(tree.deleted.layers), Lineage(tree.lineage))

    def _release_parent(self, parent: bytes) -> None:
        self._children[parent] -= 1
        if not self._children[parent]:
            self.trees.pop(parent, None)

    def _apply_commit(self, sha: bytes, tree: Tree, records: Sequence[FileRecord], sections: Sequence[bytes]) -> None:
        """Apply a non-merge commit. We read all old files before we replace any, so that swapped names work."""
        files, position, number = tree.files, 0, self.number[sha]
        copies = self._splits.find(sha, records, self.unfollowed)
        updated: Files = {}
        deleted: Files = {}
        removed: list[bytes] = []
        for record in records:
            size = 2 if record.status == b"T" else 0 if self._has_no_patch(record) else 1
            if position + size > len(sections):
                raise ReplayError(f"{len(sections)} patches for {len(records)} files")
            patches = [FilePatch(section) for section in sections[position : position + size]]
            self._count_change(number, record, patches)
            copied = copies.get(record.path, (record, patches[-1] if patches else FilePatch(b"")))
            entry = self._apply_record(number, tree, *copied)
            position += size
            if record.status in b"DR" or entry is None:
                removed.append(record.old_path)
            if entry is not None:
                updated[record.path] = entry
            elif self.origins is not None and record.old_path in files:
                deleted[record.old_path] = FileVersion(
                    b"", None, files[record.old_path].versions()[:MAX_EARLIER_VERSIONS]
                )
        if position != len(sections):
            raise ReplayError(f"{len(sections)} patches for {len(records)} files")
        for path in removed:
            files.pop(path, None)
        files.update(updated)
        for path, entry in deleted.items():
            tree.deleted.put(path, entry)
        tree.lineage.paths.update(updated, removed)
        if self.origins is not None:
            self.origins.end_of_commit(sha, self.ledger.text_hashes)

    def _has_no_patch(self, record: FileRecord) -> bool:
        """Return whether git prints no patch: missing blobs are empty on both sides, and nothing else changed."""
        if not self.missing or record.status != b"M" or record.old_mode != record.new_mode:
            return False
        return all(blob in self.missing or blob in EMPTY_BLOBS for blob in (record.old_blob, record.new_blob))

    def _count_change(self, number: int, record: FileRecord, patches: Sequence[FilePatch]) -> None:
        kind = content_kind(record, patches, self.missing, self.unfollowed)
        path = self.ledger.path
        self.tally.add_file(number, (path(record.path), path(record.old_path)), record, kind, patches)

    def _apply_record(self, number: int, tree: Tree, record: FileRecord, patch: FilePatch) -> FileVersion | None:
        """Return the file after the change; None if it is gone or has become a submodule."""
        old = self._old_version(tree, record, patch) if record.status != b"A" else None
        if record.new_mode in (NO_FILE, SUBMODULE):
            self._remove_file(number, old, patch if record.new_mode == NO_FILE else None)
            return None
        if record.path in self.unfollowed:
            return self._without_lines(number, old, record, patch)
        older = () if self.origins is None else _earlier_versions(old, tree.deleted, record.path)
        remembered = older[:MAX_EARLIER_VERSIONS]
        if old is not None and record.status == b"T":
            self.ledger.remove(number, old.ids or b"")
            old = None
        unknowable = record.new_blob in self.missing or (old is not None and old.born == UNKNOWABLE)
        if unknowable or patch.is_binary:
            self.ledger.remove(number, (old.ids or b"") if old is not None else b"")
            return FileVersion(record.new_blob, None, remembered, UNKNOWABLE if unknowable else number)
        if not patch.hunks:
            ids, born = (b"", -1) if old is None else (old.ids, old.born)
            return FileVersion(record.new_blob, ids, remembered, born)
        old_ids = b"" if old is None else self.ids_of(old, record.old_path)
        first = self.ledger.lines
        new_ids, removed_ids = self._apply_hunks(number, record.path, old_ids, patch.hunks)
        self.ledger.remove(number, removed_ids)
        if self.origins is not None:
            added_ids = range(first, self.ledger.lines)
            hunks = [new_lines for _, _, _, new_lines in patch.hunks]
            hashes = self._hash_added_lines(added_ids, patch.added(), hunks, record.path)
            if not self.origins.restore(record.new_blob, added_ids, new_ids, older):
                self.origins.add_change(patch, removed_ids, added_ids, hashes)
        return FileVersion(record.new_blob, new_ids, remembered)

    def _old_version(self, tree: Tree, record: FileRecord, patch: FilePatch) -> FileVersion | None:
        """Return the file before the change. Lines that it has had since the start of the history are read now."""
        old = tree.files.get(record.old_path)
        is_unread = old is not None and old.ids is None and 0 <= old.born < self.starts
        if old is not None and is_unread and patch.hunks and record.old_path not in self.unfollowed:
            old = tree.files[record.old_path] = old._replace(ids=self.ids_of(old, record.old_path))
        return old

    def _without_lines(self, number: int, old: FileVersion | None, record: FileRecord, patch: FilePatch) -> FileVersion:
        """Return a file whose lines are not followed after a change; only their number is."""
        if old is not None:
            self.ledger.remove(number, old.ids or b"")
        lines = 0 if old is None or record.status == b"T" else old.lines
        if patch.is_binary or record.new_blob in self.missing:
            lines = -1
        elif lines >= 0:
            lines += sum([new_lines - old_lines for _, old_lines, _, new_lines in patch.hunks])
        return FileVersion(record.new_blob, None, born=number, lines=lines)

    def _remove_file(self, number: int, old: FileVersion | None, patch: FilePatch | None) -> None:
        """Log the removal of a file; `patch`: what shows its lines, which may continue elsewhere."""
        removed_ids = (old.ids or b"") if old is not None else b""
        self.ledger.remove(number, removed_ids)
        if self.origins is not None and patch is not None:
            self.origins.add_change(patch, removed_ids, range(0), _NO_LINES)

    def _hash_added_lines(self, added: range, lines: Sequence[bytes], hunks: Sequence[int], path: bytes) -> LineHashes:
        """Log the texts of the lines just added to `path`, in hunks of these sizes, and return their hashes."""
        if len(lines) != len(added):
            raise ReplayError(f"{len(lines)} added lines where {len(added)} were born")
        hashes = hash_lines(lines)
        self.ledger.add_line_hashes(added.start, hashes, hunks, path)
        return hashes

    def ids_of(self, old: FileVersion, path: bytes) -> bytes:
        """Return the line ids of a file; an opaque file is read now, and its lines were born with its blob."""
        return (old.ids if old.ids is not None else self._reveal_lines(old, path, self._blobs.lines)) or b""

    def _reveal_lines(
        self, entry: FileVersion, path: bytes, read_lines: Callable[[bytes], Sequence[bytes] | None]
    ) -> bytes | None:
        """Return ids for an opaque file's lines, the same ids on every branch; None if `read_lines` returns none."""
        key = (entry.born, entry.blob)
        if key not in self.revealed:
            lines = read_lines(entry.blob)
            if lines is None:
                return None
            first, count = self.ledger.lines, len(lines)
            self.revealed[key] = self.ledger.add_lines(entry.born, self.ledger.path(path), 1, count) if count else b""
            self._hash_added_lines(range(first, first + count), lines, [count], path)
        return self.revealed[key]

    def free_memory(self) -> None:
        """Free the memory that only replaying needs."""
        self.trees.clear()
        self.recent_trees = RecentTrees(0)
        self.ledger.free_buffers()

    def lines_unfollowed(self, files: Files) -> dict[bytes, int]:
        """Return the number of lines of each text file that is not followed; only where it is unknown they are read."""
        counts: dict[bytes, int] = {}
        with self.git.start_batch(*blobs.CAT_FILE) as cat_file:
            reader = blobs.BlobReader(cat_file)
            for path in sorted(self.unfollowed.intersection(files)):
                entry = files[path]
                lines = None if entry.lines >= 0 or entry.blob in self.missing else reader.text_lines(entry.blob)
                if entry.lines >= 0 or lines is not None:
                    counts[path] = entry.lines if lines is None else len(lines)
        return counts

    def ids_at_head(self, files: Files) -> dict[bytes, bytes | None]:
        """Return the line ids of each file that is followed.

        A file that was binary at its last change but is text now is read.
        """
        ids_by_path: dict[bytes, bytes | None] = {}
        with self.git.start_batch(*blobs.CAT_FILE) as cat_file:
            reader = blobs.BlobReader(cat_file)
            for path, entry in files.items():
                if path in self.unfollowed:
                    continue
                is_opaque = entry.ids is None and entry.born >= 0
                ids_by_path[path] = self._reveal_lines(entry, path, reader.text_lines) if is_opaque else entry.ids
        return ids_by_path

    def _apply_hunks(self, number: int, path: bytes, ids: bytes, hunks: Sequence[Hunk]) -> tuple[bytes, bytes]:
        """Return the line ids of the file after the hunks, and those of the removed lines."""
        ledger, path_number = self.ledger, self.ledger.path(path)
        out, removed_ids, offset = [], [], 0
        for old_start, old_lines, new_start, new_lines in hunks:
            start = (old_start - 1 if old_lines else old_start) * ID_BYTES
            out.append(ids[offset:start])
            offset = start + old_lines * ID_BYTES
            if old_lines:
                removed_ids.append(ids[start:offset])
            if new_lines:
                out.append(ledger.add_lines(number, path_number, new_start, new_lines))
        if offset > len(ids):
            raise ReplayError(f"a patch reaches past the end of {path!r}")
        out.append(ids[offset:])
        return b"".join(out), b"".join(removed_ids)


def _earlier_versions(
    old: FileVersion | None, deleted_files: DeletedFiles, path: bytes
) -> tuple[tuple[bytes, bytes], ...]:
    """Return earlier versions of a file, also of one that was deleted and comes back."""
    if old is not None:
        return old.versions()
    deleted_file = deleted_files.get(path)
    return () if deleted_file is None else deleted_file.older


def _check_exhausted(*streams: Iterator[bytes]) -> None:
    if any(next(stream, None) is not None for stream in streams):
        raise ReplayError("git sent more commits than there are")
