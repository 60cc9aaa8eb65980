"""Extract functions that one commit wholly added: outermost functions, moved code excluded. Rules: docs/style.md."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.stylometry.syntax import parse_function

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

    from analyzer.languages.language import Language
    from analyzer.stylometry.syntax import Function

    Runs = Sequence[tuple[int, int]]

MAX_BLOB_BYTES = 400_000
_MIN_LINES, _MAX_LINES, _MAX_BYTES = 5, 301, 30_000  # lines, and bytes
_MIN_SOLID_LINES, _SOLID_CHARACTERS = 5, 3  # at least five lines with more than three characters each
_MIN_LEAVES = 25
_MAX_MOVED = 0.6


@dataclass(frozen=True, slots=True)
class AddedFunction:
    """A wholly added function: its first line (1-based), its number of lines, and its syntax."""

    line: int
    lines: int
    function: Function


def added_functions(language: Language, blob: bytes, added: Runs, written: Runs) -> Iterator[AddedFunction]:
    """Yield the functions of a file that lie inside one run of added lines.

    Parameters
    ----------
    language : of the file.
    blob : contents of the file.
    added : runs (first line, number of lines) that the commit added, ascending.
    written : those of them that it wrote, so neither moved nor restored; ascending.

    Functions with more than 60 % moved or restored lines are skipped.
    """
    if len(blob) > MAX_BLOB_BYTES or not any(lines >= _MIN_LINES for _, lines in added):
        return
    tree = language.parse(blob)
    for node, in_class, decorators in _outermost_functions(language, tree.root_node) if tree is not None else ():
        first, last = node.start_point[0] + 1, node.end_point[0] + 1
        size = last - first + 1
        right_size = node.end_byte - node.start_byte <= _MAX_BYTES and _MIN_LINES <= size <= _MAX_LINES
        if not right_size or not _in_one_run(first, last, added) or node.has_error:
            continue
        solid = sum(
            len(line.strip()) > _SOLID_CHARACTERS for line in (node.text or b"").decode("utf-8", "replace").split("\n")
        )
        if solid < _MIN_SOLID_LINES or _lines_in_runs(first, last, written) < (1 - _MAX_MOVED) * size:
            continue
        function = parse_function(node, in_class=in_class, decorators=decorators)
        if len(function.leaves) >= _MIN_LEAVES:
            yield AddedFunction(first, size, function)


def _outermost_functions(language: Language, root: Node) -> Iterator[tuple[Node, bool, int]]:
    """Yield function nodes outside any other function, whether each is inside a class, and its number of decorators."""
    style = language.style
    if style is None:
        return
    stack: list[tuple[Node, bool, int]] = [(root, False, 0)]
    while stack:
        node, in_class, decorators = stack.pop()
        if node.type in style.functions:
            yield node, in_class, decorators
            continue
        child_in_class = in_class or node.type in style.classes
        child_decorators = (
            sum(child.type == style.decorator for child in node.children) if node.type == style.decorated else 0
        )
        stack += [
            (child, child_in_class, child_decorators)
            for child in reversed(node.named_children)
            if child.type in style.containers or child.type in style.functions
        ]


def _in_one_run(first: int, last: int, runs: Runs) -> bool:
    """Return whether one run holds all lines from first to last."""
    index = bisect_right(runs, (first, _MAX_LINES * MAX_BLOB_BYTES)) - 1
    return index >= 0 and runs[index][0] <= first and last < sum(runs[index])


def _lines_in_runs(first: int, last: int, runs: Runs) -> int:
    """Return how many of the lines from first to last are in any run."""
    return sum(max(0, min(last, begin + lines - 1) - max(first, begin) + 1) for begin, lines in runs)
