"""Blobs and births → functions that one commit wholly added, outermost ones, moves left out. Rules: docs/style.md."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from analyzer.stylometry.syntax import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node, Parser

    from analyzer.stylometry.syntax import Function

    Runs = Sequence[tuple[int, int]]

LARGEST_BLOB = 400_000
_SHORTEST, _LONGEST, _LARGEST = 5, 301, 30_000  # lines, and bytes
_SOLID_LINES, _SOLID = 5, 3  # so many lines of more than so many characters
_FEWEST_LEAVES = 25
_MOVED = 0.6
# Where functions stand that are not inside another one.
_AROUND = frozenset({"class_definition", "decorated_definition", "block", "if_statement", "else_clause", "elif_clause"})
_AROUND |= {"try_statement", "except_clause", "finally_clause", "with_statement", "module", "for_statement"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A wholly added function: its first line (1-based) and how many it has."""

    line: int
    lines: int
    function: Function


@cache
def parser() -> Parser:
    """A parser for Python, by the grammar of the installed wheel."""
    import tree_sitter
    import tree_sitter_python

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))


def candidates(blob: bytes, added: Runs, written: Runs) -> Iterator[Candidate]:
    """Functions of a file that lie inside one run of added lines.

    `added`, `written`: runs (first line, lines) that the commit added, and of these those it wrote, not moved or
    restored; both ascending. A function more than 60 % of whose lines were not written is left out.
    """
    if len(blob) > LARGEST_BLOB or not any(lines >= _SHORTEST for _, lines in added):
        return
    for node, in_class, decorators in _outermost(parser().parse(blob).root_node):
        first, last = node.start_point[0] + 1, node.end_point[0] + 1
        size = last - first + 1
        small = node.end_byte - node.start_byte <= _LARGEST and _SHORTEST <= size <= _LONGEST
        if not small or not _inside(first, last, added) or node.has_error:
            continue
        solid = sum(len(line.strip()) > _SOLID for line in (node.text or b"").decode("utf-8", "replace").split("\n"))
        if solid < _SOLID_LINES or _covered(first, last, written) < (1 - _MOVED) * size:
            continue
        function = read(node, in_class=in_class, decorators=decorators)
        if len(function.leaves) >= _FEWEST_LEAVES:
            yield Candidate(first, size, function)


def _outermost(root: Node) -> Iterator[tuple[Node, bool, int]]:
    """Function nodes outside any other function, whether their class is next around them, and their decorators."""
    stack: list[tuple[Node, bool, int]] = [(root, False, 0)]
    while stack:
        node, in_class, decorators = stack.pop()
        if node.type == "function_definition":
            yield node, in_class, decorators
            continue
        inside = in_class or node.type == "class_definition"
        marks = sum(child.type == "decorator" for child in node.children) if node.type == "decorated_definition" else 0
        stack += [
            (child, inside, marks)
            for child in reversed(node.named_children)
            if child.type in _AROUND or child.type == "function_definition"
        ]


def _inside(first: int, last: int, runs: Runs) -> bool:
    """Whether one run holds all lines from first to last."""
    at = bisect_right(runs, (first, _LONGEST * LARGEST_BLOB)) - 1
    return at >= 0 and runs[at][0] <= first and last < sum(runs[at])


def _covered(first: int, last: int, runs: Runs) -> int:
    """How many of the lines are in any of the runs."""
    return sum(max(0, min(last, begin + lines - 1) - max(first, begin) + 1) for begin, lines in runs)
