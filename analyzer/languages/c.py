"""C, by tree-sitter-c; C++'s grammar extends it (`languages.cpp`)."""

from __future__ import annotations

from analyzer.languages.language import Language


def _grammar() -> object:
    import tree_sitter_c

    return tree_sitter_c.language()


def function_definitions(name: str, body: str, predicates: str = "") -> str:
    """Return a query of function definitions, whatever their return types wrap around the function's declarator.

    Parameters
    ----------
    name : pattern of what a function's declarator may have for a name, with the capture `@name`.
    body : pattern of bodies.
    predicates : what else must be true.
    """
    function = f"(function_declarator declarator: {name} parameters: (_) @parameters)"
    pointer = f"(pointer_declarator declarator: {function})"
    declarators = (
        function,
        pointer,
        f"(pointer_declarator declarator: {pointer})",
        f"(function_declarator declarator: (parenthesized_declarator {pointer}))",
    )
    return f"((function_definition declarator: [{' '.join(declarators)}] body: {body}) @function {predicates})\n"


# Test cases are those of Unity, CMocka and similar: functions without a result whose name begins with `test_`.
_FUNCTIONS = (
    function_definitions("(identifier) @name", "(compound_statement)")
    + """
((function_definition type: (primitive_type) @test.type
  declarator: (function_declarator declarator: (identifier) @test.name)) @test
  (#eq? @test.type "void") (#match? @test.name "^test_"))
"""
)

# Conditions of the preprocessor are conditions, for SonarSource's paper as for lizard. What a macro is defined as is
# text to the grammar.
COMPLEXITY = """
(if_statement "if" @decision) @structure
(if_statement consequence: (_) @nested)
(else_clause) @plain
(else_clause (if_statement) @continued)
(else_clause (_) @nested)
(conditional_expression "?" @decision) @structure
(conditional_expression consequence: (_) @nested)
(conditional_expression alternative: (_) @nested)
[(for_statement "for" @decision) (while_statement "while" @decision) (do_statement "while" @decision)] @structure
(for_statement body: (_) @nested)
(while_statement body: (_) @nested)
(do_statement body: (_) @nested)
(switch_statement) @structure
(switch_statement body: (_) @nested)
(case_statement "case" @decision)
[(preproc_if "#if" @decision) (preproc_ifdef ["#ifdef" "#ifndef"] @decision)] @structure
(preproc_if (_) @nested)
(preproc_ifdef (_) @nested)
[(preproc_elif "#elif" @decision) (preproc_elifdef ["#elifdef" "#elifndef"] @decision) (preproc_else)] @plain
(binary_expression operator: ["&&" "||"]) @boolean
(goto_statement) @plain
(function_definition) @closure
(return_statement) @exit
(comment) @comment
"""

C = Language(
    id="c",
    title="C",
    endings=(".c",),
    grammar=_grammar,
    wheel="tree-sitter-c",
    functions=_FUNCTIONS,
    complexity=COMPLEXITY,
    receivers=frozenset({"void"}),
)
