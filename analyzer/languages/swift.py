"""Swift, by tree-sitter-swift."""

from __future__ import annotations

from analyzer.languages.language import Language


def _grammar() -> object:
    import tree_sitter_swift

    return tree_sitter_swift.language()


_OPERATORS = [
    *("+", "-", "*", "/", "%", "&", "|", "^", "~", "<<", ">>", "++", "--", "+=", "-=", "*=", "/=", "%="),
    *("<", ">", "<=", ">=", "==", "!=", "===", "!=="),
]
# A function always has a body: protocols declare theirs in another node. That type names are no plain identifiers tells
# the name from the result's type. (Anchors and bodies in these patterns make compiling them take seconds.) An accessor
# has the name of its property. Test cases are those of XCTest (by name) and of Swift Testing (`@Test`).
_FUNCTIONS = """
(function_declaration name: [(simple_identifier) (custom_operator) (bang) OPERATORS] @name) @function @parameters
(init_declaration name: "init" @name body: (_)) @function @parameters
(deinit_declaration "deinit" @name) @function
(subscript_declaration "subscript" @name) @function @parameters
(property_declaration name: (pattern . bound_identifier: (simple_identifier) @name)
  computed_value: (computed_property (statements)) @function)
(property_declaration name: (pattern . bound_identifier: (simple_identifier) @name)
  computed_value: (computed_property
    [(computed_getter "{") (computed_setter (simple_identifier)? @parameters "{") (computed_modify)] @function))
(property_declaration name: (pattern . bound_identifier: (simple_identifier) @name)
  (willset_didset_block
    [(willset_clause (simple_identifier)? @parameters) (didset_clause (simple_identifier)? @parameters)] @function))
(property_declaration name: (pattern . bound_identifier: (simple_identifier) @name)
  value: (lambda_literal type: (lambda_function_type (lambda_function_type_parameters) @parameters)?)) @function
((function_declaration name: (simple_identifier) @test.name) @test (#match? @test.name "^test"))
((function_declaration (modifiers (attribute (user_type) @test.mark))) @test
  (#match? @test.mark "^(Testing[.])?Test$"))
"""

# `guard` is an `if` that controls what is after `else`. An `if case` is one decision; so is each `case` of a switch.
_COMPLEXITY = """
(if_statement "if" @decision) @structure
(if_statement (statements) @nested)
(if_statement (else) @plain)
(if_statement (if_statement) @continued)
(guard_statement "guard" @decision (statements)? @nested) @structure
(ternary_expression "?" @decision if_true: (_) @nested if_false: (_) @nested) @structure
(for_statement "for" @decision) @structure
(while_statement "while" @decision) @structure
(repeat_while_statement "while" @decision) @structure
(for_statement (statements) @nested)
(while_statement (statements) @nested)
(repeat_while_statement (statements) @nested)
(catch_block (catch_keyword) @decision (statements)? @nested) @structure
(switch_statement) @structure
(switch_entry (statements) @nested)
(switch_entry "case" @decision)
(conjunction_expression) @boolean
(disjunction_expression) @boolean
(control_transfer_statement ["break" "continue"] result: (_)) @plain
[(function_declaration) (init_declaration) (deinit_declaration) (subscript_declaration) (computed_property)
 (willset_clause) (didset_clause) (lambda_literal)] @closure
(control_transfer_statement ["return" (throw_keyword)]) @exit
[(comment) (multiline_comment)] @comment
"""

SWIFT = Language(
    id="swift",
    title="Swift",
    endings=(".swift",),
    grammar=_grammar,
    wheel="tree-sitter-swift",
    functions=_FUNCTIONS.replace("OPERATORS", " ".join(f'"{operator}"' for operator in _OPERATORS)),
    complexity=_COMPLEXITY,
    overloads=True,
    parameter_nodes=frozenset({"parameter", "lambda_parameter"}),
    parentheses=frozenset({"tuple_expression"}),
    constructors=frozenset({"init"}),
)
