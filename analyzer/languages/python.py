"""Python, by tree-sitter-python."""

from __future__ import annotations

from analyzer.languages.language import Language, StyleNodes


def _grammar() -> object:
    import tree_sitter_python

    return tree_sitter_python.language()


_FUNCTIONS = """
(function_definition name: (identifier) @name parameters: (parameters) @parameters) @function
((function_definition name: (identifier) @test.name) @test (#match? @test.name "^test"))
"""

# `except` is a decision and `finally` is none; a comprehension is a loop, and its conditions are decisions. Cognitive
# complexity leaves comprehensions alone, as SonarSource's rule for Python does.
_COMPLEXITY = """
(if_statement "if" @decision) @structure
(if_statement consequence: (block) @nested)
(elif_clause "elif" @decision) @plain
(elif_clause consequence: (block) @nested)
(else_clause) @plain
(else_clause body: (block) @nested)
(conditional_expression . (_) @nested "if" @decision "else" (_) @nested) @structure
[(for_statement "for" @decision) (while_statement "while" @decision)] @structure
(for_statement body: (block) @nested)
(while_statement body: (block) @nested)
(except_clause "except" @decision) @structure
(except_clause (block) @nested)
(for_in_clause "for" @decision)
(if_clause "if" @decision)
(match_statement) @structure
(match_statement body: (block) @nested)
(case_clause "case" @decision)
(boolean_operator) @boolean
(function_definition) @closure
(lambda) @closure
(return_statement) @exit
(raise_statement) @exit
(comment) @comment
"""

PYTHON = Language(
    id="python",
    title="Python",
    endings=(".py",),
    grammar=_grammar,
    wheel="tree-sitter-python",
    functions=_FUNCTIONS,
    complexity=_COMPLEXITY,
    receivers=frozenset({"self", "cls"}),
    style=StyleNodes(
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
    ),
)
