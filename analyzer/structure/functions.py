"""Find the named functions of a syntax tree, or of parts of it, and its test cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node, Tree

    from analyzer.languages.language import Language

    Spans = Sequence[tuple[int, int]]

# What is deeper in a tree is not looked at: a chain of operators or of calls is as deep as it is long, and a query
# takes the square of that in time.
MAX_DEPTH = 1000


class FunctionNode(NamedTuple):
    """A named function.

    node : its definition.
    name, name_end : its name, and the byte after it.
    parameters : the node that holds its parameters; None without any.
    receiver : what a method calls its own object, where it may choose the word (Go); "" elsewhere.
    """

    node: Node
    name: str
    name_end: int
    parameters: Node | None
    receiver: str = ""


class Definitions(NamedTuple):
    """Functions that are not inside another one, and the number of test cases."""

    functions: list[FunctionNode]
    tests: list[Node]


def definitions(language: Language, tree: Tree, spans: Spans | None = None) -> Definitions:
    """Return the functions and test cases that overlap byte ranges, in the order of the text.

    Parameters
    ----------
    spans : ranges (start, end) of bytes, end exclusive; an empty one overlaps what is around it. None: everything.
    """
    import tree_sitter

    functions: dict[tuple[int, int], FunctionNode] = {}
    tests: dict[int, Node] = {}
    for start, end in [(0, tree.root_node.end_byte)] if spans is None else spans:
        last = max(end - 1, start)
        cursor = tree_sitter.QueryCursor(language.function_query())
        cursor.set_max_start_depth(MAX_DEPTH)
        cursor.set_byte_range(start, last + 1)
        for _, captures in cursor.matches(tree.root_node):
            for test in captures.get("test", ()):
                tests[test.start_byte] = test
            for node in captures.get("function", ()):
                # What matches overlaps the range, but of a property with two accessors perhaps only the other one does.
                if node.start_byte <= last and node.end_byte > start:
                    functions[node.start_byte, -node.end_byte] = _function_node(node, captures)
    return Definitions(_outermost([functions[key] for key in sorted(functions)]), [tests[key] for key in sorted(tests)])


def _function_node(node: Node, captures: dict[str, list[Node]]) -> FunctionNode:
    name = captures["name"][0]
    receiver = _text(captures["receiver"][0]) if "receiver" in captures else ""
    return FunctionNode(node, _text(name), name.end_byte, captures.get("parameters", [None])[0], receiver)


def _outermost(functions: list[FunctionNode]) -> list[FunctionNode]:
    """Return the functions that are in no other one; they come in the order of their starts, longest first."""
    outermost: list[FunctionNode] = []
    for function in functions:
        if not outermost or function.node.start_byte >= outermost[-1].node.end_byte:
            outermost.append(function)
    return outermost


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
