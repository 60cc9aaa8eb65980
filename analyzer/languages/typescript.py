"""TypeScript and TSX, by tree-sitter-typescript: two grammars, because `<T>x` is a cast in one, an element in TSX."""

from __future__ import annotations

from analyzer.languages.javascript import COMPLEXITY, FUNCTIONS, VALUE
from analyzer.languages.language import Language


def _grammar() -> object:
    import tree_sitter_typescript

    return tree_sitter_typescript.language_typescript()


def _grammar_with_elements() -> object:
    import tree_sitter_typescript

    return tree_sitter_typescript.language_tsx()


_FIELDS = f"(public_field_definition name: (_) @name value: {VALUE}) @function"
_COMPLEXITY = f"""{COMPLEXITY}
(required_parameter "=" @decision)
"""
_RECEIVERS = frozenset({"this"})

TYPESCRIPT = Language(
    id="typescript",
    title="TypeScript",
    endings=(".ts", ".mts", ".cts"),
    grammar=_grammar,
    wheel="tree-sitter-typescript",
    functions=FUNCTIONS + _FIELDS,
    complexity=_COMPLEXITY,
    receivers=_RECEIVERS,
)
TSX = Language(
    id="tsx",
    title="TypeScript",
    endings=(".tsx",),
    grammar=_grammar_with_elements,
    wheel="tree-sitter-typescript",
    functions=FUNCTIONS + _FIELDS,
    complexity=_COMPLEXITY,
    receivers=_RECEIVERS,
)
