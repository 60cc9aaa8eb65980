"""Combined diffs of merges → line numbers: which parent each line of a merge's result comes from.

Every body line has one column a parent: a space where it stands in that parent, `+` where not, `-` where that parent
had a line that the result has not. As in git blame, the first parent that has a line gives it its number.
Format: git-diff(1), "COMBINED DIFF FORMAT"; asked with -U1, because -U0 leaves result lines out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from analyzer.blame.diff import unquoted
from analyzer.blame.ledger import WIDTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_SECTION = b"\ndiff --combined "
_RESULT = re.compile(rb"\+(\d+)(?:,\d+)? @@")


class Combined(NamedTuple):
    """One file of a merge: its path in each parent (b"" where that has none), its path in the result, its section."""

    parents: tuple[bytes, ...]
    path: bytes
    section: bytes


def files(answer: bytes) -> Iterator[Combined]:
    """The files of one `diff-tree -c --combined-all-paths` answer."""
    head, *sections = answer.split(_SECTION)
    patches = {unquoted(section.split(b"\n", 1)[0]): section for section in sections}
    for line in (line for line in head.split(b"\n") if line[:2] == b"::"):
        facts, *paths = line.split(b"\t")
        parents = len(facts) - len(facts.lstrip(b":"))
        status = facts.rsplit(b" ", 1)[1]
        names = [unquoted(path) for path in paths]
        known = (b"" if letter == ord("A") else name for letter, name in zip(status, names[:parents], strict=True))
        # A file that the merge only renamed has no patch: its lines are a parent's.
        yield Combined(tuple(known), names[-1], patches.get(names[-1], b""))


def resolved(section: bytes, parents: Sequence[bytes | None], born: Callable[[int, int], bytes]) -> bytes:
    """Line numbers of the result. `parents`: the file's numbers in each, None where it is not there or opaque.

    `born(line, count)` gives numbers to lines that no parent has.
    """
    out: list[bytes] = []
    at = [0] * len(parents)
    line = 1
    for header, body in _hunks(section, len(parents)):
        gap = header - line
        out.append(_same(parents, at, gap))
        at = [position + gap for position in at]
        line = header
        for text in body:
            columns = text[: len(parents)]
            if b"-" in columns:
                for k, sign in enumerate(columns):
                    at[k] += sign == 45  # "-"
                continue
            source = next((k for k, sign in enumerate(columns) if sign == 32 and parents[k] is not None), None)
            if source is None:
                out.append(born(line, 1))
            else:
                out.append((parents[source] or b"")[at[source] * WIDTH : (at[source] + 1) * WIDTH])
            for k, sign in enumerate(columns):
                at[k] += sign == 32  # " "
            line += 1
    first = next((k for k, ids in enumerate(parents) if ids is not None), None)
    if first is not None:
        out.append((parents[first] or b"")[at[first] * WIDTH :])
    return b"".join(out)


def _same(parents: Sequence[bytes | None], at: list[int], gap: int) -> bytes:
    """Lines between hunks: they stand in every parent that has the file."""
    first = next((k for k, ids in enumerate(parents) if ids is not None), None)
    if first is None or gap <= 0:
        return b""
    return (parents[first] or b"")[at[first] * WIDTH : (at[first] + gap) * WIDTH]


def _hunks(section: bytes, parents: int) -> Iterator[tuple[int, list[bytes]]]:
    marker = b"\n" + b"@" * (parents + 1) + b" "
    for hunk in section.split(marker)[1:]:
        header, _, body = hunk.partition(b"\n")
        match = _RESULT.search(header)
        if match is None:
            raise ValueError("a combined hunk without a result range")
        yield int(match[1]), [text for text in body.split(b"\n") if text and text[:1] != b"\\"]
