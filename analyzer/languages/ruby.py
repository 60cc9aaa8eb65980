"""Ruby, by tree-sitter-ruby."""

from __future__ import annotations

from analyzer.languages.language import Language


def _grammar() -> object:
    import tree_sitter_ruby

    return tree_sitter_ruby.language()


# A lambda that is assigned to a name and a block that `define_method` turns into a method are functions, too.
_FUNCTIONS = """
(method name: (_) @name parameters: (method_parameters)? @parameters) @function
(singleton_method name: (_) @name parameters: (method_parameters)? @parameters) @function
(assignment left: [(identifier) (constant)] @name right: (lambda parameters: (_)? @parameters)) @function
((call method: (identifier) @defines
  arguments: (argument_list . [(simple_symbol) (string)] @name)
  block: (_ parameters: (_)? @parameters)) @function
  (#eq? @defines "define_method"))
((method name: (identifier) @test.name) @test (#match? @test.name "^test_"))
((call !receiver method: (identifier) @test.name block: (_)) @test
  (#any-of? @test.name "test" "it" "specify" "example" "scenario"))
"""

# A block is a closure: it nests what it holds, as the white paper says of lambdas (SonarSource's rule for Ruby ignores
# blocks). `a ||= b` branches (lizard and RuboCop agree), but it is a shorthand that costs a reader nothing.
_COMPLEXITY = """
[(if "if" @decision) (unless "unless" @decision)] @structure
(if consequence: (_) @nested)
(unless consequence: (_) @nested)
(elsif "elsif" @decision consequence: (_)? @nested) @plain
(if alternative: (else) @plain @nested)
(elsif alternative: (else) @plain @nested)
(unless alternative: (else) @plain @nested)
[(if_modifier "if" @decision) (unless_modifier "unless" @decision)] @structure
(if_modifier body: (_) @nested)
(unless_modifier body: (_) @nested)
(conditional "?" @decision) @structure
(conditional consequence: (_) @nested alternative: (_) @nested)
[(while "while" @decision) (until "until" @decision) (for "for" @decision)] @structure
(while body: (_) @nested)
(until body: (_) @nested)
(for body: (_) @nested)
[(while_modifier "while" @decision) (until_modifier "until" @decision)] @structure
(while_modifier body: (_) @nested)
(until_modifier body: (_) @nested)
[(case) (case_match)] @structure
(case [(when) (else)] @nested)
(case_match [(in_clause) (else)] @nested)
(when "when" @decision)
(in_clause "in" @decision)
(if_guard "if" @decision)
(unless_guard "unless" @decision)
(rescue "rescue" @decision body: (_)? @nested) @structure
(rescue_modifier "rescue" @decision handler: (_) @nested) @structure
(binary operator: ["&&" "||" "and" "or"]) @boolean
(operator_assignment operator: ["&&=" "||="] @decision)
[(block) (do_block) (method) (singleton_method)] @closure
(return) @exit
((identifier) @exit (#eq? @exit "raise"))
(comment) @comment
"""

RUBY = Language(
    id="ruby",
    title="Ruby",
    endings=(".rb",),
    grammar=_grammar,
    wheel="tree-sitter-ruby",
    functions=_FUNCTIONS,
    complexity=_COMPLEXITY,
    parentheses=frozenset({"parenthesized_statements"}),
)
