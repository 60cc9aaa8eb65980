"""Kotlin, by tree-sitter-kotlin."""

from __future__ import annotations

from analyzer.languages.language import Language


def _grammar() -> object:
    import tree_sitter_kotlin

    return tree_sitter_kotlin.language()


# An accessor has the name of its property. Test cases are those of JUnit, TestNG and kotlin.test (annotated), and of
# Kotest and Spek (a call that is given a name and a lambda).
_FUNCTIONS = """
(function_declaration name: (identifier) @name (function_value_parameters) @parameters (function_body)) @function
(secondary_constructor "constructor" @name (function_value_parameters) @parameters (block)) @function
(anonymous_initializer "init" @name) @function
(property_declaration (variable_declaration . (identifier) @name) (getter (function_body)) @function)
(property_declaration (variable_declaration . (identifier) @name)
  (setter (identifier)? @parameters (function_body)) @function)
(property_declaration (variable_declaration . (identifier) @name)
  (lambda_literal (lambda_parameters)? @parameters)) @function
(property_declaration (variable_declaration . (identifier) @name)
  (anonymous_function (function_value_parameters) @parameters)) @function
((function_declaration (modifiers (annotation [(user_type) (constructor_invocation)] @test.mark))) @test
  (#match? @test.mark "^([a-z]+[.])*(Test|ParameterizedTest|RepeatedTest|TestFactory|TestTemplate|Property)\\\\b"))
((call_expression
  (call_expression (identifier) @test.name (value_arguments . (value_argument (string_literal))))
  (annotated_lambda)) @test
  (#any-of? @test.name "test" "it" "should" "expect" "scenario" "then" "Then"))
"""

# The grammar puts a loop's body after it unless it has braces. An `if` whose `else` has no braces is Kotlin's
# conditional operator and adds 1 in all, as in SonarSource's rule. A branch of `when` is a decision unless it is
# `else`; `?:` is one, too, but a shorthand that costs a reader nothing.
_COMPLEXITY = """
(if_expression "if" @decision) @structure
(if_expression ")" . [(line_comment) (block_comment)]* . (_) @nested)
(if_expression "else" @plain . [(line_comment) (block_comment)]* . [(block) (if_expression)])
(if_expression "else" . [(line_comment) (block_comment)]* . (if_expression) @continued)
(if_expression "else" (_) @nested)
[(for_statement "for" @decision) (while_statement "while" @decision) (do_while_statement "while" @decision)] @structure
(for_statement ")" (_) @nested)
(while_statement ")" (_) @nested)
(_ (for_statement ")" .) . (_) @nested)
(_ (while_statement ")" .) . (_) @nested)
(do_while_statement "do" . (_) @nested)
(catch_block "catch" @decision (block) @nested) @structure
(when_expression) @structure
(when_expression (when_entry) @nested)
(when_entry condition: (_) "->" @decision)
(binary_expression operator: ["&&" "||"]) @boolean
(binary_expression operator: "?:" @decision)
((labeled_expression (label) @plain) (#match? @plain "^(break|continue)@"))
[(function_declaration) (secondary_constructor) (anonymous_initializer) (getter) (setter) (lambda_literal)
 (anonymous_function)] @closure
(return_expression) @exit
(throw_expression) @exit
[(line_comment) (block_comment)] @comment
"""

KOTLIN = Language(
    id="kotlin",
    title="Kotlin",
    endings=(".kt", ".kts"),
    grammar=_grammar,
    wheel="tree-sitter-kotlin",
    functions=_FUNCTIONS,
    complexity=_COMPLEXITY,
    overloads=True,
    parameter_nodes=frozenset({"parameter", "variable_declaration", "multi_variable_declaration"}),
)
