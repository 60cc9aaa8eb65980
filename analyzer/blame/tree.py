"""The files of one commit while a history is replayed: path → blob, line numbers, and a few earlier versions."""

from __future__ import annotations

from typing import NamedTuple

# How many earlier versions of a file stay known, for telling what a revert restores.
REMEMBERED = 2
# Born when nobody can tell: the blob, or one before it, is missing here.
UNKNOWABLE = -2


class Entry(NamedTuple):
    """A file: blob id, numbers of its lines (None = opaque: binary or missing), earlier (blob, lines), newest first.

    `born` is the commit that brought an opaque blob in, in case its lines are asked for later.
    """

    blob: bytes
    ids: bytes | None
    older: tuple[tuple[bytes, bytes], ...] = ()
    born: int = -1

    def past(self) -> tuple[tuple[bytes, bytes], ...]:
        """The versions up to this one, of which the file's next one keeps the latest."""
        return self.older if self.ids is None else ((self.blob, self.ids), *self.older)


Files = dict[bytes, Entry]


class Graves:
    """Deleted files by path, with the versions that are remembered of them, in case they come back.

    They only become more, and branches have most of them in common: layers of falling size, the newest last, that are
    shared and never changed. A fork copies none; a new one is merged with the layers that are no larger.
    """

    __slots__ = ("layers",)

    def __init__(self, layers: tuple[Files, ...] = ()) -> None:
        """Begin with what another line of commits has buried."""
        self.layers = layers

    def get(self, path: bytes) -> Entry | None:
        """What is remembered of a deleted file."""
        return next((layer[path] for layer in reversed(self.layers) if path in layer), None)

    def put(self, path: bytes, entry: Entry) -> None:
        """Bury a file, in the place of one that was deleted there before."""
        new, layers = {path: entry}, self.layers
        while layers and len(layers[-1]) <= len(new):
            new, layers = layers[-1] | new, layers[:-1]
        self.layers = (*layers, new)

    def all(self) -> Files:
        """Every one of them."""
        found: Files = {}
        for layer in self.layers:
            found |= layer
        return found


class Lineage:
    """Which paths changed since a line of commits left another: a tree of sets, one a stretch between forks."""

    __slots__ = ("depth", "files", "parent", "paths")

    def __init__(self, parent: Lineage | None, files: Files | None = None) -> None:
        """Begin a stretch at the end of `parent`'s, or, with `files`, at a tree that a snapshot remembers."""
        self.parent, self.files = parent, files
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.paths: set[bytes] = set()

    def since(self, other: Lineage) -> set[bytes]:
        """Paths changed on this line since it and `other` were one; more where only a snapshot could tell."""
        here: Lineage | None = self
        there: Lineage | None = other
        found: list[set[bytes]] = []
        while here is not None:
            while there is not None and there.depth > here.depth:
                there = there.parent
            if here is there:
                return set().union(*found)
            found.append(here.paths)
            here = here.parent
        return set().union(*found, _unlike(self.root(), other.root()))

    def root(self) -> Lineage:
        """The stretch where this line begins."""
        line = self
        while line.parent is not None:
            line = line.parent
        return line


def _unlike(one: Lineage, two: Lineage) -> set[bytes]:
    """Paths at which two remembered trees differ."""
    here, there = one.files or {}, two.files or {}
    if here is there:
        return set()
    return {path for path in here.keys() | there.keys() if here.get(path) is not there.get(path)}


class Tree(NamedTuple):
    """State after a commit."""

    files: Files
    graves: Graves
    lineage: Lineage
