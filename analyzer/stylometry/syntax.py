"""One function's syntax tree, walked once: what the features read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_PROMPT_NAMES = frozenset({"self", "cls"})
_STRINGS = frozenset({"string", "concatenated_string"})
# Nodes that features count or look into; of all others only the leaves matter.
KINDS = frozenset(
    {
        *("call", "keyword_argument", "string", "except_clause", "comparison_operator", "if_statement"),
        *("import_statement", "import_from_statement", "integer", "float", "function_definition", "block"),
    }
)


@dataclass(slots=True)
class Function:
    """A function from its `def` to its end. Rows count from its first line, 0-based.

    leaves: (node type, text) of nodes without children, docstring and comments left out. nodes: those of `KINDS`, by
    type, docstring left out, the function itself left out. comments: (row, text, whether a leaf precedes it there).
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
        """The text by lines, the first with its column put back."""
        return (" " * self.column + self.text).split("\n")

    @property
    def identifiers(self) -> list[str]:
        """All names in it, self and cls left out."""
        return [text for kind, text in self.leaves if kind == "identifier" and text not in _PROMPT_NAMES]

    def count(self, kind: str) -> int:
        """How many nodes of a kind."""
        return len(self.nodes.get(kind, ()))


def text_of(node: Node) -> str:
    """Text of a node; invalid bytes as replacement characters."""
    return (node.text or b"").decode("utf-8", "replace")


def read(node: Node, *, in_class: bool, decorators: int) -> Function:
    """Walk a `function_definition`."""
    body = node.child_by_field_name("body")
    doc = _docstring(body) if body is not None else None
    name, parameters = node.child_by_field_name("name"), node.child_by_field_name("parameters")
    found = Function(
        text=text_of(node),
        name="" if name is None else text_of(name),
        column=node.start_point[1],
        in_class=in_class,
        decorators=decorators,
        doc=None if doc is None else text_of(doc),
        doc_rows=0 if doc is None else doc.end_point[0] - doc.start_point[0] + 1,
        parameters=[] if parameters is None else list(_parameters(parameters)),
    )
    _walk(node, doc, found)
    return found


def _docstring(body: Node) -> Node | None:
    """First statement that is no comment, where it is a string."""
    for statement in body.named_children:
        if statement.type == "comment":
            continue
        if statement.type == "expression_statement" and statement.named_children[0].type in _STRINGS:
            return statement.named_children[0]
        return None
    return None


def _parameters(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        name = re.split(r"[:=]", text_of(child))[0].strip()
        if child.type not in {"comment", "keyword_separator", "positional_separator"} and name not in _PROMPT_NAMES:
            yield child


def _walk(root: Node, doc: Node | None, found: Function) -> None:
    first = root.start_point[0]
    last_leaf = -1
    stack: list[tuple[Node, int]] = [(child, 0) for child in reversed(root.children)]
    while stack:
        node, blocks = stack.pop()
        kind = node.type
        if kind == "comment":
            row = node.start_point[0]
            found.comments.append((row - first, text_of(node), last_leaf == row))
            continue
        if doc is not None and node.start_byte == doc.start_byte and kind in _STRINGS:
            last_leaf = node.end_point[0]
            continue
        if kind in KINDS and node.is_named:
            found.nodes.setdefault(kind, []).append(node)
            if kind == "block":
                blocks += 1
                found.block_depth = max(found.block_depth, blocks)
        children = node.children
        if children:
            stack += [(child, blocks) for child in reversed(children)]
        else:
            last_leaf = node.end_point[0]
            found.leaves.append((kind, text_of(node)))
