"""JavaScript with JSX, by tree-sitter-javascript; TypeScript's grammars extend it (`languages.typescript`)."""

from __future__ import annotations

from analyzer.languages.language import Language


def _grammar() -> object:
    import tree_sitter_javascript

    return tree_sitter_javascript.language()


VALUE = """[
  (arrow_function [parameters: (_) parameter: (_)] @parameters)
  (function_expression parameters: (_) @parameters)
  (generator_function parameters: (_) @parameters)
]"""
# A function has a name if it is declared with one, or assigned to a variable, a field or a key.
FUNCTIONS = f"""
(function_declaration name: (identifier) @name parameters: (formal_parameters) @parameters) @function
(generator_function_declaration name: (identifier) @name parameters: (formal_parameters) @parameters) @function
(method_definition name: (_) @name parameters: (formal_parameters) @parameters) @function
(variable_declarator name: (identifier) @name value: {VALUE}) @function
(pair key: (_) @name value: {VALUE}) @function
(assignment_expression left: [(identifier) @name (member_expression property: (_) @name)] right: {VALUE}) @function
((call_expression function: (identifier) @test.name) @test (#match? @test.name "^(it|test|specify)$"))
((call_expression
  function: (member_expression object: (identifier) @test.name property: (property_identifier) @test.kind)
  arguments: (arguments (_) (_))) @test
  (#match? @test.name "^(it|test|specify)$")
  (#match? @test.kind "^(only|skip|todo|concurrent|sequential|fail|fails|failing|fixme)$"))
((call_expression function: (call_expression function: (member_expression object: (identifier) @test.name))) @test
  (#match? @test.name "^(it|test|specify)$"))
"""
FIELDS = f"(field_definition property: (_) @name value: {VALUE}) @function"

# A value that is used instead of a missing one (`??`, `a ||= b`, a default) is a branch, as lizard and ESLint have it,
# but a shorthand that costs a reader nothing.
COMPLEXITY = """
(if_statement "if" @decision) @structure
(if_statement consequence: (_) @nested)
(else_clause) @plain
(else_clause (if_statement) @continued)
(else_clause (_) @nested)
(ternary_expression "?" @decision consequence: (_) @nested alternative: (_) @nested) @structure
[(for_statement "for" @decision) (for_in_statement "for" @decision)] @structure
(for_statement body: (_) @nested)
(for_in_statement body: (_) @nested)
[(while_statement "while" @decision) (do_statement "while" @decision)] @structure
(while_statement body: (_) @nested)
(do_statement body: (_) @nested)
(catch_clause "catch" @decision) @structure
(catch_clause body: (_) @nested)
(switch_statement) @structure
(switch_statement body: (_) @nested)
(switch_case "case" @decision)
(binary_expression operator: ["&&" "||"]) @boolean
(binary_expression operator: "??" @decision)
(augmented_assignment_expression operator: ["&&=" "||=" "??="] @decision)
[(assignment_pattern "=" @decision) (object_assignment_pattern "=" @decision)]
(break_statement label: (_)) @plain
(continue_statement label: (_)) @plain
[(arrow_function) (function_expression) (function_declaration) (generator_function) (generator_function_declaration)
 (method_definition)] @closure
(return_statement) @exit
(throw_statement) @exit
(comment) @comment
"""

JAVASCRIPT = Language(
    id="javascript",
    title="JavaScript",
    endings=(".js", ".jsx", ".mjs", ".cjs"),
    grammar=_grammar,
    wheel="tree-sitter-javascript",
    functions=FUNCTIONS + FIELDS,
    complexity=COMPLEXITY,
)
