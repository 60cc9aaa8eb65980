"""Go, by tree-sitter-go."""

from __future__ import annotations

from analyzer.languages.language import Language


def _grammar() -> object:
    import tree_sitter_go

    return tree_sitter_go.language()


# Test cases are those of `testing` (subtests belong to theirs, benchmarks are none), of testify's suites and of Ginkgo.
_FUNCTIONS = """
(function_declaration name: (identifier) @name parameters: (parameter_list) @parameters body: (block)) @function
(method_declaration receiver: (parameter_list (parameter_declaration name: (identifier)? @receiver))
  name: (field_identifier) @name parameters: (parameter_list) @parameters body: (block)) @function
(var_spec name: (identifier) @name
  value: (expression_list . (func_literal parameters: (parameter_list) @parameters) .)) @function
(keyed_element key: (literal_element (identifier) @name)
  value: (literal_element (func_literal parameters: (parameter_list) @parameters))) @function
((function_declaration name: (identifier) @test.name) @test
  (#match? @test.name "^(Test|Fuzz|Example)([^a-z]|$)") (#not-eq? @test.name "TestMain"))
((method_declaration name: (field_identifier) @test.name parameters: (parameter_list . ")")) @test
  (#match? @test.name "^Test([^a-z]|$)"))
((call_expression function: (identifier) @test.name
  arguments: (argument_list . [(interpreted_string_literal) (raw_string_literal)] (func_literal))) @test
  (#match? @test.name "^(It|Specify)$"))
"""

# `select` chooses as `switch` does. Parentheses do not interrupt a run of the same operator, as in SonarSource's paper;
# gocognit begins a new one, and counts each call of itself where the paper counts the function once.
_COMPLEXITY = """
(if_statement "if" @decision) @structure
(if_statement consequence: (block) @nested)
(if_statement "else" @plain)
(if_statement alternative: (if_statement) @continued)
(if_statement alternative: (block) @nested)
(for_statement "for" @decision) @structure
(for_statement body: (block) @nested)
[(expression_switch_statement) (type_switch_statement) (select_statement)] @structure
[(expression_case) (type_case) (communication_case) (default_case)] @nested
[(expression_case "case" @decision) (type_case "case" @decision) (communication_case "case" @decision)]
(binary_expression operator: ["&&" "||"]) @boolean
(goto_statement) @plain
(break_statement (label_name)) @plain
(continue_statement (label_name)) @plain
[(func_literal) (function_declaration) (method_declaration)] @closure
(return_statement) @exit
(comment) @comment
"""

GO = Language(
    id="go",
    title="Go",
    endings=(".go",),
    grammar=_grammar,
    wheel="tree-sitter-go",
    functions=_FUNCTIONS,
    complexity=_COMPLEXITY,
)
