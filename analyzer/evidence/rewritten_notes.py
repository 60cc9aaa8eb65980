"""Notes on commits that a squash or a rebase left behind → the commit of this history that holds the same content.

A commit S of this history that brought in a file with exactly the contents it has in a noted commit is where that one
went, and the noted ones it descends from. Of their lines those count that git's diff finds again in S; the table
`line_truth` then keeps the ones that S added. Where nothing matches, or S has a note of its own, nothing is carried.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from analyzer.blame.diff import blocks, hunks, parsed
from analyzer.evidence.line_notes import Note
from analyzer.history.git import DIFF_OPTIONS, NO_RENAMES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from analyzer.evidence.line_notes import Range
    from analyzer.history.git import Git

    File = tuple[str, str]  # a commit, or a blob, with a path

_WALK = ("--raw", "--no-abbrev", "--diff-merges=off", NO_RENAMES, "--reverse", "--topo-order", "--format=%x01%H %ct")
_BLOB = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64}) blob \d+")
# More different files than this are not compared: each comparison is a git process.
_MOST_COMPARED = 5_000


def present(git: Git, shas: Iterable[str]) -> list[str]:
    """Those commits that this clone has."""
    asked = "".join(f"{sha}\n" for sha in shas).encode()
    rows = (line.split(b" ") for line in (git.ask("cat-file", "--batch-check", stdin=asked) or b"").split(b"\n"))
    return [row[0].decode("ascii") for row in rows if row[1:2] == [b"commit"]]


def carried(git: Git, head: str, left: Mapping[str, Note], taken: Collection[str]) -> tuple[dict[str, Note], int]:
    """Notes by the commit in the history of `head` that they speak for, and how many of `left` went into them.

    `left`: notes on present commits outside it. `taken`: commits inside it with a note of their own. Raises
    `NoShareError` where git fails half-way.
    """
    branches = _branches(git, head, left)
    files = _blobs(git, {(sha, r.path) for sha, *_ in branches if sha in left for r in left[sha].ranges})
    targets = _targets(branches, files, _brought(git, head, {(blob, path) for (_, path), blob in files.items()}))
    targets = {sha: target for sha, target in targets.items() if sha in left and target not in taken}
    ends = _blobs(git, {(target, r.path) for sha, target in targets.items() for r in left[sha].ranges})
    moved = _Moved(git)
    notes: dict[str, Note] = {}
    count = 0
    for sha, target in targets.items():
        pairs = ((r, files.get((sha, r.path)), ends.get((target, r.path))) for r in left[sha].ranges)
        ranges = [found for r, old, new in pairs if old and new for found in moved.ranges(r, old, new)]
        notes.setdefault(target, Note()).ranges += ranges
        count += bool(ranges)
    return {sha: note for sha, note in notes.items() if note.ranges}, count


class _Commit(NamedTuple):
    """A commit of a branch that was left behind; `authored` in seconds."""

    sha: str
    authored: int
    parents: list[str]


def _branches(git: Git, head: str, shas: Iterable[str]) -> list[_Commit]:
    """Every commit outside the history of `head` that is reached from `shas`, children first."""
    asked = "\n".join([*shas, f"^{head}", ""]).encode()
    said = git.ask("log", "--topo-order", "--no-show-signature", "--format=%H %at %P", "--stdin", stdin=asked)
    rows = (line.split(" ") for line in (said or b"").decode("ascii").splitlines())
    return [_Commit(sha, int(when or 0), list(filter(None, parents))) for sha, when, *parents in rows]


def _blobs(git: Git, files: Iterable[File]) -> dict[File, str]:
    """Blob of each file of a commit; files that it has not, and names that a line cannot hold, have none."""
    named = sorted(file for file in files if "\n" not in file[1])
    asked = "".join(f"{sha}:{path}\n" for sha, path in named).encode("utf-8", "surrogateescape")
    said = (git.ask("cat-file", "--batch-check", stdin=asked) or b"").split(b"\n")
    # Of a missing one git repeats the name, which may be "a blob".
    found = ((file, _BLOB.fullmatch(line)) for file, line in zip(named, said, strict=False))
    return {file: match[1].decode("ascii") for file, match in found if match is not None}


def _brought(git: Git, head: str, wanted: Collection[File]) -> dict[File, tuple[str, int]]:
    """Blob and path → the first commit of this history that brought it in, and when it was committed."""
    found: dict[File, tuple[str, int]] = {}
    if not wanted:
        return found
    with git.pipe("log", *_WALK, *DIFF_OPTIONS, "--end-of-options", head, "--") as pipe:
        for block in blocks(pipe):
            header, records, _ = parsed(block)
            sha, _, when = header.decode("ascii").partition(" ")
            for record in records:
                file = (record.new_blob.decode("ascii"), record.path.decode("utf-8", "surrogateescape"))
                if file in wanted:
                    found.setdefault(file, (sha, int(when or 0)))
    return found


def _targets(
    branches: Iterable[_Commit], files: Mapping[File, str], brought: Mapping[File, tuple[str, int]]
) -> dict[str, str]:
    """Where each commit of a branch went: where its own contents did, else those of one that descends from it."""
    paths: dict[str, list[str]] = {}
    for sha, path in files:
        paths.setdefault(sha, []).append(path)
    went: dict[str, str] = {}
    for commit in branches:
        for path in paths.get(commit.sha, ()):
            target, when = brought.get((files[commit.sha, path], path), ("", 0))
            if target and when >= commit.authored:  # what was there before is not where it went
                went[commit.sha] = target
                break
        if commit.sha in went:
            for parent in commit.parents:
                went.setdefault(parent, went[commit.sha])
    return went


class _Moved:
    """Where lines of one blob stand in another, by git's diff; each pair of blobs is compared once."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._kept: dict[File, list[tuple[int, int, int]]] = {}

    def ranges(self, noted: Range, old: str, new: str) -> Iterator[Range]:
        """The parts of a range of blob `old` that blob `new` still has, with their lines there."""
        for first, last, shift in self._runs(old, new):
            begin, end = max(first, noted.first), min(last, noted.last)
            if begin <= end:
                yield noted._replace(first=begin + shift, last=end + shift)

    def _runs(self, old: str, new: str) -> list[tuple[int, int, int]]:
        """First and last line of each run that both blobs have, and how far it moved."""
        if old == new:
            return [(1, _END, 0)]
        if (old, new) not in self._kept:
            full = len(self._kept) >= _MOST_COMPARED
            said = None if full else self._git.ask("diff", *DIFF_OPTIONS, "--unified=0", old, new)
            self._kept[old, new] = [] if said is None else list(_unchanged(b"\n" + said))
        return self._kept[old, new]


# Past the last line of any file.
_END = 1 << 30


def _unchanged(patch: bytes) -> Iterator[tuple[int, int, int]]:
    first, shift = 1, 0
    for start, removed, _, added in hunks(patch):
        last = start - 1 if removed else start
        if last >= first:
            yield first, last, shift
        first, shift = last + removed + 1, shift + added - removed
    if b"Binary files" not in patch.split(b"\n@@", 1)[0]:
        yield first, _END, shift
