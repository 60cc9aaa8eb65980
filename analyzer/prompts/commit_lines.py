"""What commits added to code and tests: characters, and hashes of the lines, for finding what a session wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.blame.diff import unquoted
from analyzer.history.git import DIFF_OPTIONS, RENAMES
from analyzer.prompts.session import hashed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from analyzer.history.git import Git

_ASK = ("diff-tree", "--stdin", "--root", "-r", RENAMES, "-p", "-U0", *DIFF_OPTIONS)
_END = b"=END\n"
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
# A commit that adds more was not written by anybody.
_LARGEST = 20_000_000


@dataclass(frozen=True, slots=True)
class Landed:
    """One commit: characters added (without the white space around lines) by file, and sorted hashes of its lines."""

    characters: Mapping[str, int]
    lines: NDArray[np.uint64]

    @property
    def size(self) -> int:
        """All characters added."""
        return sum(self.characters.values())


def landed(git: Git, commits: Iterable[str], counted: Mapping[str, Collection[str]]) -> dict[str, Landed]:
    """What each commit added to its `counted` files. Raises `NoShareError` where git fails half-way."""
    found = {}
    with git.dialogue(*_ASK) as asked:
        for sha in commits:
            patch = asked.until(sha.encode() + b"\n" + _END, _END)
            own = frozenset(counted.get(sha, ()))
            if len(patch) <= _LARGEST and own:
                found[sha] = _read(patch, own)
    return found


def _read(patch: bytes, own: frozenset[str]) -> Landed:
    characters: dict[str, int] = {}
    texts: list[str] = []
    for path, lines in _files(patch):
        name = path.decode("utf-8", "surrogateescape")
        if name in own:
            said = [line.decode("utf-8", "replace") for line in lines]
            characters[name] = sum(len(line.strip()) for line in said)
            texts += said
    return Landed(characters, hashed("\n".join(texts)))


def _files(patch: bytes) -> Iterator[tuple[bytes, list[bytes]]]:
    """Path and added lines of every file of a patch."""
    path: bytes | None = None
    added: list[bytes] = []
    rest = iter(patch.split(b"\n"))
    for line in rest:
        if line.startswith(b"diff --git ") and path is not None:
            yield path, added
            path, added = None, []
        elif line.startswith((b"+++ b/", b'+++ "b/')):
            path, added = unquoted(line[4:].removesuffix(b"\t"))[2:], []
        elif match := _HUNK.match(line):
            added += _hunk(rest, *(int(match[n]) if match[n] is not None else 1 for n in (1, 2)))
    if path is not None:
        yield path, added


def _hunk(rest: Iterator[bytes], removed: int, new: int) -> Iterator[bytes]:
    """The added lines of one hunk, by its counts: content is never read as a header."""
    while removed + new > 0:
        line = next(rest, b"")
        if line[:1] == b"+":
            new -= 1
            yield line[1:]
        elif line[:1] == b"-":
            removed -= 1
        elif line[:1] != b"\\":
            return
