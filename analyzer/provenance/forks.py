"""Branches that left the history before a snapshot: their files, looked up only where the branch touches them.

The snapshot knows the files at its head and every line ever born, not the files at older commits. A file at a fork is
what git blame says of it there, and its (commit, path, line) are the births of the snapshot. What would need more than
that raises `NotIncrementalError`, and the whole history is read instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.history.git import DIFF_OPTIONS, NO_RENAMES
from analyzer.provenance.blobs import BINARY_WITHIN
from analyzer.provenance.ledger import IDS, Ledger
from analyzer.provenance.patch import SUBMODULE, unquoted
from analyzer.provenance.tree import FORKED, GRAVE, LAZY, REMEMBERED, Entry, Files, Lineage, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analyzer.history.git import Git


class NotIncrementalError(Exception):
    """The snapshot does not tell enough; read the whole history."""


class Forks:
    """Trees of commits before the snapshot's head."""

    def __init__(self, git: Git, ledger: Ledger, number: Mapping[bytes, int], base: bytes, lineage: Lineage) -> None:
        """`base`: the snapshot's head, `lineage`: its stretch, which learns what changed since each fork."""
        self._git, self._ledger, self._number = git, ledger, number
        self._base, self._lineage = base, lineage
        self._seen: dict[tuple[bytes, bytes], frozenset[bytes]] = {}
        self.count = 0

    def tree(self, sha: bytes) -> Tree:
        """Files of a fork, their lines not looked at yet."""
        if sha not in self._number:
            raise NotIncrementalError("a parent is unknown")
        self.count += 1
        listed = self._git.ask("ls-tree", "-r", "-z", "--full-tree", sha.decode())
        names = ("diff-tree", "-r", "-z", "--name-only", *DIFF_OPTIONS, NO_RENAMES, sha.decode(), self._base.decode())
        changed = self._git.ask(*names)
        if listed is None or changed is None:
            raise NotIncrementalError("a fork cannot be listed")
        self._lineage.paths.update(path for path in changed.split(b"\0") if path)
        past = ((FORKED, sha),)
        files: Files = {GRAVE: Entry(b"", None, past)}
        for line in listed.split(b"\0"):
            facts, _, path = line.partition(b"\t")
            mode, _, blob = (*facts.split(b" "), b"", b"")[:3]
            if path and mode != SUBMODULE:
                files[path] = Entry(blob, None, past, LAZY)
        return Tree(files, Lineage(None))

    def settle(self, files: Files, path: bytes) -> Entry | None:
        """A file of any tree; one of a fork gets its lines now."""
        entry = files.get(path)
        if entry is not None and entry.born == LAZY:
            fork = entry.older[0][1]
            contents = self._git.ask("cat-file", "blob", entry.blob.decode())
            if contents is None:
                raise NotIncrementalError("a file at a fork cannot be read")
            if b"\0" in contents[:BINARY_WITHIN]:
                entry = Entry(entry.blob, None, entry.older, self._changed(fork, path))
            else:
                entry = Entry(entry.blob, self._blamed(fork, path), entry.older)
            files[path] = entry
        return entry

    def _changed(self, fork: bytes, path: bytes) -> int:
        """Number of the commit that last changed a binary file."""
        said = self._git.ask("log", "-1", "--format=%H", fork.decode(), "--", _literal(path))
        if not said or said.strip() not in self._number:
            raise NotIncrementalError("a file's last change is unknown")
        return self._number[said.strip()]

    def had(self, older: Sequence[tuple[bytes, bytes]], path: bytes, blob: bytes) -> None:
        """Refuse where a change could restore a version that only the history before the fork knows."""
        for mark, fork in older:
            if mark != FORKED:
                continue
            key = (fork, path)
            if key not in self._seen:
                options = ("--raw", "--full-history", f"-{_RECENT}", "--format=", *DIFF_OPTIONS, NO_RENAMES)
                said = self._git.ask("log", *options, fork.decode(), "--", _literal(path))
                if said is None:
                    raise NotIncrementalError("a file's versions cannot be listed")
                records = (line.split(b" ") for line in said.split(b"\n") if line[:1] == b":")
                self._seen[key] = frozenset(part for facts in records for part in facts[2:4])
            if blob in self._seen[key]:
                raise NotIncrementalError("a version from before a fork may come back")

    def _blamed(self, fork: bytes, path: bytes) -> bytes:
        said = self._git.ask("blame", "--line-porcelain", "--no-progress", fork.decode(), "--", path.decode(*_BYTES))
        if said is None:
            raise NotIncrementalError("git blame refuses a file")
        found: list[tuple[int, int, int]] = []
        sha, line = b"", 0
        header = True
        for text in said.split(b"\n"):
            if header and text:
                sha, line_text = text.split(b" ")[:2]
                line, header = int(line_text), False
            elif text[:9] == b"filename ":
                name = self._ledger.paths.get(unquoted(text[9:]))
                if name is None or sha not in self._number:
                    raise NotIncrementalError("a line's birth is unknown")
                found.append((self._number[sha], name, line))
            elif text[:1] == b"\t":
                header = True
        return self._ids(found)

    def _ids(self, found: Sequence[tuple[int, int, int]]) -> bytes:
        """Numbers of lines by commit, path and line of birth."""
        commit, path, first, count = (
            np.frombuffer(column, np.uint32).astype(np.int64)
            for column in (
                self._ledger.birth_commit,
                self._ledger.birth_path,
                self._ledger.birth_line,
                self._ledger.birth_lines,
            )
        )
        begin = np.cumsum(count) - count
        wanted = {pair[:2] for pair in found}
        rows = np.flatnonzero(np.isin(commit, [c for c, _ in wanted]) & np.isin(path, [p for _, p in wanted]))
        known: dict[tuple[int, int, int], int] = {}
        for row in rows:
            for k in range(int(count[row])):
                known[int(commit[row]), int(path[row]), int(first[row]) + k] = int(begin[row]) + k
        try:
            return np.array([known[key] for key in found], dtype=IDS).tobytes()
        except KeyError:
            raise NotIncrementalError("a line's birth is unknown") from None


_BYTES = ("utf-8", "surrogateescape")
# A file remembers four versions; branches side by side may interleave theirs in git's list.
_RECENT = 3 * REMEMBERED


def _literal(path: bytes) -> str:
    return ":(top,literal)" + path.decode(*_BYTES)
