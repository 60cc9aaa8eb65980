"""Compare two versions of a file by function: which were added, changed, rewritten, removed, and how complex they are.

Functions are matched by the names of the classes around them and their own; those that are left by their lines, if half
of these are the same. A change of blanks alone is none.
"""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal, NamedTuple

from msgspec import Struct

from analyzer.structure.complexity import FunctionMetrics, measure_function
from analyzer.structure.functions import definitions
from analyzer.structure.parsing import ParsedText, parse_version
from analyzer.structure.text_diff import Span, changed_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tree_sitter import Node

    from analyzer.languages.language import Language
    from analyzer.structure.functions import Definitions, FunctionNode

Change = Literal["added", "changed", "rewritten", "removed"]
# Part of the lines that two versions of a function have in common; with less it was rewritten.
_SAME_FUNCTION = 0.5
# Files with more functions that only one version has are not searched for renamed ones.
_MAX_UNMATCHED = 50
_DIGEST_BYTES = 8


class FunctionChange(Struct, frozen=True, array_like=True):
    """A function that a commit touches, measured before and after.

    name : with the names of the classes around it.
    before, after : measures; None where the function was added, or removed.
    digest : hash of its text without blanks, after the change, or before it where it was removed.
    """

    name: str
    change: Change
    before: FunctionMetrics | None
    after: FunctionMetrics | None
    digest: bytes


class FileComparison(NamedTuple):
    """What a commit did to the functions of one file; `tests_added`: test cases more than before."""

    tests_added: int
    has_error: bool
    functions: list[FunctionChange]


def compare_versions(
    language: Language, old: ParsedText | None, text: bytes, *, measured: bool = True
) -> tuple[FileComparison, ParsedText] | None:
    """Compare a version of a file with the one before it; return also the parsed new version.

    None if it is too hard to parse.

    Parameters
    ----------
    old : the version before; None for a new file.
    measured : whether to measure functions; else only test cases are counted.
    """
    spans = [Span(0, 0, 0, len(text))] if old is None else changed_spans(old.text, text)
    new = parse_version(language, text, old, spans)
    if new is None:
        return None
    was = None if old is None else definitions(language, old.tree, [_around(s.old_start, s.old_end) for s in spans])
    now = definitions(language, new.tree, [_around(s.new_start, s.new_end) for s in spans])
    tests_added = max(len(now.tests) - (0 if was is None else len(was.tests)), 0)
    functions: list[FunctionChange] = []
    if measured:
        functions = list(_changes(language, _production(was) if was is not None else [], _production(now)))
    return FileComparison(tests_added, new.tree.root_node.has_error, functions), new


def _around(start: int, end: int) -> tuple[int, int]:
    """Return a changed part with a character of the equal lines around it, so that both versions show what is there."""
    return max(start - 1, 0), end + 1


def removed_functions(language: Language, old: ParsedText) -> list[FunctionChange]:
    """Return the functions of a file that a commit removed."""
    return list(_changes(language, _production(definitions(language, old.tree)), []))


def _production(defined: Definitions) -> list[FunctionNode]:
    """Return the functions that are no test cases, nor inside of one; both come in the order of the text."""
    tests = [(test.start_byte, test.end_byte) for test in reversed(defined.tests)]
    production, end_of_tests = [], -1
    for function in defined.functions:
        while tests and tests[-1][0] <= function.node.start_byte:
            end_of_tests = max(end_of_tests, tests.pop()[1])
        if end_of_tests < function.node.end_byte:
            production.append(function)
    return production


def _changes(language: Language, old: Sequence[FunctionNode], new: Sequence[FunctionNode]) -> Iterable[FunctionChange]:
    """Yield the changes of functions in the order of the new version, then those that were removed."""
    before = _by_name(old)
    after = _by_name(new)
    unchanged = {name for name in before.keys() & after.keys() if before[name].digest == after[name].digest}
    pairs = {name: name for name in before.keys() & after.keys() if name not in unchanged}
    gone, new_names = ([name for name in one if name not in other] for one, other in ((before, after), (after, before)))
    pairs |= _renamed(before, after, gone, new_names)
    for name, function in after.items():
        if name in pairs:
            earlier = before[pairs[name]]
            if earlier.digest != function.digest:
                is_same = _similarity(earlier.lines, function.lines) >= _SAME_FUNCTION
                yield function.change(language, "changed" if is_same else "rewritten", earlier)
        elif name not in unchanged:
            yield function.change(language, "added", None)
    renamed = set(pairs.values())
    for name in gone:
        if name not in renamed:
            earlier = before[name]
            yield FunctionChange(
                earlier.name, "removed", measure_function(language, earlier.node), None, earlier.digest
            )


class _Function:
    """A function with what it is matched by: its qualified name, a hash of its text, and its lines."""

    __slots__ = ("digest", "lines", "name", "node")

    def __init__(self, node: FunctionNode, scope: str) -> None:
        text = node.node.text or b""
        self.node, self.name = node, scope + node.name
        self.lines = Counter(line for line in map(bytes.strip, text.split(b"\n")) if line)
        self.digest = blake2b(b"".join(text.split()), digest_size=_DIGEST_BYTES).digest()

    def change(self, language: Language, change: Change, earlier: _Function | None) -> FunctionChange:
        """Return the change that led to this function."""
        before = None if earlier is None else measure_function(language, earlier.node)
        return FunctionChange(self.name, change, before, measure_function(language, self.node), self.digest)


def _by_name(nodes: Iterable[FunctionNode]) -> dict[tuple[str, int], _Function]:
    """Return functions by name, and by number among those that have the same one."""
    counts: Counter[str] = Counter()
    functions: dict[tuple[str, int], _Function] = {}
    scopes: dict[int, str] = {}
    for node in nodes:
        function = _Function(node, _scope(node.node, scopes))
        functions[function.name, counts[function.name]] = function
        counts[function.name] += 1
    return functions


def _scope(node: Node, scopes: dict[int, str]) -> str:
    """Return the names of the classes and the like around a node, each with a dot behind it.

    `scopes`: those of nodes that are known already, by id; finding a parent takes as long as the tree is deep.
    """
    around: list[Node] = []
    parent = node.parent
    while parent is not None and parent.id not in scopes:
        around.append(parent)
        parent = parent.parent
    scope = "" if parent is None else scopes[parent.id]
    for outer in reversed(around):
        named = outer.child_by_field_name("name") or outer.child_by_field_name("type")
        if named is not None and named.end_byte <= node.start_byte:
            scope += f"{(named.text or b'').decode('utf-8', 'replace')}."
        scopes[outer.id] = scope
    return scope


def _renamed(
    before: dict[tuple[str, int], _Function],
    after: dict[tuple[str, int], _Function],
    gone: Sequence[tuple[str, int]],
    new_names: Sequence[tuple[str, int]],
) -> dict[tuple[str, int], tuple[str, int]]:
    """Return new name → old name of functions whose lines are mostly those of one that is gone, best matches first."""
    if max(len(gone), len(new_names)) > _MAX_UNMATCHED:
        return {}
    scores = [(_similarity(before[old].lines, after[new].lines), old, new) for old in gone for new in new_names]
    renamed: dict[tuple[str, int], tuple[str, int]] = {}
    for score, old, new in sorted(scores, key=lambda row: (-row[0], row[1], row[2])):
        if score >= _SAME_FUNCTION and new not in renamed and old not in renamed.values():
            renamed[new] = old
    return renamed


def _similarity(one: Counter[bytes], other: Counter[bytes]) -> float:
    """Return the lines that two functions have in common, as a part of the longer one's."""
    return (one & other).total() / max(one.total(), other.total(), 1)
