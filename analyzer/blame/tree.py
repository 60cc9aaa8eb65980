"""The files of one commit during a replay: path → blob, line ids and a few earlier versions."""

from __future__ import annotations

from typing import NamedTuple

# Number of earlier versions of a file that we store, to recognise lines that a revert restores.
MAX_EARLIER_VERSIONS = 2
# Value of `born` if the blob, or an earlier one, is missing, so that the commit is unknown.
UNKNOWABLE = -2


class FileVersion(NamedTuple):
    """One version of a file.

    blob: its blob id. ids: ids of its lines, None if it is opaque (binary, missing or not followed). older: earlier
    versions as (blob, ids), newest first. born: number of the commit that added an opaque blob, in case we need its
    lines later. lines: number of lines of an opaque file, -1 if that is unknown.
    """

    blob: bytes
    ids: bytes | None
    older: tuple[tuple[bytes, bytes], ...] = ()
    born: int = -1
    lines: int = -1

    def versions(self) -> tuple[tuple[bytes, bytes], ...]:
        """Return this and earlier versions as (blob, ids), newest first; the next version stores the latest of them."""
        return self.older if self.ids is None else ((self.blob, self.ids), *self.older)


Files = dict[bytes, FileVersion]


class DeletedFiles:
    """Deleted files by path, with their last versions, in case they come back.

    The files only become more, and branches share most of them. So they are stored in layers of decreasing size, the
    newest last, that are shared and never changed. A fork copies no layer; a new file is merged with the layers that
    are not larger.
    """

    __slots__ = ("layers",)

    def __init__(self, layers: tuple[Files, ...] = ()) -> None:
        """Start with the layers of another line of commits."""
        self.layers = layers

    def get(self, path: bytes) -> FileVersion | None:
        """Return the last versions of a deleted file, None if it is unknown."""
        return next((layer[path] for layer in reversed(self.layers) if path in layer), None)

    def put(self, path: bytes, entry: FileVersion) -> None:
        """Add a deleted file; it replaces one that was deleted earlier at the same path."""
        new, layers = {path: entry}, self.layers
        while layers and len(layers[-1]) <= len(new):
            new, layers = layers[-1] | new, layers[:-1]
        self.layers = (*layers, new)

    def all(self) -> Files:
        """Return all deleted files by path."""
        files: Files = {}
        for layer in self.layers:
            files |= layer
        return files


class Lineage:
    """The paths changed since lines of commits forked: a tree of sets, one per stretch between two forks."""

    __slots__ = ("depth", "files", "parent", "paths")

    def __init__(self, parent: Lineage | None, files: Files | None = None) -> None:
        """Start a stretch at the end of `parent`, or, given `files`, at a tree from a snapshot."""
        self.parent, self.files = parent, files
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.paths: set[bytes] = set()

    def changed_since(self, other: Lineage) -> set[bytes]:
        """Return the paths changed on this line since it forked from `other`; a superset if only a snapshot knows."""
        own_stretch: Lineage | None = self
        other_stretch: Lineage | None = other
        paths: list[set[bytes]] = []
        while own_stretch is not None:
            while other_stretch is not None and other_stretch.depth > own_stretch.depth:
                other_stretch = other_stretch.parent
            if own_stretch is other_stretch:
                return set().union(*paths)
            paths.append(own_stretch.paths)
            own_stretch = own_stretch.parent
        return set().union(*paths, _differing_paths(self.root(), other.root()))

    def root(self) -> Lineage:
        """Return the first stretch of this line."""
        line = self
        while line.parent is not None:
            line = line.parent
        return line


def _differing_paths(first: Lineage, second: Lineage) -> set[bytes]:
    """Return the paths at which two trees from a snapshot differ."""
    first_files, second_files = first.files or {}, second.files or {}
    if first_files is second_files:
        return set()
    return {
        path for path in first_files.keys() | second_files.keys() if first_files.get(path) is not second_files.get(path)
    }


class Tree(NamedTuple):
    """State after a commit: its files, the deleted files, and its line of commits."""

    files: Files
    deleted: DeletedFiles
    lineage: Lineage
