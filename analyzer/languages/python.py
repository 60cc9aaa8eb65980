"""Python, by tree-sitter-python."""

from __future__ import annotations

from analyzer.languages.language import Language


def _grammar() -> object:
    import tree_sitter_python

    return tree_sitter_python.language()


PYTHON = Language(
    id="python",
    title="Python",
    endings=(".py",),
    grammar=_grammar,
    functions=frozenset({"function_definition"}),
    classes=frozenset({"class_definition"}),
    decorated="decorated_definition",
    decorator="decorator",
    containers=frozenset(
        {
            *("class_definition", "decorated_definition", "block", "module", "for_statement", "with_statement"),
            *("if_statement", "else_clause", "elif_clause", "try_statement", "except_clause", "finally_clause"),
        }
    ),
)
