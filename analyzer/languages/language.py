"""What a programming language is to us: the files it is in, the grammar that parses them, and its nodes' names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Parser


@dataclass(frozen=True, slots=True)
class Language:
    """A registered language. Node names are those of its tree-sitter grammar.

    Attributes
    ----------
    id, title : "python", "Python".
    endings : file endings with their dot.
    grammar : returns the grammar of the installed wheel; imported only when a file is parsed.
    functions, classes : nodes that define a function or a class.
    decorated, decorator : node that wraps a decorated definition, and its decorators; empty where there are none.
    containers : nodes that may hold a function without making it a nested one.
    """

    id: str
    title: str
    endings: tuple[str, ...]
    grammar: Callable[[], object]
    functions: frozenset[str]
    classes: frozenset[str]
    decorated: str
    decorator: str
    containers: frozenset[str]

    def reads(self, path: str) -> bool:
        """Return whether a file is in this language, by its ending."""
        return path.endswith(self.endings)

    def parser(self) -> Parser:
        """Return a parser; one per language and process."""
        return _parser(self)


@cache
def _parser(language: Language) -> Parser:
    import tree_sitter

    return tree_sitter.Parser(tree_sitter.Language(language.grammar()))
