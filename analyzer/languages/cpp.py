"""C++, by tree-sitter-cpp. It reads `.h` as well: it makes fewer mistakes in headers than C's grammar."""

from __future__ import annotations

from analyzer.languages.c import COMPLEXITY, function_definitions
from analyzer.languages.language import Language


def _grammar() -> object:
    import tree_sitter_cpp

    return tree_sitter_cpp.language()


def _name(scopes: int) -> str:
    """Return a pattern of a function's name that is qualified with at most so many scopes; the last part is `@name`."""
    qualified = f" (qualified_identifier name: {_name(scopes - 1)})" if scopes else ""
    kinds = ("identifier", "field_identifier", "destructor_name", "operator_name", "operator_cast")
    names = " ".join(f"({kind}) @name" for kind in kinds)
    template = "(template_function name: (identifier) @name) (template_method name: (field_identifier) @name)"
    return f"[{names} {template}{qualified}]"


_MACROS = '"^(TEST|TEST_F|TEST_P|TYPED_TEST|TYPED_TEST_P|BOOST_AUTO_TEST_CASE|BOOST_FIXTURE_TEST_CASE)$"'
_BODY = "[(compound_statement) (try_statement)]"

# A macro of GoogleTest or Boost.Test looks like a function whose parameters are the suite and the test; the test is the
# name. Those of Catch2 and doctest look like calls before a block, which is no function.
_FUNCTIONS = (
    function_definitions(_name(4), _BODY, f"(#not-match? @name {_MACROS})")
    + f"""
((function_definition declarator: (reference_declarator
  (function_declarator declarator: {_name(4)} parameters: (_) @parameters)) body: {_BODY}) @function)
((function_definition declarator: [
  (operator_cast declarator: (abstract_function_declarator parameters: (_) @parameters)) @name
  (qualified_identifier
    name: (operator_cast declarator: (abstract_function_declarator parameters: (_) @parameters)) @name)
  ] body: {_BODY}) @function)
((function_definition declarator: (function_declarator declarator: (identifier) @test.macro
  parameters: (parameter_list (parameter_declaration) @name . ")"))) @function @test
  (#match? @test.macro {_MACROS}))
((call_expression function: (identifier) @test.macro arguments: (argument_list . (string_literal))) @test
  (#match? @test.macro "^(TEST_CASE|SCENARIO)$"))
(init_declarator declarator: (identifier) @name value: (lambda_expression
  declarator: (abstract_function_declarator parameters: (_) @parameters)?)) @function
"""
)

_COMPLEXITY = (
    COMPLEXITY
    + """
(for_range_loop "for" @decision) @structure
(for_range_loop body: (_) @nested)
(catch_clause "catch" @decision) @structure
(catch_clause body: (_) @nested)
(binary_expression operator: ["and" "or"]) @boolean
(lambda_expression) @closure
(throw_statement) @exit
(co_return_statement) @exit
"""
)

CPP = Language(
    id="cpp",
    title="C++",
    endings=(".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx", ".h"),
    grammar=_grammar,
    wheel="tree-sitter-cpp",
    functions=_FUNCTIONS,
    complexity=_COMPLEXITY,
    receivers=frozenset({"void"}),
    overloads=True,
)
