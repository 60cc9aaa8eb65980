"""Parse one function's syntax tree, in a single walk, into what the features read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_RECEIVERS = frozenset({"self", "cls"})
_STRING_KINDS = frozenset({"string", "concatenated_string"})
# Nodes that features count or inspect; of all others only the leaves matter.
KINDS = frozenset(
    {
        *("call", "keyword_argument", "string", "except_clause", "comparison_operator", "if_statement"),
        *("import_statement", "import_from_statement", "integer", "float", "function_definition", "block"),
    }
)


@dataclass(slots=True)
class Function:
    """A function from its `def` to its end; rows are 0-based, from its first line.

    text, name, column : its source, name, and the column of `def`.
    in_class, decorators : whether it is inside a class, and its number of decorators.
    doc, doc_rows : the docstring with its quotes, or None, and its number of rows.
    parameters : nodes, without self and cls.
    leaves : (node type, text) of nodes without children, except docstring and comments.
    nodes : nodes of `KINDS` by type, except the docstring and the function itself.
    comments : (row, text, whether a leaf precedes it in that row).
    block_depth : maximum nesting of blocks.
    """

    text: str
    name: str
    column: int
    in_class: bool
    decorators: int
    doc: str | None
    doc_rows: int
    parameters: list[Node]
    leaves: list[tuple[str, str]] = field(default_factory=list)
    nodes: dict[str, list[Node]] = field(default_factory=dict)
    comments: list[tuple[int, str, bool]] = field(default_factory=list)
    block_depth: int = 0

    @property
    def lines(self) -> list[str]:
        """The lines of the text, the first with its indentation."""
        return (" " * self.column + self.text).split("\n")

    @property
    def identifiers(self) -> list[str]:
        """All names in the function, except self and cls."""
        return [text for kind, text in self.leaves if kind == "identifier" and text not in _RECEIVERS]

    def count(self, kind: str) -> int:
        """Return the number of nodes of a kind."""
        return len(self.nodes.get(kind, ()))


def text_of(node: Node) -> str:
    """Return the text of a node, with replacement characters for invalid bytes."""
    return (node.text or b"").decode("utf-8", "replace")


def parse_function(node: Node, *, in_class: bool, decorators: int) -> Function:
    """Parse a `function_definition` node."""
    body = node.child_by_field_name("body")
    docstring = _docstring_node(body) if body is not None else None
    name, parameters = node.child_by_field_name("name"), node.child_by_field_name("parameters")
    function = Function(
        text=text_of(node),
        name="" if name is None else text_of(name),
        column=node.start_point[1],
        in_class=in_class,
        decorators=decorators,
        doc=None if docstring is None else text_of(docstring),
        doc_rows=0 if docstring is None else docstring.end_point[0] - docstring.start_point[0] + 1,
        parameters=[] if parameters is None else list(_parameter_nodes(parameters)),
    )
    _collect_nodes(node, docstring, function)
    return function


def _docstring_node(body: Node) -> Node | None:
    """Return the first statement other than a comment, if it is a string."""
    for statement in body.named_children:
        if statement.type == "comment":
            continue
        if statement.type == "expression_statement" and statement.named_children[0].type in _STRING_KINDS:
            return statement.named_children[0]
        return None
    return None


def _parameter_nodes(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        name = re.split(r"[:=]", text_of(child))[0].strip()
        if child.type not in {"comment", "keyword_separator", "positional_separator"} and name not in _RECEIVERS:
            yield child


def _collect_nodes(root: Node, docstring: Node | None, function: Function) -> None:
    first = root.start_point[0]
    last_leaf = -1
    stack: list[tuple[Node, int]] = [(child, 0) for child in reversed(root.children)]
    while stack:
        node, blocks = stack.pop()
        kind = node.type
        if kind == "comment":
            row = node.start_point[0]
            function.comments.append((row - first, text_of(node), last_leaf == row))
            continue
        if docstring is not None and node.start_byte == docstring.start_byte and kind in _STRING_KINDS:
            last_leaf = node.end_point[0]
            continue
        if kind in KINDS and node.is_named:
            function.nodes.setdefault(kind, []).append(node)
            if kind == "block":
                blocks += 1
                function.block_depth = max(function.block_depth, blocks)
        children = node.children
        if children:
            stack += [(child, blocks) for child in reversed(children)]
        else:
            last_leaf = node.end_point[0]
            function.leaves.append((kind, text_of(node)))
