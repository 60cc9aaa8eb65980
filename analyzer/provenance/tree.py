"""The files of one commit while a history is replayed: path → blob, line numbers, and a few earlier versions."""

from __future__ import annotations

from typing import NamedTuple

# How many earlier versions of a file stay known, for telling what a revert restores.
REMEMBERED = 4
# A deleted file stays under its path behind this byte, which no path can hold, as long as its versions are remembered.
GRAVE = b"\0"
# Born when nobody can tell: the blob, or one before it, is missing here.
UNKNOWABLE = -2
# A file at a fork before a snapshot: its lines are looked up when they are needed; its one earlier "version" is
# (FORKED, the fork), which stands for all that were before.
LAZY = -3
FORKED = b"forked"


class Entry(NamedTuple):
    """A file: blob id, numbers of its lines (None = opaque: binary or missing), earlier (blob, lines), newest first.

    `born` is the commit that brought an opaque blob in, in case its lines are asked for later.
    """

    blob: bytes
    ids: bytes | None
    older: tuple[tuple[bytes, bytes], ...] = ()
    born: int = -1

    def past(self) -> tuple[tuple[bytes, bytes], ...]:
        """The versions that the file's next version remembers."""
        return self.older if self.ids is None else ((self.blob, self.ids), *self.older[: REMEMBERED - 1])


Files = dict[bytes, Entry]


class Lineage:
    """Which paths changed since a line of commits left another: a tree of sets, one a stretch between forks."""

    __slots__ = ("depth", "parent", "paths")

    def __init__(self, parent: Lineage | None) -> None:
        """Begin a stretch at the end of `parent`'s."""
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.paths: set[bytes] = set()

    def since(self, other: Lineage) -> set[bytes]:
        """Paths changed on this line since it and `other` were one."""
        here: Lineage | None = self
        there: Lineage | None = other
        found: list[set[bytes]] = []
        while here is not None:
            while there is not None and there.depth > here.depth:
                there = there.parent
            if here is there:
                break
            found.append(here.paths)
            here = here.parent
        return set().union(*found)


class Tree(NamedTuple):
    """State after a commit."""

    files: Files
    lineage: Lineage
