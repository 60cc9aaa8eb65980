"""Read what commits added to code and tests: characters per file, and line hashes to compare with sessions' edits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.blame.diff import unquote
from analyzer.history.batch import END_OF_COMMIT
from analyzer.history.git_options import DIFF_OPTIONS, RENAMES
from analyzer.prompts.session import line_hashes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from analyzer.history.git import Git

_DIFF_TREE = ("diff-tree", "--stdin", "--root", "-r", RENAMES, "-p", "-U0", *DIFF_OPTIONS)
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
# Larger patches are skipped: nobody wrote them, they are generated or vendored.
_LARGEST_PATCH = 20_000_000


@dataclass(frozen=True, slots=True)
class CommitLines:
    """What one commit added.

    Attributes
    ----------
    characters : characters added per path, without the white space around lines.
    lines : sorted hashes of the added lines, each once.
    """

    characters: Mapping[str, int]
    lines: NDArray[np.uint64]

    @property
    def size(self) -> int:
        """Characters added in all files."""
        return sum(self.characters.values())


def read_commit_lines(
    git: Git, commits: Iterable[str], counted_paths: Mapping[str, Collection[str]]
) -> dict[str, CommitLines]:
    """Return what each commit added to its `counted_paths`; commits without such a path are left out.

    Raises `NoShareError` if git fails half-way.
    """
    lines_by_commit = {}
    with git.start_batch(*_DIFF_TREE) as diff_tree:
        for sha in commits:
            patch = diff_tree.read_until(sha.encode() + b"\n" + END_OF_COMMIT, END_OF_COMMIT)
            paths = frozenset(counted_paths.get(sha, ()))
            if len(patch) <= _LARGEST_PATCH and paths:
                lines_by_commit[sha] = _parse_patch(patch, paths)
    return lines_by_commit


def _parse_patch(patch: bytes, counted_paths: frozenset[str]) -> CommitLines:
    characters: dict[str, int] = {}
    texts: list[str] = []
    for path, lines in _files_of_patch(patch):
        name = path.decode("utf-8", "surrogateescape")
        if name in counted_paths:
            decoded = [line.decode("utf-8", "replace") for line in lines]
            characters[name] = sum(len(line.strip()) for line in decoded)
            texts += decoded
    return CommitLines(characters, line_hashes("\n".join(texts)))


def _files_of_patch(patch: bytes) -> Iterator[tuple[bytes, list[bytes]]]:
    """Yield the path and the added lines of every file in a patch."""
    path: bytes | None = None
    added: list[bytes] = []
    remaining = iter(patch.split(b"\n"))
    for line in remaining:
        if line.startswith(b"diff --git ") and path is not None:
            yield path, added
            path, added = None, []
        elif line.startswith((b"+++ b/", b'+++ "b/')):
            path, added = unquote(line[4:].removesuffix(b"\t"))[2:], []
        elif match := _HUNK.match(line):
            added += _added_lines_of_hunk(remaining, *(int(match[n]) if match[n] is not None else 1 for n in (1, 2)))
    if path is not None:
        yield path, added


def _added_lines_of_hunk(remaining: Iterator[bytes], removed: int, added: int) -> Iterator[bytes]:
    """Yield the added lines of one hunk. Its line counts delimit it, so content is never read as a header."""
    while removed + added > 0:
        line = next(remaining, b"")
        if line[:1] == b"+":
            added -= 1
            yield line[1:]
        elif line[:1] == b"-":
            removed -= 1
        elif line[:1] != b"\\":
            return
