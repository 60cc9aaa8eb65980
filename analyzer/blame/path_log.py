"""Choose the files whose lines are followed: those that shares count, and those that renames connect with them.

Half of what commits add lies in lock files, documents, data and generated code. No figure needs the age of these lines,
so only their number is counted. Renames decide for whole groups of paths: a line keeps its birth when its file moves
from a folder that no share counts to one that they do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from analyzer.blame import start_trees
from analyzer.blame.diff import unquote
from analyzer.history.git_options import DIFF_OPTIONS, RENAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from analyzer.history.git import Git

    # Paths as git stores them → whether shares count each of them.
    IsCounted = Callable[[Sequence[bytes]], Iterable[bool]]


@dataclass(slots=True)
class PathLog:
    """All paths that the non-merge commits of a history changed, and all pairs (old path, new path) of renames."""

    paths: set[bytes] = field(default_factory=set)
    renames: set[tuple[bytes, bytes]] = field(default_factory=set)

    def read(self, git: Git, revisions: Sequence[bytes]) -> None:
        """Add the changes of these commits. git compares trees for it, and contents only where it looks for renames.

        Raises `NoShareError` if git cannot read the history.
        """
        if not revisions:  # without any commit git would log HEAD
            return
        command = ("log", "--no-walk=unsorted", "--stdin", "--name-status", "--no-notes", "--format=")
        stdin = b"\n".join(revisions) + b"\n"
        with git.open_pipe(*command, *DIFF_OPTIONS, RENAMES, stdin=stdin) as stdout:
            for line in stdout:
                status, *names = line.rstrip(b"\n").split(b"\t")
                if b'"' in line:
                    names = [unquote(name) for name in names]
                self.paths.update(names)
                if status[:1] == b"R":
                    self.renames.add((names[0], names[1]))

    def read_starts(self, git: Git, starts: Sequence[bytes]) -> None:
        """Add the files of the first commit, and what differs between each other one and the one before."""
        if not starts:
            return
        self.paths.update(start_trees.blobs_at(git, starts[0]))
        with git.start_batch(*start_trees.DIFF_TREE) as diff_tree:
            for parent, sha in pairwise(starts):
                self.paths.update(*start_trees.differences(diff_tree, sha, parent))

    def unfollowed(self, is_counted: IsCounted) -> frozenset[bytes]:
        """Return the paths that do not count and that no chain of renames connects with one that does."""
        names = sorted(self.paths)
        followed = {name for name, counted in zip(names, is_counted(names), strict=True) if counted}
        neighbours: dict[bytes, list[bytes]] = {}
        for old, new in self.renames:
            neighbours.setdefault(old, []).append(new)
            neighbours.setdefault(new, []).append(old)
        reached = [name for name in neighbours if name in followed]
        while reached:
            connected = [name for name in neighbours.get(reached.pop(), ()) if name not in followed]
            followed.update(connected)
            reached += connected
        return frozenset(self.paths - followed)
