"""PHP, by tree-sitter-php: the grammar that also reads the text around `<?php` and `?>`."""

from __future__ import annotations

from analyzer.languages.language import Language


def _grammar() -> object:
    import tree_sitter_php

    return tree_sitter_php.language_php()


# Test cases are those of PHPUnit (by name, `@test` or `#[Test]`) and of Pest.
_FUNCTIONS = """
(function_definition name: (name) @name parameters: (formal_parameters) @parameters) @function
(method_declaration name: (name) @name parameters: (formal_parameters) @parameters body: (_)) @function
(property_declaration (property_element name: (variable_name (name) @name)) (property_hook_list (property_hook
  (formal_parameters)? @parameters body: (_)) @function))
(assignment_expression left: (variable_name (name) @name)
  right: [(anonymous_function parameters: (_) @parameters) (arrow_function parameters: (_) @parameters)]) @function
(array_element_initializer . (string (string_content) @name) "=>"
  [(anonymous_function parameters: (_) @parameters) (arrow_function parameters: (_) @parameters)]) @function
((method_declaration name: (name) @test.name) @test (#match? @test.name "^test"))
((method_declaration attributes: (attribute_list (attribute_group (attribute (_) @test.name)))) @test
  (#match? @test.name "(^|\\\\\\\\)Test$"))
((comment) @test.comment . (method_declaration) @test (#match? @test.comment "@test\\\\b"))
((function_call_expression function: (name) @test.name arguments: (arguments (argument (string)))) @test
  (#any-of? @test.name "it" "test"))
"""

# `??` is no decision and `?:` is one: PHP says that it is the ternary operator with its middle part left out. Without
# braces, `for (;;): … endfor` has no node around its body.
_COMPLEXITY = """
(if_statement "if" @decision) @structure
(if_statement body: (_) @nested)
(else_if_clause "elseif" @decision body: (_) @nested) @plain
(else_clause) @plain
(else_clause body: (if_statement) @continued)
(else_clause body: (_) @nested)
(conditional_expression "?" @decision body: (_)? @nested alternative: (_) @nested) @structure
[(for_statement "for" @decision) (foreach_statement "foreach" @decision)] @structure
[(while_statement "while" @decision) (do_statement "while" @decision)] @structure
(for_statement ")" (_) @nested)
(foreach_statement body: (_) @nested)
(while_statement body: (_) @nested)
(do_statement body: (_) @nested)
(catch_clause "catch" @decision body: (_) @nested) @structure
(switch_statement body: (_) @nested) @structure
(case_statement "case" @decision)
(match_expression body: (_) @nested) @structure
(match_conditional_expression "=>" @decision)
(binary_expression operator: ["&&" "||" "and" "or"]) @boolean
(break_statement (_)) @plain
(continue_statement (_)) @plain
(goto_statement) @plain
[(function_definition) (method_declaration) (property_hook) (anonymous_function) (arrow_function)] @closure
(return_statement) @exit
(throw_expression) @exit
(exit_statement) @exit
(comment) @comment
"""

PHP = Language(
    id="php",
    title="PHP",
    endings=(".php",),
    grammar=_grammar,
    wheel="tree-sitter-php",
    functions=_FUNCTIONS,
    complexity=_COMPLEXITY,
)
