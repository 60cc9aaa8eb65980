"""Measure one function: cognitive and cyclomatic complexity, length, nesting, parameters, early exits, comments.

Cognitive complexity is that of SonarSource (G. Ann Campbell, Cognitive Complexity, version 1.7, 2023): 1 for each break
in the linear flow, 1 more for each level of nesting around it, 1 for each run of the same logical operator, 1 for a
function that calls itself. Functions inside of the function belong to it and nest what they hold. Cyclomatic complexity
is 1 plus the number of decisions (McCabe, IEEE Trans. Softw. Eng. 1976), logical operators included.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from analyzer.structure.functions import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

    from analyzer.languages.language import Language
    from analyzer.structure.functions import FunctionNode

# Of what covers the same text, what nests comes first: the body of `if (a) for (;;) b();` is a structure itself.
_NESTED, _CLOSURE, _STRUCTURE, _EXIT = range(4)
_OPENS = (_NESTED, _CLOSURE)
_COMMENTS = frozenset({"comment", "line_comment", "block_comment", "multiline_comment"})
_NO_PARAMETERS = _COMMENTS | {
    *("keyword_separator", "positional_separator", "attribute_item", "self_parameter", "receiver_parameter")
}
_ARGUMENTS = rb"\s*(?:(?:::)?<[^<>()]*>|\[[^][()]*\])?\("
# What a method is called on, or `new` before a constructor, in the bytes before a name.
_CALLED_ON = re.compile(rb"(\w*)\s*(?:\.|->|::|\bnew)\s*$")
_LONGEST_OBJECT = 64
_OWN_OBJECT = frozenset({"self", "this", "cls", "Self", "static"})


class FunctionMetrics(NamedTuple):
    """Measures of one function, all of them counts.

    cognitive, cyclomatic : complexity.
    lines : lines from its first to its last one.
    nesting : levels of nesting of the structure that is nested deepest; 1 if none is inside another one.
    parameters : number of parameters, receivers left out.
    early_exits : returns and throws inside a structure.
    comment_lines : lines on which a comment begins or continues.
    """

    cognitive: int
    cyclomatic: int
    lines: int
    nesting: int
    parameters: int
    early_exits: int
    comment_lines: int


def measure_function(language: Language, function: FunctionNode) -> FunctionMetrics:
    """Measure a function in a tree of this language."""
    import tree_sitter

    node = function.node
    cursor = tree_sitter.QueryCursor(language.complexity_query())
    cursor.set_max_start_depth(MAX_DEPTH)
    captures = cursor.captures(node)
    booleans = captures.get("boolean", [])
    nested = _nested_structures(captures, node)
    runs = _operator_runs(booleans, language.parentheses) if booleans else 0
    flat = len(captures.get("plain", ())) + runs + _calls_itself(language, function)
    comment_lines = {
        row
        for comment in captures.get("comment", ())
        for row in range(comment.start_point[0], comment.end_point[0] + 1)
    }
    return FunctionMetrics(
        cognitive=nested.cognitive + flat,
        cyclomatic=1 + len(captures.get("decision", ())) + len(booleans),
        lines=node.end_point[0] - node.start_point[0] + 1,
        nesting=nested.deepest,
        parameters=_count_parameters(function.parameters, language),
        early_exits=nested.early_exits,
        comment_lines=len(comment_lines),
    )


class _NestedStructures(NamedTuple):
    cognitive: int
    deepest: int
    early_exits: int


def _nested_structures(captures: dict[str, list[Node]], function: Node) -> _NestedStructures:
    """Go through the structures of a function in the order of the text, with what is open around each of them."""
    continued = {node.id for node in captures.get("continued", ())}
    cognitive = deepest = early_exits = closures = 0
    open_ends: list[tuple[int, bool]] = []
    for start, end, kind in sorted(_marks(captures, continued, _extent(captures, function))):
        while open_ends and open_ends[-1][0] <= start:
            closures -= open_ends.pop()[1]
        if kind in _OPENS:
            open_ends.append((-end, kind == _CLOSURE))
            closures += kind == _CLOSURE
        elif kind == _STRUCTURE:
            cognitive += 1 + len(open_ends)
            deepest = max(deepest, 1 + len(open_ends) - closures)
        else:
            early_exits += bool(open_ends) and not closures
    return _NestedStructures(cognitive, deepest, early_exits)


def _extent(captures: dict[str, list[Node]], function: Node) -> tuple[int, int]:
    """Return the extent of the closure that is the function itself: the first one that reaches to its end."""
    closures = captures.get("closure", ())
    own = min((node.start_byte for node in closures if node.end_byte >= function.end_byte - 1), default=-1)
    return next(((node.start_byte, node.end_byte) for node in closures if node.start_byte == own), (-1, -1))


def _marks(
    captures: dict[str, list[Node]], continued: set[int], outermost: tuple[int, int]
) -> Iterator[tuple[int, int, int]]:
    """Yield (start, -end, kind) of structures, exits, and what nests; of two that start together the outer is first."""
    for node in captures.get("structure", ()):
        if node.id not in continued:
            yield node.start_byte, -node.end_byte, _STRUCTURE
    for node in captures.get("exit", ()):
        yield node.start_byte, -node.end_byte, _EXIT
    for node in captures.get("nested", ()):
        if node.id not in continued:
            yield node.start_byte, -node.end_byte, _NESTED
    for node in captures.get("closure", ()):
        if (node.start_byte, node.end_byte) != outermost:
            yield node.start_byte, -node.end_byte, _CLOSURE


def _operator_runs(booleans: Sequence[Node], parentheses: frozenset[str]) -> int:
    """Return the number of runs of the same logical operator: `a && b && c` is one, `a && b || c` are two.

    Outer expressions come first, so that operands learn which expression they are part of without a search upwards:
    finding a parent takes as long as the tree is deep.
    """
    expressions = {node.id for node in booleans}
    outermost: dict[int, int] = {}
    operators: dict[int, list[tuple[int, str]]] = {}
    for node in sorted(booleans, key=lambda node: (node.start_byte, -node.end_byte)):
        whole = outermost.get(node.id, node.id)
        for operand in node.named_children:
            inner = _inside_parentheses(operand, parentheses)
            if inner.id in expressions:
                outermost[inner.id] = whole
        operator = node.child_by_field_name("operator") or next((c for c in node.children if not c.is_named), None)
        if operator is not None:
            operators.setdefault(whole, []).append((operator.start_byte, operator.type))
    runs = 0
    for pairs in operators.values():
        names = [name for _, name in sorted(pairs)]
        runs += 1 + sum(previous != name for previous, name in pairwise(names))
    return runs


def _inside_parentheses(node: Node, parentheses: frozenset[str]) -> Node:
    """Return what parentheses hold, or the node itself."""
    while node.type in parentheses:
        held = next((child for child in node.named_children if child.type not in _COMMENTS), None)
        if held is None:
            return node
        node = held
    return node


def _calls_itself(language: Language, function: FunctionNode) -> bool:
    """Return whether a function calls itself after its name, or a method itself of the same object.

    `other.name()` is a call of something else, and so are the method of the parent class, `super.name()`, a new object
    of the class, `new Name()`, and, where functions of one name differ in their parameters, a call with another number
    of arguments. Comments and strings that read like calls are none, nor is the second name in
    `app.route = function route(path) {}`.
    """
    if not function.name.strip("#?!").isidentifier() or function.name in language.constructors:
        return False
    start, name, text = function.node.start_byte, function.name.encode(), function.node.text or b""
    after_name = max(function.name_end - start, 0)
    if text.find(name, after_name) < 0:
        return False
    parameters = _count_parameters(function.parameters, language) if language.overloads else None
    for call in re.compile(rb"(?<![\w$])" + re.escape(name) + _ARGUMENTS).finditer(text, after_name):
        called_on = _CALLED_ON.search(text[max(call.start() - _LONGEST_OBJECT, 0) : call.start()])
        if called_on is not None and called_on[1].decode() not in (*_OWN_OBJECT, function.receiver or "this"):
            continue
        mention = function.node.descendant_for_byte_range(start + call.start(), start + call.start() + len(name))
        bracket = function.node.descendant_for_byte_range(start + call.end() - 1, start + call.end())
        if mention is None or mention.text != name or bracket is None or bracket.parent == function.parameters:
            continue
        if parameters in (None, _count_arguments(bracket.parent)):
            return True
    return False


def _count_parameters(node: Node | None, language: Language) -> int:
    """Return the number of parameters; a lone name (`x => x`) is one, and `a, b int` are two."""
    if node is None:
        return 0
    if not node.child_count:
        return 1
    counted = [child for child in node.named_children if _is_parameter(child, language)]
    if language.parameter_nodes:
        return len(counted)
    return sum(max(len(child.children_by_field_name("name")), 1) for child in counted)


def _is_parameter(node: Node, language: Language) -> bool:
    if node.type in _NO_PARAMETERS or (language.parameter_nodes and node.type not in language.parameter_nodes):
        return False
    return re.split(rb"[:=]", node.text or b"")[0].strip().decode("utf-8", "replace") not in language.receivers


def _count_arguments(node: Node | None) -> int:
    return sum(child.type not in _COMMENTS for child in node.named_children) if node is not None else 0
