"""Store the trees of the last commits, each as its difference from the one before.

A snapshot needs them, because branches that are merged later fork from one of them. A thousand full trees of ten
thousand files would take a gigabyte.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from analyzer.blame.ledger import ID_BYTES
from analyzer.blame.tree import DeletedFiles, Files, FileVersion, Lineage, Tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

# Deleted files are stored under their path with this prefix, a byte that no path can contain.
DELETED_PREFIX = b"\0"


class TreeStep(NamedTuple):
    """A commit and the entries of its tree that differ from the previous step; None for a removed entry."""

    sha: bytes
    changed: dict[bytes, FileVersion | None]


class RecentTrees:
    """The last `max_trees` trees, of which the first is complete."""

    def __init__(self, max_trees: int, steps: Iterable[TreeStep] = ()) -> None:
        """Start with `steps`, of which the first is complete."""
        self.max_trees, self.steps = max_trees, deque(steps)
        self._last: Tree | None = None

    def set_last(self, last: Tree) -> None:
        """Set the tree of the last step, with which the next one is compared."""
        self._last = Tree(last.files, DeletedFiles(last.deleted.layers), last.lineage)

    def add(self, sha: bytes, tree: Tree) -> None:
        """Add a tree. It needs its own lineage; otherwise a later commit's changes would count as this one's."""
        if not self.max_trees:
            return
        if self._last is None:
            changed: dict[bytes, FileVersion | None] = dict(_entries_of(tree))
        else:
            lineage, last_lineage = tree.lineage, self._last.lineage
            changed = {
                path: tree.files.get(path)
                for path in lineage.changed_since(last_lineage) | last_lineage.changed_since(lineage)
            }
            changed |= {
                DELETED_PREFIX + path: entry for path, entry in _changed_deleted(self._last.deleted, tree.deleted)
            }
        self.steps.append(TreeStep(sha, changed))
        self.set_last(tree)
        if len(self.steps) > self.max_trees:
            first, second = self.steps.popleft(), self.steps.popleft()
            _apply(first.changed, second.changed)
            self.steps.appendleft(TreeStep(second.sha, first.changed))

    def trees(self, wanted: Collection[bytes]) -> dict[bytes, Tree]:
        """Return the complete trees of the wanted commits that are stored."""
        trees, entries = {}, dict[bytes, FileVersion | None]()
        for sha, changed in self.steps:
            _apply(entries, changed)
            if sha in wanted:
                trees[sha] = _tree_from_entries(entries)
        return trees

    def steps_within(self, budget: int = 2_000_000) -> list[TreeStep]:
        """Return as many of the last steps as have at most `budget` line ids that the very last one lacks."""
        entries: dict[bytes, FileVersion | None] = {}
        replaced: list[list[FileVersion]] = []
        for step in self.steps:
            previous = [entries.get(path) for path in step.changed]
            _apply(entries, step.changed)
            replaced.append([entry for entry in previous if entry is not None])
        counted_ids = {id(ids) for entry in entries.values() if entry is not None for ids in _version_ids(entry)}
        steps_kept, lines = 1, 0
        for replaced_entries in reversed(replaced[1:]):
            for ids in (ids for entry in replaced_entries for ids in _version_ids(entry)):
                if id(ids) not in counted_ids:
                    counted_ids.add(id(ids))
                    lines += len(ids) // ID_BYTES
            if lines > budget:
                break
            steps_kept += 1
        return self._last_steps(min(steps_kept, len(self.steps)))

    def _last_steps(self, count: int) -> list[TreeStep]:
        entries: dict[bytes, FileVersion | None] = {}
        start = len(self.steps) - count
        for step in islice(self.steps, start + 1):
            _apply(entries, step.changed)
        return [TreeStep(self.steps[start].sha, entries), *islice(self.steps, start + 1, None)] if self.steps else []


def _version_ids(entry: FileVersion) -> list[bytes]:
    """Return the line ids of all versions of a file."""
    return [ids for ids in (entry.ids, *(ids for _, ids in entry.older)) if ids is not None]


def _apply(entries: dict[bytes, FileVersion | None], changed: dict[bytes, FileVersion | None]) -> None:
    for path, entry in changed.items():
        if entry is None:
            entries.pop(path, None)
        else:
            entries[path] = entry


def _entries_of(tree: Tree) -> Files:
    return tree.files | {DELETED_PREFIX + path: entry for path, entry in tree.deleted.all().items()}


def _tree_from_entries(entries: dict[bytes, FileVersion | None]) -> Tree:
    files, deleted = Files(), Files()
    for path, entry in entries.items():
        if entry is not None and path[:1] == DELETED_PREFIX:
            deleted[path[1:]] = entry
        elif entry is not None:
            files[path] = entry
    return Tree(files, DeletedFiles((deleted,) if deleted else ()), Lineage(None, files))


def _changed_deleted(before: DeletedFiles, after: DeletedFiles) -> list[tuple[bytes, FileVersion | None]]:
    """Return deleted files that differ between both; only layers that one of them lacks can contain any."""
    layers_before, layers_after = ({id(layer): layer for layer in deleted.layers} for deleted in (before, after))
    paths = {
        path
        for key in layers_before.keys() ^ layers_after.keys()
        for path in (layers_before.get(key) or layers_after[key])
    }
    return [(path, after.get(path)) for path in paths if after.get(path) is not before.get(path)]
