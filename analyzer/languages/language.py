"""What a programming language is to us: the files it is in, the grammar that parses them, and its nodes' names."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from itertools import count
from time import process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Language as Grammar
    from tree_sitter import Parser, Query, Tree

# Openings of types and of lambdas, one in the other, with nothing but names between them. Grammars follow both readings
# of each `<`, and all ends of the lambdas at once, which takes the square of their number in memory: of 10,000,
# gigabytes.
_OPENINGS = 200
_NESTED_OPENINGS = re.compile(rb"(?:(?:(?<!<)<(?!<)|[=-]>)[\w\s.,?@\[\]]*){%d}" % _OPENINGS)
# How often a parser may ask whether to go on: code makes it ask up to 50 times for a kilobyte, where errors are many;
# a text that makes it start again at each of its errors, thousands of times.
_ASKED_AT_LEAST, _ASKED_PER_KILOBYTE = 1000, 200
_CHUNK = 1 << 14
# No code takes a hundredth of this. Kotlin's grammar takes the square of the length of a text full of errors, and asks
# no more often than for others.
_MAX_SECONDS, _ASKED_PER_LOOK = 2.0, 64  # looking at the clock takes longer than to answer


@dataclass(frozen=True, slots=True)
class StyleNodes:
    """Nodes that the style features read; only languages with a trained model have them.

    functions, classes : nodes that define a function or a class.
    decorated, decorator : node that wraps a decorated definition, and its decorators.
    containers : nodes that may hold a function without making it a nested one.
    """

    functions: frozenset[str]
    classes: frozenset[str]
    decorated: str
    decorator: str
    containers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Language:
    """A registered language. Node names are those of its tree-sitter grammar.

    Attributes
    ----------
    id, title : "python", "Python".
    endings : file endings with their dot.
    grammar : returns the grammar of the installed wheel; imported only when a file is parsed.
    wheel : name of that wheel; results depend on its version.
    functions : tree-sitter query. `@function` is a definition of a function that has a name, `@name` its name,
        `@parameters` the node whose named children are its parameters, `@receiver` the method's word for its own
        object where there is no fixed one; `@test` is a test case. Functions inside of others belong to the
        outermost one.
    complexity : tree-sitter query of what happens inside a function (`structure.complexity`):

        `@decision` adds 1 to cyclomatic complexity, as `@boolean` does;
        `@structure` adds 1 to cognitive complexity, and 1 for each `@nested` or `@closure` around it;
        `@plain` adds 1 to cognitive complexity wherever it is;
        `@continued` is a `@structure` that continues another one (`else if`): it adds nothing and is not `@nested`;
        `@nested` is what a structure controls; `@closure` a function inside the function;
        `@boolean` is a binary `and` or `or`: 1 for each run of the same operator;
        `@exit` leaves the function; `@comment` is a comment.
    receivers : texts of parameters that are not counted (`self`).
    overloads : whether functions of one name may differ in their parameters.
    parameter_nodes : the named children of `@parameters` that are parameters; empty: all but comments.
    constructors : names that all constructors share, of which one calls another rather than itself.
    parentheses : nodes that only group an expression.
    style : nodes for the style features; None without a trained model.
    """

    id: str
    title: str
    endings: tuple[str, ...]
    grammar: Callable[[], object]
    wheel: str
    functions: str
    complexity: str
    receivers: frozenset[str] = frozenset()
    overloads: bool = False
    parameter_nodes: frozenset[str] = frozenset()
    constructors: frozenset[str] = frozenset()
    parentheses: frozenset[str] = frozenset({"parenthesized_expression"})
    style: StyleNodes | None = None

    def reads(self, path: str) -> bool:
        """Return whether a file is in this language, by its ending."""
        return path.endswith(self.endings)

    def parser(self) -> Parser:
        """Return a parser; one per language and process."""
        return _parser(self)

    def parse(self, blob: bytes, edited: Tree | None = None) -> Tree | None:
        """Return the syntax tree of a file, whatever is in it; None if it seems written to be hard to parse.

        `edited`: the tree of another version, in which every difference is marked; it saves time.
        """
        openings = sum(blob.count(opening) for opening in (b"<", b"=>", b"->"))
        if openings >= _OPENINGS and _NESTED_OPENINGS.search(blob):
            return None
        asked = count()
        most = _ASKED_AT_LEAST + len(blob) * _ASKED_PER_KILOBYTE // 1000
        deadline = math.inf

        def read(offset: int, _point: object) -> bytes:
            return blob[offset : offset + _CHUNK]

        def stop(_offset: int, _has_error: bool) -> bool:
            nonlocal deadline
            times = next(asked)
            if times % _ASKED_PER_LOOK == _ASKED_PER_LOOK - 1:
                deadline = min(deadline, process_time() + _MAX_SECONDS)
                return process_time() > deadline
            return times > most

        try:
            if edited is None:
                return self.parser().parse(read, progress_callback=stop)
            return self.parser().parse(read, edited, progress_callback=stop)
        except ValueError:
            self.parser().reset()
            return None

    def function_query(self) -> Query:
        """Return the compiled query `functions`."""
        return _query(self, self.functions)

    def complexity_query(self) -> Query:
        """Return the compiled query `complexity`."""
        return _query(self, self.complexity)


@cache
def _grammar(language: Language) -> Grammar:
    import tree_sitter

    return tree_sitter.Language(language.grammar())


@cache
def _parser(language: Language) -> Parser:
    import tree_sitter

    return tree_sitter.Parser(_grammar(language))


@cache
def _query(language: Language, source: str) -> Query:
    import tree_sitter

    return tree_sitter.Query(_grammar(language), source)
