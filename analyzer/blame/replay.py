"""A whole history replayed once: every commit's files as line numbers, branch by branch, merges included.

git's patch log is the one expensive stream; commits come in topological order, so few branches are open at a time
and each file costs a slice and a join. What it cost and why: docs/performance.md.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from analyzer.blame import blobs, file_splits, merges
from analyzer.blame.change_counts import Tally, kind_of
from analyzer.blame.diff import EMPTY, NOTHING, SUBMODULE, Hunk, Record, blocks, hunks, parsed
from analyzer.blame.ledger import WIDTH, Ledger
from analyzer.blame.line_hashes import added_texts
from analyzer.blame.recent_trees import Shelf
from analyzer.blame.tree import REMEMBERED, UNKNOWABLE, Entry, Files, Graves, Lineage, Tree
from analyzer.core.memory import trim
from analyzer.history.git import DIFF_OPTIONS, NO_RENAMES, RENAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from analyzer.blame.moves import Origins
    from analyzer.blame.recent_trees import Step
    from analyzer.history.git import Git

_LOG = ("log", "--no-walk=unsorted", "--stdin", "--raw", "--full-index", "--no-notes", "--format=%x01%H")


class ReplayError(Exception):
    """git's streams and the replay disagree: a defect here, never the user's input."""


class NotIncrementalError(Exception):
    """A branch left the history before what a snapshot remembers; read the whole history."""


# Line numbers of files come in all sizes, and what is free between them adds up: after so many commits it goes back.
_TRIMMED = 1_000
# Trees of so many last commits are kept for a snapshot: branches that are merged later fork from one of them.
KEPT = 1_000


class Replay:
    """One pass over commits in topological order; afterwards `ledger` holds births and removals, `tally` changes."""

    def __init__(
        self,
        git: Git,
        parents: Mapping[bytes, Sequence[bytes]],
        *,
        origins: Origins | None = None,
        missing: frozenset[bytes] = frozenset(),
        keep: int = 0,
    ) -> None:
        """`parents`: every commit of the history, numbered in this order. `missing`: blobs that are not there.

        `keep`: how many of the last commits' trees stay on the shelf.
        """
        self.git, self.parents, self.origins, self.missing = git, parents, origins, missing
        self.ledger, self.tally = Ledger(), Tally()
        self.number = {sha: n for n, sha in enumerate(parents)}
        self.trees: dict[bytes, Tree] = {}
        self.shelf = Shelf(keep)
        self.looked_at: dict[tuple[int, bytes], bytes] = {}

    def resume(self, base: bytes, steps: Sequence[Step], revisions: Sequence[bytes]) -> None:
        """Go on after `base` with `revisions`, from the trees that its snapshot kept."""
        self.shelf = Shelf(self.shelf.most, steps)
        self.trees = self.shelf.trees({base, *(parent for sha in revisions for parent in self.parents[sha])})
        self.shelf.go_on(self.trees[base])

    def run(self, head: bytes, revisions: Sequence[bytes], tick: Callable[[int], None] = lambda _: None) -> Tree:
        """Replay `revisions`, all or those since the base, and return the tree of `head`."""
        children = Counter(parent for sha in revisions for parent in self.parents[sha])
        children.update({head, *self.trees})
        shelved = len(revisions) - self.shelf.most
        self._children, self._forks = children, {sha for sha, n in children.items() if n > 1}
        ordinary = [sha for sha in revisions if len(self.parents[sha]) < 2]
        joining = [sha for sha in revisions if len(self.parents[sha]) > 1]
        with (
            self.git.dialogue(*blobs.ASK) as contents,
            self.git.dialogue(*file_splits.ASK) as copies,
            self.git.dialogue(*merges.ASK_PLAIN) as plain,
            self.git.dialogue(*merges.ASK_RENAMED) as renamed,
            self._log(ordinary, "-p", "-U0", RENAMES) as patched,
            self._log(joining, "--diff-merges=first-parent", NO_RENAMES) as merged,
        ):
            self._blobs, self._splits = blobs.Blobs(contents), file_splits.Splits(copies, self._patchless)
            self._merges = merges.Merges(self.ledger, self.missing, plain, renamed)
            for done, sha in enumerate(revisions):
                parents = self.parents[sha]
                found, records, sections = parsed(next(merged if len(parents) > 1 else patched, b""))
                if found != sha:
                    raise ReplayError(f"git sent {found.decode()} where {sha.decode()} was next")
                self._step(sha, records, sections, shelved=done >= shelved)
                if done % 200 == 0:
                    tick(done)
                if done % _TRIMMED == 0:
                    trim()
            _drained(patched, merged)
        return self.trees[head]

    @contextmanager
    def _log(self, shas: Sequence[bytes], *options: str) -> Iterator[Iterator[bytes]]:
        """One block a commit, in this order: git walks no history for it. Told of none, it would look for a branch."""
        if not shas:
            yield iter(())
            return
        with self.git.pipe(*_LOG, *DIFF_OPTIONS, *options, told=b"\n".join(shas) + b"\n") as said:
            yield blocks(said)

    def _step(self, sha: bytes, records: list[Record], sections: list[bytes], *, shelved: bool) -> None:
        parents = self.parents[sha]
        for parent in parents:
            if parent not in self.trees:
                raise NotIncrementalError("a branch forked before what the snapshot remembers")
        others = [self.trees[parent] for parent in parents[1:]]
        tree = self._inherited(parents[0], own=shelved) if parents else Tree({}, Graves(), Lineage(None))
        if others:
            self._merges.apply(self.number[sha], sha, tree, others, records)
            for parent in parents[1:]:
                self._release(parent)
        else:
            self._patched(sha, tree, records, sections)
        self.trees[sha] = tree
        if shelved:
            self.shelf.add(sha, tree)

    def _inherited(self, parent: bytes, *, own: bool) -> Tree:
        """The parent's tree, to be changed: itself where nobody else needs it, else a copy that shares every file.

        `own`: with a lineage of its own in either case.
        """
        tree = self.trees[parent]
        self._release(parent)
        if parent not in self._forks and not own:
            return tree
        files = dict(tree.files) if parent in self.trees else tree.files
        return Tree(files, Graves(tree.graves.layers), Lineage(tree.lineage))

    def _release(self, parent: bytes) -> None:
        self._children[parent] -= 1
        if not self._children[parent]:
            self.trees.pop(parent, None)

    def _patched(self, sha: bytes, tree: Tree, records: Sequence[Record], sections: Sequence[bytes]) -> None:
        """Apply an ordinary commit: all old files are read before any is replaced, so that swaps of names work."""
        files, at, number = tree.files, 0, self.number[sha]
        split = self._splits.found(sha, records)
        updates: Files = {}
        buried: Files = {}
        removed: list[bytes] = []
        for record in records:
            size = 2 if record.status == b"T" else 0 if self._patchless(record) else 1
            if at + size > len(sections):
                raise ReplayError(f"{len(sections)} patches for {len(records)} files")
            own = sections[at : at + size]
            found = [hunks(section) for section in own]
            self._counted(number, record, own, found)
            source, section = split.get(record.path, (record, own[-1] if own else b""))
            last = found[-1] if found and source is record else hunks(section)
            entry = self._changed(number, tree, source, section, last)
            at += size
            if record.status in b"DR" or entry is None:
                removed.append(record.old_path)
            if entry is not None:
                updates[record.path] = entry
            elif self.origins is not None and record.old_path in files:
                buried[record.old_path] = Entry(b"", None, files[record.old_path].past()[:REMEMBERED])
        if at != len(sections):
            raise ReplayError(f"{len(sections)} patches for {len(records)} files")
        for path in removed:
            files.pop(path, None)
        files.update(updates)
        for path, entry in buried.items():
            tree.graves.put(path, entry)
        tree.lineage.paths.update(updates, removed)
        if self.origins is not None:
            self.origins.end_of_commit(sha)

    def _patchless(self, record: Record) -> bool:
        """Whether git shows no patch: missing blobs stand empty on both sides, and nothing else changed."""
        if not self.missing or record.status != b"M" or record.old_mode != record.new_mode:
            return False
        return all(blob in self.missing or blob in EMPTY for blob in (record.old_blob, record.new_blob))

    def _counted(self, number: int, record: Record, sections: Sequence[bytes], found: Sequence[Sequence[Hunk]]) -> None:
        kind = kind_of(record, sections, self.missing)
        path = self.ledger.path
        self.tally.count(number, (path(record.path), path(record.old_path)), record, kind, sections, found)

    def _changed(self, number: int, tree: Tree, record: Record, section: bytes, found: Sequence[Hunk]) -> Entry | None:
        """The file after the change; None where there is none any more, or only a submodule's pointer."""
        old = tree.files.get(record.old_path) if record.status != b"A" else None
        older = () if self.origins is None else _past(old, tree.graves, record.path)
        kept = older[:REMEMBERED]
        if record.new_mode in (NOTHING, SUBMODULE):
            gone = (old.ids or b"") if old is not None else b""
            self.ledger.remove(number, gone)
            if self.origins is not None:
                self.origins.change(record, section, gone, range(0), b"", ())
            return None
        if old is not None and record.status == b"T":
            self.ledger.remove(number, old.ids or b"")
            old = None
        unknowable = record.new_blob in self.missing or (old is not None and old.born == UNKNOWABLE)
        if unknowable or (not found and b"\nBinary files " in section):
            self.ledger.remove(number, (old.ids or b"") if old is not None else b"")
            return Entry(record.new_blob, None, kept, UNKNOWABLE if unknowable else number)
        ids = self._known(old, record.old_path) if old is not None and found else None if old is None else old.ids
        if not found:
            return Entry(record.new_blob, b"" if old is None else ids, kept, -1 if old is None else old.born)
        first = self.ledger.lines
        new, gone = self._spliced(number, record.path, ids or b"", found)
        self.ledger.remove(number, gone)
        if self.origins is not None:
            self._weighed(range(first, self.ledger.lines), section)
            self.origins.change(record, section, gone, range(first, self.ledger.lines), new, older)
        return Entry(record.new_blob, new, kept)

    def _weighed(self, born: range, section: bytes) -> None:
        """Note the texts of the lines just born."""
        found = added_texts(section)
        if len(found.crc) != len(born):
            raise ReplayError(f"{len(found.crc)} added lines where {len(born)} were born")
        self.ledger.weigh(born, found)

    def _known(self, old: Entry, path: bytes) -> bytes:
        """Lines of a file; an opaque one is looked at now, and its lines were born with its blob."""
        return old.ids if old.ids is not None else self._revealed(old, path, self._blobs.lines(old.blob) or 0)

    def _revealed(self, entry: Entry, path: bytes, count: int) -> bytes:
        """Numbers for an opaque file's lines, the same for every branch that asks."""
        key = (entry.born, entry.blob)
        if key not in self.looked_at:
            self.looked_at[key] = self.ledger.born(entry.born, self.ledger.path(path), 1, count) if count else b""
        return self.looked_at[key]

    def over(self) -> None:
        """Nothing more is replayed: drop what only helps with that."""
        self.trees.clear()
        self.shelf = Shelf(0)
        self.ledger.over()

    def shown(self, files: Files) -> dict[bytes, bytes | None]:
        """Line numbers of each file; what git called binary at its last change but is text now is looked at."""
        found: dict[bytes, bytes | None] = {}
        with self.git.dialogue(*blobs.ASK) as contents:
            looked = blobs.Blobs(contents)
            for path, entry in files.items():
                count = looked.text_lines(entry.blob) if entry.ids is None and entry.born >= 0 else None
                found[path] = entry.ids if count is None else self._revealed(entry, path, count)
        return found

    def _spliced(self, number: int, path: bytes, ids: bytes, found: Sequence[tuple[int, ...]]) -> tuple[bytes, bytes]:
        """Line numbers after the hunks, and those that went."""
        ledger, name = self.ledger, self.ledger.path(path)
        out, gone, at = [], [], 0
        for old_start, old_lines, new_start, new_lines in found:
            start = (old_start - 1 if old_lines else old_start) * WIDTH
            out.append(ids[at:start])
            at = start + old_lines * WIDTH
            if old_lines:
                gone.append(ids[start:at])
            if new_lines:
                out.append(ledger.born(number, name, new_start, new_lines))
        if at > len(ids):
            raise ReplayError(f"a patch reaches past the end of {path!r}")
        out.append(ids[at:])
        return b"".join(out), b"".join(gone)


def _past(old: Entry | None, graves: Graves, path: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Earlier versions of a file, also of one that was deleted and comes back."""
    if old is not None:
        return old.past()
    grave = graves.get(path)
    return () if grave is None else grave.older


def _drained(*streams: Iterator[bytes]) -> None:
    if any(next(stream, None) is not None for stream in streams):
        raise ReplayError("git sent more commits than there are")
