"""Carry notes on squashed or rebased commits over to the commit of this history that holds the same content.

If a commit S of this history introduced a file with exactly the contents that it has in a commit with a note, then S is
the rewritten form of that commit and of its ancestors outside this history. We carry over the lines that git's diff
finds again in S; the table `line_truth` later keeps those that S added. Nothing is carried over if no file matches or
if S has a note of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from analyzer.blame.diff import parse_commit, parse_hunks, split_commits
from analyzer.evidence.record import Note
from analyzer.history.git_options import DIFF_OPTIONS, NO_RENAMES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from analyzer.evidence.record import LineRange
    from analyzer.history.git import Git

    File = tuple[str, str]  # (commit or blob, path)

_LOG_OPTIONS = (
    "--raw",
    "--no-abbrev",
    "--diff-merges=off",
    NO_RENAMES,
    "--reverse",
    "--topo-order",
    "--format=%x01%H %ct",
)
_BLOB = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64}) blob \d+")
# Compare at most this many pairs of blobs, because each comparison starts a git process.
_MAX_DIFFS = 5_000


def commits_in_clone(git: Git, shas: Iterable[str]) -> list[str]:
    """Return those of the commits that exist in this clone."""
    stdin = "".join(f"{sha}\n" for sha in shas).encode()
    replies = (line.split(b" ") for line in (git.run("cat-file", "--batch-check", stdin=stdin) or b"").split(b"\n"))
    return [reply[0].decode("ascii") for reply in replies if reply[1:2] == [b"commit"]]


def carry_notes(
    git: Git, head: str, outside_notes: Mapping[str, Note], noted_commits: Collection[str]
) -> tuple[dict[str, Note], int]:
    """Return the carried notes, by commit in the history of `head`, and how many notes went into them.

    Parameters
    ----------
    outside_notes : notes on commits that exist in this clone but outside this history.
    noted_commits : commits inside this history with a note of their own.

    Raises `NoShareError` if git fails half-way.
    """
    abandoned = _abandoned_commits(git, head, outside_notes)
    old_blobs = _file_blobs(
        git,
        {
            (sha, line_range.path)
            for sha, *_ in abandoned
            if sha in outside_notes
            for line_range in outside_notes[sha].ranges
        },
    )
    targets = _rewritten_as(
        abandoned, old_blobs, _introducing_commits(git, head, {(blob, path) for (_, path), blob in old_blobs.items()})
    )
    targets = {sha: target for sha, target in targets.items() if sha in outside_notes and target not in noted_commits}
    new_blobs = _file_blobs(
        git, {(target, line_range.path) for sha, target in targets.items() for line_range in outside_notes[sha].ranges}
    )
    line_map = _LineMap(git)
    notes: dict[str, Note] = {}
    count = 0
    for sha, target in targets.items():
        pairs = (
            (line_range, old_blobs.get((sha, line_range.path)), new_blobs.get((target, line_range.path)))
            for line_range in outside_notes[sha].ranges
        )
        ranges = [
            carried_range
            for line_range, old, new in pairs
            if old and new
            for carried_range in line_map.ranges(line_range, old, new)
        ]
        notes.setdefault(target, Note()).ranges += ranges
        count += bool(ranges)
    return {sha: note for sha, note in notes.items() if note.ranges}, count


class _AbandonedCommit(NamedTuple):
    """A commit outside this history; `authored` in Unix seconds."""

    sha: str
    authored: int
    parents: list[str]


def _abandoned_commits(git: Git, head: str, shas: Iterable[str]) -> list[_AbandonedCommit]:
    """Return every commit outside the history of `head` that is reachable from `shas`, children first."""
    stdin = "\n".join([*shas, f"^{head}", ""]).encode()
    stdout = git.run("log", "--topo-order", "--no-show-signature", "--format=%H %at %P", "--stdin", stdin=stdin)
    rows = (line.split(" ") for line in (stdout or b"").decode("ascii").splitlines())
    return [_AbandonedCommit(sha, int(authored or 0), list(filter(None, parents))) for sha, authored, *parents in rows]


def _file_blobs(git: Git, files: Iterable[File]) -> dict[File, str]:
    """Return the blob of each (commit, path); missing files and paths with a line break have none."""
    requested = sorted(file for file in files if "\n" not in file[1])
    stdin = "".join(f"{sha}:{path}\n" for sha, path in requested).encode("utf-8", "surrogateescape")
    replies = (git.run("cat-file", "--batch-check", stdin=stdin) or b"").split(b"\n")
    # For a missing file git repeats its name, and that name may look like a blob line: match the full line.
    matches = ((file, _BLOB.fullmatch(line)) for file, line in zip(requested, replies, strict=False))
    return {file: match[1].decode("ascii") for file, match in matches if match is not None}


def _introducing_commits(git: Git, head: str, wanted: Collection[File]) -> dict[File, tuple[str, int]]:
    """Return the first commit of this history that introduced each (blob, path), and its Unix time."""
    introduced: dict[File, tuple[str, int]] = {}
    if not wanted:
        return introduced
    with git.open_pipe("log", *_LOG_OPTIONS, *DIFF_OPTIONS, "--end-of-options", head, "--") as pipe:
        for block in split_commits(pipe):
            header, records, _ = parse_commit(block)
            sha, _, committed = header.decode("ascii").partition(" ")
            for record in records:
                file = (record.new_blob.decode("ascii"), record.path.decode("utf-8", "surrogateescape"))
                if file in wanted:
                    introduced.setdefault(file, (sha, int(committed or 0)))
    return introduced


def _rewritten_as(
    abandoned: Iterable[_AbandonedCommit], files: Mapping[File, str], introduced: Mapping[File, tuple[str, int]]
) -> dict[str, str]:
    """Return the rewritten form of each abandoned commit: by its own contents, else by those of a descendant."""
    paths: dict[str, list[str]] = {}
    for sha, path in files:
        paths.setdefault(sha, []).append(path)
    rewritten_as: dict[str, str] = {}
    for commit in abandoned:
        for path in paths.get(commit.sha, ()):
            target, committed = introduced.get((files[commit.sha, path], path), ("", 0))
            if target and committed >= commit.authored:  # contents that already existed are not a rewritten form
                rewritten_as[commit.sha] = target
                break
        if commit.sha in rewritten_as:
            for parent in commit.parents:
                rewritten_as.setdefault(parent, rewritten_as[commit.sha])
    return rewritten_as


class _LineMap:
    """Maps lines of one blob to another by git's diff; each pair of blobs is compared once."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._runs_by_pair: dict[File, list[tuple[int, int, int]]] = {}

    def ranges(self, noted: LineRange, old: str, new: str) -> Iterator[LineRange]:
        """Yield the parts of a range of blob `old` that blob `new` still holds, at their lines in `new`."""
        for first, last, shift in self._runs(old, new):
            begin, end = max(first, noted.first), min(last, noted.last)
            if begin <= end:
                yield noted._replace(first=begin + shift, last=end + shift)

    def _runs(self, old: str, new: str) -> list[tuple[int, int, int]]:
        """Return (first line, last line, shift) of each run of lines that both blobs hold."""
        if old == new:
            return [(1, _LAST_LINE, 0)]
        if (old, new) not in self._runs_by_pair:
            exhausted = len(self._runs_by_pair) >= _MAX_DIFFS
            patch = None if exhausted else self._git.run("diff", *DIFF_OPTIONS, "--unified=0", old, new)
            self._runs_by_pair[old, new] = [] if patch is None else list(_unchanged_runs(b"\n" + patch))
        return self._runs_by_pair[old, new]


# Past the last line of any file.
_LAST_LINE = 1 << 30


def _unchanged_runs(patch: bytes) -> Iterator[tuple[int, int, int]]:
    first, shift = 1, 0
    for start, removed, _, added in parse_hunks(patch):
        last = start - 1 if removed else start
        if last >= first:
            yield first, last, shift
        first, shift = last + removed + 1, shift + added - removed
    if b"Binary files" not in patch.split(b"\n@@", 1)[0]:
        yield first, _LAST_LINE, shift
