"""C#, by tree-sitter-c-sharp."""

from __future__ import annotations

from analyzer.languages.language import Language


def _grammar() -> object:
    import tree_sitter_c_sharp

    return tree_sitter_c_sharp.language()


# An accessor has the name of its property, event or indexer. Test cases are those of xUnit, NUnit and MSTest.
_FUNCTIONS = """
(method_declaration name: (identifier) @name parameters: (parameter_list) @parameters body: (_)) @function
(constructor_declaration name: (identifier) @name parameters: (parameter_list) @parameters body: (_)) @function
(destructor_declaration name: (identifier) @name body: (_)) @function
(operator_declaration operator: _ @name parameters: (parameter_list) @parameters body: (_)) @function
(conversion_operator_declaration type: (_) @name parameters: (parameter_list) @parameters body: (_)) @function
(local_function_statement name: (identifier) @name parameters: (parameter_list) @parameters body: (_)) @function
(property_declaration name: (identifier) @name value: (arrow_expression_clause)) @function
(property_declaration name: (identifier) @name accessors: (accessor_list (accessor_declaration body: (_)) @function))
(event_declaration name: (identifier) @name accessors: (accessor_list (accessor_declaration body: (_)) @function))
(indexer_declaration "this" @name parameters: (_) @parameters value: (arrow_expression_clause)) @function
(indexer_declaration "this" @name parameters: (_) @parameters
  accessors: (accessor_list (accessor_declaration body: (_)) @function))
(variable_declarator name: (identifier) @name (lambda_expression parameters: (_) @parameters)) @function
((method_declaration (attribute_list (attribute name: [(identifier) (qualified_name)] @test.mark))) @test
  (#match? @test.mark "(^|[.])(Fact|Theory|Test|TestCase|TestCaseSource|TestMethod|DataTestMethod)(Attribute)?$"))
"""

# Of the arms of a `switch` expression all but `_` are decisions, as `default` of a statement is none. So are guards and
# `??`, as for SonarSource and, of `??`, lizard; cognitive complexity leaves `??` alone, as the shorthand that it is. It
# counts a `goto` once, as SonarSource's paper says (their analyser for C# adds the nesting).
_COMPLEXITY = """
(if_statement "if" @decision) @structure
(if_statement consequence: (_) @nested)
(if_statement "else" @plain)
(if_statement alternative: (if_statement) @continued)
(if_statement alternative: (_) @nested)
(conditional_expression "?" @decision consequence: (_) @nested alternative: (_) @nested) @structure
[(for_statement "for" @decision) (foreach_statement "foreach" @decision)] @structure
[(while_statement "while" @decision) (do_statement "while" @decision)] @structure
(for_statement body: (_) @nested)
(foreach_statement body: (_) @nested)
(while_statement body: (_) @nested)
(do_statement body: (_) @nested)
(catch_clause "catch" @decision) @structure
(catch_clause body: (_) @nested)
(catch_filter_clause "when" @decision)
[(switch_statement) (switch_expression)] @structure
(switch_statement body: (_) @nested)
(switch_expression (switch_expression_arm) @nested)
(switch_section "case" @decision)
(switch_expression_arm . [(constant_pattern) (declaration_pattern) (recursive_pattern) (var_pattern) (type_pattern)
  (relational_pattern) (negated_pattern) (and_pattern) (or_pattern) (list_pattern) (parenthesized_pattern)
  (tuple_pattern)] "=>" @decision)
(when_clause "when" @decision)
(binary_expression operator: ["&&" "||"]) @boolean
[(and_pattern) (or_pattern)] @boolean
(binary_expression operator: "??" @decision)
(assignment_expression operator: "??=" @decision)
[(preproc_if "#if" @decision)] @structure
(preproc_if (_) @nested)
[(preproc_elif "#elif" @decision) (preproc_else)] @plain
(goto_statement) @plain
[(lambda_expression) (anonymous_method_expression) (local_function_statement) (method_declaration)
 (constructor_declaration) (accessor_declaration)] @closure
(return_statement) @exit
(throw_statement) @exit
(comment) @comment
"""

CSHARP = Language(
    id="csharp",
    title="C#",
    endings=(".cs",),
    grammar=_grammar,
    wheel="tree-sitter-c-sharp",
    functions=_FUNCTIONS,
    complexity=_COMPLEXITY,
    parameter_nodes=frozenset({"parameter", "implicit_parameter", "identifier"}),
    overloads=True,
    parentheses=frozenset({"parenthesized_expression", "parenthesized_pattern"}),
)
