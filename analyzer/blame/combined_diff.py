"""Resolve combined diffs of merges to line ids: which parent each line of the merge's result comes from.

Every body line has one column per parent: a space if that parent has the line, `+` if it does not, `-` if the parent
had the line but the result does not. As in git blame, a line keeps its id from the first parent that has it.
Format: git-diff(1), "COMBINED DIFF FORMAT". We request -U1, because -U0 leaves out result lines.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from analyzer.blame.diff import unquote
from analyzer.blame.ledger import ID_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_SECTION = b"\ndiff --combined "
_RESULT = re.compile(rb"\+(\d+)(?:,\d+)? @@")


class CombinedFile(NamedTuple):
    """One file of a merge: its path in each parent (b"" if absent), its path in the result, and its patch section."""

    parents: tuple[bytes, ...]
    path: bytes
    section: bytes


def parse_files(output: bytes) -> Iterator[CombinedFile]:
    """Yield the files in the output of `diff-tree -c --combined-all-paths` for one merge."""
    head, *sections = output.split(_SECTION)
    patches = {unquote(section.split(b"\n", 1)[0]): section for section in sections}
    for line in (line for line in head.split(b"\n") if line[:2] == b"::"):
        fields, *paths = line.split(b"\t")
        parents = len(fields) - len(fields.lstrip(b":"))
        status = fields.rsplit(b" ", 1)[1]
        names = [unquote(path) for path in paths]
        parent_paths = (
            b"" if letter == ord("A") else name for letter, name in zip(status, names[:parents], strict=True)
        )
        # A file that the merge only renamed has no patch: its lines come from a parent.
        yield CombinedFile(tuple(parent_paths), names[-1], patches.get(names[-1], b""))


def resolve_lines(section: bytes, parents: Sequence[bytes | None], new_line: Callable[[int, bytes], bytes]) -> bytes:
    """Return the line ids of the merge's result.

    Parameters
    ----------
    section : the file's combined patch.
    parents : the file's line ids in each parent; None if the file is absent or opaque there.
    new_line : called with (line, text) of each line that no parent has; returns its id.
    """
    out: list[bytes] = []
    positions = [0] * len(parents)
    line = 1
    for header, body in _hunks(section, len(parents)):
        gap = header - line
        out.append(_unchanged_lines(parents, positions, gap))
        positions = [position + gap for position in positions]
        line = header
        for body_line in body:
            columns = body_line[: len(parents)]
            if b"-" in columns:
                for k, sign in enumerate(columns):
                    positions[k] += sign == 45  # "-"
                continue
            source = next((k for k, sign in enumerate(columns) if sign == 32 and parents[k] is not None), None)
            if source is None:
                out.append(new_line(line, body_line[len(parents) :]))
            else:
                out.append((parents[source] or b"")[positions[source] * ID_BYTES : (positions[source] + 1) * ID_BYTES])
            for k, sign in enumerate(columns):
                positions[k] += sign == 32  # " "
            line += 1
    first = next((k for k, ids in enumerate(parents) if ids is not None), None)
    if first is not None:
        out.append((parents[first] or b"")[positions[first] * ID_BYTES :])
    return b"".join(out)


def _unchanged_lines(parents: Sequence[bytes | None], positions: list[int], gap: int) -> bytes:
    """Return the ids of `gap` lines between hunks, which every parent that has the file shares."""
    first = next((k for k, ids in enumerate(parents) if ids is not None), None)
    if first is None or gap <= 0:
        return b""
    return (parents[first] or b"")[positions[first] * ID_BYTES : (positions[first] + gap) * ID_BYTES]


def _hunks(section: bytes, parents: int) -> Iterator[tuple[int, list[bytes]]]:
    marker = b"\n" + b"@" * (parents + 1) + b" "
    for hunk in section.split(marker)[1:]:
        header, _, body = hunk.partition(b"\n")
        match = _RESULT.search(header)
        if match is None:
            raise ValueError("a combined hunk without a result range")
        yield int(match[1]), [text for text in body.split(b"\n") if text and text[:1] != b"\\"]
