"""The trees of the last commits, each as what differs from the one before.

Branches that are merged later fork from one of them, so a snapshot needs them; a thousand whole ones of ten thousand
files would take a gigabyte.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from analyzer.blame.ledger import WIDTH
from analyzer.blame.tree import Entry, Files, Graves, Lineage, Tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

# A deleted file stands under its path behind this byte, which no path can hold.
GRAVE = b"\0"


class Step(NamedTuple):
    """A commit, and what its tree holds at each path that is not as in the step before; None where nothing is left."""

    sha: bytes
    changed: dict[bytes, Entry | None]


class Shelf:
    """Up to `most` of the last trees, the first of them whole."""

    def __init__(self, most: int, steps: Iterable[Step] = ()) -> None:
        """`steps`: what is on it already; the first is against nothing."""
        self.most, self.steps = most, deque(steps)
        self._last: Tree | None = None

    def go_on(self, last: Tree) -> None:
        """The tree of the last step, which the next one is compared with."""
        self._last = Tree(last.files, Graves(last.graves.layers), last.lineage)

    def add(self, sha: bytes, tree: Tree) -> None:
        """Put a tree on the shelf; with a lineage of its own, or a later commit's changes would count as this one's."""
        if not self.most:
            return
        if self._last is None:
            changed: dict[bytes, Entry | None] = dict(_flat(tree))
        else:
            here, there = tree.lineage, self._last.lineage
            changed = {path: tree.files.get(path) for path in here.since(there) | there.since(here)}
            changed |= {GRAVE + path: entry for path, entry in _buried(self._last.graves, tree.graves)}
        self.steps.append(Step(sha, changed))
        self.go_on(tree)
        if len(self.steps) > self.most:
            first, second = self.steps.popleft(), self.steps.popleft()
            _apply(first.changed, second.changed)
            self.steps.appendleft(Step(second.sha, first.changed))

    def trees(self, wanted: Collection[bytes]) -> dict[bytes, Tree]:
        """Whole trees of these commits, of those that are here."""
        found, flat = {}, dict[bytes, Entry | None]()
        for sha, changed in self.steps:
            _apply(flat, changed)
            if sha in wanted:
                found[sha] = _whole(flat)
        return found

    def affordable(self, budget: int = 2_000_000) -> list[Step]:
        """As many of the last steps as have at most `budget` line numbers that the very last one has not."""
        flat: dict[bytes, Entry | None] = {}
        undone: list[list[Entry]] = []
        for step in self.steps:
            was = [flat.get(path) for path in step.changed]
            _apply(flat, step.changed)
            undone.append([entry for entry in was if entry is not None])
        seen = {id(ids) for entry in flat.values() if entry is not None for ids in _numbers(entry)}
        kept, spent = 1, 0
        for entries in reversed(undone[1:]):
            for ids in (ids for entry in entries for ids in _numbers(entry)):
                if id(ids) not in seen:
                    seen.add(id(ids))
                    spent += len(ids) // WIDTH
            if spent > budget:
                break
            kept += 1
        return self._last_steps(min(kept, len(self.steps)))

    def _last_steps(self, count: int) -> list[Step]:
        flat: dict[bytes, Entry | None] = {}
        cut = len(self.steps) - count
        for step in islice(self.steps, cut + 1):
            _apply(flat, step.changed)
        return [Step(self.steps[cut].sha, flat), *islice(self.steps, cut + 1, None)] if self.steps else []


def _numbers(entry: Entry) -> list[bytes]:
    """Line numbers of a file's versions."""
    return [ids for ids in (entry.ids, *(ids for _, ids in entry.older)) if ids is not None]


def _apply(flat: dict[bytes, Entry | None], changed: dict[bytes, Entry | None]) -> None:
    for path, entry in changed.items():
        if entry is None:
            flat.pop(path, None)
        else:
            flat[path] = entry


def _flat(tree: Tree) -> Files:
    return tree.files | {GRAVE + path: entry for path, entry in tree.graves.all().items()}


def _whole(flat: dict[bytes, Entry | None]) -> Tree:
    files, buried = Files(), Files()
    for path, entry in flat.items():
        if entry is not None and path[:1] == GRAVE:
            buried[path[1:]] = entry
        elif entry is not None:
            files[path] = entry
    return Tree(files, Graves((buried,) if buried else ()), Lineage(None, files))


def _buried(before: Graves, after: Graves) -> list[tuple[bytes, Entry | None]]:
    """Deleted files that are remembered otherwise: none is in a layer that both have and nowhere else."""
    one, other = ({id(layer): layer for layer in graves.layers} for graves in (before, after))
    paths = {path for key in one.keys() ^ other.keys() for path in (one.get(key) or other[key])}
    return [(path, after.get(path)) for path in paths if after.get(path) is not before.get(path)]
