"""Java, by tree-sitter-java."""

from __future__ import annotations

from analyzer.languages.language import Language


def _grammar() -> object:
    import tree_sitter_java

    return tree_sitter_java.language()


# A lambda has a name if a field or a variable holds it. Test cases are those of JUnit (4 and 5 annotate them, 3 goes by
# the name), TestNG and jqwik.
_FUNCTIONS = """
(method_declaration name: (identifier) @name parameters: (_) @parameters body: (block)) @function
(constructor_declaration name: (identifier) @name parameters: (_) @parameters) @function
(compact_constructor_declaration name: (identifier) @name) @function
(variable_declarator name: (identifier) @name value: (lambda_expression parameters: (_) @parameters)) @function
((method_declaration (modifiers [(marker_annotation name: (_) @test.mark) (annotation name: (_) @test.mark)])) @test
  (#match? @test.mark "(^|[.])(Test|ParameterizedTest|RepeatedTest|TestFactory|TestTemplate|Theory|Property)$"))
((method_declaration type: (void_type) name: (identifier) @test.name parameters: (formal_parameters . ")")) @test
  (#match? @test.name "^test[A-Z0-9_]"))
"""

# A guard (`case Circle c when c.big()`) is a decision. `yield` is the value of a `switch` and leaves nothing.
_COMPLEXITY = """
(if_statement "if" @decision) @structure
(if_statement consequence: (_) @nested)
(if_statement "else" @plain)
(if_statement alternative: (if_statement) @continued)
(if_statement alternative: (_) @nested)
(ternary_expression "?" @decision consequence: (_) @nested alternative: (_) @nested) @structure
[(for_statement "for" @decision) (enhanced_for_statement "for" @decision)] @structure
[(while_statement "while" @decision) (do_statement "while" @decision)] @structure
(for_statement body: (_) @nested)
(enhanced_for_statement body: (_) @nested)
(while_statement body: (_) @nested)
(do_statement body: (_) @nested)
(catch_clause "catch" @decision) @structure
(catch_clause body: (_) @nested)
(switch_expression) @structure
(switch_expression body: (_) @nested)
(switch_label "case" @decision)
(guard "when" @decision)
(binary_expression operator: ["&&" "||"]) @boolean
(break_statement (identifier)) @plain
(continue_statement (identifier)) @plain
[(lambda_expression) (method_declaration) (constructor_declaration) (compact_constructor_declaration)] @closure
(return_statement) @exit
(throw_statement) @exit
[(line_comment) (block_comment)] @comment
"""

JAVA = Language(
    id="java",
    title="Java",
    endings=(".java",),
    grammar=_grammar,
    wheel="tree-sitter-java",
    functions=_FUNCTIONS,
    complexity=_COMPLEXITY,
    overloads=True,
)
