"""Rust, by tree-sitter-rust."""

from __future__ import annotations

from analyzer.languages.language import Language


def _grammar() -> object:
    import tree_sitter_rust

    return tree_sitter_rust.language()


# An attribute marks a test case: `#[test]`, `#[tokio::test]`, `#[rstest]`; other attributes may follow it.
_FUNCTIONS = """
(function_item name: (identifier) @name parameters: (parameters) @parameters) @function
(const_item name: (identifier) @name value: (closure_expression parameters: (_) @parameters)) @function
(static_item name: (identifier) @name value: (closure_expression parameters: (_) @parameters)) @function
(((attribute_item (attribute [(identifier) @test.mark (scoped_identifier name: (identifier) @test.mark)]))
  . [(attribute_item) (line_comment) (block_comment)]* . (function_item) @test)
  (#match? @test.mark "^(test|rstest|test_case|test_log|wasm_bindgen_test|quickcheck)$"))
"""

# Of n arms of a `match`, n - 1 are decisions; so are guards, `?`, and `else` after `let`, which is an `if` in other
# words. What a macro holds is tokens to the grammar: their decisions count, and nothing in there is known to be nested.
# Cognitive complexity leaves `?` alone, as the shorthand that it is.
_COMPLEXITY = """
(if_expression "if" @decision) @structure
(if_expression consequence: (block) @nested)
(else_clause) @plain
(else_clause (if_expression) @continued)
(else_clause (block) @nested)
(let_declaration "else" @decision) @structure
(let_declaration alternative: (block) @nested)
[(for_expression "for" @decision) (while_expression "while" @decision) (loop_expression)] @structure
(for_expression body: (block) @nested)
(while_expression body: (block) @nested)
(loop_expression body: (block) @nested)
(match_expression) @structure
(match_expression body: (match_block) @nested)
(match_block (match_arm) . [(line_comment) (block_comment)]* . (match_arm "=>" @decision))
(match_pattern "if" @decision)
(try_expression "?" @decision)
(binary_expression operator: ["&&" "||"]) @boolean
(let_chain) @boolean
(let_chain "&&" . [(line_comment) (block_comment)]* . (_) . [(line_comment) (block_comment)]* . "&&" @decision)
(token_tree ["if" "while" "for"] @decision @structure)
(token_tree ["match" "loop"] @structure)
(token_tree ["&&" "||" "?"] @decision)
(break_expression (label)) @plain
(continue_expression (label)) @plain
[(closure_expression) (function_item)] @closure
(return_expression) @exit
[(line_comment) (block_comment)] @comment
"""

RUST = Language(
    id="rust",
    title="Rust",
    endings=(".rs",),
    grammar=_grammar,
    wheel="tree-sitter-rust",
    functions=_FUNCTIONS,
    complexity=_COMPLEXITY,
)
